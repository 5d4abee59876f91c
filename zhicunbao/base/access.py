"""The one gate: who acts, what they may do, what they may see. Pages, JSON and actions ask here and
nowhere else; "not yours" and "not there" give the same answer.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, TypeVar

from django.db.models import Model, QuerySet

from zhicunbao.base import feature, roles
from zhicunbao.base.models import Person, Post
from zhicunbao.base.reach import under
from zhicunbao.kernel import clock, division
from zhicunbao.kernel.refusals import NotAllowed, NotFound

__all__ = [
    "NOBODY",
    "SYSTEM",
    "Actor",
    "Duty",
    "Placed",
    "actor_of",
    "fetch",
    "may",
    "require",
    "under",
    "visible_to",
]

M = TypeVar("M", bound=Model)


class Placed(Protocol):
    """Anything that lies somewhere: it says so by the prefix of its area."""

    @property
    def area_prefix(self) -> str:
        """The meaningful digits of the area's code."""


@dataclass(frozen=True)
class Duty:
    """An open post as access sees it: a role and how far it reaches."""

    post_id: int
    role: str
    prefix: str
    area_name: str
    organisation_id: int | None = None

    @property
    def label(self) -> str:
        """What people call the post."""
        return roles.ROLES[self.role].label


@dataclass(frozen=True)
class Actor:
    """Who acts: a person, their open posts, and the door through which they came."""

    person_id: int | None
    name: str
    duties: tuple[Duty, ...] = ()
    door: str = "page"

    @property
    def is_staff(self) -> bool:
        """Whether any open post is a staff post: desk pages, second factor."""
        return any(roles.ROLES[d.role].staff for d in self.duties)

    @property
    def home_prefix(self) -> str:
        """The place where this person belongs: the narrowest reach of their posts."""
        return max((d.prefix for d in self.duties), key=len, default="")

    def reach(self, right: str) -> tuple[str, ...]:
        """Return the prefixes under which this actor holds ``right``; unknown rights raise."""
        return tuple(d.prefix for d in self.duties_with(right))

    def duties_with(self, right: str) -> tuple[Duty, ...]:
        """Return the posts that carry ``right``; unknown rights raise."""
        holders = _roles_holding(right)
        return tuple(d for d in self.duties if d.role in holders)


SYSTEM = Actor(person_id=None, name="系统", door="clock")
"""The clock and consequences. It passes no right; flows name it where it may act."""
NOBODY = Actor(person_id=None, name="", door="page")


@cache
def _roles_holding(right: str) -> frozenset[str]:
    return frozenset(feature.all_rights()[right].roles)


def actor_of(person: Person, *, door: str = "page") -> Actor:
    """Return the actor for a signed-in person, with the posts open today (one query)."""
    posts = Post.objects.filter(Post.open_on(clock.today()), person=person).select_related("area")
    duties = tuple(
        Duty(p.pk, p.role, p.area_prefix, p.area.short_name, p.organisation_id) for p in posts
    )
    return Actor(person.pk, person.name, duties, door)


def people_holding(right: str, prefix: str) -> list[int]:
    """Return the numbers of those who hold ``right`` at the place ``prefix`` today (one query)."""
    above = [prefix[:length] for length in range(len(prefix) + 1)]
    posts = Post.objects.filter(
        Post.open_on(clock.today()), role__in=_roles_holding(right), area_prefix__in=above
    )
    return list(posts.order_by().values_list("person_id", flat=True).distinct())


def may(actor: Actor, right: str, thing: Placed | str | None = None) -> bool:
    """Whether ``actor`` holds ``right`` where ``thing`` lies (anywhere, when None)."""
    reach = actor.reach(right)
    if thing is None:
        return bool(reach)
    prefix = thing if isinstance(thing, str) else thing.area_prefix
    return any(division.is_under(prefix, r) for r in reach)


def require(actor: Actor, right: str, thing: Placed | str | None = None) -> None:
    """Refuse unless ``may``; the sentence names what is missing and whom to ask."""
    if may(actor, right, thing):
        return
    label = feature.all_rights()[right].label
    if actor.reach(right):
        raise NotAllowed(
            f"这里不在您“{label}”的范围内，请交给当地的负责人办理。", code="not_your_area"
        )
    raise NotAllowed(f"您的任职不含“{label}”，需要时请联系街道办理任职。", code="no_right")


def visible_to(actor: Actor, queryset: QuerySet[M]) -> QuerySet[M]:
    """Return the rows of ``queryset`` that ``actor`` may see.

    The model says what that is in a static method ``visible(actor) -> Q``; one without it is not
    meant to be shown and raises.
    """
    rule: Any = queryset.model.visible  # type: ignore[attr-defined]  # the model's own rule
    return queryset.filter(rule(actor))


def fetch(actor: Actor, queryset: QuerySet[M], **lookup: Any) -> M:
    """Return the one row that ``actor`` may see, or refuse with the same 404 as if it were not."""
    found = visible_to(actor, queryset).filter(**lookup).first()
    if found is None:
        raise NotFound("没有找到，或不在您可以查看的范围内。请回到上一页重新选择。")
    return found
