"""Reads ``ZHICUNBAO_*`` variables, each once and by kind, so that a wrong value stops the start
with a sentence instead of showing up later.
"""

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """Return the variable's text, or ``default``."""
    return os.environ.get(name, default)


def flag(name: str, *, default: bool) -> bool:
    """Return 1/0 as a truth; anything else stops the start."""
    value = os.environ.get(name)
    if value is None or value == "":
        return default
    if value not in ("0", "1"):
        raise ImproperlyConfigured(f"{name} must be 0 or 1, not {value!r}")
    return value == "1"


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """Return one of ``allowed``; anything else stops the start."""
    value = os.environ.get(name, "") or default
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
    return value


def word(name: str) -> str:
    """Return a text without spaces and plus signs, or nothing; anything else stops the start."""
    value = os.environ.get(name, "")
    if value and not re.fullmatch(r"[^\s+]+", value):
        raise ImproperlyConfigured(f"{name} must have no spaces and no plus sign, not {value!r}")
    return value


def number(name: str, default: int) -> int:
    """Return a whole number; anything else stops the start."""
    value = os.environ.get(name, "")
    if not value:
        return default
    if not value.isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}")
    return int(value)


def database(url: str, default_file: Path) -> dict[str, object]:
    """Return Django's database settings for ``postgres://…`` or, when empty, SQLite in a file.

    SQLite runs in WAL mode and opens every transaction IMMEDIATE, so that two writers queue
    instead of failing half-way.
    """
    if not url:
        default_file.parent.mkdir(parents=True, exist_ok=True)
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(default_file),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured("DATABASE_URL must begin with postgres:// or be empty")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
