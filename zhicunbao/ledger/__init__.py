"""Who holds how much: accounts, transfers, funding purses. It moves quantities, not matters."""
