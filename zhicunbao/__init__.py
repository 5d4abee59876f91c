"""治村宝: grassroots governance on one register, one flow and one ledger."""

__version__ = "0.1.0"
