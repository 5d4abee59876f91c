"""How a feature announces itself, so that adding one touches no other package.

Subclass it as ``feature.FeatureConfig`` (import the module, not the class: with two candidate
classes in one ``apps.py`` Django silently falls back to the plain one and the feature vanishes).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from django.apps import AppConfig, apps


@dataclass(frozen=True)
class Right:
    """A right ``feature.verb``, what people call it, and the roles whose posts carry it."""

    name: str
    label: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class MenuEntry:
    """A door in the menu.

    ``right`` empty: everyone who is signed in. ``tab``: also in the phone's bottom bar (the first
    five by ``order`` are shown). ``desk``: in the desk's left menu. ``count``: dotted name of a
    function (actor) -> int whose figure stands beside the label.
    """

    label: str
    icon: str
    url_name: str
    order: int
    right: str = ""
    tab: bool = False
    desk: bool = True
    count: str = ""


class FeatureConfig(AppConfig):
    """One feature. All dotted names are loaded at run time, never imported upward."""

    title: ClassVar[str]
    """What people call it."""
    rights: ClassVar[tuple[Right, ...]] = ()
    menu: ClassVar[tuple[MenuEntry, ...]] = ()
    pages: ClassVar[str] = ""
    """Dotted name of a module with ``urlpatterns`` and ``app_name``."""
    pages_at: ClassVar[str] = ""
    is_for_programs: ClassVar[bool] = False
    """Below ``pages_at`` every refusal and every fault is problem details, whatever is accepted."""
    api: ClassVar[str] = ""
    """Dotted name of a module with ``router``: the feature's operations of the JSON door."""
    audit_verbs: ClassVar[dict[str, str]] = {}
    """Audit verb ``feature.noun_done`` → the sentence part that people read."""
    flows: ClassVar[tuple[str, ...]] = ()
    """Dotted names of the flows that the feature owns."""
    ticks: ClassVar[tuple[str, ...]] = ()
    """Dotted names of functions (now) -> int that the clock calls; each is idempotent."""
    area_figures: ClassVar[str] = ""
    """Dotted name of (actor, area) -> list[Figure] for the area page."""
    my_figures: ClassVar[str] = ""
    """Dotted name of (actor) -> list[Figure]: figures under one's own name on the page 我的."""
    my_rows: ClassVar[str] = ""
    """Dotted name of (actor) -> list[MyRow]: the feature's doors on the page 我的."""
    holder_faces: ClassVar[dict[str, str]] = {}
    """Kind of account holder → dotted name of (numbers) -> dict[number, holders.HolderFace]."""
    holders_of_person: ClassVar[dict[str, str]] = {}
    """Kind of account holder → dotted name of (person id) -> list of numbers: those holders whose
    points are this person's to see, like the household one belongs to."""
    people_of_holder: ClassVar[dict[str, str]] = {}
    """Kind of account holder → dotted name of (number) -> set of person numbers: who it consists of
    today. They are named in full to one another."""
    places_of_people: ClassVar[str] = ""
    """Dotted name of (person numbers) -> dict[person number, area prefix]: where people live."""
    find_holders: ClassVar[dict[str, str]] = {}
    """Kind of account holder → dotted name of (actor, text, count) -> list of numbers: those among
    the holders that the actor may see which a text names."""
    holder_rows: ClassVar[str] = ""
    """Dotted name of (actor, kind, number) -> list[MyRow]: the feature's doors on the page of an
    account holder, such as a household."""
    transfer_links: ClassVar[str] = ""
    """Dotted name of (actor, transfer) -> list[Link]: what the actor may do about a row of the
    ledger, offered on its page."""
    holder_notes: ClassVar[str] = ""
    """Dotted name of (kind, number) -> list[Note]: what the holder of points should know, said
    above their statement. Constant queries."""
    case_faces: ClassVar[dict[str, str]] = {}
    """Flow name → dotted name of (actor, cases, in_full) -> dict[case pk, Face]: how its cases look
    in the lists and on the pages that all features share, and where each is handled. Constant
    queries for any number of cases; ``in_full`` also asks for facts and flags."""
    search: ClassVar[str] = ""
    """URL name of the page that the search box at the top leads to; one feature names it."""


@dataclass(frozen=True)
class Figure:
    """A number on a screen and the address of exactly the rows that it counts."""

    label: str
    value: int
    url: str
    unit: str = ""


@dataclass(frozen=True)
class Link:
    """Something to do from here, and where."""

    label: str
    icon: str
    url: str


@dataclass(frozen=True)
class Note:
    """Something to know: ``title`` in one sentence, ``text`` on what follows, ``link`` the words
    that lead on. ``tone``: wait, late, info, plain.
    """

    title: str
    text: str
    icon: str
    url: str
    link: str
    tone: str = "wait"


@dataclass(frozen=True)
class MyRow:
    """A door on the page 我的: 我的认领, 6 件进行中. ``tone``: wait, late, or nothing."""

    label: str
    icon: str
    url: str
    value: str = ""
    tone: str = ""


def all_features() -> Iterator[FeatureConfig]:
    """Yield every installed feature."""
    return (c for c in apps.get_app_configs() if isinstance(c, FeatureConfig))


def all_rights() -> dict[str, Right]:
    """Return every right by name; two features claiming one name is a programming mistake."""
    found: dict[str, Right] = {}
    for config in all_features():
        for right in config.rights:
            if right.name in found:
                raise ValueError(f"right {right.name} is announced twice")
            found[right.name] = right
    return found


def all_audit_verbs() -> dict[str, str]:
    """Return every audit verb and how people read it."""
    return {verb: text for c in all_features() for verb, text in c.audit_verbs.items()}


@dataclass(frozen=True)
class Fact:
    """One thing to know about a case: ``level`` draws difficulty, ``points`` stand behind it."""

    label: str
    text: str
    level: int = 0
    points: int = 0


@dataclass(frozen=True)
class Face:
    """How a feature's case looks where all cases are listed, and where it opens.

    ``note`` stands behind who acted last (照片 2 张). ``flags`` are what the machine noticed.
    ``desk_url`` is where those whom the case waits for handle it, ``desk_label`` the words on that
    button; ``own_url`` is the page on which the person concerned sees it. Empty: the common page.
    """

    icon: str
    module: int | None = None
    note: str = ""
    facts: tuple[Fact, ...] = ()
    flags: tuple[str, ...] = ()
    desk_url: str = ""
    desk_label: str = ""
    own_url: str = ""
