"""The tables of the ledger: ``books`` for who holds how much."""

from zhicunbao.ledger.models.books import (
    KEY_LENGTH_MAX,
    MEMO_LENGTH_MAX,
    POINTS,
    PURSE_TEXT_MAX,
    Account,
    Purse,
    Transfer,
)

__all__ = [
    "KEY_LENGTH_MAX",
    "MEMO_LENGTH_MAX",
    "POINTS",
    "PURSE_TEXT_MAX",
    "Account",
    "Purse",
    "Transfer",
]
