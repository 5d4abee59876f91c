"""Pure rules of the ledger: codes of accounts, what each kind of transfer does to a balance,
reasons, and the sentences of refusals. Nothing here reads or writes a table.
"""

from dataclasses import dataclass
from typing import Final

from zhicunbao.ledger.models import POINTS, Transfer

AMOUNT_MAX: Final = 1_000_000_000
"""A thousand million points in one row: beyond any county's programme, so it is a slip of the hand.
A column holds nine thousand million times more, so sums of such rows cannot overflow."""


@dataclass(frozen=True)
class AccountCode:
    """``person/12/points``, ``household/7/points``, ``purse/3/fund``, ``purse/3/issue``."""

    holder_kind: str
    holder_id: int
    part: str

    @property
    def is_purse(self) -> bool:
        """Whether the account belongs to a purse and so must have been opened with it."""
        return self.holder_kind == "purse"

    @property
    def is_guarded(self) -> bool:
        """Only the issue account may go below zero: it counts what was ever funded."""
        return not (self.is_purse and self.part == "issue")

    def __str__(self) -> str:
        return f"{self.holder_kind}/{self.holder_id}/{self.part}"


def person_code(person_id: int, unit: str = POINTS) -> str:
    """Return the code of a person's account in ``unit``."""
    return str(AccountCode("person", person_id, unit))


def household_code(household_id: int, unit: str = POINTS) -> str:
    """Return the code of a household's account in ``unit``."""
    return str(AccountCode("household", household_id, unit))


def fund_code(purse_id: int) -> str:
    """Return the code of the account that holds what a purse may still award."""
    return str(AccountCode("purse", purse_id, "fund"))


def issue_code(purse_id: int) -> str:
    """Return the code of the account from which a purse's points are issued."""
    return str(AccountCode("purse", purse_id, "issue"))


def parse_code(code: str) -> AccountCode:
    """Read a code; ValueError when it is not one."""
    kind, number, part = code.split("/")
    if kind not in ("person", "household", "purse") or not number.isdecimal() or not part:
        raise ValueError(f"{code!r} is not an account code")
    if kind == "purse" and part not in ("fund", "issue"):
        raise ValueError(f"a purse has no account {part!r}")
    return AccountCode(kind, int(number), part)


def lock_order(code: str) -> tuple[bool, str]:
    """Return the sort key by which every transfer takes its two accounts.

    Purses come first: transactions that draw on one purse queue at its row before they hold any
    other, so a batch of awards in one transaction cannot deadlock with another batch.
    """
    return not code.startswith("purse/"), code


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
    "reversal": Reason("冲正", "undo"),
}
"""A later programme adds its reason here; an unknown one raises before anything is written."""

Kind = Transfer.Kind
BOOKED: Final = (Kind.POSTED, Kind.POST_PENDING, Kind.REVERSAL)
"""Kinds that move posted balances."""
RESOLVING: Final = (Kind.POST_PENDING, Kind.VOID_PENDING)
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


def purse_short(name: str, available: int, amount: int) -> str:
    """Return the refusal for a purse that cannot promise ``amount``."""
    return f"资金池“{name}”只剩 {available} 分，不够这笔 {amount} 分。请街道先补充资金池，再审核。"


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
