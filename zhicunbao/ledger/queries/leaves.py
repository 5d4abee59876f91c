"""What exactly is sealed of a transfer: every column, the accounts by code as well, and its nonce,
in one canonical form. Reading it back takes the same memory for a hundred rows and ten million.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from zhicunbao.kernel import digests
from zhicunbao.ledger.models import Account, Leaf, Transfer

CHUNK: Final = 2_000
"""Rows fetched at a time."""


def _columns() -> dict[str, str]:
    """Return name → where the ORM finds it, from a transfer on.

    Taken from the model, so that whatever column it has is sealed. A column that was ever sealed
    must keep its name and its content for ever, as the rows themselves do.
    """
    fields = Transfer._meta.concrete_fields
    names = {field.attname: field.attname for field in fields}
    codes = {
        f"{field.name}_code": f"{field.name}__code"
        for field in fields
        if field.related_model is Account
    }
    return dict(sorted((names | codes).items()))


COLUMNS: Final = _columns()
NONCE: Final = "nonce"


@dataclass(frozen=True)
class SealedRow:
    """A transfer as it stands in the tree now; ``content`` is what its leaf is the hash of."""

    position: int
    transfer_id: int
    content: bytes


def content_of(names: Sequence[str], values: Iterable[object], nonce: bytes) -> bytes:
    """Return the bytes that stand for a row with these columns."""
    row = dict(zip(names, values, strict=True))
    return digests.canonical(row | {NONCE: bytes(nonce).hex()})


def values_of(transfers: QuerySet[Transfer]) -> "QuerySet[Transfer, tuple[object, ...]]":
    """Return the values of all of today's columns, in the order of ``COLUMNS``."""
    return transfers.values_list(*COLUMNS.values())


def rows_between(start: int, end: int, names: Sequence[str]) -> Iterator[SealedRow]:
    """Yield the rows of the leaves from ``start`` until just before ``end``, as sealed with these
    columns. A row that has been taken away is left out.
    """
    paths = [f"transfer__{COLUMNS[name]}" for name in names]
    for first in range(start, end, CHUNK):
        leaves = Leaf.objects.filter(position__gte=first, position__lt=min(first + CHUNK, end))
        rows = leaves.order_by("position").values_list("position", "transfer_id", "nonce", *paths)
        for position, transfer_id, nonce, *values in rows:
            yield SealedRow(position, transfer_id, content_of(names, values, nonce))
