"""The two kinds of JSON shape: what a client sends and what it is shown."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator

from zhicunbao.base.models import Area


class Sent(BaseModel):
    """What a client sends. A name that nobody asked for is a slip and is refused, and so is NUL,
    which PostgreSQL cannot hold.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*")
    @classmethod
    def _without_nul(cls, value: Any) -> Any:
        if _holds_nul(value):
            raise ValueError("NUL")
        return value


def _holds_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, Mapping):
        return any(map(_holds_nul, [*value, *value.values()]))
    return isinstance(value, Iterable) and any(map(_holds_nul, value))


class Shown(BaseModel):
    """What a client is shown. More may be added later, so clients leave what they do not know."""


class Place(Shown):
    """An area by its code and the name that people use."""

    code: str
    name: str

    @classmethod
    def of(cls, area: Area) -> "Place":
        """Return the shape of ``area``."""
        return cls(code=area.code, name=area.short_name)
