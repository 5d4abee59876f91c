"""The register as people use it: through its pages, without JavaScript."""

from typing import Any

import pytest
from django.test import Client

from tests.cast import Town
from tests.page import Pages
from tests.registry.test_actions import added, joined, registered
from zhicunbao.registry.models import Consent, Household, Membership


def browser(town: Town, who: str) -> Pages:
    client = Client()
    client.force_login(town.person(who))
    return Pages(client)


@pytest.fixture
def home(town: Town) -> Household:
    """A household of two in 红光里."""
    found = registered(town)
    joined(town, found, "villager")
    added(town, found)
    return found


def test_a_household_is_registered_and_filled(town: Town) -> None:
    pages = browser(town, "admin")
    page = pages.get(pages.get("/registry/households/").link("登记一户"))
    page = pages.get(pages.get(page.link("东门第一网格")).link("红光里"))
    page = page.submit("登记这一户", address="红光里 6 号", kind="resident")
    assert page.h1 == "红光里 6 号"
    page = page.submit("迁入这一户", name="吴小宝", phone="", relation="head")
    [member] = Membership.objects.all()
    assert (member.household.number, member.person.name) == ("331125001004-00001", "吴小宝")
    assert "吴小宝" in page.text


def test_a_refused_form_says_what_to_mend_and_keeps_what_was_typed(
    town: Town, home: Household
) -> None:
    pages = browser(town, "admin")
    url = f"/registry/households/new/?area={town.red_lane.code}"
    page = pages.get(url).submit("登记这一户", address=home.address)
    assert page.status == 422
    assert "什么都没有改动" in page.text
    assert "地址已经登记过" in page.text
    assert page.all("input", name="address")[0].get("value") == home.address
    page = pages.get(f"/registry/households/{home.number}/")
    page = page.submit("迁入这一户", name="吴小宝", phone="", relation="head")
    assert page.status == 409
    assert "已经有户主" in page.text


@pytest.mark.parametrize(
    ("who", "shown"), [("admin", "吴小宝"), ("villager", "吴小宝"), ("reviewer", "吴**")]
)
def test_names_are_whole_for_those_who_need_them_and_masked_for_others(
    town: Town, home: Household, who: str, shown: str
) -> None:
    page = browser(town, who).get(f"/registry/households/{home.number}/")
    assert shown in page.text
    assert ("吴小宝" in page.text) == (shown == "吴小宝")


def test_a_list_of_residents_masks_names_for_who_only_views(town: Town, home: Household) -> None:
    assert "吴小宝" in browser(town, "admin").get("/registry/households/residents/").text
    text = browser(town, "oversight").get("/registry/households/residents/").text
    assert "吴**" in text
    assert "吴小宝" not in text


def test_letting_somebody_leave_asks_once_and_keeps_the_history(
    town: Town, home: Household
) -> None:
    pages = browser(town, "admin")
    page = pages.get(f"/registry/households/{home.number}/")
    address = page.link("办理吴小宝迁出")
    sheet = pages.get(address, HX_Request="true")
    assert (sheet.is_part, "吴小宝今天迁出这一户？" in sheet.text) == (True, True)
    page = pages.get(address)
    assert page.link("返回").endswith(f"/registry/households/{home.number}/")
    page = page.submit("办理迁出")
    assert "迁出的人" in page.text
    assert Membership.objects.get(person__name="吴小宝").ends_on is not None


def test_another_places_household_answers_like_one_that_is_not_there(
    town: Town, home: Household
) -> None:
    pages = browser(town, "other_admin")
    page = pages.get(f"/registry/households/{home.number}/")
    absent = pages.get("/registry/households/331125001004-99999/")
    assert (page.status, page.text) == (absent.status, absent.text)
    assert page.status == 404


def test_a_list_is_paged_and_narrowed(town: Town) -> None:
    Household.objects.bulk_create(
        Household(
            number=f"331125001004-{n:05d}",
            area=town.red_lane,
            area_prefix=town.red_lane.prefix,
            address=f"红光里 {n} 号",
        )
        for n in range(1, 56)
    )
    pages = browser(town, "leader")
    page = pages.get("/registry/households/", {"area": town.dongmen.code})
    assert "55 户" in page.text
    assert len(page.all("a", class_="row-link")) == 50
    assert len(pages.get(page.link("第 2 页")).all("a", class_="row-link")) == 5
    top_bar, search = page.all("input", type="search")
    assert (top_bar.get("name"), search.get("name")) == ("q", "q")
    found = pages.get(page.url, {"area": town.dongmen.code, "q": "红光里 55 号"})
    assert [row.text for row in found.all("a", class_="row-link")] == ["红光里 55 号"]


def test_a_person_gives_and_withdraws_consent(town: Town) -> None:
    pages = browser(town, "villager")
    page = pages.get("/registry/consents/").submit("同意公示时显示全名")
    [consent] = Consent.objects.all()
    assert (consent.person, consent.purpose) == (town.person("villager"), "publish_name")
    address = page.link("撤回同意")
    sheet = pages.get(address, HX_Request="true")
    assert (sheet.is_part, "撤回“公示时显示全名”？" in sheet.text) == (True, True)
    page = pages.get(address).submit("撤回同意")
    assert "撤回过的" in page.text
    consent.refresh_from_db()
    assert consent.withdrawn_at is not None


def test_who_holds_no_right_is_told_whom_to_ask(town: Town, client: Client) -> None:
    client.force_login(town.person("villager"))
    answer: Any = client.get("/registry/households/")
    assert answer.status_code == 403
    assert "请联系街道办理任职" in answer.content.decode()
