"""Digests that make tampering show: one canonical form, one chain rule."""

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal

GENESIS = "0" * 64


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"no canonical form for {type(value).__name__}")


def canonical(value: object) -> bytes:
    """Return the one byte string that stands for ``value``: sorted keys, no spaces, UTF-8."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain
    )
    return text.encode()


def digest(value: object) -> str:
    """Return the SHA-256 of the canonical form, as 64 hex digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def chain(previous: str, value: object) -> str:
    """Return the digest that binds ``value`` to everything before it."""
    return hashlib.sha256(previous.encode() + b"\n" + canonical(value)).hexdigest()
