"""What the ledger answers: ``statements`` for people, ``purses`` for programmes, ``verification``
for whoever doubts them. Queries read and never write.
"""

from zhicunbao.ledger.queries.purses import (
    PURSE_LISTS,
    PurseFigures,
    figures_by_purse,
    purse_figures,
    purse_for,
    purse_rows,
)
from zhicunbao.ledger.queries.statements import (
    SHOW,
    Balance,
    Line,
    MonthTotal,
    Statement,
    account_of,
    balance_of,
    earned_since,
    month_totals,
    statement,
)
from zhicunbao.ledger.queries.verification import problems, verify

__all__ = [
    "PURSE_LISTS",
    "SHOW",
    "Balance",
    "Line",
    "MonthTotal",
    "PurseFigures",
    "Statement",
    "account_of",
    "balance_of",
    "earned_since",
    "figures_by_purse",
    "month_totals",
    "problems",
    "purse_figures",
    "purse_for",
    "purse_rows",
    "statement",
    "verify",
]
