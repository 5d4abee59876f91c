"""Builds 浮云街道 for the demo: the real communities and villages, and in them invented grids,
micro-grids, organisations, people, posts, households and outlines. The month that the street lives
is not made here.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from django.core.management import call_command
from django.db import connection, transaction

from zhicunbao.base.models import Area, Organisation, Person, Post
from zhicunbao.jobs.demo.cast import (
    BODY_OF_ROLE,
    CAST,
    SINCE,
    create_cast,
)
from zhicunbao.jobs.demo.families import Family, People, families_of
from zhicunbao.jobs.demo.names import micro_grid_names
from zhicunbao.jobs.demo.outlines import SOURCE, Drawn, Region, Rings, draw_street
from zhicunbao.registry.models import Household, Membership, Place

STREET_PREFIX: Final = "331125001"
MEMBER_COUNT: Final = 526
"""Grid members of the street, of whom some share a micro-grid."""
ORDINALS: Final = "一二三四五六七八九"


@dataclass(frozen=True)
class Plan:
    """One community or village: its code, what it is called, how many micro-grids each grid has,
    where it lies on the plan, and the names that its first micro-grids are known by.
    """

    prefix: str
    name: str
    grids: tuple[int, ...]
    middle: tuple[float, float]
    first: tuple[str, ...] = ()

    @property
    def is_rural(self) -> bool:
        """Whether it is a village, with hamlets instead of lanes."""
        return self.name.endswith("村")


PLANS: Final = (
    Plan("331125001001", "中山社区", (8, 8, 8, 8, 8, 7, 7, 7, 7), (0, -420), ("中山街", "解放街")),
    Plan("331125001002", "浮云社区", (8,) * 9, (150, 420), ("浮云路", "溪滨巷")),
    Plan("331125001003", "青阳门社区", (9, 9, 8, 8, 8, 8, 8), (-850, 60), ("青阳门街",)),
    Plan(
        "331125001004",
        "东门社区",
        (9, 9, 8, 8, 8, 8, 8, 8, 8),
        (1000, 20),
        ("红光里", "后山头", "新建路", "东门新村", "桥头", "北垟", "城东路", "学前路"),
    ),
    Plan("331125001204", "庄前村", (8,) * 7, (1750, 1500), ("庄前",)),
    Plan("331125001205", "云章村", (8,) * 6, (-500, 1800), ("云章",)),
    Plan("331125001206", "局村村", (8, 8, 8, 7, 7, 7, 7), (-100, -1900), ("局村",)),
    Plan("331125001207", "溪口村", (9, 9, 9, 8, 8, 8), (-2400, 200), ("溪口",)),
)
"""60 grids with 479 micro-grids: the street's own number of April 2022, spread as invented here."""

STAFF: Final = {
    False: {"community_admin": 2, "committee_reviewer": 3, "oversight": 1},
    True: {"village_cadre": 2, "committee_reviewer": 2, "oversight": 1},
}
"""Posts of a community (False) and of a village (True), the cast among them."""

PARENTS_AND_CHILDREN: Final = (("reviewer", "kin_grid_member"),)
"""Cast members (parent, child) of one household, so that recusal has somebody to recuse."""


def build_street(*, seed: int = 20260401) -> None:
    """Enter the whole street, once, in one transaction; the same seed enters the same.

    For the demo alone, on a database without a street's grids.
    """
    call_command("load_areas", verbosity=0)
    with transaction.atomic():
        _Builder(seed).build()
        _take_stock()


def _take_stock() -> None:
    """Let PostgreSQL count the rows that were written at once. It would do so only after the month,
    and meanwhile look for kin in a table that it takes for empty: ten seconds instead of one
    thousandth.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


@dataclass
class _Builder:
    """What has been built so far, and the one source of chance."""

    seed: int
    micro_grids: dict[str, list[Area]] = field(default_factory=dict)
    """Prefix of the village → its micro-grids in the order of their codes."""
    anchors: dict[str, list[Person]] = field(default_factory=dict)
    """Prefix of a micro-grid → people who live there although their post came first."""

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311 -- an invented street, not a secret
        self.people = People(self.chance)

    def build(self) -> None:
        self._areas()
        self._organisations()
        self._outlines()
        self.cast = create_cast()
        self._staff()
        self._grid_people()
        self._settle_cast()
        self._households()

    def _areas(self) -> None:
        prefixes = [plan.prefix for plan in PLANS]
        self.villages = {a.prefix: a for a in Area.objects.filter(prefix__in=prefixes)}
        self.grids: dict[str, Area] = {}
        for plan in PLANS:
            short = plan.name.removesuffix("社区").removesuffix("村")
            for n in range(1, len(plan.grids) + 1):
                code = f"{plan.prefix}{n:02d}"
                name = f"{short}第{ORDINALS[n - 1]}网格"
                self.grids[code] = _area(code, "grid", name, self.villages[plan.prefix])
        Area.objects.bulk_create(self.grids.values())
        for plan in PLANS:
            names = iter(
                micro_grid_names(
                    sum(plan.grids), self.chance, rural=plan.is_rural, first=plan.first
                )
            )
            self.micro_grids[plan.prefix] = [
                _area(f"{grid}{m:03d}", "micro_grid", next(names), self.grids[grid])
                for n, count in enumerate(plan.grids, 1)
                for grid in [f"{plan.prefix}{n:02d}"]
                for m in range(1, count + 1)
            ]
        Area.objects.bulk_create(self._all_micro_grids())

    def _all_micro_grids(self) -> list[Area]:
        return [area for areas in self.micro_grids.values() for area in areas]

    def _organisations(self) -> None:
        street = Area.objects.get(prefix=STREET_PREFIX)
        kinds = Organisation.Kind
        bodies = [_organisation("浮云街道办事处", kinds.OFFICE, street)]
        for plan in PLANS:
            village = self.villages[plan.prefix]
            party = "党支部" if plan.is_rural else "党委"
            bodies.append(_organisation(plan.name + party, kinds.PARTY_COMMITTEE, village))
            if plan.is_rural:
                bodies.append(_organisation(f"{plan.name}经济合作社", kinds.COOPERATIVE, village))
        Organisation.objects.bulk_create(bodies)
        self.bodies = {(o.area_prefix, o.kind): o for o in bodies}

    def _outlines(self) -> None:
        drawn = draw_street(
            {plan.prefix: Region(plan.middle, plan.grids) for plan in PLANS}, seed=self.seed
        )
        Place.objects.bulk_create(
            place for plan in PLANS for place in self._places(plan, drawn[plan.prefix])
        )

    def _places(self, plan: Plan, drawn: Drawn) -> Iterator[Place]:
        yield _place(Place.Kind.COMMUNITY, self.villages[plan.prefix], drawn.outline)
        for n, outline in enumerate(drawn.grids, 1):
            yield _place(Place.Kind.GRID, self.grids[f"{plan.prefix}{n:02d}"], outline)
        outlines = [outline for grid in drawn.micro_grids for outline in grid]
        for area, outline in zip(self.micro_grids[plan.prefix], outlines, strict=True):
            yield _place(Place.Kind.MICRO_GRID, area, outline)

    def _worker(self) -> Person:
        return self.people.enter(self.people.names.full(of_woman=self.chance.random() < 0.55))

    def _appoint(self, role: str, areas: list[Area]) -> list[Person]:
        """Enter one new person with this post in each of ``areas`` (an area may come twice)."""
        people = Person.objects.bulk_create([self._worker() for _ in areas])
        Post.objects.bulk_create(
            Post(
                person=person,
                role=role,
                area=area,
                area_prefix=area.prefix,
                organisation=self.bodies.get((area.prefix, BODY_OF_ROLE.get(role, ""))),
                starts_on=SINCE,
            )
            for person, area in zip(people, areas, strict=True)
        )
        return people

    def _staff(self) -> None:
        taken = [(m.prefix, m.role) for m in CAST]
        for plan in PLANS:
            village = self.villages[plan.prefix]
            for role, count in STAFF[plan.is_rural].items():
                for person in self._appoint(
                    role, [village] * (count - taken.count((plan.prefix, role)))
                ):
                    self._settle(person, self.chance.choice(self.micro_grids[plan.prefix]))

    def _grid_people(self) -> None:
        taken = [m.prefix for m in CAST]
        heads = [grid for prefix, grid in self.grids.items() if prefix not in taken]
        for person, grid in zip(self._appoint("grid_head", heads), heads, strict=True):
            homes = [a for a in self.micro_grids[grid.prefix[:12]] if a.parent_id == grid.pk]
            self._settle(person, self.chance.choice(homes))
        areas = self._all_micro_grids()
        two = {a.prefix for a in self.chance.sample(areas, MEMBER_COUNT - len(areas))}
        wanted = [
            area
            for area in areas
            for _ in range(1 + (area.prefix in two) - taken.count(area.prefix))
        ]
        for person, area in zip(self._appoint("grid_member", wanted), wanted, strict=True):
            self._settle(person, area)

    def _settle(self, person: Person, area: Area) -> None:
        self.anchors.setdefault(area.prefix, []).append(person)

    def _settle_cast(self) -> None:
        by_prefix = {a.prefix: a for a in self._all_micro_grids()}
        parents = {parent for parent, _ in PARENTS_AND_CHILDREN}
        for member in CAST:
            homes = self.micro_grids.get(member.prefix[:12]) or self.micro_grids[PLANS[0].prefix]
            if member.key not in parents:  # who live with the child
                self._settle(
                    self.cast[member.key],
                    by_prefix.get(member.prefix) or self.chance.choice(homes),
                )

    def _households(self) -> None:
        parents = {self.cast[child].pk: self.cast[parent] for parent, child in PARENTS_AND_CHILDREN}
        families = [
            family
            for plan in PLANS
            for family in families_of(
                self.micro_grids[plan.prefix], self.anchors, parents, self.people
            )
        ]
        members = [member for family in families for member in family.members]
        Household.objects.bulk_create(family.household for family in families)
        Person.objects.bulk_create(m.person for m in members if m.person._state.adding)
        Membership.objects.bulk_create(members)
        Post.objects.bulk_create(self._villager(f) for f in families if f.has_new_head)

    def _villager(self, family: Family) -> Post:
        village = self.villages[family.household.area_prefix[:12]]
        return Post(
            person=family.members[0].person,
            role="villager",
            area=village,
            area_prefix=village.prefix,
            starts_on=SINCE,
        )


def _area(code: str, level: str, name: str, parent: Area) -> Area:
    return Area(code=code, prefix=code, level=level, name=name, parent=parent, is_demo=True)


def _organisation(name: str, kind: str, area: Area) -> Organisation:
    return Organisation(name=name, kind=kind, area=area, area_prefix=area.prefix, is_demo=True)


def _place(kind: str, area: Area, outline: Rings) -> Place:
    return Place(
        kind=kind,
        area=area,
        area_prefix=area.prefix,
        name=area.short_name,
        outline=outline,
        source=SOURCE,
        is_demo=True,
    )
