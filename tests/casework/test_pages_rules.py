"""The page of the rules: read by everyone of the street, changed by the street."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.cast import Town
from tests.page import Pages
from tests.tables import unchanged
from zhicunbao.casework.models import RuleVersion
from zhicunbao.casework.rules import ADJUSTABLE, NOTICE_DAYS
from zhicunbao.kernel import clock

pytestmark = pytest.mark.django_db

PagesOf = Callable[[str], Pages]
URL = f"/rules/?rule={NOTICE_DAYS}"
SOURCE = "街道党工委会议（2026年11月20日）通过"


def test_everyone_reads_value_source_and_that_it_is_the_default(pages_of: PagesOf) -> None:
    page = pages_of("villager").get("/rules/")
    for rule in ADJUSTABLE.values():
        assert rule.label in page.text
        assert rule.source in page.text
    assert page.text.count("默认") >= len(ADJUSTABLE)
    assert page.all("form", id="adopt") == []


def test_street_changes_a_rule(town: Town, pages_of: PagesOf) -> None:
    browser = pages_of("leader")
    form = browser.get(browser.get("/rules/").link("改公示期"))
    assert "现在是 5 个工作日" in form.text
    done = form.submit("定为新规则", value="7", source=SOURCE)
    assert (done.status, done.url) == (200, "/rules/")
    assert "起是 7 个工作日" in done.text
    assert SOURCE in done.text
    assert "街领导录入" in done.text
    version = RuleVersion.objects.get()
    assert (version.value, version.area) == (7, town.street)


def test_community_can_be_given_its_own(town: Town, pages_of: PagesOf) -> None:
    form = pages_of("officer").get(URL)
    form.submit("定为新规则", area=town.dongmen.pk, value="3", source=SOURCE)
    assert RuleVersion.objects.get().area == town.dongmen
    page = pages_of("villager").get("/rules/")
    assert "其他版本 1" in page.text
    assert "东门社区，3 个工作日" in page.text


def test_old_and_coming_versions_are_listed(pages_of: PagesOf) -> None:
    soon = clock.today() + timedelta(days=3)
    browser = pages_of("leader")
    browser.get(URL).submit("定为新规则", value="7", source=SOURCE)
    browser.get(URL).submit("定为新规则", value="9", source=SOURCE, valid_from=soon.isoformat())
    page = browser.get("/rules/")
    assert f"{soon.month}月{soon.day}日起" in page.text
    assert "其他版本 1" in page.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"value": "31"}, "请填 0 到 30 之间的整数"),
        ({"value": "很多"}, "请填 0 到 30 之间的整数"),
        ({"value": ""}, "请填 0 到 30 之间的整数"),
        ({"valid_from": "2020-01-01"}, "今天或以后"),
        ({"valid_from": "明天"}, "请按 2026-12-01 的样子填"),
        ({"source": ""}, "请写明依据"),
        ({"source": "长" * 301}, "依据最多 300 字"),
    ],
)
def test_wrong_field_is_named_and_the_rest_kept(
    pages_of: PagesOf, changes: dict[str, str], said: str
) -> None:
    form = pages_of("leader").get(URL)
    with unchanged():
        again = form.submit("定为新规则", **{"value": "6", "source": SOURCE, **changes})
    assert again.status == 422
    assert said in again.text
    for name, text in {"value": "6", "source": SOURCE, **changes}.items():
        assert text in again.html, name
    assert again.submit("定为新规则", value="6", source=SOURCE, valid_from=_today()).status == 200


def _today() -> str:
    return clock.today().isoformat()


@pytest.mark.parametrize("who", ["admin", "reviewer", "auditor", "villager", "member"])
def test_others_read_and_do_not_change(pages_of: PagesOf, who: str) -> None:
    browser = pages_of(who)
    assert "改公示期" not in browser.get("/rules/").text
    assert browser.get(URL).all("form", id="adopt") == []
    sent = {"rule": NOTICE_DAYS, "value": "7", "source": SOURCE, "key": "k"}
    with unchanged():
        assert browser.post("/rules/", sent).status == 403


def test_unknown_rule_is_not_there(pages_of: PagesOf) -> None:
    browser = pages_of("leader")
    with unchanged():
        page = browser.post("/rules/", {"rule": "casework.nothing", "value": "7", "key": "k"})
    assert page.status == 404


def test_other_street_cannot_be_chosen(town: Town, pages_of: PagesOf) -> None:
    form = pages_of("leader").get(URL)
    county = town.area("331125000000").pk
    with unchanged():
        page = form.submit("定为新规则", area=county, value="7", source=SOURCE)
    assert page.status == 422


def test_same_form_sent_twice_adopts_once(pages_of: PagesOf) -> None:
    form = pages_of("leader").get(URL)
    form.submit("定为新规则", value="7", source=SOURCE)
    with unchanged():
        assert form.submit("定为新规则", value="7", source=SOURCE).status == 200
