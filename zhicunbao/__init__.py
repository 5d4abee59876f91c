"""治村宝: grassroots governance on one register, one flow and one ledger."""
