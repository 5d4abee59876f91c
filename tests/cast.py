"""The town in which tests happen: two communities, a village, and people in every role.

Names are invented. 东门社区 is where things happen; 中山社区 is the other place, whose people must
never see anything of it. ``build()`` makes all of it in a few statements.
"""

from dataclasses import dataclass
from functools import cached_property

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.models import Area, Person, Post
from zhicunbao.kernel import clock, division

PASSWORD = "a-password-for-tests"
_AREAS = (
    ("331100000000", "丽水市", "city", None),
    ("331125000000", "云和县", "county", "331100000000"),
    ("331125001000", "浮云街道", "subdistrict", "331125000000"),
    ("331125001001", "中山社区", "community", "331125001000"),
    ("331125001004", "东门社区", "community", "331125001000"),
    ("331125001204", "庄前村委会", "village", "331125001000"),
    ("33112500100401", "东门第一网格", "grid", "331125001004"),
    ("33112500100401001", "红光里", "micro_grid", "33112500100401"),
    ("33112500100401002", "新建路", "micro_grid", "33112500100401"),
    ("33112500100101", "中山第一网格", "grid", "331125001001"),
    ("33112500100101001", "学前路", "micro_grid", "33112500100101"),
    ("33112500120401", "庄前第一网格", "grid", "331125001204"),
    ("33112500120401001", "后垟", "micro_grid", "33112500120401"),
)
ROLES = {
    # key: (name, role, area code)
    "leader": ("街领导", "subdistrict_leader", "331125001000"),
    "officer": ("街干部", "subdistrict_officer", "331125001000"),
    "admin": ("周敏", "community_admin", "331125001004"),
    "reviewer": ("梅国强", "committee_reviewer", "331125001004"),
    "reviewer2": ("项立群", "committee_reviewer", "331125001004"),
    "oversight": ("叶监督", "oversight", "331125001004"),
    "cadre": ("蓝村委", "village_cadre", "331125001204"),
    "head": ("柳格长", "grid_head", "33112500100401"),
    "member": ("徐美兰", "grid_member", "33112500100401001"),
    "member2": ("陈晓梅", "grid_member", "33112500100401002"),
    "villager": ("吴村民", "villager", "331125001004"),
    "keeper": ("胡柜管", "shop_keeper", "331125001004"),
    "merchant": ("刘掌柜", "merchant", "331125001004"),
    "bank": ("钟柜员", "bank_clerk", "331125001000"),
    "department": ("雷干部", "department_officer", "331125000000"),
    "auditor": ("王审计", "auditor", "331125001000"),
    "sysadmin": ("林管理", "sysadmin", "331125000000"),
    "other_admin": ("季外管", "community_admin", "331125001001"),
    "other_keeper": ("金外柜", "shop_keeper", "331125001001"),
    "other_reviewer": ("沈外委", "committee_reviewer", "331125001001"),
    "other_member": ("毛外员", "grid_member", "33112500100101001"),
}


@dataclass(frozen=True)
class Town:
    """The built town: ``area(code)``, ``person(key)``, ``actor(key)``."""

    people: dict[str, Person]
    areas: dict[str, Area]

    def person(self, key: str) -> Person:
        """Return a member of the cast."""
        return self.people[key]

    def actor(self, key: str) -> Actor:
        """Return a member of the cast as they act, with today's posts."""
        return access.actor_of(self.people[key])

    def area(self, code: str) -> Area:
        """Return an area by its code."""
        return self.areas[code]

    @cached_property
    def dongmen(self) -> Area:
        """东门社区, where things happen."""
        return self.areas["331125001004"]

    @cached_property
    def street(self) -> Area:
        """浮云街道."""
        return self.areas["331125001000"]

    @cached_property
    def red_lane(self) -> Area:
        """红光里, a micro-grid of 东门社区."""
        return self.areas["33112500100401001"]


def build() -> Town:
    """Make the town. No passwords are set: tests sign in by ``client.force_login``."""
    areas: dict[str, Area] = {}
    for code, name, level, parent in _AREAS:
        areas[code] = Area.objects.create(
            code=code,
            prefix=division.prefix_of(code, level),
            name=name,
            level=level,
            parent=areas[parent] if parent else None,
        )
    people: dict[str, Person] = {}
    for number, (key, (name, *_post)) in enumerate(ROLES.items()):
        person = Person(name=name, phone=f"1380000{number:04d}", is_demo=True)
        # Staff without a second factor would reach nothing but the page that sets it.
        person.totp_confirmed_at = clock.now()
        person.set_unusable_password()
        people[key] = person
    Person.objects.bulk_create(people.values())
    Post.objects.bulk_create(
        Post(
            person=people[key],
            role=role,
            area=areas[code],
            area_prefix=areas[code].prefix,
            starts_on="2026-01-01",
        )
        for key, (_, role, code) in ROLES.items()
    )
    return Town(people, areas)
