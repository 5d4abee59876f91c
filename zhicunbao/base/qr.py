"""QR codes as shapes for a template. What stands in one is the caller's affair."""

import re
from dataclasses import dataclass
from typing import Final

import segno

QUIET_ZONE: Final = 4
"""White modules around a QR code, as ISO/IEC 18004 asks."""


@dataclass(frozen=True)
class QrCode:
    """A QR code as the path of an SVG of ``size`` by ``size`` modules."""

    path: str
    size: int


def qr_code(text: str, *, error: str = "m") -> QrCode:
    """Return the QR code of ``text``: rows of dark modules joined into strokes of a path.

    ``error`` is how much of it may be unreadable: ``l`` 7 %, for much text on clean paper, ``m``
    15 %. A code that has room takes more by itself. ValueError for more than 2,953 bytes.
    """
    code = segno.make(text, error=error, micro=False)
    rows = [bytes(row) for row in code.matrix_iter(border=QUIET_ZONE)]
    strokes = (
        f"M{dark.start()} {y}h{len(dark[0])}v1h-{len(dark[0])}z"
        for y, row in enumerate(rows)
        for dark in re.finditer(rb"\x01+", row)
    )
    return QrCode("".join(strokes), len(rows))
