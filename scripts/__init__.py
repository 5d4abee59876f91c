"""Tools of the workshop, run by the Makefile. The product imports nothing from here."""
