"""Who may hold an account: people, known here, and whatever a feature announces beside them
(households). The ledger stores a kind and a number and asks here who that is and where they belong.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.utils.module_loading import import_string

from zhicunbao.base import feature
from zhicunbao.base.access import Actor
from zhicunbao.base.models import Person, Post
from zhicunbao.kernel import clock
from zhicunbao.kernel.masks import mask_name

PERSON: Final = "person"


@dataclass(frozen=True)
class HolderFace:
    """How a holder is called: in full, and before those who need not know who it is."""

    label: str
    masked: str
    area_prefix: str = ""
    url: str = ""


def of_person(person_id: int | None) -> dict[str, list[int]]:
    """Return the numbers of the holders that are this person's own, by kind; one query a kind."""
    if person_id is None:
        return {}
    own = {PERSON: [person_id]}
    for config in feature.all_features():
        for kind, name in config.holders_of_person.items():
            own[kind] = import_string(name)(person_id)
    return own


def faces(kind: str, numbers: Collection[int]) -> dict[int, HolderFace]:
    """Return the faces of the holders of one kind by their numbers (one query)."""
    if not numbers:
        return {}
    if kind == PERSON:
        names = Person.objects.filter(pk__in=numbers).values_list("pk", "name")
        return {pk: HolderFace(name, mask_name(name)) for pk, name in names}
    for config in feature.all_features():
        if kind in config.holder_faces:
            found: dict[int, HolderFace] = import_string(config.holder_faces[kind])(numbers)
            return found
    return {}


def held_by(own: dict[str, list[int]]) -> Q:
    """Return the condition on ``holder_kind`` and ``holder_id`` for the holders in ``own``."""
    rule = Q(pk__in=[])
    for kind, numbers in own.items():
        if numbers:
            rule |= Q(holder_kind=kind, holder_id__in=numbers)
    return rule


def faces_of(holders: Iterable[tuple[str, int]]) -> dict[tuple[str, int], HolderFace]:
    """Return the faces of holders of any kinds, by kind and number; one query a kind."""
    by_kind: dict[str, set[int]] = {}
    for kind, number in holders:
        by_kind.setdefault(kind, set()).add(number)
    return {
        (kind, number): face
        for kind, numbers in by_kind.items()
        for number, face in faces(kind, numbers).items()
    }


def places(kind: str, numbers: Collection[int]) -> dict[int, set[str]]:
    """Return the prefixes of the places to which holders of one kind belong, by their numbers.

    A person belongs where they hold a post today and where they live; somebody with neither, where
    they held posts last. At most three queries.
    """
    if kind != PERSON:
        return {number: {face.area_prefix} for number, face in faces(kind, numbers).items()}
    found: dict[int, set[str]] = {}
    posts = Post.objects.filter(person__in=numbers).order_by().values_list
    for number, prefix in posts("person_id", "area_prefix").filter(Post.open_on(clock.today())):
        found.setdefault(number, set()).add(prefix)
    for config in feature.all_features():
        if config.places_of_people:
            for number, prefix in import_string(config.places_of_people)(numbers).items():
                found.setdefault(number, set()).add(prefix)
    lost = set(numbers) - set(found)
    if lost:
        for number, prefix in posts("person_id", "area_prefix").filter(person__in=lost):
            found.setdefault(number, set()).add(prefix)
    return found


def people_in(kind: str, number: int) -> set[int]:
    """Return the numbers of the people of whom a holder consists today."""
    if kind == PERSON:
        return {number}
    for config in feature.all_features():
        if kind in config.people_of_holder:
            found: set[int] = import_string(config.people_of_holder[kind])(number)
            return found
    return set()


def people_called(text: str, count: int) -> list[int]:
    """Return the numbers of at most ``count`` people whose name contains ``text``.

    Wherever they are: the caller shows only what lies where the actor knows names.
    """
    return list(
        Person.objects.filter(name__contains=text)
        .order_by("pk")
        .values_list("pk", flat=True)[:count]
    )


def others_called(actor: Actor, text: str, count: int) -> list[tuple[str, int]]:
    """Return at most ``count`` holders other than people that ``actor`` may see and that a text
    names, such as a household by its number or address.
    """
    found = [
        (kind, number)
        for config in feature.all_features()
        for kind, name in config.find_holders.items()
        for number in import_string(name)(actor, text, count)
    ]
    return found[:count]


def rows(actor: Actor, kind: str, number: int) -> list[feature.MyRow]:
    """Return the doors that features offer on the page of a holder."""
    names = [config.holder_rows for config in feature.all_features() if config.holder_rows]
    return [row for name in names for row in import_string(name)(actor, kind, number)]
