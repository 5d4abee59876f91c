"""The people of the ledger's tests: Zhao leads the street, Wang reviews in 东门社区, Chen earns,
and Zhou leads another street and must never see anything.
"""

from dataclasses import dataclass, field

from tests import cast
from zhicunbao.base import access
from zhicunbao.base.models import Area, Person, Post
from zhicunbao.kernel import clock
from zhicunbao.ledger import actions, queries, rules
from zhicunbao.ledger.models import Account, Purse, Transfer
from zhicunbao.registry.models import Household, Membership

STREET, COMMUNITY, OTHER = "331125001", "331125001004", "331125002"


@dataclass
class Cast:
    """Everybody a ledger test needs; ``zhao`` and the others are actors."""

    town: cast.Town
    street: Area
    community: Area
    other: Area
    zhao: access.Actor
    wang: access.Actor
    chen: access.Actor
    zhou: access.Actor
    people: dict[str, Person]
    opened: list[Purse] = field(default_factory=list)

    def purse(
        self,
        points: int = 100,
        *,
        name: str = "2026年基层治理积分",
        credited: str = "person",
        stop_below: int = 0,
    ) -> Purse:
        """Open a purse at the street with ``points`` in it."""
        purse = actions.create_purse(
            self.zhao,
            name=name,
            area=self.street,
            unit_value_fen=50,
            source_document="浮街办〔2026〕11号",
            funder="浮云街道办事处",
            credited=credited,
            stop_below=stop_below,
            key=f"create {name}",
        )
        self.opened.append(purse)
        if points:
            self.fund(purse, points, key=f"fund {name}")
        return purse

    def fund(self, purse: Purse, points: int, *, key: str = "first") -> Transfer:
        """Put ``points`` into ``purse``."""
        return actions.fund_purse(
            self.zhao, purse=purse, points=points, document="浮财〔2026〕3号", key=key
        )

    def award(
        self,
        purse: Purse,
        points: int,
        *,
        key: str = "claim 1",
        to: str = "chen",
        household: int | None = None,
    ) -> Transfer:
        """Promise ``points`` to somebody, as a review does."""
        return actions.award_hold(
            self.wang,
            purse=purse,
            person_id=self.people[to].pk,
            household_id=household,
            points=points,
            case_number="RW-2026-0001",
            memo="沿街店铺消防排查",
            area_prefix=COMMUNITY,
            key=key,
        )

    def code(self, who: str = "chen", *, purse: Purse | None = None) -> str:
        """Return the code of somebody's account in ``purse``, or in the one opened last."""
        return rules.person_code(self.people[who].pk, (purse or self.opened[-1]).pk)

    def home(self, number: int = 7, *, purse: Purse | None = None) -> str:
        """Return the code of a household's account in ``purse``, or in the one opened last."""
        return rules.household_code(number, (purse or self.opened[-1]).pk)

    def household(self, *who: str) -> Household:
        """Register a household in 红光里 to which these people belong from today, the first as its
        head.
        """
        lane = self.town.red_lane
        count = Household.objects.count()
        home = Household.objects.create(
            number=f"{COMMUNITY}-{count + 1:05d}",
            area=lane,
            area_prefix=lane.prefix,
            address=f"红光里 {count + 1} 号",
        )
        for number, person in enumerate(who):
            Membership.objects.create(
                household=home,
                person=self.people[person],
                relation="other" if number else "head",
            )
        return home

    def accounts(self, who: str = "chen") -> list[Account]:
        """Return the accounts of somebody."""
        return queries.accounts_of("person", self.people[who].pk)


def build() -> Cast:
    """Build the town and add a second street with its leader, who may fund there and only there."""
    town = cast.build()
    other = Area.objects.create(
        code=f"{OTHER}000", prefix=OTHER, name="元和街道", level="subdistrict"
    )
    # Staff without a second factor would reach nothing but the page that sets it.
    zhou = Person.objects.create_person(
        name="周文斌", phone="13900000000", totp_confirmed_at=clock.now()
    )
    Post.objects.create(
        person=zhou,
        role="subdistrict_leader",
        area=other,
        area_prefix=OTHER,
        starts_on="2026-01-01",
    )
    people = {
        "zhao": town.person("leader"),
        "wang": town.person("reviewer"),
        "chen": town.person("member2"),
        "zhou": zhou,
        "xu": town.person("member"),
        "wu": town.person("villager"),
        "min": town.person("admin"),
        "auditor": town.person("auditor"),
        "other": town.person("other_admin"),
    }
    return Cast(
        town=town,
        street=town.street,
        community=town.dongmen,
        other=other,
        people=people,
        zhao=access.actor_of(people["zhao"]),
        wang=access.actor_of(people["wang"]),
        chen=access.actor_of(people["chen"]),
        zhou=access.actor_of(zhou),
    )
