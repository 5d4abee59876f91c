"""What the JSON operations of all features share: the session that comes in, things fetched by
their number, pages of lists, refusals. And the base floor's own operation: who am I.
"""

from django.middleware.csrf import get_token
from ninja import Router

from zhicunbao.base import feature
from zhicunbao.base.api.door import Fetched, Key, SessionCookie
from zhicunbao.base.api.lists import Asked, Page, cursor_of, page_of, place_in
from zhicunbao.base.api.shapes import Place, Sent, Shown
from zhicunbao.base.http import Request

__all__ = [
    "Asked",
    "Fetched",
    "Key",
    "Page",
    "Place",
    "Sent",
    "SessionCookie",
    "Shown",
    "cursor_of",
    "page_of",
    "place_in",
    "router",
]

router = Router(tags=["base"])


class PersonShown(Shown):
    """The person who is signed in."""

    id: int
    name: str


class PostShown(Shown):
    """An open post. ``area`` is the prefix of the area that it reaches over."""

    role: str
    label: str
    area: str
    area_name: str


class RightShown(Shown):
    """A right that the posts carry, and the prefixes of the areas in which it counts."""

    name: str
    label: str
    areas: list[str]


class Me(Shown):
    """Who is signed in and what they may. ``csrf_token`` goes back as ``X-CSRFToken``."""

    person: PersonShown
    posts: list[PostShown]
    rights: list[RightShown]
    csrf_token: str


@router.get("/me", url_name="me", response=Me)
def me(request: Request) -> Me:
    """Say who is signed in, with posts and rights.

    The token in the answer is what every POST has to bring as the header `X-CSRFToken`.
    """
    actor = request.actor
    return Me(
        person=PersonShown(id=actor.person_id or 0, name=actor.name),
        posts=[
            PostShown(role=d.role, label=d.label, area=d.prefix, area_name=d.area_name)
            for d in actor.duties
        ],
        rights=[
            RightShown(name=right.name, label=right.label, areas=list(reach))
            for right in feature.all_rights().values()
            if (reach := actor.reach(right.name))
        ],
        csrf_token=get_token(request),
    )
