"""What every page's frame shows: menu, tabs, who is signed in, what waits. A context processor."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.module_loading import import_string

from zhicunbao.base import access, feature
from zhicunbao.base.models import Area, OutboxMessage

TABS_MAX = 5


@dataclass(frozen=True)
class Door:
    """A menu entry as the frame draws it."""

    label: str
    icon: str
    url: str
    count: int
    is_current: bool


class Shell:
    """Answers the frame's questions, each at most once a page."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._counts: dict[str, int] = {}
        self.is_demo = settings.ZHICUNBAO_DEMO
        self.sponsor = settings.ZHICUNBAO_SPONSOR
        user = getattr(request, "user", None)
        known = user if user and user.is_authenticated else None
        self.theme = known.theme if known else "auto"
        self.elder = bool(known and known.is_elder_mode)

    @property
    def _actor(self) -> access.Actor:
        return getattr(self._request, "actor", access.NOBODY)

    @property
    def is_signed_in(self) -> bool:
        """Whether somebody is known who may do something."""
        return self._actor.person_id is not None

    @property
    def is_staff(self) -> bool:
        """Whether the desk is this person's place."""
        return self.is_signed_in and self._actor.is_staff

    @property
    def person_name(self) -> str:
        """Who is signed in."""
        return self._actor.name

    @cached_property
    def _duty(self) -> access.Duty | None:
        return max(self._actor.duties, key=lambda d: len(d.prefix), default=None)

    @property
    def post_label(self) -> str:
        """The signed-in person's post."""
        return self._duty.label if self._duty else ""

    @property
    def area_name(self) -> str:
        """Where that post lies."""
        return self._duty.area_name if self._duty else ""

    @cached_property
    def street_name(self) -> str:
        """The street above the person's post."""
        prefix = self._duty.prefix[:9] if self._duty else ""
        return Area.objects.filter(prefix=prefix).values_list("name", flat=True).first() or ""

    @property
    def sign_in_url(self) -> str:
        """Where to sign in."""
        return reverse("base:sign_in")

    @property
    def sign_out_url(self) -> str:
        """Where to sign out, by POST."""
        return reverse("base:sign_out")

    @property
    def me_url(self) -> str:
        """One's own page."""
        return reverse("base:me")

    @property
    def messages_url(self) -> str:
        """One's messages."""
        return reverse("base:messages")

    @property
    def search_url(self) -> str:
        """The page that the search box leads to, when a feature offers one."""
        names = [config.search for config in feature.all_features() if config.search]
        return reverse(names[0]) if names else ""

    @property
    def area_url(self) -> str:
        """The page of the place one works in, for those who may see it."""
        may_see = self.is_signed_in and access.may(self._actor, "base.view_areas")
        return reverse("base:area_home") if may_see else ""

    @cached_property
    def unread_count(self) -> int:
        """Messages not yet read."""
        if not self._actor.person_id:
            return 0
        return OutboxMessage.objects.filter(
            person_id=self._actor.person_id, read_at__isnull=True
        ).count()

    @cached_property
    def menu(self) -> list[Door]:
        """The left menu of a wide screen: the desk's for staff, the tabs' for everyone else."""
        return [self._door(e) for e in self._entries() if (e.desk if self.is_staff else e.tab)]

    @cached_property
    def tabs(self) -> list[Door]:
        """The phone's bottom bar."""
        return [self._door(e) for e in self._entries() if e.tab][:TABS_MAX]

    def _entries(self) -> list[feature.MenuEntry]:
        if not self.is_signed_in:
            return []
        entries = [e for config in feature.all_features() for e in config.menu]
        allowed = [e for e in entries if not e.right or access.may(self._actor, e.right)]
        return sorted(allowed, key=lambda e: e.order)

    def _door(self, entry: feature.MenuEntry) -> Door:
        url = reverse(entry.url_name)
        path = self._request.path
        current = path == url or (url != "/" and path.startswith(url))
        return Door(entry.label, entry.icon, url, self._count(entry.count), current)

    def _count(self, dotted: str) -> int:
        if not dotted:
            return 0
        if dotted not in self._counts:
            self._counts[dotted] = import_string(dotted)(self._actor)
        return self._counts[dotted]


def shell(request: HttpRequest) -> dict[str, Any]:
    """Give templates the frame as ``shell``."""
    return {"shell": Shell(request)}
