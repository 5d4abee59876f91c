"""Pure rules of the shop: periods, checks of an order, the sentences of refusals. No tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict, Invalid
from zhicunbao.rewards.models import Goods

LINES_MAX: Final = 20
PIECES_MAX: Final = 99
"""Of one goods in one order: beyond it, it is a slip of the hand."""
CODE_DIGITS: Final = 8
TRIES_MAX: Final = 10
TRIES_WITHIN: Final = timedelta(minutes=10)
"""With a hundred open orders, ten guesses of eight digits hit one in a hundred thousand."""
TRIES_KEPT: Final = timedelta(days=1)
IDLE_DAYS: Final = 30
"""Goods that nobody brought or took for so long are listed as not moving."""
REASON_LENGTH_MAX: Final = 60
YUAN_MAX: Final = 100_000
PERIOD_WORDS: Final = {"month": "这个月", "quarter": "这一季", "year": "今年"}


@dataclass(frozen=True)
class Shown:
    """What somebody shows at the counter: a pick-up code, a paper household card, or themselves,
    with the household's number and their name.
    """

    code: str = ""
    card: str = ""
    number: str = ""
    name: str = ""

    @property
    def way(self) -> str:
        """Which of the three it is: a name in ``flows.WAYS``."""
        return "code" if self.code else "card" if self.card else "known"


def period_start(period: str, today: date) -> datetime:
    """Return the first moment of the month, quarter or year of ``today``, in UTC."""
    month = {"month": today.month, "quarter": 3 * ((today.month - 1) // 3) + 1, "year": 1}[period]
    return clock.start_of(date(today.year, month, 1))


def pieces(goods: Goods, count: int) -> str:
    """Say 2 瓶."""
    return f"{count} {goods.unit}"


def shelf_place(goods: Goods) -> tuple[int, int, str]:
    """Return where goods stand among others: by category as they are listed, then by price."""
    return Goods.Category.values.index(goods.category), goods.price_points, goods.name


def limit_words(goods: Goods) -> str:
    """Say 每户每月限 2 瓶; nothing when there is no limit."""
    if not goods.limit_count:
        return ""
    return f"每户{goods.get_limit_period_display()}限 {pieces(goods, goods.limit_count)}"


def check_wanted(wanted: Mapping[int, int]) -> None:
    """Refuse an order (goods' number → count) that is empty, or too long to be meant."""
    if not wanted:
        raise Invalid("还没有选商品，请先选好要换的东西。", code="empty")
    if len(wanted) > LINES_MAX or any(not 0 < n <= PIECES_MAX for n in wanted.values()):
        raise Invalid(
            f"一次最多换 {LINES_MAX} 样，每样 1 到 {PIECES_MAX} 件。请改好数量再下单。",
            fields={"count": f"请填 1 到 {PIECES_MAX}"},
        )


def check_limit(goods: Goods, taken: int, count: int) -> None:
    """Refuse what would pass the goods' limit a household, of which ``taken`` are used up."""
    if goods.limit_count and taken + count > goods.limit_count:
        left = max(0, goods.limit_count - taken)
        when = PERIOD_WORDS[goods.limit_period]
        mend = f"最多还能换 {pieces(goods, left)}" if left else "请过了这段时间再换"
        raise Conflict(
            f"“{goods.name}”{limit_words(goods)}，您家{when}已换 {taken}，{mend}。",
            code="limit_reached",
        )


def sold_out(goods: Goods, left: int) -> Conflict:
    """Return the refusal for more pieces than there are."""
    if left:
        return Conflict(
            f"“{goods.name}”只剩 {pieces(goods, left)}，请改少数量再下单。", code="sold_out"
        )
    return Conflict(f"“{goods.name}”刚刚换完了，请去掉这样再下单。", code="sold_out")


def subject_of(names: list[str]) -> str:
    """Say in one line what an order is about: 菜籽油 5 L × 1 等 3 样."""
    return names[0] if len(names) == 1 else f"{names[0]} 等 {len(names)} 样"


def spoken_code(code: str) -> str:
    """Return a code as it is read aloud: 1234 5678."""
    return f"{code[:4]} {code[4:]}"


def fen_in(text: str) -> int | None:
    """Return an amount in yuan as it is typed, in hundredths; None when it is none."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    if not value.is_finite() or not 0 <= value <= YUAN_MAX:
        return None
    return int((value * 100).to_integral_value())


def code_in(text: str) -> str:
    """Return the eight digits that a scanner or a hand wrote, or nothing."""
    digits = "".join(text.split())
    return digits if len(digits) == CODE_DIGITS and digits.isascii() and digits.isdigit() else ""
