"""How values look on a page: figures, Chinese dates, times left, icons, query strings, form keys.
It decides nothing about the business and reads no table. Every template has it without loading it.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from django import template
from django.contrib.messages.storage.base import Message
from django.core.paginator import Page
from django.forms import BoundField
from django.http import QueryDict
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from zhicunbao.kernel import clock
from zhicunbao.kernel.masks import mask_name

register = template.Library()

_SPRITE = Path(__file__).parents[1] / "static" / "base" / "icons.svg"
ICONS: Final = frozenset(re.findall(r'id="i-([a-z]+)"', _SPRITE.read_text(encoding="utf-8")))
"""The names that ``{% icon %}`` knows: exactly the symbols of the sprite."""

MODULE_ICONS: Final = {1: "heart", 2: "shield", 3: "wheat", 4: "leaf", 5: "store"}
"""乡风文明, 基层治理, 生活富裕, 生态宜居, 产业兴旺."""

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_METER_GAP = 0.6  # of a hundred: the white line between two shares


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """Draw an icon of the sprite. ``size`` is empty, ``xs``, ``s`` or ``l``.

    An unknown name raises ValueError, so that a misspelt icon never reaches a person as a gap.
    """
    if name not in ICONS:
        raise ValueError(f"there is no icon {name!r} in icons.svg")
    return format_html(
        '<svg class="i{}" aria-hidden="true"><use href="{}#i-{}"/></svg>',
        f" {size}" if size else "",
        static("base/icons.svg"),
        name,
    )


@register.simple_tag
def form_key() -> SafeString:
    """Write the hidden ``key`` that lets a form be sent twice and act once."""
    return format_html('<input type="hidden" name="key" value="{}">', uuid4().hex)


@register.simple_tag(takes_context=True)
def qs_with(context: Context, **changes: object) -> str:
    """Return the page's query string with ``changes`` made; None or "" removes a name."""
    request = context.get("request")
    query: QueryDict = request.GET.copy() if request else QueryDict(mutable=True)
    for name, value in changes.items():
        if value is None or value == "":
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.filter
def points(value: object) -> str:
    """1286 reads 1,286; a minus is the real minus sign; nothing reads as nothing."""
    if value is None or value == "":
        return ""
    return f"{int(str(value)):,}".replace("-", "−")


@register.filter
def signed_points(value: object) -> str:
    """35 reads +35, -60 reads −60: for lines of a statement."""
    text = points(value)
    return text if text in ("", "0") or text.startswith("−") else f"+{text}"


def _local(value: date | datetime) -> datetime | date:
    return value.astimezone(clock.LOCAL) if isinstance(value, datetime) else value


def _day(value: date | datetime) -> date:
    local = _local(value)
    return local.date() if isinstance(local, datetime) else local


@register.filter
def cn_date(value: date | datetime | None) -> str:
    """11月24日, with the year only when it is not this year's."""
    if not value:
        return ""
    day = _day(value)
    year = "" if day.year == clock.today().year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


@register.filter
def cn_full_date(value: date | datetime | None) -> str:
    """2026年11月24日: for documents, which outlive their year."""
    if not value:
        return ""
    day = _day(value)
    return f"{day.year}年{day.month}月{day.day}日"


@register.filter
def cn_weekday(value: date | datetime | None) -> str:
    """11月23日 星期一."""
    return f"{cn_date(value)} 星期{'一二三四五六日'[_day(value).weekday()]}" if value else ""


@register.filter
def cn_day(value: date | datetime | None) -> str:
    """今天, 明天, 昨天, or the date."""
    if not value:
        return ""
    near = {0: "今天", 1: "明天", -1: "昨天"}
    return near.get((_day(value) - clock.today()).days) or cn_date(value)


@register.filter
def cn_time(value: datetime | None) -> str:
    """14:02, in China's time."""
    return f"{value.astimezone(clock.LOCAL):%H:%M}" if value else ""


@register.filter
def cn_datetime(value: datetime | None) -> str:
    """今天 18:00, 明天 18:00, 昨天 18:00, otherwise 11月24日 18:00."""
    return f"{cn_day(value)} {cn_time(value)}" if value else ""


def _span(seconds: float) -> str:
    days, hours = int(seconds // _DAY), int(seconds % _DAY // _HOUR)
    minutes = int(seconds % _HOUR // _MINUTE)
    if days >= 2:
        return f"{days} 天"
    if days:
        return f"1 天 {hours} 小时" if hours else "1 天"
    if hours:
        return f"{hours} 小时 {minutes} 分" if minutes else f"{hours} 小时"
    return f"{max(minutes, 1)} 分钟"


@register.filter
def cn_left(value: datetime | None) -> str:
    """How far a deadline is: 还有 3 小时 40 分, 还有 2 天, and once it has passed 超 1 天."""
    if not value:
        return ""
    left = value - clock.now()
    if left >= timedelta(0):
        return f"还有 {_span(left.total_seconds())}"
    late = -left
    return f"超 {late.days} 天" if late.days else f"超 {_span(late.total_seconds())}"


@register.filter
def cn_minutes(value: int | None) -> str:
    """Minutes of work as people say them: 25 分钟, 2 小时 5 分."""
    return _span(value * _MINUTE) if value else "0 分钟"


@register.filter
def tone_of_due(value: datetime | None) -> str:
    """``late`` once a deadline has passed, ``wait`` on its last day, otherwise nothing."""
    if not value:
        return ""
    if value < clock.now():
        return "late"
    return "wait" if _day(value) == clock.today() else ""


@register.filter
def masked(name: str | None) -> str:
    """陈晓梅 reads 陈**."""
    return mask_name(name or "")


@register.filter
def module_icon(module: int | None) -> str:
    """The icon of a module 1 to 5; the clipboard for what belongs to none."""
    return MODULE_ICONS.get(module or 0, "task")


@register.filter
def undo_url(message: Message) -> str:
    """The address behind 撤回: a message sent with ``extra_tags="undo:/address/"`` carries one."""
    tags = str(message.extra_tags or "")
    return tags.removeprefix("undo:") if tags.startswith("undo:") else ""


@register.filter
def field_kind(field: BoundField) -> str:
    """Tell ``_field.html`` how to draw a field: checkbox, choices, file, hidden or line."""
    if field.is_hidden:
        return "hidden"
    kinds = {
        "checkbox": "checkbox",
        "radioselect": "choices",
        "checkboxselectmultiple": "choices",
        "file": "file",
        "clearablefile": "file",
    }
    return kinds.get(field.widget_type, "line")


@register.filter
def page_numbers(page: "Page[Any]") -> list[int | str]:
    """The page numbers a pager shows: both ends, the present one and its neighbours."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


@register.filter
def laid_out(parts: Iterable[Mapping[str, Any]]) -> list[dict[str, object]]:
    """Place the shares of a meter side by side on a line of 100.

    Each part has ``share`` (any unit, never negative), ``tone`` and perhaps ``label``. The answer
    keeps them and adds ``x`` and ``width`` as text, ready to stand in an SVG.
    """
    rows = [part for part in parts if part["share"] > 0]
    whole = sum(float(part["share"]) for part in rows)
    laid, at = [], 0.0
    for part in rows:
        width = float(part["share"]) / whole * 100
        gap = _METER_GAP if part is not rows[-1] else 0
        laid.append({**part, "x": f"{at:.2f}", "width": f"{max(width - gap, 0):.2f}"})
        at += width
    return laid
