"""The only writers of the ledger: ``posting`` moves balances, ``purse`` funds and awards."""

from zhicunbao.ledger.actions.posting import (
    hold,
    open_account,
    post_hold,
    reverse,
    transfer,
    void_hold,
)
from zhicunbao.ledger.actions.purse import (
    award_hold,
    close_purse,
    create_purse,
    fund_purse,
    reverse_funding,
)

__all__ = [
    "award_hold",
    "close_purse",
    "create_purse",
    "fund_purse",
    "hold",
    "open_account",
    "post_hold",
    "reverse",
    "reverse_funding",
    "transfer",
    "void_hold",
]
