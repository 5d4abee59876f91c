"""Resolutions on zeroing: the warning, the day itself, what is left, and going on after a crash."""

from datetime import date, timedelta

import pytest

from tests.cast import Town
from tests.tables import unchanged
from tests.treasury import books
from tests.treasury.books import act, announce, available, award, begin, purse, refused
from zhicunbao.base.models import AuditEntry, OutboxMessage
from zhicunbao.casework.actions import adopt_rule, tick
from zhicunbao.casework.rules import ZEROING_DAYS
from zhicunbao.kernel import clock
from zhicunbao.ledger import actions as ledger
from zhicunbao.ledger import queries as balances
from zhicunbao.ledger.models import Purse, Transfer
from zhicunbao.treasury import actions, queries
from zhicunbao.treasury.models import Zeroing

pytestmark = pytest.mark.django_db

PEOPLE = ("member", "member2", "head", "villager", "cadre")


def give(town: Town, of: Purse, points: int = 20) -> None:
    for who in PEOPLE:
        award(town, of, points, to=who)


def had(town: Town) -> list[int]:
    return [available(town.person(who)) for who in PEOPLE]


def test_on_the_day_everything_goes_back_as_expired(town: Town) -> None:
    of, other = purse(town), purse(town)
    give(town, of)
    award(town, other, 7)
    made = announce(town, of)
    tick(clock.start_of(made.effective_on) - timedelta(seconds=1))
    assert had(town)[0] == 27
    books.on_the_day(made)
    assert had(town) == [7, 0, 0, 0, 0]
    figures = balances.purse_figures(of)
    assert (figures.expired, figures.outstanding, figures.in_purse) == (100, 0, 900)
    assert balances.purse_figures(other).expired == 0
    made.refresh_from_db()
    assert (made.case.state, made.is_live, made.holder_count) == ("done", False, 5)
    assert queries.was_taken(made) == queries.Extent(5, 100)
    row = Transfer.objects.filter(reason="expiry").first()
    assert row is not None
    assert (row.memo, row.person) == ("清零，浮党工委〔2026〕9号", None)
    [entry] = AuditEntry.objects.filter(verb="treasury.zeroing_finished")
    assert (entry.detail["holders"], entry.detail["points"]) == (5, 100)
    assert books.whole()


def test_the_clock_may_turn_as_often_as_it_likes(town: Town) -> None:
    of = purse(town)
    give(town, of)
    made = announce(town, of)
    books.on_the_day(made)
    award(town, of, 3)
    with unchanged(but=("base_auditseal",)):
        books.on_the_day(made)
    assert available(town.person("member")) == 3


def test_every_holder_is_warned_once_with_their_own_figure(town: Town) -> None:
    people, homes = purse(town), purse(town, credited="household")
    award(town, people, 20)
    home = books.home(town, "member2", "head")
    award(town, homes, 55, home=home)
    for of in (people, homes):
        announce(town, of)
    for _ in range(2):
        tick(clock.now())
    day = clock.today() + timedelta(days=40)
    told = {m.person: m.title for m in OutboxMessage.objects.filter(title__contains="日清零：")}
    title = f"{day.month}月{day.day}日清零："
    assert told == {
        town.person("member"): f"{title}20 分",
        town.person("member2"): f"{title}55 分",
        town.person("head"): f"{title}55 分",
    }
    assert all(z.told_at for z in Zeroing.objects.all())


def test_the_warning_goes_on_where_it_was_broken_off(town: Town) -> None:
    of = purse(town)
    give(town, of)
    made = announce(town, of)
    told = OutboxMessage.objects.filter(title__contains="日清零：")
    assert actions.tell_chunk(made.pk, clock.now(), size=2) == 2
    assert told.count() == 2
    assert actions.tell_holders(clock.now()) == 3
    assert told.count() == 5


def test_a_run_that_was_broken_off_is_taken_up_and_takes_each_once(town: Town) -> None:
    of = purse(town)
    give(town, of)
    made = announce(town, of)
    begin(made)
    assert actions.zero_chunk(made.pk, size=2) == 2
    assert had(town) == [0, 0, 20, 20, 20]
    # Between the crash and the next turn an order falls through and gives points back: they stay.
    award(town, of, 4, to="member")
    tick(clock.now())
    assert had(town) == [4, 0, 0, 0, 0]
    made.refresh_from_db()
    assert made.case.state == "done"
    assert queries.was_taken(made) == queries.Extent(5, 100)
    assert books.whole()


def test_a_chunk_that_fails_leaves_nothing_half_done(town: Town) -> None:
    of = purse(town)
    give(town, of)
    made = announce(town, of)
    begin(made)
    last = balances.accounts_of("person", town.person("cadre").pk)[0]
    # Somebody else's row has the key that the last account of the chunk needs.
    ledger.transfer(
        town.actor("leader"),
        ledger.Movement(
            key=f"zeroing:{made.pk}:{last.pk}",
            debit=last.code,
            credit=f"purse/{of.pk}/expired",
            amount=1,
            reason="expiry",
        ),
    )
    tick(clock.now())
    assert had(town) == [0, 0, 0, 0, 19]
    made.refresh_from_db()
    assert made.case.state == "done"
    assert books.whole()


def test_points_promised_to_an_order_are_left(town: Town) -> None:
    of = purse(town)
    award(town, of, 50)
    held = books.spend(town, 30, hold=True)
    made = announce(town, of)
    books.on_the_day(made)
    assert balances.purse_figures(of).expired == 20
    ledger.post_spend(town.actor("member"), holds=held, key="hand over")
    assert balances.purse_figures(of).redeemed == 30
    assert books.whole()


def test_points_spent_after_the_warning_are_simply_not_there(town: Town) -> None:
    of = purse(town)
    give(town, of)
    made = announce(town, of)
    books.spend(town, 20)
    books.spend(town, 5, who="member2")
    books.on_the_day(made)
    assert had(town) == [0, 0, 0, 0, 0]
    assert balances.purse_figures(of).expired == 75


# --- only what was booked before a day -----------------------------------------------------------


def scene_of_two_days(town: Town) -> tuple[Purse, date]:
    """50 booked ten days ago; the day that parts old from new is five days ago."""
    with clock.at(clock.now() - timedelta(days=10)):
        of = purse(town)
        award(town, of, 50)
    return of, clock.today() - timedelta(days=5)


def test_only_what_was_booked_before_the_day_goes(town: Town) -> None:
    of, day = scene_of_two_days(town)
    award(town, of, 30)
    books.on_the_day(announce(town, of, before=day))
    assert available(town.person("member")) == 30


def test_what_was_spent_since_counts_against_the_oldest(town: Town) -> None:
    of, day = scene_of_two_days(town)
    award(town, of, 30)
    books.spend(town, 20)
    books.spend(town, 10, hold=True)
    books.on_the_day(announce(town, of, before=day))
    assert available(town.person("member")) == 30
    assert balances.purse_figures(of).expired == 20


def test_who_spent_all_the_old_ones_loses_nothing(town: Town) -> None:
    of, day = scene_of_two_days(town)
    award(town, of, 30)
    books.spend(town, 60)
    books.on_the_day(announce(town, of, before=day))
    assert available(town.person("member")) == 20
    assert balances.purse_figures(of).expired == 0


def test_what_was_booked_since_and_reversed_does_not_shelter_the_old(town: Town) -> None:
    of, day = scene_of_two_days(town)
    wrong = award(town, of, 30)
    act(town, books.request(town, wrong).case, "approve", by="reviewer")
    books.on_the_day(announce(town, of, before=day))
    assert balances.purse_figures(of).expired == 50


def test_a_spend_that_was_taken_back_leaves_old_points_old(town: Town) -> None:
    of, day = scene_of_two_days(town)
    [spent] = books.spend(town, 20)
    ledger.reverse(town.actor("leader"), transfer=spent, key="back", reason="退货")
    books.on_the_day(announce(town, of, before=day))
    assert balances.purse_figures(of).expired == 50


# --- who decides, and when -----------------------------------------------------------------------


def test_a_day_nearer_than_the_warning_is_refused(town: Town) -> None:
    of = purse(town)
    with refused("too_soon", "不足 30 日"):
        books.propose(town, of, ahead=29)
    made = books.propose(town, of, ahead=31)
    with clock.at(clock.now() + timedelta(days=2)), refused("too_soon"):
        act(town, made.case, "approve", by="leader")
    with clock.at(clock.now() + timedelta(days=1)):
        assert act(town, made.case, "approve", by="leader").state == "announced"


def test_the_street_may_ask_for_a_longer_warning_with_its_ground(town: Town) -> None:
    adopt_rule(
        town.actor("officer"),
        name=ZEROING_DAYS,
        area=town.street,
        value=60,
        valid_from=clock.today(),
        source="街道办公会议纪要 3 号",
        key="rule",
    )
    of = purse(town)
    with refused("too_soon", "不足 60 日"):
        books.propose(town, of, ahead=59)
    books.propose(town, of, ahead=60)


def test_nothing_is_zeroed_without_a_resolution(town: Town) -> None:
    of = purse(town)
    give(town, of)
    made = books.propose(town, of)
    books.on_the_day(made)
    assert had(town) == [20] * 5
    assert not OutboxMessage.objects.filter(title__contains="日清零：").exists()


def test_who_registered_it_does_not_approve(town: Town) -> None:
    of = purse(town)
    made = books.propose(town, of)
    with refused("no_right"):
        act(town, made.case, "approve", by="officer")
    town.person("officer").posts.create(
        role="subdistrict_leader",
        area=town.street,
        area_prefix=town.street.prefix,
        starts_on="2026-01-01",
    )
    with refused("same_person"):
        act(town, made.case, "approve", by="officer")
    with refused("not_your_area"):
        act(town, made.case, "approve", by="reviewer")


def test_it_is_registered_where_the_purse_lies(town: Town) -> None:
    of = purse(town)
    for who, code in (("admin", "not_your_area"), ("leader", "no_right"), ("member", "no_right")):
        with refused(code):
            books.propose(town, of, by=who)
    own = purse(town, area=town.dongmen)
    assert books.propose(town, own, by="admin").purse == own


def test_a_purse_has_one_resolution_at_a_time(town: Town) -> None:
    of = purse(town)
    made = books.propose(town, of)
    with refused("already_under_way"):
        books.propose(town, of, ahead=50)
    act(town, made.case, "withdraw", by="officer")
    again = books.propose(town, of, ahead=50)
    act(town, again.case, "refuse", by="leader", reason="先征求村民意见")
    books.on_the_day(announce(town, of))
    books.propose(town, of)


@pytest.mark.parametrize(
    ("field", "value"),
    [("body", " "), ("document", ""), ("document", "字" * 81), ("decided_on", 1), ("before", 41)],
)
def test_a_resolution_that_cannot_be_used_is_refused(town: Town, field: str, value: object) -> None:
    of, said = purse(town), books.resolution()
    content = {f: getattr(said, f) for f in said.__dataclass_fields__}
    if isinstance(value, int):
        name = "booked_before" if field == "before" else field
        content[name] = clock.today() + timedelta(days=value)
    else:
        content[field] = value
    with refused("invalid"):
        actions.propose_zeroing(
            town.actor("officer"), purse=of, resolution=actions.Resolution(**content), key="k"
        )


def test_it_is_cancelled_before_the_day_and_whoever_was_warned_hears(town: Town) -> None:
    of = purse(town)
    give(town, of)
    made = announce(town, of)
    tick(clock.now())
    with refused("invalid"):
        act(town, made.case, "cancel", by="leader")
    with refused("no_right"):
        act(town, made.case, "cancel", by="officer", reason="推迟")
    act(town, made.case, "cancel", by="leader", reason="改到明年")
    tick(clock.now())
    day = f"{made.effective_on.month}月{made.effective_on.day}日"
    assert OutboxMessage.objects.filter(title=f"{day}不清零了").count() == 5
    books.on_the_day(made)
    assert had(town) == [20] * 5
    with refused("moved_on"):
        act(town, made.case, "cancel", by="leader", reason="再取消一次")
    assert announce(town, of).is_live


def test_who_was_not_warned_yet_hears_nothing_of_the_cancelling(town: Town) -> None:
    of = purse(town)
    give(town, of)
    made = announce(town, of)
    act(town, made.case, "cancel", by="leader", reason="改到明年")
    tick(clock.now())
    assert not OutboxMessage.objects.filter(title__contains="清零：20").exists()
    assert not OutboxMessage.objects.filter(title__contains="不清零了").exists()


def test_on_the_day_it_is_too_late_to_cancel(town: Town) -> None:
    of = purse(town)
    give(town, of)
    made = announce(town, of)
    begin(made)
    with refused("moved_on"):
        act(town, made.case, "cancel", by="leader", reason="来不及了")
