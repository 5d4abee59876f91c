"""People and their posts: entering somebody, appointing, ending a post, giving a first password.
Who may see whom is said by ``Person.visible``.
"""

import secrets
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from zhicunbao.base import access, audit, roles, signin
from zhicunbao.base.access import Actor
from zhicunbao.base.idempotency import once
from zhicunbao.base.models import Area, Person, Post
from zhicunbao.kernel import clock, division, phones
from zhicunbao.kernel.refusals import Conflict, Invalid, NotAllowed

RIGHT: Final = "base.appoint"

_BY_COMMUNITY: Final = ("grid_head", "grid_member", "villager", "shop_keeper")
_BY_STREET: Final = (
    "community_admin",
    "committee_reviewer",
    "village_cadre",
    "oversight",
    *_BY_COMMUNITY,
    "merchant",
)
APPOINTS: Final = {
    "sysadmin": tuple(roles.ROLES),
    "subdistrict_leader": _BY_STREET,
    "subdistrict_officer": _BY_STREET,
    "community_admin": _BY_COMMUNITY,
}
"""Role → the roles to which its holders appoint, within the reach of their post."""

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""For passwords that are read from paper: nothing that looks like something else."""


def appointable(actor: Actor, area: Area) -> list[str]:
    """Return the roles to which ``actor`` may appoint somebody in ``area`` itself."""
    return [
        role.code
        for role in roles.ROLES.values()
        if area.level in role.levels and may_appoint(actor, role.code, area.prefix)
    ]


def may_appoint(actor: Actor, role: str, prefix: str) -> bool:
    """Whether one of the actor's posts lets them give or end ``role`` at ``prefix``."""
    return any(
        role in APPOINTS.get(duty.role, ()) and division.is_under(prefix, duty.prefix)
        for duty in actor.duties
    )


def add_person(actor: Actor, *, name: str, phone: str, role: str, area: Area, key: str) -> Post:
    """Enter a person together with their first post and return the post.

    May: whoever may appoint to ``role`` in ``area``. A person is entered once: with the phone and
    the name of somebody already there, that person gets the post. Refuses a phone that is none
    (422), a phone that belongs to another name (409), and whatever ``open_post`` refuses. Records
    ``base.person_added`` for a new person and ``base.post_opened``.
    """
    name, number = name.strip(), phones.tidy(phone)

    def do() -> Post:
        _check_appointment(actor, role, area)
        person = _find_or_add(actor, name=name, number=number, area=area)
        return _open(actor, person, role, area)

    asked = [name, number, role, area.code]
    return once(actor, key=key, action="base.add_person", request=asked, do=do)


def open_post(actor: Actor, *, person: Person, role: str, area: Area, key: str) -> Post:
    """Give ``person`` the post ``role`` in ``area`` from today on and return it.

    May: whoever holds ``base.appoint`` there and whose post appoints to this role (``APPOINTS``);
    nobody for themselves (403). Refuses a role that does not exist on this level (422), a post
    that is already held (409), and two posts that one person must not hold together (409).
    """

    def do() -> Post:
        _check_appointment(actor, role, area)
        return _open(actor, person, role, area)

    asked = [person.pk, role, area.code]
    return once(actor, key=key, action="base.open_post", request=asked, do=do)


def end_post(actor: Actor, *, post: Post, key: str) -> Post:
    """End ``post`` today, at once for everything it allowed, and return it.

    May: whoever could appoint to it; nobody their own (403). Refuses one that has ended (409).
    """

    def do() -> Post:
        access.require(actor, RIGHT, post)
        _check_scope(actor, post.role, post.area_prefix)
        if post.person_id == actor.person_id:
            raise NotAllowed("不能免去自己的任职。请由另一位有权的人办理。", code="own_post")
        today = clock.today()
        # The condition settles two who end it at the same moment.
        ended = Post.objects.filter(pk=post.pk, ends_on__isnull=True).update(
            ends_on=max(today, post.starts_on)
        )
        if not ended:
            raise Conflict("这项任职已经结束。请刷新页面，看现在的任职。", code="post_ended")
        post.refresh_from_db()
        audit.record(actor, "base.post_ended", post, detail={"about": _about(post)})
        return post

    return once(actor, key=key, action="base.end_post", request=[post.pk], do=do)


# --- first passwords and lost authenticators ------------------------------------------


@dataclass(frozen=True)
class GivenPassword:
    """A password that is shown once. ``text`` is empty when the request was a repeat."""

    person: Person
    text: str


def give_password(actor: Actor, *, person: Person, key: str) -> GivenPassword:
    """Make up a password for ``person``, who must change it after the first sign-in.

    May: whoever may appoint to every post that the person holds now; nobody for themselves. Ends
    the person's sessions, also forgets their failed tries. Records ``base.password_given``.
    """
    text = ""

    def do() -> Person:
        nonlocal text
        _check_over(actor, person)
        made_up = _set_made_up_password(person)
        signin.forget_failures(person)
        audit.record(actor, "base.password_given", person, area_prefix=_place_of(person))
        text = made_up
        return person

    once(actor, key=key, action="base.give_password", request=[person.pk], do=do)
    return GivenPassword(person, text)


@transaction.atomic
def create_admin(*, name: str, phone: str, area_code: str) -> GivenPassword:
    """Make the first system administrator, with a password to be changed at the first sign-in.

    For the command line alone, on behalf of the system. Refuses while there is one already (409),
    an area that is not there or has no such post, and a phone that is taken.
    """
    area = Area.objects.filter(code=area_code).first()
    if area is None or area.level not in roles.ROLES["sysadmin"].levels:
        raise Invalid("没有这个县或市的区划代码。请先载入区划表，再核对代码。")
    held = Post.objects.filter(Post.open_on(clock.today()), role="sysadmin")
    if held.exists():
        raise Conflict("已经有系统管理员。请由他在“人员”里办理别人的任职。", code="admin_exists")
    person = _find_or_add(access.SYSTEM, name=name.strip(), number=phones.tidy(phone), area=area)
    _open(access.SYSTEM, person, "sysadmin", area)
    return GivenPassword(person, _set_made_up_password(person))


def _set_made_up_password(person: Person) -> str:
    made_up = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
    person.set_password(made_up)
    person.is_password_initial = True
    person.save(update_fields=["password", "is_password_initial"])
    return made_up


def clear_second_factor(actor: Actor, *, person: Person, key: str) -> Person:
    """Take away the second factor of somebody who lost it; staff set a new one at the next door.

    May: as ``give_password``. Refuses when there is none (409).
    """

    def do() -> Person:
        _check_over(actor, person)
        if person.totp_confirmed_at is None:
            raise Conflict("这个人没有设置两步验证，不用清除。", code="no_second_factor")
        person.sealed_totp_secret, person.totp_confirmed_at = "", None
        person.save(update_fields=["sealed_totp_secret", "totp_confirmed_at"])
        audit.record(actor, "base.second_factor_cleared", person, area_prefix=_place_of(person))
        return person

    return once(actor, key=key, action="base.clear_second_factor", request=[person.pk], do=do)


def open_posts(person: Person) -> list[Post]:
    """Return the posts that ``person`` holds today, widest place first."""
    posts = person.posts.filter(Post.open_on(clock.today())).select_related("area")
    return list(posts.order_by("area_prefix", "pk"))


def may_help_sign_in(actor: Actor, person: Person) -> bool:
    """Whether ``actor`` may give this person a password or clear their second factor."""
    posts = open_posts(person)
    return (
        person.pk != actor.person_id
        and bool(posts)
        and all(may_appoint(actor, p.role, p.area_prefix) for p in posts)
    )


# --- checks ------------------------------------------------------------------------------


def _check_over(actor: Actor, person: Person) -> None:
    if not may_help_sign_in(actor, person):
        raise NotAllowed(
            "您不能为这个人重设登录。请由能任免他全部职务的人办理。", code="not_over_person"
        )


def _check_appointment(actor: Actor, role: str, area: Area) -> None:
    access.require(actor, RIGHT, area)
    kind = roles.ROLES.get(role)
    if kind is None or area.level not in kind.levels:
        raise Invalid(
            f"{area.short_name}没有这个职务。请换一个职务，或换到合适的地方。",
            code="role_level",
            fields={"role": "这里没有这个职务，请重新选。"},
        )
    _check_scope(actor, role, area.prefix)


def _check_scope(actor: Actor, role: str, prefix: str) -> None:
    if not may_appoint(actor, role, prefix):
        label = roles.ROLES[role].label
        raise NotAllowed(f"您的任职不能任免“{label}”。请由上一级办理。", code="role_too_high")


def _find_or_add(actor: Actor, *, name: str, number: str, area: Area) -> Person:
    if not name:
        raise Invalid("请输入姓名。", fields={"name": "请输入姓名。"})
    if not phones.is_mobile(number):
        raise Invalid("手机号不对。请输入 11 位手机号。", fields={"phone": "请输入 11 位手机号。"})
    # Of two who enter the same person at once, one does and the other finds.
    person, is_new = Person.objects.get_or_create(
        phone=number, defaults={"name": name, "password": make_password(None)}
    )
    if is_new:
        audit.record(actor, "base.person_added", person, area_prefix=area.prefix)
    elif person.name != name:
        raise Conflict(
            "这个手机号已经登记在别的姓名下。请核对姓名和手机号。",
            code="phone_taken",
            fields={"phone": "这个手机号已经登记在别的姓名下，请核对。"},
        )
    return person


def _open(actor: Actor, person: Person, role: str, area: Area) -> Post:
    if person.pk == actor.person_id:
        raise NotAllowed("不能给自己任职。请由另一位有权的人办理。", code="own_post")
    # Two posts that exclude each other, given at the same moment, queue here.
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    _check_together(person, role, area)
    post = Post(person=person, role=role, area=area, area_prefix=area.prefix)
    try:
        with transaction.atomic():
            post.save(force_insert=True)
    except IntegrityError:
        raise Conflict("他已经有这项任职，不用再办。", code="post_held") from None
    audit.record(actor, "base.post_opened", post, detail={"about": _about(post)})
    return post


def _check_together(person: Person, role: str, area: Area) -> None:
    """Refuse posts that exclude each other.

    村务监督 watches the village committee and may not sit in it (村民委员会组织法, article 32). A
    system administrator keeps accounts and must not decide anything with them.
    """
    held = [(p.role, p.area_prefix) for p in open_posts(person)]
    watched = {"oversight": "village_cadre", "village_cadre": "oversight"}.get(role)
    if watched and (watched, area.prefix) in held:
        raise Conflict("村务监督成员不能同时是村委成员。请先免去另一项任职。", code="posts_exclude")
    staff = {r.code for r in roles.ROLES.values() if r.staff}
    others = {r for r, _ in held if r in staff and r != role}
    if others and role in staff and "sysadmin" in (role, *others):
        raise Conflict("系统管理员不能兼任别的工作职务。请先免去另一项任职。", code="posts_exclude")


def _about(post: Post) -> str:
    return f"{post.person.name}，{roles.ROLES[post.role].label}，{post.area.short_name}"


def _place_of(person: Person) -> str:
    """Return the widest place where the person holds a post: who audits there reads of it."""
    return next((p.area_prefix for p in open_posts(person)), "")
