"""What the pages of the base floor show. Each question takes the actor and goes by the gate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from django.db.models import Min, Prefetch, Q, QuerySet

from zhicunbao.base import access, areas, reach, roles, signin
from zhicunbao.base.access import Actor
from zhicunbao.base.models import (
    Area,
    Attachment,
    AuditEntry,
    OutboxMessage,
    Person,
    Post,
)
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import NotFound


def fetch_area(actor: Actor, code: str) -> Area:
    """Return the area that the actor may look at, or refuse with 404."""
    return access.fetch(actor, Area.objects.select_related("parent"), code=code)


def area_for(actor: Actor, right: str, code: str) -> Area:
    """Return the area with this code where the actor holds ``right``; without a code the widest."""
    access.require(actor, right)
    inside = Area.objects.filter(reach.under(actor.reach(right), "prefix"))
    if not code:
        code = getattr(areas.home_of(actor, right), "code", "")
    found = inside.select_related("parent").filter(code=code).first()
    if found is None:
        raise NotFound("没有找到这个地方，或不在您可以办理的范围内。请重新选择。")
    return found


def fetch_person(actor: Actor, person_id: int) -> Person:
    """Return the person whom the actor may see, or refuse with 404."""
    return access.fetch(actor, Person.objects.all(), pk=person_id)


def myself(actor: Actor) -> Person:
    """Return the actor's own row."""
    return fetch_person(actor, actor.person_id or 0)


def active_person(person_id: int) -> Person | None:
    """Return a person who may sign in. For the door alone, which has no actor yet."""
    return Person.objects.filter(pk=person_id, is_active=True).first()


def listed_people(area: Area, *, role: str, has_left: bool, text: str) -> QuerySet[Person]:
    """Return those who hold a post under ``area``, by place, with ``shown_posts`` on each.

    ``has_left``: instead those who held one and hold none any more. The caller has asked whether
    the actor may look at people here.
    """
    today = clock.today()
    there = Post.objects.filter(reach.under([area.prefix])).select_related("area", "area__parent")
    held = there.filter(Post.open_on(today))
    counted = there.exclude(person__in=held.values("person")) if has_left else held
    if role:
        counted = counted.filter(role=role)
    inside = reach.under([area.prefix], "posts__area_prefix")
    rows = Person.objects.filter(pk__in=counted.order_by().values("person"))
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(phone=text))
    shown = Prefetch(
        "posts", (there if has_left else held).order_by("area_prefix", "pk"), to_attr="shown_posts"
    )
    place = Min("posts__area_prefix", filter=inside)
    return rows.annotate(place=place).prefetch_related(shown).order_by("place", "pk")


@dataclass(frozen=True)
class HeldPost:
    """A post on a person's page."""

    post: Post
    is_open: bool


def posts_of(actor: Actor, person: Person) -> list[HeldPost]:
    """Return the person's posts that the actor may see, those held today first."""
    today = clock.today()
    seen = access.visible_to(actor, person.posts.select_related("area", "area__parent"))
    rows = [
        HeldPost(p, p.starts_on <= today and (p.ends_on is None or p.ends_on > today))
        for p in seen.order_by("-starts_on", "-pk")
    ]
    return sorted(rows, key=lambda row: not row.is_open)


def fetch_post(actor: Actor, post_id: int) -> Post:
    """Return the post that the actor may see, or refuse with 404."""
    return access.fetch(actor, Post.objects.select_related("person", "area"), pk=post_id)


def fetch_file(actor: Actor, attachment_id: int) -> Attachment:
    """Return the uploaded file that the actor may see, or refuse with 404."""
    return access.fetch(actor, Attachment.objects.all(), pk=attachment_id)


def messages_of(actor: Actor) -> QuerySet[OutboxMessage]:
    """Return the actor's messages, newest first."""
    return access.visible_to(actor, OutboxMessage.objects.all())


def fetch_message(actor: Actor, message_id: int) -> OutboxMessage:
    """Return one of the actor's messages, or refuse with 404."""
    return access.fetch(actor, OutboxMessage.objects.all(), pk=message_id)


@dataclass(frozen=True)
class AuditQuestion:
    """What a reader of the audit trail looks for; empty means anything."""

    verb: str = ""
    who: str = ""
    about: str = ""
    since: date | None = None
    until: date | None = None


def audit_numbers(actor: Actor, asked: AuditQuestion, *, count_max: int) -> list[int]:
    """Return the numbers of what happened in the actor's places, newest first, ``count_max`` at
    most. The trail grows for ever: it is gone through once, and neither counted nor sorted whole.
    """
    rows = access.visible_to(actor, AuditEntry.objects.all())
    if asked.verb:
        rows = rows.filter(verb=asked.verb)
    if asked.who:
        rows = rows.filter(actor_name__icontains=asked.who).exclude(
            detail__has_key="is_confidential"
        )
    if asked.about:
        rows = rows.filter(detail__about__icontains=asked.about)
    if asked.since:
        rows = rows.filter(at__gte=datetime.combine(asked.since, time(), clock.LOCAL))
    if asked.until:
        rows = rows.filter(at__lte=clock.end_of(asked.until))
    return list(rows.order_by("-pk").values_list("pk", flat=True)[:count_max])


def audit_entries(actor: Actor, numbers: Sequence[int]) -> list[AuditEntry]:
    """Return the entries with these numbers in their order."""
    found = access.visible_to(actor, AuditEntry.objects.all()).in_bulk(numbers)
    return [found[number] for number in numbers if number in found]


@dataclass(frozen=True)
class CastMember:
    """One of the demo's cast, with role and place in words."""

    person: Person
    role: str
    place: str


@dataclass(frozen=True)
class CastGroup:
    """Members of the demo's cast who work at the same desk, or on the phone."""

    code: str
    label: str
    is_staff: bool
    members: list[CastMember]


_CAST_GROUPS: Final = (
    ("village", "社区和村", (*roles.COMMUNITY, "committee_reviewer", "oversight")),
    ("phone", "网格、村民和商户", (*roles.RESIDENTS, "merchant")),
    (
        "street",
        "街道、部门和管理",
        (*roles.STREET, "department_officer", "bank_clerk", "auditor", "sysadmin"),
    ),
)


def cast_groups() -> list[CastGroup]:
    """Return the demo's cast in three groups; nobody where it is no demo."""
    posts = (
        Post.objects.filter(Post.open_on(clock.today()), person__in=signin.demo_cast())
        .select_related("person", "area")
        .order_by("person__phone", "pk")
    )
    first = {post.person_id: post for post in reversed(posts)}
    groups = []
    for code, label, codes in _CAST_GROUPS:
        held = [p for p in first.values() if p.role in codes]
        held.sort(key=lambda p: (codes.index(p.role), p.person.phone or ""))
        members = [CastMember(p.person, roles.ROLES[p.role].label, p.area.short_name) for p in held]
        is_staff = all(roles.ROLES[p.role].staff for p in held)
        groups.append(CastGroup(code, label, is_staff, members))
    return [group for group in groups if group.members]
