"""The pages of the base floor as people use them: the door, oneself, messages, people, files."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django.fixtures import Settings

import zhicunbao
from tests.base.pictures import jpeg, upload
from tests.cast import PASSWORD, Town
from tests.page import Page, Pages
from zhicunbao.base import files, outbox, people, signin, vault
from zhicunbao.base.models import Attachment, OutboxMessage, Person, Post
from zhicunbao.kernel import clock

SECRET = pyotp.random_base32()
Opens = Callable[[str], Pages]


def code() -> str:
    return pyotp.TOTP(SECRET).at(clock.now())


def prepared(person: Person, *, factor: bool = False) -> Person:
    """Give the person a password, and a second factor or none."""
    person.set_password(PASSWORD)
    person.totp_confirmed_at = clock.now() if factor else None
    if factor:
        person.sealed_totp_secret = vault.seal(SECRET, purpose=signin.SECOND_FACTOR)
    person.save()
    return person


def enter(person: Person, password: str = PASSWORD, url: str = "/sign-in/") -> Page:
    return Pages(Client()).get(url).submit("登录", phone=person.phone, password=password)


# --- the door ------------------------------------------------------------------------


def test_a_villager_comes_in_by_password_and_lands_where_they_wanted(town: Town) -> None:
    page = enter(prepared(town.person("villager")), url="/sign-in/?next=/me/")
    assert (page.url, page.h1) == ("/me/", "我的")


@pytest.mark.parametrize("next_", ["//evil.example/", "https://evil.example/", "javascript:x"])
def test_nobody_is_led_away_after_signing_in(town: Town, next_: str) -> None:
    person = prepared(town.person("villager"))
    sent = {"phone": person.phone, "password": PASSWORD, "next": next_}
    assert Client().post("/sign-in/", sent).headers["Location"] == "/"


def test_a_page_that_needs_a_name_leads_to_the_door_and_back(town: Town) -> None:
    prepared(town.person("villager"))
    door = Pages(Client()).get("/messages/?page=2")
    assert door.url == "/sign-in/?next=/messages/%3Fpage%3D2"


def test_a_wrong_password_is_refused_on_the_same_page(town: Town) -> None:
    page = enter(prepared(town.person("villager")), "wrong")
    assert (page.status, page.url) == (422, "/sign-in/")
    assert "手机号或密码不对" in page.text
    assert "wrong" not in page.html


def test_a_locked_door_says_until_when(town: Town) -> None:
    person = prepared(town.person("villager"))
    assert [enter(person, "wrong").status for _ in range(5)] == [422, 422, 422, 422, 423]
    assert enter(person).status == 423
    later = clock.now() + timedelta(minutes=15)
    with clock.at(later):
        assert enter(person, url="/sign-in/?next=/me/").h1 == "我的"


def test_staff_give_a_code_after_the_password(town: Town) -> None:
    page = enter(prepared(town.person("admin"), factor=True), url="/sign-in/?next=/me/")
    assert page.url == "/sign-in/code/"
    assert page.pages.get("/me/").url.startswith("/sign-in/?")  # not in yet
    wrong = page.submit("登录", code="000000")
    assert (wrong.status, "验证码不对" in wrong.text) == (422, True)
    assert wrong.submit("登录", code=code()).url == "/me/"


def test_a_right_password_waits_ten_minutes_for_its_code(town: Town) -> None:
    page = enter(prepared(town.person("admin"), factor=True))
    with clock.at(clock.now() + timedelta(minutes=11)):
        assert page.submit("登录", code=code()).url == "/sign-in/"


def test_no_code_is_asked_of_who_gave_no_password(town: Town) -> None:
    del town
    assert Pages(Client()).get("/sign-in/code/").url == "/sign-in/"


def test_staff_without_a_second_factor_reach_nothing_until_they_have_one(town: Town) -> None:
    page = enter(prepared(town.person("admin")))
    browser = page.pages
    for url in ("/me/", "/people/", "/areas/", "/messages/"):
        assert browser.get(url).url == "/me/second-factor/"
    shown = browser.get("/me/second-factor/")
    secret = "".join(shown.all("code")[0].itertext()).replace(" ", "")
    wrong = shown.submit("设好并继续", code="000000")
    assert secret in wrong.text.replace(" ", "")  # the same secret stays on the page
    wrong.submit("设好并继续", code=pyotp.TOTP(secret).at(clock.now()))
    assert browser.get("/people/").h1 == "人员"


def test_a_new_post_asks_for_the_second_factor_in_a_running_session(town: Town) -> None:
    browser = enter(prepared(town.person("villager")), url="/sign-in/?next=/me/").pages
    area = town.dongmen
    Post.objects.create(
        person=town.person("villager"), role="oversight", area=area, area_prefix=area.prefix
    )
    assert browser.get("/me/").url == "/me/second-factor/"


def test_a_password_that_somebody_made_up_is_changed_first(town: Town) -> None:
    member = town.person("member")
    given = people.give_password(town.actor("admin"), person=member, key="k1").text
    Person.objects.filter(pk=member.pk).update(totp_confirmed_at=None)
    browser = enter(member, given).pages
    page = browser.get("/me/")
    assert page.url == "/me/password/"
    different = page.submit("换成新密码", old=given, new="terraces-in-spring", again="other")
    assert "两次输入的新密码不一样" in different.text
    page.submit("换成新密码", old=given, new="terraces-in-spring", again="terraces-in-spring")
    assert browser.get("/me/").h1 == "我的"


def test_changing_the_password_ends_ones_other_sessions(town: Town) -> None:
    person = prepared(town.person("villager"))
    here, there = enter(person).pages, enter(person).pages
    page = here.get("/me/password/")
    page.submit("换成新密码", old=PASSWORD, new="terraces-in-spring", again="terraces-in-spring")
    assert here.get("/me/").h1 == "我的"
    assert there.get("/me/").url.startswith("/sign-in/")


def test_signing_in_begins_a_fresh_session(town: Town) -> None:
    person = prepared(town.person("villager"))
    client = Client()
    client.get("/sign-in/code/")
    session = client.session
    session["planted"] = "x"
    session.save()
    client.cookies["sessionid"] = planted = str(session.session_key)
    client.post("/sign-in/", {"phone": person.phone, "password": PASSWORD})
    assert client.cookies["sessionid"].value != planted
    assert "planted" not in client.session


def test_signing_out_ends_the_session_by_post_alone(town: Town) -> None:
    client = Client()
    client.force_login(town.person("villager"))
    assert client.get("/sign-out/").status_code == 405
    assert client.get("/me/").status_code == 200
    Pages(client).get("/me/").submit("退出登录")
    assert client.get("/me/").status_code == 302


def test_the_door_of_a_demo_lets_the_cast_in_by_one_click(town: Town, settings: Settings) -> None:
    settings.ZHICUNBAO_DEMO = True
    admin = prepared(town.person("admin"))
    Person.objects.filter(pk=admin.pk).update(phone="19900000001")
    page = Pages(Client()).get("/sign-in/?next=/me/")
    assert "社区管理员" in page.text
    assert "演示免两步验证" in page.text
    assert page.submit("周周敏 社区管理员 东门社区").url == "/me/"


def test_elsewhere_the_one_click_door_is_not_there(town: Town) -> None:
    client = Client()
    for person in (town.person("admin").pk, "²", ""):
        assert client.post("/sign-in/demo/", {"person": person}).status_code == 404
    assert client.get("/me/").status_code == 302
    assert "演示" not in Pages(client).get("/sign-in/").text


# --- oneself ------------------------------------------------------------------------------


def test_theme_and_elder_mode_are_remembered(town: Town, pages_of: Opens) -> None:
    browser = pages_of("villager")
    page = browser.get("/me/").submit("用这个样子", theme="dark", elder="on")
    assert (page.tree.get("data-theme"), page.tree.get("data-mode")) == ("dark", "elder")
    page = browser.post("/me/look/", {"key": "k", "theme": "pink"})
    person = Person.objects.get(pk=town.person("villager").pk)
    assert (person.theme, person.is_elder_mode) == ("auto", False)


def test_my_page_names_my_posts(pages_of: Opens) -> None:
    text = pages_of("member").get("/me/").text
    assert "徐美兰" in text
    assert "网格员 · 红光里" in text


def test_the_desk_stands_on_the_phone_page_of_staff_alone(pages_of: Opens) -> None:
    def doors(who: str) -> bool:
        return "/people/" in {a.get("href") for a in pages_of(who).get("/me/").all("a")}

    assert (doors("admin"), doors("member")) == (True, False)


# --- messages ------------------------------------------------------------------------------


def tell(town: Town, key: str, url: str = "", *, to: str = "villager") -> OutboxMessage:
    outbox.tell([town.person(to).pk], key=key, title=f"标题{key}", text="内容", url=url)
    return OutboxMessage.objects.get(key=key, person=town.person(to))


def test_opening_a_message_marks_it_and_goes_where_it_leads(town: Town, pages_of: Opens) -> None:
    message = tell(town, "1", "/me/")
    tell(town, "2")
    browser = pages_of("villager")
    assert "今天" in browser.get("/messages/").text
    assert browser.get(f"/messages/{message.pk}/").url == "/me/"
    assert "1 条未读" in browser.get("/me/").text
    message.refresh_from_db()
    assert message.read_at is not None


@pytest.mark.parametrize("url", ["", "https://evil.example/", "//evil.example/"])
def test_a_message_that_leads_nowhere_of_ours_is_shown_itself(
    town: Town, pages_of: Opens, url: str
) -> None:
    message = tell(town, "1", url)
    page = pages_of("villager").get(f"/messages/{message.pk}/")
    assert (page.url, "标题1" in page.text) == (f"/messages/{message.pk}/", True)


def test_all_messages_are_marked_at_once_and_nobody_elses(town: Town, pages_of: Opens) -> None:
    for key in "12":
        tell(town, key)
    other = tell(town, "3", to="member")
    page = pages_of("villager").get("/messages/").submit("全部标为看过")
    assert "未读" not in page.text
    other.refresh_from_db()
    assert other.read_at is None


def test_anothers_message_is_not_there(town: Town, pages_of: Opens) -> None:
    message = tell(town, "1")
    assert pages_of("member").get(f"/messages/{message.pk}/").status == 404


def test_the_same_message_is_told_once(town: Town) -> None:
    for _ in range(2):
        tell(town, "1")
    assert OutboxMessage.objects.count() == 1


# --- people -------------------------------------------------------------------------------


def test_people_are_listed_by_place_and_filtered(town: Town, pages_of: Opens) -> None:
    browser = pages_of("officer")

    def shown(**query: str) -> list[str]:
        page = browser.get("/people/", query)
        return ["".join(a.itertext()) for a in page.all("a", class_="row-link")]

    assert shown(role="grid_member") == ["毛外员", "徐美兰", "陈晓梅"]
    assert shown(q="梅国") == ["梅国强"]
    assert shown(q="13800000008") == ["徐美兰"]
    assert shown(q="1380000") == []
    assert shown(area="331125001001", role="grid_member") == ["毛外员"]
    Post.objects.filter(person=town.person("member")).update(ends_on=clock.today())
    assert shown(left="1") == ["徐美兰"]
    assert "徐美兰" not in shown(role="grid_member")


def test_numbers_are_masked_but_for_those_who_appoint(town: Town, pages_of: Opens) -> None:
    member = town.person("member")
    for who, sees in (("admin", True), ("reviewer", False), ("auditor", False)):
        browser = pages_of(who)
        assert str(member.phone) not in browser.get("/people/").html
        assert (str(member.phone) in browser.get(f"/people/{member.pk}/").html) == sees


def test_somebody_is_entered_from_the_page_of_people(town: Town, pages_of: Opens) -> None:
    browser = pages_of("admin")
    form = browser.get("/people/new/", {"area": town.red_lane.code})
    missing = form.submit("登记并任职", name="", phone="123")
    assert (missing.status, Person.objects.filter(name="潘新").exists()) == (422, False)
    page = missing.submit("登记并任职", name="潘新", phone="13700000001", role="grid_member")
    assert (page.h1, "网格员" in page.text) == ("潘新", True)


def test_a_refusal_of_the_action_stands_at_its_field(town: Town, pages_of: Opens) -> None:
    form = pages_of("admin").get("/people/new/", {"area": town.dongmen.code})
    page = form.submit("登记并任职", name="潘新", phone="13800000010", role="villager")
    assert page.status == 409
    assert "这个手机号已经登记在别的姓名下" in page.text


def test_where_there_is_no_post_to_give_the_page_says_so(town: Town, pages_of: Opens) -> None:
    page = pages_of("sysadmin").get("/people/new/", {"area": "331125001004"})
    assert "登记并任职" in page.text
    nothing = pages_of("admin").get("/people/new/", {"area": town.dongmen.code})
    assert "村民" in nothing.text
    grid = pages_of("officer").get("/people/new/", {"area": "331125001000"})
    assert "请在上面选一个更小的地方" not in grid.text  # a merchant may be entered for the street


def test_a_further_post_is_given_and_ended(town: Town, pages_of: Opens) -> None:
    browser = pages_of("officer")
    person = town.person("villager")
    page = browser.get(f"/people/{person.pk}/appoint/", {"area": town.red_lane.code})
    page = page.submit("办理任职", role="grid_member")
    assert "红光里" in page.text
    post = Post.objects.get(person=person, role="grid_member")
    asked = browser.get(f"/posts/{post.pk}/end/")
    assert "免去吴村民的网格员任职？" in asked.text
    assert "已免去" in asked.submit("免去任职").text
    post.refresh_from_db()
    assert post.ends_on == clock.today()


def test_a_new_password_is_shown_once(town: Town, pages_of: Opens) -> None:
    member = town.person("member")
    page = pages_of("admin").get(f"/people/{member.pk}/").submit("发一个新密码")
    [shown] = ["".join(e.itertext()) for e in page.all("code")]
    assert Person.objects.get(pk=member.pk).check_password(shown)


def test_a_lost_second_factor_is_cleared(town: Town, pages_of: Opens) -> None:
    admin = town.person("admin")
    pages_of("officer").get(f"/people/{admin.pk}/").submit("清除两步验证")
    assert Person.objects.get(pk=admin.pk).totp_confirmed_at is None


# --- files ----------------------------------------------------------------------------------


@pytest.fixture
def photo(town: Town, uploads: Path) -> Attachment:
    del uploads
    return files.keep_photo(
        town.actor("member"), upload(jpeg(900, 600)), area_prefix=town.red_lane.prefix
    )


def test_a_photo_and_its_thumbnail_are_handed_out(photo: Attachment, pages_of: Opens) -> None:
    client = pages_of("admin").client
    for url, thumbnail in (
        (files.photo_url(photo), False),
        (files.photo_url(photo, thumbnail=True), True),
    ):
        response = client.get(url)
        body = b"".join(response.streaming_content)  # type: ignore[attr-defined]  # a file's answer
        assert body == files.stored_file(photo, thumbnail=thumbnail).read_bytes()
        assert response.headers["Content-Type"] == "image/jpeg"
        assert response.headers["Cache-Control"] == "private, max-age=300"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert (
            client.get(url, headers={"if-none-match": response.headers["ETag"]}).status_code == 304
        )


@pytest.mark.parametrize("who", ["other_admin", "sysadmin", "villager", "member2"])
def test_anothers_photo_is_not_there(photo: Attachment, pages_of: Opens, who: str) -> None:
    client = pages_of(who).client
    assert client.get(files.photo_url(photo)).status_code == 404
    assert client.get(files.photo_url(photo, thumbnail=True)).status_code == 404


def test_a_stranger_is_sent_to_sign_in(photo: Attachment) -> None:
    assert Client().get(files.photo_url(photo)).status_code == 302


# --- the site ---------------------------------------------------------------------------------


def test_a_monitor_reads_that_all_is_well(db: None) -> None:
    del db
    client = Client()
    response = client.get("/healthz")
    said = json.loads(response.content)
    assert response.status_code == 200
    assert said | {"time": ""} == {
        "status": "ok",
        "database": "ok",
        "version": zhicunbao.__version__,
        "time": "",
    }
    assert client.cookies == {}
    assert "no-store" in response.headers["Cache-Control"]


def test_a_monitor_reads_that_the_database_is_gone(db: None) -> None:
    del db

    def broken(*arguments: object) -> object:
        raise OperationalError

    with connection.execute_wrapper(broken):
        response = Client().get("/healthz")
    assert (response.status_code, json.loads(response.content)["status"]) == (503, "failed")


def test_the_site_says_who_runs_it(settings: Settings, db: None) -> None:
    del db
    settings.ZHICUNBAO_RESPONSIBLE = "李负责"
    settings.ZHICUNBAO_COMPLAINTS = "0578-5120000"
    text = Pages(Client()).get("/about/").text
    assert settings.ZHICUNBAO_SPONSOR in text
    assert "李负责" in text
    assert "0578-5120000" in text


def test_robots_and_browsers_find_what_they_ask_for(db: None) -> None:
    del db
    assert b"Disallow: /\n" in Client().get("/robots.txt").content
    assert Client().get("/favicon.ico").headers["Location"] == "/static/base/mark.svg"


def test_the_version_is_the_packages_own() -> None:
    project = (Path(zhicunbao.__file__).parents[1] / "pyproject.toml").read_text("utf-8")
    assert f'version = "{zhicunbao.__version__}"' in project


def test_the_style_page_is_for_demos_alone(db: None, settings: Settings) -> None:
    del db
    assert Client().get("/look/").status_code == 404
    settings.ZHICUNBAO_DEMO = True
    assert Client().get("/look/").status_code == 200
