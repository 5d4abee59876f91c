"""Long lists, a page at a time: a cursor says where the next page begins. Unlike page numbers it
skips and repeats nothing when rows are added meanwhile.
"""

from typing import Any, Final, Generic, TypeVar

from django.core.signing import BadSignature, Signer
from django.db.models import Model, Q, QuerySet
from pydantic import Field

from zhicunbao.base.api.shapes import Sent, Shown
from zhicunbao.kernel.refusals import Invalid

M = TypeVar("M", bound=Model)
T = TypeVar("T")
LIMIT: Final = 20
LIMIT_MAX: Final = 100
CURSOR_LENGTH_MAX: Final = 200


class Asked(Sent):
    """Which page of a list: at most ``limit`` rows from where the last page's ``next`` points."""

    cursor: str = Field("", max_length=CURSOR_LENGTH_MAX)
    limit: int = Field(LIMIT, ge=1, le=LIMIT_MAX)


class Page(Shown, Generic[T]):
    """A page of a list. ``next`` is the cursor of the page after it, null on the last one."""

    items: list[T]
    next: str | None


def cursor_of(name: str, place: list[Any]) -> str:
    """Return ``place`` as a cursor of the list ``name``, signed, so that it comes back as it is."""
    return Signer(salt=f"cursor:{name}").sign_object(place)


def place_in(name: str, cursor: str) -> list[Any]:
    """Return the place that a cursor of the list ``name`` points to, or refuse with 422."""
    try:
        place: list[Any] = Signer(salt=f"cursor:{name}").unsign_object(cursor)
    except BadSignature:
        raise Invalid(
            "这个翻页位置不是这份清单给出的。请从第一页重新取。",
            fields={"cursor": "请用上一页返回的 next，或留空"},
        ) from None
    return place


def page_of(rows: QuerySet[M], asked: Asked, *order: str) -> tuple[list[M], str | None]:
    """Return a page of ``rows`` and the cursor of the page after it (None: this is the last).

    ``order``: fields that never change while a row is in the list, all rising or all falling
    (``-opens_at``, ``-id``); the last one is unique.
    """
    names = [field.removeprefix("-") for field in order]
    beyond = "lt" if order[0].startswith("-") else "gt"
    name = f"{rows.model._meta.label}:{','.join(order)}"
    found = rows.order_by(*order)
    if asked.cursor:
        place = place_in(name, asked.cursor)
        after = Q()
        for n, field in enumerate(names):
            level = dict(zip(names[:n], place[:n], strict=True))
            after |= Q(**level, **{f"{field}__{beyond}": place[n]})
        found = found.filter(after)
    items = list(found[: asked.limit + 1])
    if len(items) <= asked.limit:
        return items, None
    last = items[asked.limit - 1]
    place = [getattr(last, field) for field in names]
    plain = [value.isoformat() if hasattr(value, "isoformat") else value for value in place]
    return items[: asked.limit], cursor_of(name, plain)
