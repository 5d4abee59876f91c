"""Pure rules of the ledger: codes of accounts, what each kind of transfer does to a balance,
reasons, and the sentences of refusals. Nothing here reads or writes a table.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from zhicunbao.ledger.models import POINTS, Transfer

AMOUNT_MAX: Final = 1_000_000_000
"""A thousand million points in one row: beyond any county's programme, so it is a slip of the hand.
A column holds nine thousand million times more, so sums of such rows cannot overflow."""
PURSE_PARTS: Final = ("issue", "fund", "redeemed", "expired")
"""The accounts of a purse: what was ever funded (below zero), what may still be awarded, and what
has come back from holders, for goods or by a resolution."""
RATE_DAYS: Final = 30
"""The stretch over which the rate of spending is taken: one round of monthly work."""


PERSON: Final = "person"
HOUSEHOLD: Final = "household"
PURSE: Final = "purse"
OUTSIDE: Final = "outside"
"""Kinds of holders that the ledger itself knows; features announce others."""
_CODE: Final = re.compile(r"([a-z]{2,10})/(\d{1,18})/([a-z]+)(?:/(\d{1,18}))?")


@dataclass(frozen=True)
class AccountCode:
    """``person/12/points/3``, ``household/7/points/3``, ``shop/2/goods/5``, ``outside/0/goods/5``,
    ``purse/3/fund``.

    ``part`` is the unit of a holder's account, and the name of a purse's.
    """

    holder_kind: str
    holder_id: int
    part: str

    @property
    def purse_id(self) -> int | None:
        """The purse whose points the account holds; None when it holds no points."""
        if self.holder_kind == PURSE:
            return self.holder_id
        unit, _, number = self.part.partition("/")
        return int(number) if unit == POINTS else None

    @property
    def unit(self) -> str:
        """The unit of the account: the points of its purse, or its part."""
        return f"{POINTS}/{self.holder_id}" if self.holder_kind == PURSE else self.part

    @property
    def is_guarded(self) -> bool:
        """Only where things come from may go below zero: it counts what was ever brought in."""
        return self.holder_kind != OUTSIDE and (self.holder_kind, self.part) != (PURSE, "issue")

    def __str__(self) -> str:
        return f"{self.holder_kind}/{self.holder_id}/{self.part}"


def code_of(kind: str, number: int, unit: str) -> str:
    """Return the code of a holder's account in a unit such as ``goods/5``."""
    return f"{kind}/{number}/{unit}"


def person_code(person_id: int, purse_id: int) -> str:
    """Return the code of a person's account for the points of a purse."""
    return code_of(PERSON, person_id, f"{POINTS}/{purse_id}")


def household_code(household_id: int, purse_id: int) -> str:
    """Return the code of a household's account for the points of a purse."""
    return code_of(HOUSEHOLD, household_id, f"{POINTS}/{purse_id}")


def purse_code(purse_id: int, part: str) -> str:
    """Return the code of one of the accounts of a purse, a name in ``PURSE_PARTS``."""
    return code_of(PURSE, purse_id, part)


def fund_code(purse_id: int) -> str:
    """Return the code of the account that holds what a purse may still award."""
    return purse_code(purse_id, "fund")


def issue_code(purse_id: int) -> str:
    """Return the code of the account from which a purse's points are issued."""
    return purse_code(purse_id, "issue")


def parse_code(code: str) -> AccountCode:
    """Read a code; ValueError when it is not one."""
    found = _CODE.fullmatch(code)
    if found is None:
        raise ValueError(f"{code!r} is not an account code")
    kind, number, unit, of = found.groups()
    if kind == PURSE and (unit not in PURSE_PARTS or of is not None):
        raise ValueError(f"a purse has no account {code!r}")
    if unit == POINTS and of is None:
        raise ValueError(f"{code!r} does not say whose points they are")
    return AccountCode(kind, int(number), unit if of is None else f"{unit}/{of}")


@dataclass(frozen=True, kw_only=True)
class Movement:
    """What is asked to be moved from one account to another, and why.

    ``key`` is made by the caller and names this movement for ever. ``reason`` is a name in
    ``REASONS``, ``area_prefix`` the place that it concerns, ``earner_id`` whose deed it was when
    the points are a household's. ``floor``: the debtor must have at least so much before.
    """

    key: str
    debit: str
    credit: str
    amount: int
    reason: str
    memo: str = ""
    case_number: str = ""
    area_prefix: str = ""
    earner_id: int | None = None
    floor: int = 0


@dataclass(frozen=True)
class Reason:
    """Why something moved: what people read on a statement, its icon, and what an open promise
    waits for.
    """

    label: str
    icon: str
    waits_for: str = ""


REASONS: Final = {
    "award": Reason("奖励积分", "task", "公示期满后入账"),
    "fund": Reason("资金池注入", "purse"),
    "redeem": Reason("兑换", "gift", "取货后入账"),
    "household": Reason("户间转移", "home"),
    "expiry": Reason("到期清零", "clock"),
    "reversal": Reason("冲正", "undo"),
    "stock_in": Reason("进货", "download"),
    "stock_out": Reason("领取", "gift", "取货后出库"),
    "stock_count": Reason("盘点", "list"),
}
"""A later programme adds its reason here; an unknown one raises before anything is written."""

Kind = Transfer.Kind
BOOKED: Final = (Kind.POSTED, Kind.POST_PENDING, Kind.REVERSAL)
"""Kinds that move posted balances."""
REVERSIBLE: Final = (Kind.POSTED, Kind.POST_PENDING)
SPENDING: Final = (Kind.POSTED, Kind.PENDING, Kind.REVERSAL)
"""Kinds that need an available balance on the debit side; resolving rows only redeem a promise."""

MOVES: Final[dict[str, tuple[int, int]]] = {
    Kind.POSTED: (0, 1),
    Kind.PENDING: (1, 0),
    Kind.POST_PENDING: (-1, 1),
    Kind.VOID_PENDING: (-1, 0),
    Kind.REVERSAL: (0, 1),
}
"""Kind → how many times the amount goes to (pending, posted), on both sides alike."""


def change_to_available(kind: str, amount: int, *, is_debit: bool) -> int:
    """Return by how much a statement line moves the available balance of its account.

    A statement shows a promise either open (``pending``) or as booked, never both, so on the debit
    side each of them takes the amount; on the credit side only what is booked counts.
    """
    if kind == Kind.VOID_PENDING or (kind == Kind.PENDING and not is_debit):
        return 0
    return -amount if is_debit else amount


def yuan(points: int, unit_value_fen: int) -> str:
    """Say what points are worth, to the fen: 59,200.00. Whole numbers throughout."""
    sign, fen = ("−" if points < 0 else ""), abs(points) * unit_value_fen
    return f"{sign}{fen // 100:,}.{fen % 100:02d}"


def runs_dry_on(today: date, left: int, drawn: int) -> date | None:
    """Return the day on which ``left`` points are used up when ``drawn`` went in ``RATE_DAYS``.

    None when nothing was drawn, and when it would take more than ten years.
    """
    if drawn <= 0:
        return None
    days = left * RATE_DAYS // drawn
    return today + timedelta(days=days) if days <= 3_650 else None


def purse_short(name: str, available: int, amount: int) -> str:
    """Return the refusal for a purse that cannot promise ``amount``."""
    return f"资金池“{name}”只剩 {available} 分，不够这笔 {amount} 分。请街道先补充资金池，再审核。"


def purse_stopped(name: str, available: int, stop_below: int) -> str:
    """Return the refusal for a purse that is down to its stop line."""
    return (
        f"资金池“{name}”只剩 {available} 分，已到停发线 {stop_below} 分，暂停发放。"
        "请街道先补充资金池，再审核。"
    )


def purse_short_of_funding(name: str, available: int, amount: int) -> str:
    """Return the refusal for taking funding back that has been promised already."""
    return (
        f"资金池“{name}”只剩 {available} 分没有发出，收不回这笔 {amount} 分。"
        "请先补充资金池，再冲正这一笔。"
    )


def holder_short(available: int, amount: int) -> str:
    """Return the refusal for a person or household that has too little."""
    return f"可用积分只有 {available} 分，不够这笔 {amount} 分。请等待入账的积分到账后再办理。"


def holder_short_of_reversal(available: int, amount: int) -> str:
    """Return the refusal for reversing an award that has been spent in part."""
    return (
        f"对方可用积分只有 {available} 分，不够冲正这笔 {amount} 分。"
        "请与本人商定退还办法，积分够了再冲正。"
    )
