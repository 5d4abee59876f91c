"""Corrections: one asks, another approves, the ledger reverses; a refusal changes nothing."""

import pytest

from tests.cast import Town
from tests.treasury import books
from tests.treasury.books import act, available, award, purse, refused, request
from zhicunbao.base.models import AuditEntry, OutboxMessage
from zhicunbao.casework.queries import allowed, inbox, number_of
from zhicunbao.ledger import queries as balances
from zhicunbao.ledger.models import Transfer
from zhicunbao.treasury.models import Correction

pytestmark = pytest.mark.django_db


def messages(town: Town, who: str) -> list[str]:
    rows = OutboxMessage.objects.filter(person=town.person(who)).order_by("pk")
    return [f"{m.title}：{m.text}" for m in rows]


def test_a_second_person_approves_and_the_award_is_taken_back(town: Town) -> None:
    of = purse(town)
    row = award(town, of, 20)
    made = request(town, row)
    assert number_of(made.case).startswith("CZ-")
    assert available(town.person("member")) == 20
    assert messages(town, "member") == []

    case = act(town, made.case, "approve", by="reviewer")
    assert case.state == "carried_out"
    made.refresh_from_db()
    assert made.reversal is not None
    assert (made.reversal.reverses_id, made.reversal.memo) == (row.pk, "记错了人")
    assert made.reversal.person == town.person("reviewer")
    assert available(town.person("member")) == 0
    assert balances.purse_figures(of).in_purse == 1_000
    assert books.whole()
    assert AuditEntry.objects.filter(verb="ledger.transfer_reversed").count() == 1


def test_the_holder_hears_when_it_is_carried_out_and_why(town: Town) -> None:
    made = request(town, award(town, purse(town), 20), reason="把徐美丽记成了徐美兰")
    act(town, made.case, "approve", by="reviewer")
    [told] = messages(town, "member")
    assert "20 分记错了，已经冲正。原因：把徐美丽记成了徐美兰" in told
    assert "已冲正" in messages(town, "admin")[0]


def test_the_whole_household_hears_of_its_points(town: Town) -> None:
    home = books.home(town, "member", "villager")
    row = award(town, purse(town, credited="household"), 20, home=home)
    act(town, request(town, row).case, "approve", by="reviewer")
    assert messages(town, "member") == messages(town, "villager") != []
    assert available(home) == 0


def test_a_wrong_funding_goes_the_same_way(town: Town) -> None:
    of = purse(town)
    funding = Transfer.objects.get(reason="fund")
    with refused("not_your_area"):
        request(town, funding)
    made = request(town, funding, by="officer", reason="多打了一个零")
    act(town, made.case, "approve", by="leader")
    assert balances.purse_figures(of).funded == 0
    assert books.whole()


def test_funding_that_was_given_out_is_not_taken_back(town: Town) -> None:
    of = purse(town, 100)
    made = request(town, Transfer.objects.get(reason="fund"), by="officer")
    award(town, of, 20)
    with refused("purse_short", "请先补充资金池"):
        act(town, made.case, "approve", by="leader")


def test_a_move_and_a_zeroing_can_be_taken_back(town: Town) -> None:
    of = purse(town, credited="household")
    source, target = books.home(town, "member"), books.home(town, "member2")
    award(town, of, 30, home=source)
    moved = books.move(town, source, target, points=30)
    act(town, moved.case, "approve", by="reviewer")
    act(
        town, request(town, Transfer.objects.get(reason="household")).case, "approve", by="reviewer"
    )
    assert (available(source), available(target)) == (30, 0)
    books.on_the_day(books.announce(town, of))
    assert available(source) == 0
    wrong = Transfer.objects.get(reason="expiry")
    act(town, request(town, wrong, by="officer").case, "approve", by="leader")
    assert available(source) == 30
    assert books.whole()


def test_who_asked_does_not_approve(town: Town) -> None:
    made = request(town, award(town, purse(town)))
    with refused("no_right"):
        act(town, made.case, "approve", by="admin")
    # Somebody who holds both posts meets the rule itself.
    town.person("admin").posts.create(
        role="committee_reviewer",
        area=town.dongmen,
        area_prefix=town.dongmen.prefix,
        starts_on="2026-01-01",
    )
    with refused("same_person"):
        act(town, made.case, "approve", by="admin")
    assert made.case not in inbox(town.actor("admin"))


def test_neither_holder_nor_kin_asks(town: Town) -> None:
    row = award(town, purse(town), to="admin")
    with refused("kin"):
        request(town, row)
    row = award(town, purse(town), to="member")
    books.home(town, "admin", "member")
    with refused("kin"):
        request(town, row)


@pytest.mark.parametrize("how", ["holder", "kin", "household", "earner", "kin of requester"])
def test_neither_holder_nor_kin_approves(town: Town, how: str) -> None:
    if how == "holder":
        row = award(town, purse(town), to="reviewer")
    elif how == "kin":
        row = award(town, purse(town))
        books.home(town, "reviewer", "member")
    elif how == "household":
        home = books.home(town, "reviewer", "villager")
        row = award(town, purse(town, credited="household"), home=home)
    elif how == "earner":
        home = books.home(town, "member2")
        of = purse(town, credited="household")
        row = award(town, of, to="reviewer", home=home)
    else:
        row = award(town, purse(town))
        books.home(town, "reviewer", "admin")
    made = request(town, row)
    actor = town.actor("reviewer")
    with refused("kin", "需要回避"):
        act(town, made.case, "approve", by="reviewer")
    with refused("kin"):
        act(town, made.case, "refuse", by="reviewer", reason="不对")
    assert allowed(actor, made.case) == []
    assert made.case not in inbox(actor)
    assert made.case in inbox(town.actor("reviewer2"))
    assert act(town, made.case, "approve", by="reviewer2").state == "carried_out"


def test_points_that_were_spent_are_not_taken_back(town: Town) -> None:
    row = award(town, purse(town), 20)
    made = request(town, row)
    books.spend(town, 5)
    with refused("balance_short", "可用积分只有 15 分，不够冲正这笔 20 分"):
        act(town, made.case, "approve", by="reviewer")
    assert Correction.objects.get().is_open


def test_it_is_approved_once(town: Town) -> None:
    made = request(town, award(town, purse(town)))
    act(town, made.case, "approve", by="reviewer", key_="once")
    with refused("moved_on"):
        act(town, made.case, "approve", by="reviewer2")
    assert act(town, made.case, "approve", by="reviewer", key_="once").state == "carried_out"
    assert Transfer.objects.filter(kind="reversal").count() == 1


def test_refusing_needs_a_reason_and_leaves_the_points(town: Town) -> None:
    row = award(town, purse(town), 20)
    made = request(town, row)
    with refused("invalid"):
        act(town, made.case, "refuse", by="reviewer")
    act(town, made.case, "refuse", by="reviewer", reason="照片核过，没有记错")
    assert available(town.person("member")) == 20
    assert "照片核过，没有记错" in messages(town, "admin")[-1]
    assert messages(town, "member") == []
    assert request(town, row, reason="又查到新情况").is_open


def test_who_asked_withdraws_and_nobody_else(town: Town) -> None:
    row = award(town, purse(town))
    made = request(town, row)
    with refused("not_same_person"):
        act(town, made.case, "withdraw", by="officer")
    act(town, made.case, "withdraw", by="admin")
    assert not Correction.objects.get().is_open
    request(town, row)


def test_what_cannot_be_corrected_is_not_asked_for(town: Town) -> None:
    of = purse(town)
    row = award(town, of, 20)
    waiting = books.promised(town, of)
    with refused("not_booked", "请提异议"):
        request(town, waiting)
    [spent] = books.spend(town, 5)
    with refused("goods_behind"):
        request(town, spent, by="officer")
    for reason in ("", "  ", "字" * 201):
        with refused("invalid"):
            request(town, row, reason=reason)
    for who in ("other_admin", "cadre"):
        with refused("not_your_area"):
            request(town, row, by=who)
    for who in ("member", "reviewer", "leader", "oversight"):
        with refused("no_right"):
            request(town, row, by=who)


def test_a_row_has_one_open_request_and_is_reversed_once(town: Town) -> None:
    row = award(town, purse(town))
    made = request(town, row)
    with refused("already_requested"):
        request(town, row, by="officer", reason="另一个人也发现了")
    act(town, made.case, "approve", by="oversight")
    with refused("already_reversed"):
        request(town, row)


def test_the_same_request_sent_twice_is_one(town: Town) -> None:
    row = award(town, purse(town))
    assert request(town, row, key_="k") == request(town, row, key_="k")
    assert Correction.objects.count() == 1


def test_another_community_neither_sees_nor_approves(town: Town) -> None:
    made = request(town, award(town, purse(town)))
    with refused("not_your_area"):
        act(town, made.case, "approve", by="other_reviewer")
    assert made.case not in inbox(town.actor("other_reviewer"))
