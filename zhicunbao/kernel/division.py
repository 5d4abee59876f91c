"""Codes of administrative divisions and of the grids below them.

A statistical code has 12 digits: province 2, city 2, county 2, township 3, village 3. Grids add two
digits and micro-grids three more. The *prefix* is the part that means something (``331125001`` of
``331125001000``), so "everything under here" is one range of prefixes.
"""

from typing import Final

LEVELS: Final = {
    "province": ("省", 2),
    "city": ("市", 4),
    "county": ("县（市、区）", 6),
    "subdistrict": ("街道", 9),
    "town": ("镇", 9),
    "township": ("乡", 9),
    "community": ("社区", 12),
    "village": ("村", 12),
    "grid": ("网格", 14),
    "micro_grid": ("微网格", 17),
}
"""Level → (what people call it, length of its prefix)."""

TOWNSHIP_LEVELS: Final = ("subdistrict", "town", "township")
VILLAGE_LEVELS: Final = ("community", "village")


def prefix_of(code: str, level: str) -> str:
    """Return the meaningful digits of ``code`` at ``level``; ValueError when they do not fit."""
    _, length = LEVELS[level]
    prefix, rest = code[:length], code[length:]
    if len(prefix) < length or not code.isdigit() or rest.strip("0"):
        raise ValueError(f"{code} is not a code of level {level}")
    return prefix


def prefix_range(prefix: str) -> tuple[str, str]:
    """Return (first, past the last) of all prefixes under ``prefix``.

    Both bounds are digits alone, so every database collation sorts them alike.
    """
    if not prefix.isdigit():
        raise ValueError(f"{prefix!r} is not a prefix")
    past = str(int(prefix) + 1).zfill(len(prefix))
    if len(past) > len(prefix):
        raise ValueError(f"{prefix} has no upper bound")
    return prefix, past


def is_under(prefix: str, ancestor: str) -> bool:
    """Whether ``prefix`` is ``ancestor`` itself or lies below it."""
    return prefix.startswith(ancestor)
