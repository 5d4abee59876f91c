"""Settings, the table of addresses, and the server's entry: the roof of the house."""
