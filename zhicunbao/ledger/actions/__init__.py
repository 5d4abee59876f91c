"""The only writers of the ledger: ``posting`` and ``batches`` move balances, ``purse`` funds and
awards, ``spending`` takes points from the purses that gave them.
"""

from zhicunbao.ledger.actions.batches import BatchResult, transfer_all, transfer_each
from zhicunbao.ledger.actions.exports import record_export
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
    set_stop_line,
)
from zhicunbao.ledger.actions.spending import (
    post_spend,
    spend_hold,
    transfer_between,
    void_spend,
)
from zhicunbao.ledger.rules import Movement

__all__ = [
    "BatchResult",
    "Movement",
    "award_hold",
    "close_purse",
    "create_purse",
    "fund_purse",
    "hold",
    "open_account",
    "post_hold",
    "post_spend",
    "record_export",
    "reverse",
    "set_stop_line",
    "spend_hold",
    "transfer",
    "transfer_all",
    "transfer_between",
    "transfer_each",
    "void_hold",
    "void_spend",
]
