"""Opening, funding and closing purses, who may, and which purse pays where."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests import tables
from tests.ledger.books import refused
from tests.ledger.cast import COMMUNITY, OTHER, STREET, Cast
from zhicunbao.base import access
from zhicunbao.base.models import AuditEntry, OutboxMessage
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict, Invalid, NotAllowed
from zhicunbao.ledger import actions, queries, rules
from zhicunbao.ledger.models import Purse, Transfer


def create(cast: Cast, actor: access.Actor | None = None, **change: Any) -> Purse:
    asked: dict[str, Any] = {
        "name": "文明积分",
        "area": cast.street,
        "unit_value_fen": 50,
        "source_document": "浮街办〔2026〕11号",
        "funder": "浮云街道办事处",
        "key": "create",
    }
    return actions.create_purse(actor or cast.zhao, **{**asked, **change})


def test_a_purse_opens_empty_and_is_audited(cast: Cast) -> None:
    purse = create(cast)
    assert purse.area_prefix == STREET
    assert queries.purse_figures(purse) == queries.PurseFigures()
    entry = AuditEntry.objects.get(verb="ledger.purse_created")
    assert (entry.subject_id, entry.area_prefix) == (str(purse.pk), STREET)


def test_opening_twice_with_one_key_opens_one_purse(cast: Cast) -> None:
    assert create(cast) == create(cast)
    assert Purse.objects.count() == 1


def test_only_the_street_opens_and_funds_and_only_its_own(cast: Cast) -> None:
    purse = create(cast)
    for stranger, code in ((cast.wang, "no_right"), (cast.zhou, "not_your_area")):
        with refused(NotAllowed, code):
            create(cast, stranger, name="另一个", key="other")
        with refused(NotAllowed, code):
            actions.fund_purse(stranger, purse=purse, points=5, document="文件", key="f")
        with refused(NotAllowed, code):
            actions.close_purse(stranger, purse=purse, key="c")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "字" * 81}, "name"),
        ({"source_document": ""}, "source_document"),
        ({"funder": ""}, "funder"),
        ({"unit_value_fen": 0}, "unit_value_fen"),
        ({"valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 31)}, "valid_to"),
    ],
)
def test_a_purse_needs_its_facts(cast: Cast, change: dict[str, Any], field: str) -> None:
    with refused(Invalid, "invalid") as caught:
        create(cast, **change)
    assert list(caught.value.fields) == [field]


def test_a_name_is_taken_once_in_an_area(cast: Cast) -> None:
    create(cast)
    with refused(Conflict, "name_taken"):
        create(cast, key="again")
    assert create(cast, area=cast.community, key="below").area_prefix == COMMUNITY


def test_purses_that_overlap_agree_on_the_worth_of_a_point(cast: Cast) -> None:
    create(cast, area=cast.community)
    with refused(Conflict, "worth_differs", "0.50 元"):
        create(cast, name="街道", unit_value_fen=100, key="above")
    create(cast, name="街道", key="same worth above")
    with refused(Conflict, "worth_differs"):
        create(cast, name="社区二", area=cast.community, unit_value_fen=100, key="below")
    for purse in Purse.objects.all():
        actions.close_purse(cast.zhao, purse=purse, key=f"close {purse.pk}")
    create(cast, name="下一年", unit_value_fen=100, key="when the others are closed")


def test_a_street_beside_may_value_its_points_otherwise(cast: Cast) -> None:
    create(cast)
    purse = create(cast, cast.zhou, area=cast.other, unit_value_fen=100, key="other")
    assert purse.unit_value_fen == 100


def test_funding_issues_points_and_is_audited(cast: Cast) -> None:
    purse = create(cast)
    row = cast.fund(purse, 200)
    assert (row.kind, row.amount, row.reason, row.memo) == (
        "posted",
        200,
        "fund",
        "浮财〔2026〕3号",
    )
    assert queries.purse_figures(purse) == queries.PurseFigures(funded=200, in_purse=200)
    entry = AuditEntry.objects.get(verb="ledger.purse_funded")
    told = {name: entry.detail[name] for name in ("points", "document", "transfer")}
    assert told == {"points": 200, "document": "浮财〔2026〕3号", "transfer": row.pk}


def test_funding_sent_twice_funds_once(cast: Cast) -> None:
    purse = create(cast)
    assert cast.fund(purse, 200) == cast.fund(purse, 200)
    assert queries.purse_figures(purse).funded == 200
    with refused(Conflict, "key_reused"):
        cast.fund(purse, 201)


@pytest.mark.parametrize(
    ("points", "document", "fields"),
    [
        (0, "文件", ["points"]),
        (-1, "文件", ["points"]),
        (rules.AMOUNT_MAX + 1, "文件", ["points"]),
        (5, "  ", ["document"]),
        (5, "字" * 81, ["document"]),
        (0, "", ["points", "document"]),
    ],
)
def test_funding_needs_an_amount_and_a_document(
    cast: Cast, points: int, document: str, fields: list[str]
) -> None:
    purse = create(cast)
    with refused(Invalid, "invalid") as caught:
        actions.fund_purse(cast.zhao, purse=purse, points=points, document=document, key="f")
    assert list(caught.value.fields) == fields


def take_back(
    cast: Cast, row: Transfer, *, reason: str = "多打了一个零", key: str = "back"
) -> Transfer:
    return actions.reverse(cast.zhao, transfer=row, reason=reason, key=key)


def test_a_wrong_funding_is_taken_back_once(cast: Cast) -> None:
    purse = create(cast)
    wrong = cast.fund(purse, 200)
    row = take_back(cast, wrong)
    assert (row.kind, row.amount, row.memo) == ("reversal", 200, "多打了一个零")
    assert take_back(cast, wrong) == row
    assert queries.purse_figures(purse) == queries.PurseFigures()
    with refused(Conflict, "already_reversed"):
        take_back(cast, wrong, key="again")


def test_taking_a_funding_back_needs_a_reason_and_what_was_funded(cast: Cast) -> None:
    purse = create(cast)
    wrong = cast.fund(purse, 200)
    for reason in ("", "字" * 201):
        with refused(Invalid, "invalid") as caught:
            take_back(cast, wrong, reason=reason)
        assert list(caught.value.fields) == ["reason"]
    cast.award(purse, 5)
    with refused(Conflict, "purse_short"):
        take_back(cast, wrong)


def test_a_closed_purse_takes_and_promises_nothing_but_keeps_its_promises(cast: Cast) -> None:
    purse = cast.purse(100)
    hold = cast.award(purse, 40)
    assert not actions.close_purse(cast.zhao, purse=purse, key="close").is_open
    purse.refresh_from_db()
    with refused(Conflict, "purse_closed"):
        cast.award(purse, 1, key="claim 2")
    with refused(Conflict, "purse_closed"):
        cast.fund(purse, 1, key="more")
    with refused(Conflict, "purse_closed"):
        actions.close_purse(cast.zhao, purse=purse, key="close again")
    actions.post_hold(cast.wang, hold=hold, key="post")
    assert queries.balance_of(cast.people["chen"].pk).posted == 40
    assert AuditEntry.objects.filter(verb="ledger.purse_closed").count() == 1


# --- the stop line -------------------------------------------------------------------------------


def told(cast: Cast) -> list[tuple[str, str]]:
    """Return what those who may fund at the street were told, each once."""
    rows = OutboxMessage.objects.filter(key__startswith="ledger.stopped:")
    funders = set(access.people_holding("ledger.fund", STREET))
    assert cast.people["zhao"].pk in funders
    assert {row.person_id for row in rows} <= funders
    assert rows.count() % len(funders) == 0
    return [(row.title, row.text) for row in rows.filter(person=cast.people["zhao"])]


def test_the_award_that_reaches_the_stop_line_is_given_and_told(cast: Cast) -> None:
    purse = cast.purse(100, stop_below=30)
    cast.award(purse, 69)
    assert told(cast) == []
    row = cast.award(purse, 1, key="claim 2")
    assert row.amount == 1
    assert told(cast) == [
        (
            "资金池“2026年基层治理积分”已到停发线",
            "只剩 30 分，停发线是 30 分。补充以前，审核发不出积分。",
        )
    ]
    message = OutboxMessage.objects.filter(person=cast.people["zhao"]).get()
    assert message.url == f"/purses/{purse.pk}/"


def test_an_award_may_go_below_the_stop_line_but_the_next_is_refused(cast: Cast) -> None:
    purse = cast.purse(100, stop_below=30)
    cast.award(purse, 90)
    assert [text.partition("，")[0] for _, text in told(cast)] == ["只剩 10 分"]
    says = (
        "资金池“2026年基层治理积分”只剩 10 分，已到停发线 30 分，暂停发放。"
        "请街道先补充资金池，再审核。"
    )
    with refused(Conflict, "purse_stopped", says):
        cast.award(purse, 5, key="claim 2")
    with refused(Conflict, "purse_short", "只剩 10 分，不够这笔 11 分"):
        cast.award(purse, 11, key="claim 2")
    cast.fund(purse, 21, key="more")
    cast.award(purse, 1, key="claim 2")
    assert len(told(cast)) == 2


def test_an_award_that_is_sent_again_tells_nobody_again(cast: Cast) -> None:
    purse = cast.purse(100, stop_below=30)
    first = cast.award(purse, 10)
    cast.award(purse, 60, key="claim 2")
    with tables.unchanged():
        assert cast.award(purse, 10) == first


def test_without_a_stop_line_a_purse_gives_its_last_point_and_tells_nobody(cast: Cast) -> None:
    purse = cast.purse(10)
    cast.award(purse, 10)
    assert told(cast) == []


def test_what_is_promised_is_booked_below_the_stop_line(cast: Cast) -> None:
    purse = cast.purse(100, stop_below=30)
    hold = cast.award(purse, 80)
    actions.post_hold(cast.wang, hold=hold, key="post")
    assert queries.purse_figures(purse).outstanding == 80


def test_the_stop_line_is_set_and_audited(cast: Cast) -> None:
    purse = cast.purse(100, stop_below=30)
    changed = actions.set_stop_line(cast.zhao, purse=purse, stop_below=60, key="line")
    assert changed.stop_below == Purse.objects.get().stop_below == 60
    entry = AuditEntry.objects.get(verb="ledger.stop_line_set")
    assert {name: entry.detail[name] for name in ("before", "after")} == {"before": 30, "after": 60}
    cast.award(purse, 40)
    with refused(Conflict, "purse_stopped"):
        cast.award(purse, 1, key="claim 2")
    actions.set_stop_line(cast.zhao, purse=purse, stop_below=0, key="none")
    cast.award(purse, 60, key="claim 2")


def test_the_stop_line_is_set_once_with_one_key(cast: Cast) -> None:
    purse = cast.purse(100)
    actions.set_stop_line(cast.zhao, purse=purse, stop_below=60, key="line")
    with tables.unchanged():
        actions.set_stop_line(cast.zhao, purse=purse, stop_below=60, key="line")
    with refused(Conflict, "key_reused"):
        actions.set_stop_line(cast.zhao, purse=purse, stop_below=61, key="line")


def test_only_who_funds_a_purse_sets_its_stop_line(cast: Cast) -> None:
    purse = cast.purse(100)
    for stranger, code in ((cast.wang, "no_right"), (cast.zhou, "not_your_area")):
        with refused(NotAllowed, code):
            actions.set_stop_line(stranger, purse=purse, stop_below=5, key="line")


@pytest.mark.parametrize("points", [-1, rules.AMOUNT_MAX + 1])
def test_a_stop_line_is_a_sum_of_points(cast: Cast, points: int) -> None:
    purse = cast.purse(100)
    with refused(Invalid, "invalid", "之间的整数") as caught:
        actions.set_stop_line(cast.zhao, purse=purse, stop_below=points, key="line")
    assert list(caught.value.fields) == ["stop_below"]
    with refused(Invalid, "invalid") as caught:
        create(cast, name="另一个", stop_below=points)
    assert list(caught.value.fields) == ["stop_below"]


# --- whom a programme credits --------------------------------------------------------------------


def test_a_household_is_credited_and_its_earner_recorded(cast: Cast) -> None:
    purse = cast.purse(100, credited="household")
    row = cast.award(purse, 20, household=7)
    assert row.credit_account.code == cast.home(7)
    assert row.earner_id == cast.people["chen"].pk
    posted = actions.post_hold(cast.wang, hold=row, key="post")
    undone = actions.reverse(cast.zhao, transfer=posted, key="undo", reason="重复")
    for later in (posted, undone):
        assert Transfer.objects.get(pk=later.pk).earner_id == cast.people["chen"].pk
    assert cast.accounts() == []


def test_two_of_a_household_earn_into_one_account(cast: Cast) -> None:
    purse = cast.purse(100, credited="household")
    for number, who in enumerate(("chen", "wang")):
        hold = cast.award(purse, 20, household=7, to=who, key=f"claim {number}")
        actions.post_hold(cast.wang, hold=hold, key=f"post {number}")
    [account] = queries.accounts_of("household", 7)
    assert account.available == 40
    earners = Transfer.objects.filter(kind="post_pending").values_list("earner_id", flat=True)
    assert set(earners) == {cast.people["chen"].pk, cast.people["wang"].pk}


def test_who_belongs_to_no_household_cannot_earn_for_one(cast: Cast) -> None:
    purse = cast.purse(100, credited="household")
    with refused(Conflict, "no_household", "请社区先在“登记”里办理，再审核。"):
        cast.award(purse, 20)


def test_a_programme_for_people_credits_the_person_whatever_the_household(cast: Cast) -> None:
    purse = cast.purse(100)
    row = cast.award(purse, 20, household=7)
    assert row.credit_account.code == cast.code()
    assert row.earner_id is None


def test_a_programme_credits_people_or_households(cast: Cast) -> None:
    with refused(Invalid, "invalid") as caught:
        create(cast, credited="village")
    assert list(caught.value.fields) == ["credited"]


# --- which purse pays ----------------------------------------------------------------------------


def test_a_purse_gives_from_its_first_day_to_its_last(cast: Cast) -> None:
    today = clock.today()
    purse = create(cast, valid_from=today, valid_to=today)
    assert queries.purse_for(COMMUNITY) == purse
    for day in (-1, 1):
        with clock.at(clock.now() + timedelta(days=day)):
            assert queries.purse_for(COMMUNITY) is None
            with refused(Conflict, "purse_closed"):
                cast.award(purse, 1)


def test_the_nearest_open_purse_pays(cast: Cast) -> None:
    street = create(cast)
    community = create(cast, name="社区", area=cast.community, key="community")
    assert queries.purse_for(f"{COMMUNITY}01002") == community
    assert queries.purse_for(STREET) == street
    assert queries.purse_for("331125001001") == street
    assert queries.purse_for(OTHER) is None
    actions.close_purse(cast.zhao, purse=community, key="close")
    assert queries.purse_for(COMMUNITY) == street


def test_a_purse_is_seen_from_its_area_from_below_and_from_nowhere_else(cast: Cast) -> None:
    purse = cast.purse(100)
    hold = cast.award(purse, 40)
    seen = {
        name: list(access.visible_to(getattr(cast, name), Purse.objects.all()))
        for name in ("zhao", "wang", "chen", "zhou")
    }
    assert seen == {"zhao": [purse], "wang": [purse], "chen": [], "zhou": []}
    rows = {
        name: access.visible_to(getattr(cast, name), Transfer.objects.all()).count()
        for name in ("zhao", "wang", "chen", "zhou")
    }
    assert rows == {"zhao": 2, "wang": 2, "chen": 1, "zhou": 0}
    assert list(access.visible_to(cast.chen, Transfer.objects.all())) == [hold]
    assert not access.visible_to(access.SYSTEM, Transfer.objects.all()).exists()
