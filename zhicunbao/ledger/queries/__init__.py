"""What the ledger answers: ``statements`` for people, ``purses`` for programmes, ``verification``
for whoever doubts them. Queries read and never write.
"""

from zhicunbao.ledger.queries.purses import (
    PURSE_LISTS,
    PurseFigures,
    areas_to_fund,
    fetch_purse,
    figures_by_purse,
    purse_figures,
    purse_for,
    purse_rows,
    purses_seen,
)
from zhicunbao.ledger.queries.statements import (
    SHOW,
    Balance,
    Line,
    MonthTotal,
    Sheet,
    Statement,
    account_of,
    balance_of,
    earned_since,
    fetch_transfer,
    holder_names,
    month_totals,
    sheet,
    statement,
    story_of,
)
from zhicunbao.ledger.queries.verification import problems, verify

__all__ = [
    "PURSE_LISTS",
    "SHOW",
    "Balance",
    "Line",
    "MonthTotal",
    "PurseFigures",
    "Sheet",
    "Statement",
    "account_of",
    "areas_to_fund",
    "balance_of",
    "earned_since",
    "fetch_purse",
    "fetch_transfer",
    "figures_by_purse",
    "holder_names",
    "month_totals",
    "problems",
    "purse_figures",
    "purse_for",
    "purse_rows",
    "purses_seen",
    "sheet",
    "statement",
    "story_of",
    "verify",
]
