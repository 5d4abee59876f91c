"""The two kinds of JSON shape: what a client sends and what it is shown."""

from pydantic import BaseModel, ConfigDict

from zhicunbao.base.models import Area


class Sent(BaseModel):
    """What a client sends. A name that nobody asked for is a slip and is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
