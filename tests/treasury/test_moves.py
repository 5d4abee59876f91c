"""Points of a household that go elsewhere: split, merged, or given to a member; and what does not
go with somebody who leaves.
"""

from collections.abc import Callable

import pytest

from tests.cast import Town
from tests.treasury import books
from tests.treasury.books import act, available, award, home, move, purse, refused
from zhicunbao.base.models import AuditEntry, OutboxMessage
from zhicunbao.casework.queries import inbox, number_of
from zhicunbao.ledger import queries as balances
from zhicunbao.ledger.models import Transfer
from zhicunbao.treasury.models import HouseholdMove

pytestmark = pytest.mark.django_db


def test_a_split_takes_from_the_oldest_purse_first(town: Town) -> None:
    old, young = (purse(town, credited="household") for _ in range(2))
    source, target = home(town, "member"), home(town, "member2")
    award(town, old, 30, home=source)
    award(town, young, 50, home=source)
    made = move(town, source, target, points=45)
    assert (available(source), available(target)) == (80, 0)
    assert number_of(made.case).startswith("HZ-")

    case = act(town, made.case, "approve", by="reviewer")
    assert case.state == "carried_out"
    assert (available(source), available(target)) == (35, 45)
    assert (available(target, old), available(target, young)) == (30, 15)
    rows = Transfer.objects.filter(reason="household").order_by("pk")
    assert [row.amount for row in rows] == [30, 15]
    assert {row.memo for row in rows} == {"分户，分户协议 1 号"}
    assert {row.case_number for row in rows} == {number_of(case)}
    for of in (old, young):
        figures = balances.purse_figures(of)
        assert figures.funded == figures.in_purse + figures.outstanding
    assert books.whole()
    assert AuditEntry.objects.filter(verb="treasury.points_moved").count() == 1


def test_both_households_hear_of_it(town: Town) -> None:
    source, target = home(town, "member", "villager"), home(town, "member2")
    award(town, purse(town, credited="household"), 30, home=source)
    act(town, move(town, source, target, kind="merge").case, "approve", by="reviewer")
    told = {m.person: m.title for m in OutboxMessage.objects.all()}
    assert told[town.person("member")] == told[town.person("villager")] == "并户：转出 10 分"
    assert told[town.person("member2")] == "并户：转入 10 分"


def test_a_member_is_given_points_to_their_own_account(town: Town) -> None:
    source = home(town, "member", "villager")
    award(town, purse(town, credited="household"), 30, home=source)
    books.move_out(town, "villager")
    act(town, move(town, source, person="villager").case, "approve", by="reviewer")
    assert (available(source), available(town.person("villager"))) == (20, 10)
    assert books.whole()


def test_who_leaves_takes_the_record_and_not_the_balance(town: Town) -> None:
    source, new = home(town, "member", "villager"), home(town, "head")
    award(town, purse(town, credited="household"), 30, home=source)
    books.move_out(town, "member")
    new.memberships.create(person=town.person("member"), relation="other")
    assert (available(source), available(new)) == (30, 0)
    assert available(town.person("member")) == 0
    earned = Transfer.objects.filter(earner=town.person("member"), kind="post_pending")
    assert [row.amount for row in earned] == [30]


def test_more_than_there_is_is_neither_asked_for_nor_given(town: Town) -> None:
    source, target = home(town, "member"), home(town, "member2")
    of = purse(town, credited="household")
    award(town, of, 30, home=source)
    with refused("balance_short"):
        move(town, source, target, points=31)
    made = move(town, source, target, points=30)
    books.spend(town, 1, home=source, hold=True)
    with refused("balance_short", "可用积分只有 29 分"):
        act(town, made.case, "approve", by="reviewer")
    assert available(target) == 0


def test_what_cannot_be_used_is_refused_under_its_field(town: Town) -> None:
    source, target = home(town, "member"), home(town, "member2")
    award(town, purse(town, credited="household"), 30, home=source)
    asks: list[Callable[[], object]] = [
        lambda: move(town, source, target, points=0),
        lambda: move(town, source, None),
        lambda: move(town, source, source),
        lambda: move(town, source, target, kind="gift"),
        lambda: move(town, source, target, kind="member"),
        lambda: move(town, source, person="member2"),
        lambda: move(town, source, target, person="member", kind="split"),
    ]
    for ask in asks:
        with refused("invalid"):
            ask()


def test_both_ends_lie_where_the_right_reaches(town: Town) -> None:
    source = home(town, "member")
    far = home(town, "other_member", area=town.area("33112500100101001"))
    award(town, purse(town, credited="household"), 30, home=source)
    with refused("not_your_area"):
        move(town, source, far)
    with refused("not_your_area"):
        move(town, source, far, by="other_admin")
    made = move(town, source, far, by="officer")
    with refused("not_your_area"):
        act(town, made.case, "approve", by="reviewer")
    act(town, made.case, "approve", by="leader")
    assert available(far) == 10


@pytest.mark.parametrize("end", ["source", "target", "person"])
def test_members_neither_ask_nor_approve(town: Town, end: str) -> None:
    source = home(town, "member", *(["admin", "reviewer"] if end == "source" else []))
    target = home(town, "member2", *(["admin", "reviewer"] if end == "target" else []))
    award(town, purse(town, credited="household"), 30, home=source)
    person = "member" if end == "person" else ""
    if end == "person":
        home(town, "reviewer").memberships.create(person=town.person("villager"), relation="other")
        person = "villager"
        source.memberships.create(
            person=town.person("villager"),
            relation="other",
            starts_on="2026-01-01",
            ends_on="2026-02-01",
        )
    else:
        with refused("kin"):
            move(town, source, target)
    made = move(town, source, None if person else target, person=person, by="officer")
    with refused("kin"):
        act(town, made.case, "approve", by="reviewer")
    assert made.case not in inbox(town.actor("reviewer"))
    act(town, made.case, "approve", by="reviewer2")


def test_it_is_refused_with_a_reason_or_withdrawn(town: Town) -> None:
    source, target = home(town, "member"), home(town, "member2")
    award(town, purse(town, credited="household"), 30, home=source)
    made = move(town, source, target)
    with refused("no_right"):
        act(town, made.case, "approve", by="admin")
    with refused("invalid"):
        act(town, made.case, "refuse", by="reviewer")
    assert act(town, made.case, "refuse", by="reviewer", reason="协议没有签字").state == "refused"
    again = move(town, source, target)
    assert act(town, again.case, "withdraw", by="admin").state == "withdrawn"
    with refused("moved_on"):
        act(town, again.case, "approve", by="reviewer")
    assert HouseholdMove.objects.count() == 2
    assert available(target) == 0
