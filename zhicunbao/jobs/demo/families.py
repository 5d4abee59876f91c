"""Invented people and the households that they make up. Where they live is the street's to say."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from zhicunbao.base.models import Area, Person
from zhicunbao.jobs.demo.cast import ENTERED_AT, PHONE_PREFIX, SINCE
from zhicunbao.jobs.demo.names import NameMaker
from zhicunbao.registry import rules
from zhicunbao.registry.models import Household, Membership

NO_PASSWORD: Final = "!demo"  # noqa: S105 -- unusable by its first sign, and the same each time
FIRST_PHONE: Final = 10_000
"""Phones outside the cast: 199000 and five digits from here on, so never those of the cast."""

HEAD = Membership.Relation.HEAD
SPOUSE = Membership.Relation.SPOUSE
CHILD = Membership.Relation.CHILD
PARENT = Membership.Relation.PARENT
MAKE_UPS: Final = {
    (HEAD,): 12,
    (HEAD, SPOUSE): 26,
    (HEAD, SPOUSE, CHILD): 26,
    (HEAD, SPOUSE, CHILD, CHILD): 12,
    (HEAD, SPOUSE, CHILD, PARENT): 10,
    (HEAD, SPOUSE, CHILD, CHILD, PARENT): 4,
    (HEAD, CHILD): 5,
    (HEAD, SPOUSE, PARENT): 5,
}
"""Who makes up a household, and how many of a hundred are so; 2.75 people on average."""
COUNTS: Final = (4, 5, 6, 6, 6, 7, 7, 9)
"""Households of a micro-grid: 6.25 on average, so about 3,000 in the street."""
REGISTERED_SHARE: Final = 0.8


class People:
    """Makes people who are not stored yet, with names and phones that no two share."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.names = NameMaker(chance)
        self._phones = 0

    def enter(self, name: str, *, with_phone: bool = True) -> Person:
        """Return a new demo person."""
        phone = None
        if with_phone:
            phone = f"{PHONE_PREFIX[:-1]}{FIRST_PHONE + self._phones}"
            self._phones += 1
        return Person(
            name=name, phone=phone, password=NO_PASSWORD, is_demo=True, created_at=ENTERED_AT
        )


@dataclass(frozen=True)
class Family:
    """A household with its members, the head first; neither is stored yet.

    ``has_new_head``: the head is nobody who held a post before.
    """

    household: Household
    members: list[Membership]
    has_new_head: bool


def families_of(
    micro_grids: Sequence[Area],
    anchors: Mapping[str, Sequence[Person]],
    parents: Mapping[int, Person],
    people: People,
) -> Iterator[Family]:
    """Yield the households of one community or village, numbered through.

    ``anchors`` are people by the prefix of the micro-grid where they live; each heads a household
    or is married to its head, or lives with the one of ``parents`` (by the child's key).
    """
    chance = people.chance
    running = 0
    for area in micro_grids:
        settled = anchors.get(area.prefix, ())
        count = max(chance.choice(COUNTS), len(settled))
        for n, address in enumerate(_addresses(area, count, chance)):
            running += 1
            household = Household(
                number=rules.household_number(area.prefix[:12], running),
                area=area,
                area_prefix=area.prefix,
                address=address,
                kind=_kind(chance),
                is_demo=True,
                created_at=ENTERED_AT,
            )
            anchor = settled[n] if n < len(settled) else None
            members = _members(anchor, parents, people)
            yield Family(
                household,
                [
                    Membership(
                        household=household, person=person, relation=relation, starts_on=SINCE
                    )
                    for relation, person in members
                ],
                has_new_head=members[0][1]._state.adding,
            )


def _kind(chance: random.Random) -> str:
    registered = chance.random() < REGISTERED_SHARE
    return Household.Kind.REGISTERED if registered else Household.Kind.RESIDENT


def _addresses(area: Area, count: int, chance: random.Random) -> list[str]:
    """Return ``count`` different addresses: flats in a 新村, house numbers elsewhere."""
    if not area.name.endswith("新村"):
        return [f"{area.name} {n} 号" for n in sorted(chance.sample(range(1, 60), count))]
    flats = sorted(chance.sample(range(4 * 2 * 6 * 2), count))
    return [
        f"{area.name} {flat // 24 + 1} 幢 {flat // 12 % 2 + 1} 单元 "
        f"{flat // 2 % 6 + 1}0{flat % 2 + 1} 室"
        for flat in flats
    ]


def _members(
    anchor: Person | None, parents: Mapping[int, Person], people: People
) -> list[tuple[str, Person]]:
    """Return (relation, person) for one household; children bear the head's surname."""
    chance = people.chance
    if anchor is not None and anchor.pk in parents:
        parent = parents[anchor.pk]
        spouse = people.enter(people.names.full(of_woman=True))
        return [(HEAD, parent), (SPOUSE, spouse), (CHILD, anchor)]
    relations = chance.choices(list(MAKE_UPS), list(MAKE_UPS.values()))[0]
    is_married_to_head = anchor is not None and SPOUSE in relations and chance.random() < 0.4
    head_is_woman = chance.random() < 0.25
    if anchor is not None and not is_married_to_head:
        head = anchor
    else:
        head = people.enter(people.names.full(of_woman=head_is_woman))
    members: list[tuple[str, Person]] = [(HEAD, head)]
    for relation in relations[1:]:
        if relation == SPOUSE and is_married_to_head and anchor is not None:
            members.append((relation, anchor))
            continue
        members.append((relation, _relative(relation, head, people, head_is_woman=head_is_woman)))
    return members


def _relative(relation: str, head: Person, people: People, *, head_is_woman: bool) -> Person:
    if relation == SPOUSE:
        return people.enter(people.names.full(of_woman=not head_is_woman), with_phone=False)
    name = people.names.full(of_woman=people.chance.random() < 0.5, surname=head.name[0])
    return people.enter(name, with_phone=False)
