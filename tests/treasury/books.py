"""Builders for tests of treasury: purses, booked awards, households, matters at any state."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import count

import pytest

from tests.cast import Town
from tests.tables import unchanged
from zhicunbao.base.access import SYSTEM
from zhicunbao.base.models import Area
from zhicunbao.casework.actions import perform, tick
from zhicunbao.casework.models import Case
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Refusal
from zhicunbao.ledger import actions as ledger
from zhicunbao.ledger import queries as balances
from zhicunbao.ledger.models import Purse, Transfer
from zhicunbao.registry.actions import register_household
from zhicunbao.registry.models import Household, Membership
from zhicunbao.treasury import actions
from zhicunbao.treasury.actions import Resolution
from zhicunbao.treasury.models import Correction, HouseholdMove, Zeroing

_numbers = count(1)


def key() -> str:
    """Return a fresh idempotency key."""
    return f"treasury-{next(_numbers)}"


def purse(
    town: Town,
    points: int = 1_000,
    *,
    credited: str = "person",
    area: Area | None = None,
    by: str = "leader",
) -> Purse:
    """Open a purse of the street (or of ``area``) with ``points`` in it."""
    actor = town.actor(by)
    opened = ledger.create_purse(
        actor,
        name=f"第 {next(_numbers)} 号资金池",
        area=area or town.street,
        unit_value_fen=100,
        source_document="测试文件 1 号",
        funder="浮云街道",
        credited=credited,
        key=key(),
    )
    if points:
        ledger.fund_purse(actor, purse=opened, points=points, document="测试拨款", key=key())
    return opened


def promised(
    town: Town, of: Purse, points: int = 20, *, to: str = "member", home: Household | None = None
) -> Transfer:
    """Return an award in 东门社区 that waits for the end of its notice."""
    return ledger.award_hold(
        town.actor("reviewer"),
        purse=of,
        person_id=town.person(to).pk,
        household_id=home.pk if home else None,
        points=points,
        case_number="RL-2026-1",
        memo="楼道清理",
        area_prefix=town.red_lane.prefix,
        key=key(),
    )


def award(
    town: Town, of: Purse, points: int = 20, *, to: str = "member", home: Household | None = None
) -> Transfer:
    """Return a booked award in 东门社区."""
    return ledger.post_hold(SYSTEM, hold=promised(town, of, points, to=to, home=home), key=key())


def spend(
    town: Town,
    points: int,
    *,
    who: str = "member",
    home: Household | None = None,
    hold: bool = False,
) -> list[Transfer]:
    """Spend points of a person or household; with ``hold`` only promise them to an order."""
    holder = ("household", home.pk) if home else ("person", town.person(who).pk)
    rows = ledger.spend_hold(town.actor(who), holder=holder, points=points, key=key(), memo="毛巾")
    return rows if hold else ledger.post_spend(town.actor(who), holds=rows, key=key())


def available(who: object, purse: Purse | None = None) -> int:
    """Return what a household or a person may spend (in one purse)."""
    kind = "household" if isinstance(who, Household) else "person"
    accounts = balances.accounts_of(kind, getattr(who, "pk", 0))
    return balances.balance(a for a in accounts if purse in (None, a.purse)).available


def home(town: Town, *keys: str, area: Area | None = None) -> Household:
    """Put members of the cast into one new household of 红光里."""
    made = register_household(
        town.actor("officer"),
        area_id=(area or town.red_lane).pk,
        address=f"甲巷 {next(_numbers)} 号",
        key=key(),
    )
    for who in keys:
        Membership.objects.create(household=made, person=town.person(who), relation="other")
    return made


def move_out(town: Town, who: str) -> None:
    """End the membership of one of the cast."""
    Membership.objects.filter(person=town.person(who), ends_on=None).update(ends_on=clock.today())


def request(
    town: Town, row: Transfer, *, by: str = "admin", reason: str = "记错了人", key_: str = ""
) -> Correction:
    """Return a correction that waits for a second person."""
    actor = town.actor(by)
    return actions.request_correction(actor, transfer=row, reason=reason, key=key_ or key())


def move(
    town: Town,
    source: Household,
    target: Household | None = None,
    *,
    points: int = 10,
    by: str = "admin",
    person: str = "",
    kind: str = "",
) -> HouseholdMove:
    """Return a move that waits for a second person."""
    return actions.request_move(
        town.actor(by),
        source=source,
        target=target,
        person=town.person(person) if person else None,
        kind=kind or ("member" if person else "split"),
        points=points,
        document="分户协议 1 号",
        reason="儿子成家，分开立户",
        key=key(),
    )


def resolution(ahead: int = 40, *, before: date | None = None) -> Resolution:
    """Return what a resolution says that ends points ``ahead`` days from today."""
    return Resolution(
        body="街道党工委会议",
        decided_on=clock.today(),
        document="浮党工委〔2026〕9号",
        effective_on=clock.today() + timedelta(days=ahead),
        booked_before=before,
    )


def propose(
    town: Town, of: Purse, *, ahead: int = 40, before: date | None = None, by: str = "officer"
) -> Zeroing:
    """Return a resolution that waits for a second person."""
    said = resolution(ahead, before=before)
    return actions.propose_zeroing(town.actor(by), purse=of, resolution=said, key=key())


def act(town: Town, case: Case, verb: str, *, by: str, reason: str = "", key_: str = "") -> Case:
    """Perform a step."""
    case.refresh_from_db()
    return perform(town.actor(by), case, verb, key=key_ or key(), reason=reason)


def announce(town: Town, of: Purse, *, ahead: int = 40, before: date | None = None) -> Zeroing:
    """Return a resolution that was approved; its holders have not been told yet."""
    made = propose(town, of, ahead=ahead, before=before)
    act(town, made.case, "approve", by="leader")
    made.refresh_from_db()
    return made


def begin(zeroing: Zeroing) -> None:
    """Bring the case to the state in which the clock takes points, without taking any."""
    with clock.at(clock.start_of(zeroing.effective_on)):
        zeroing.case.refresh_from_db()
        perform(SYSTEM, zeroing.case, "start", key=key())


def on_the_day(zeroing: Zeroing) -> None:
    """Let the clock turn at noon of the day itself: it begins, and the next turn carries out."""
    noon = clock.start_of(zeroing.effective_on) + timedelta(hours=12)
    tick(noon)
    tick(noon + timedelta(minutes=1))


@contextmanager
def refused(code: str, says: str = "。$") -> Iterator[None]:
    """Expect a refusal with this code, in a full sentence, that changed nothing."""
    with unchanged(), pytest.raises(Refusal, match=says) as caught:
        yield
    assert caught.value.code == code


def whole() -> bool:
    """Whether the books add up."""
    return balances.verify() == []
