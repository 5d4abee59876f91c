"""Who may hold an account: people, known here, and whatever a feature announces beside them
(households). The ledger stores a kind and a number and asks here who that is.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils.module_loading import import_string

from zhicunbao.base import feature
from zhicunbao.base.models import Person
from zhicunbao.kernel.masks import mask_name

PERSON = "person"


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
