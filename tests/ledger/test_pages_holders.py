"""Looking somebody up on the desk: who is found by whom, the balance of a day with its rows, and
the doors between the register and the ledger.
"""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.ledger.cast import Cast
from tests.ledger.looking import booked, books_of, browse, cells, number
from tests.page import text_of
from zhicunbao.base import holders
from zhicunbao.base.models import Post
from zhicunbao.kernel import clock
from zhicunbao.ledger import actions, queries
from zhicunbao.registry.models import Membership

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)


def test_a_person_is_found_by_name_and_their_balance_shown(cast: Cast) -> None:
    books_of(cast)
    pages = browse(cast, "min")
    form = pages.get(pages.get("/ledger/").link("余额查询"))
    page = form.submit("查询", who="陈晓梅")
    assert page.h1 == "陈晓梅"
    assert "现在的余额20分" in page.text.replace(" ", "")


def test_a_household_is_found_by_number_address_or_member(cast: Cast) -> None:
    purse = cast.purse(1_000, credited="household")
    home = cast.household("wu", "xu")
    cast.award(purse, 7, key="a", to="xu", household=home.pk)
    pages = browse(cast, "min")
    for text in (home.number, "红光里 1"):
        page = pages.get("/ledger/holders/", {"who": text})
        assert page.h1 == f"红光里 1 号（{home.number}）"
        assert "红光里，户账" in page.text
    found = pages.get("/ledger/holders/", {"who": "徐美兰"})
    links = [text_of(a) for a in found.all("a", class_="list-row")]
    assert links == ["徐美兰红光里", f"红光里 1 号（{home.number}）红光里"]


@pytest.mark.parametrize("who", ["other", "wang"])
def test_nobody_is_found_where_one_may_not_look_or_does_not_see_names(cast: Cast, who: str) -> None:
    books_of(cast)
    page = browse(cast, who).get("/ledger/holders/", {"who": "陈晓梅"})
    assert page.status == 200
    assert "没有查到" in page.text


def test_without_names_a_household_is_found_by_number_and_masked(cast: Cast) -> None:
    purse = cast.purse(1_000, credited="household")
    home = cast.household("wu", "xu")
    cast.award(purse, 7, key="a", to="xu", household=home.pk)
    page = browse(cast, "wang").get("/ledger/holders/", {"who": home.number})
    assert page.h1 == f"户 {home.number}"
    assert "红光里 1 号" not in page.text
    page = browse(cast, "wang").get(f"/ledger/holders/person/{cast.people['xu'].pk}/")
    assert page.h1 == "徐**"


def test_what_cannot_be_looked_up_is_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    books_of(cast)
    pages = browse(cast, "min")
    chen = cast.people["chen"].pk
    assert pages.get("/ledger/holders/?who=").status == 422
    assert pages.get("/ledger/holders/?who=陈&on=gestern").status == 422
    assert pages.get(f"/ledger/holders/person/{chen}/?on=gestern").status == 422
    for url in (f"person/{chen}/?show=gold", "person/999999/", "purse/1/", "cat/1/"):
        assert pages.get(f"/ledger/holders/{url}").status == 404, url
    assert browse(cast, "other").get(f"/ledger/holders/person/{chen}/").status == 404
    assert browse(cast, "wu").get(f"/ledger/holders/person/{chen}/").status == 404
    assert browse(cast, "wu").get("/ledger/holders/").status == 403
    monkeypatch.setattr("zhicunbao.ledger.queries.holders.NAMESAKES_MAX", 1)
    page = pages.get("/ledger/holders/?who=外")
    assert page.status == 422
    assert "请写全姓名" in page.text


def test_the_balance_of_a_day_is_the_sum_of_its_rows(cast: Cast) -> None:
    with clock.at(NOON - timedelta(days=9)):
        purse, other = cast.purse(1_000), cast.purse(1_000, name="另一个")
        booked(cast, purse, 30, "a")
        booked(cast, other, 12, "b")
        waiting = cast.award(purse, 45, key="c")
    with clock.at(NOON):
        actions.post_hold(cast.wang, hold=waiting, key="c posted")
        cast.award(purse, 7, key="d")
        pages = browse(cast, "min")
        url = f"/ledger/holders/person/{cast.people['chen'].pk}/"
        then = pages.get(f"{url}?on=2026-11-11")
        now = pages.get(url)
        before = pages.get(f"{url}?on=2026-11-10")
    assert "2026年11月11日日终余额42分" in then.text.replace(" ", "")
    assert [row[1:] for row in cells(then)[2:]] == [
        ["沿街店铺消防排查", "RW-2026-0001", "+12", "42"],
        ["沿街店铺消防排查", "RW-2026-0001", "+30", "30"],
    ]
    assert cells(then)[:2] == [
        ["2026年基层治理积分", "30", "15.00 元"],
        ["另一个", "12", "6.00 元"],
    ]
    assert [row[4] for row in cells(now)[2:]] == ["87", "42", "30"]
    assert "到这一天为止，没有这一类积分。" in before.text
    waits = pages.get(f"{url}?show=waiting")
    assert [row[3] for row in cells(waits)[2:]] == ["+7"]


def test_a_long_life_goes_on_with_the_balance(cast: Cast) -> None:
    purse = cast.purse(10_000)
    for count in range(55):
        booked(cast, purse, 1 + count, f"a {count}")
    pages = browse(cast, "min")
    first = pages.get(f"/ledger/holders/person/{cast.people['chen'].pk}/")
    second = pages.get(first.link("更早的"))
    rows = cells(first)[1:] + cells(second)[1:]
    assert [number(row[3]) for row in rows] == list(reversed(range(1, 56)))
    assert [number(row[4]) for row in rows] == [
        sum(range(count + 1)) for count in reversed(range(1, 56))
    ]


def test_a_person_belongs_where_they_work_and_live_and_then_where_they_did(cast: Cast) -> None:
    chen = cast.people["chen"]
    [work] = Post.objects.filter(person=chen).values_list("area_prefix", flat=True)
    assert holders.places("person", [chen.pk]) == {chen.pk: {work}}
    home = cast.household("chen")
    assert holders.places("person", [chen.pk]) == {chen.pk: {work, home.area_prefix}}
    assert holders.places("household", [home.pk]) == {home.pk: {home.area_prefix}}
    Post.objects.filter(person=chen).update(ends_on=clock.today())
    assert holders.places("person", [chen.pk]) == {chen.pk: {home.area_prefix}}
    Membership.objects.filter(person=chen).update(ends_on=clock.today())
    assert holders.places("person", [chen.pk]) == {chen.pk: {work}}
    assert holders.people_in("household", home.pk) == set()
    assert holders.people_in("person", chen.pk) == {chen.pk}
    assert holders.people_in("cat", 1) == set()


def test_the_register_leads_to_the_ledger_and_back(cast: Cast) -> None:
    purse = cast.purse(1_000, credited="household")
    home = cast.household("wu", "xu")
    hold = cast.award(purse, 70, key="a", to="xu", household=home.pk)
    actions.post_hold(cast.wang, hold=hold, key="posted")
    pages = browse(cast, "wang")
    page = pages.get(f"/registry/households/{home.number}/")
    ledger = pages.get(page.link("积分台账70 分"))
    assert ledger.h1 == f"户 {home.number}"
    assert pages.get(ledger.link("这一户的登记")).url == page.url
    own = browse(cast, "wu")
    page = own.get(f"/registry/households/{home.number}/")
    assert own.get(page.link("我家的积分70 分")).url == "/points/home/"


def test_queries_do_not_grow_with_the_rows(cast: Cast) -> None:
    purse = cast.purse(1_000)
    counts = []
    for count in range(3):
        booked(cast, purse, 5, f"a {count}")
        pages = browse(cast, "min")
        with CaptureQueriesContext(connection) as asked:
            pages.get(f"/ledger/holders/person/{cast.people['chen'].pk}/")
        counts.append(len(asked))
    assert len(set(counts)) == 1


def test_queries_do_not_grow_with_who_is_found(cast: Cast) -> None:
    cast.household("wu")
    cast.household("xu")
    counts = []
    for more in ("chen", ""):
        pages = browse(cast, "min")
        with CaptureQueriesContext(connection) as asked:
            pages.get("/ledger/holders/", {"who": "红光里"})
        counts.append(len(asked))
        if more:
            cast.household(more)
    assert counts[0] == counts[1]


def test_the_balances_of_a_day_are_those_of_its_rows(cast: Cast) -> None:
    with clock.at(NOON):
        purse = books_of(cast)
        accounts = cast.accounts()
        assert queries.balance_on(accounts, NOON.date()) == 20
        assert queries.balances_on(accounts, NOON.date()) == [(purse, 20)]
        assert queries.balances_on(accounts, NOON.date() - timedelta(days=1)) == [(purse, 0)]
