"""The tables of the ledger: ``books`` for who holds how much, ``seals`` for what proves it."""

from zhicunbao.ledger.models.books import (
    KEY_LENGTH_MAX,
    MEMO_LENGTH_MAX,
    POINTS,
    PURSE_TEXT_MAX,
    Account,
    Purse,
    Transfer,
)
from zhicunbao.ledger.models.seals import NONCE_BYTES, Checkpoint, Leaf

__all__ = [
    "KEY_LENGTH_MAX",
    "MEMO_LENGTH_MAX",
    "NONCE_BYTES",
    "POINTS",
    "PURSE_TEXT_MAX",
    "Account",
    "Checkpoint",
    "Leaf",
    "Purse",
    "Transfer",
]
