"""The look: filters that write Chinese figures and times, and what style sheets, sprite and parts
promise one another.
"""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django import forms
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from tests import repository
from tests.page import Page, Pages
from tests.repository import ROOT
from zhicunbao.base import http
from zhicunbao.base.look_page import look_context
from zhicunbao.base.templatetags import look
from zhicunbao.kernel import clock

STATIC = ROOT / "zhicunbao/base/static/base"
NOON = datetime(2026, 11, 23, 6, 20, tzinfo=UTC)
"""14:20 in China."""


def drawn(template: str, **context: object) -> str:
    return Template(template).render(Context(context))


@pytest.mark.parametrize(
    ("value", "plain", "signed"),
    [
        (0, "0", "0"),
        (35, "35", "+35"),
        (-60, "−60", "−60"),
        (118_400, "118,400", "+118,400"),
        (None, "", ""),
    ],
)
def test_points_are_grouped_and_signed(value: int | None, plain: str, signed: str) -> None:
    assert (look.points(value), look.signed_points(value)) == (plain, signed)


@pytest.mark.parametrize(
    ("away", "said"),
    [
        (timedelta(hours=3, minutes=40), "今天 18:00，还有 3 小时 40 分"),
        (timedelta(minutes=25), "今天 14:45，还有 25 分钟"),
        (timedelta(0), "今天 14:20，还有 1 分钟"),
        (timedelta(days=1, hours=9), "明天 23:20，还有 1 天 9 小时"),
        (timedelta(days=1), "明天 14:20，还有 1 天"),
        (timedelta(days=2, hours=3), "11月25日 17:20，还有 2 天"),
        (-timedelta(minutes=45), "今天 13:35，超 45 分钟"),
        (-timedelta(hours=2), "今天 12:20，超 2 小时"),
        (-timedelta(days=1, hours=2), "昨天 12:20，超 1 天"),
    ],
)
def test_deadlines_are_said_as_people_say_them(away: timedelta, said: str) -> None:
    with clock.at(NOON):
        due = NOON + away
        assert f"{look.cn_datetime(due)}，{look.cn_left(due)}" == said


def test_dates_close_up_and_name_the_year_only_when_it_is_another() -> None:
    with clock.at(NOON):
        assert look.cn_date(date(2026, 3, 9)) == "3月9日"
        assert look.cn_date(date(2025, 12, 31)) == "2025年12月31日"
        assert look.cn_full_date(NOON) == "2026年11月23日"
        assert look.cn_weekday(NOON) == "11月23日 星期一"
        # 17:00 in London is already the next day in China.
        assert look.cn_day(datetime(2026, 11, 23, 17, tzinfo=UTC)) == "明天"


def test_a_due_time_is_red_once_passed_and_amber_on_its_day() -> None:
    with clock.at(NOON):
        moments = [NOON - timedelta(minutes=1), NOON + timedelta(hours=1), NOON + timedelta(days=2)]
        assert [look.tone_of_due(m) for m in moments] == ["late", "wait", ""]


def test_nothing_reads_as_nothing() -> None:
    written = (look.cn_date, look.cn_day, look.cn_datetime, look.cn_time, look.cn_left)
    assert [write(None) for write in (*written, look.masked, look.tone_of_due)] == [""] * 7


def test_minutes_of_work_read_as_hours() -> None:
    assert [look.cn_minutes(n) for n in (None, 25, 125, 180)] == [
        "0 分钟",
        "25 分钟",
        "2 小时 5 分",
        "3 小时",
    ]


def test_an_icon_that_is_not_drawn_is_refused() -> None:
    assert 'class="i xs"' in drawn('{% icon "clock" "xs" %}')
    with pytest.raises(ValueError, match="no icon 'clok'"):
        drawn('{% icon "clok" %}')


def test_every_icon_named_in_a_template_or_menu_is_drawn() -> None:
    named = set()
    for path in repository.files(".html", ".py"):
        if path.is_relative_to(repository.PACKAGE):
            text = repository.source(path)
            named |= set(re.findall(r'\{% icon "([a-z]+)"', text))
            named |= set(re.findall(r'\bicon="([a-z]+)"', text))
    assert named
    assert named - look.ICONS == set()


def test_the_query_string_changes_one_name_and_keeps_the_rest() -> None:
    request = RequestFactory().get("/", {"q": "消防", "page": "3"})
    change = "{% qs_with page=number %}"
    assert drawn(change, request=request, number=4) == "?q=%E6%B6%88%E9%98%B2&amp;page=4"
    assert drawn(change, request=request, number=None) == "?q=%E6%B6%88%E9%98%B2"
    assert drawn(change, number=2) == "?page=2"


def test_each_form_gets_a_key_of_its_own() -> None:
    first, second = drawn("{% form_key %}"), drawn("{% form_key %}")
    assert re.fullmatch(r'<input type="hidden" name="key" value="[0-9a-f]{32}">', first)
    assert first != second


def test_a_message_offers_undo_only_when_it_carries_an_address() -> None:
    told = Message(constants.SUCCESS, "已认领", extra_tags="undo:/claims/1/withdraw/")
    assert look.undo_url(told) == "/claims/1/withdraw/"
    assert look.undo_url(Message(constants.SUCCESS, "已认领")) == ""


def test_shares_of_a_meter_fill_the_line() -> None:
    parts = [
        {"share": 18, "tone": "ink"},
        {"share": 0, "tone": "info"},
        {"share": 6, "tone": "gold"},
    ]
    assert look.laid_out(parts) == [
        {"share": 18, "tone": "ink", "x": "0.00", "width": "74.40"},
        {"share": 6, "tone": "gold", "x": "75.00", "width": "25.00"},
    ]
    assert look.laid_out([{"share": 0, "tone": "ink"}]) == []


def test_a_long_pager_shows_both_ends_and_the_neighbours() -> None:
    pages = Paginator(range(541), 20)
    assert look.page_numbers(pages.page(14)) == [1, "…", 13, 14, 15, "…", 28]


def test_steps_are_told_to_those_who_cannot_see_them() -> None:
    steps = [
        {"label": "认领", "state": "done"},
        {"label": "提交", "state": "returned"},
        {"label": "考评", "state": "ahead"},
    ]
    html = render_to_string("base/_steps.html", {"steps": steps})
    spoken = re.sub(r"<[^>]+>", "|", html)
    assert [s for s in spoken.split("|") if s.strip()] == [
        "认领",
        "，已完成",
        "提交",
        "，已退回",
        "考评",
    ]


class Ask(forms.Form):
    slots = forms.IntegerField(
        label="名额", help_text="每人一份", error_messages={"required": "请写名额。"}
    )


def test_a_field_names_its_help_and_its_error() -> None:
    html = render_to_string("base/_field.html", {"field": Ask({})["slots"], "unit": "人"})
    assert 'aria-describedby="id_slots_helptext id_slots_error"' in html
    assert 'id="id_slots_helptext">每人一份' in html
    assert re.search(r'id="id_slots_error">.*请写名额。', html)


def test_a_refused_form_says_first_that_nothing_changed() -> None:
    html = render_to_string("base/_form_errors.html", {"form": Ask({})})
    words = re.sub(r"<[^>]+>", "", html).strip()
    assert words.startswith("什么都没有改动。")
    assert '<a class="lnk" href="#id_slots">名额</a>：请写名额。' in html
    assert render_to_string("base/_form_errors.html", {"form": Ask()}).strip() == ""


@pytest.mark.parametrize("density", ["phone", "desk"])
def test_the_style_page_is_sound(density: str) -> None:
    request = RequestFactory().get("/look/")
    html = render_to_string("base/look.html", look_context() | {"density": density}, request)
    response = HttpResponse(html, headers={"Content-Security-Policy": http.POLICY})
    assert Page("/look/", response, Pages(Client())).faults() == []


def test_style_sheets_take_every_value_from_the_tokens() -> None:
    tokens = (STATIC / "tokens.css").read_text(encoding="utf-8")
    known = set(re.findall(r"(--[a-z0-9-]+):", tokens))
    for sheet in sorted(STATIC.glob("*.css")):
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
        own = set(re.findall(r"(--[a-z0-9-]+):", text))
        assert set(re.findall(r"var\((--[a-z0-9-]+)", text)) - known - own == set(), sheet.name
        if sheet.name != "tokens.css":
            assert re.findall(r"#[0-9a-f]{3,8}\b(?=[;, ])|rgba?\(", text) == [], sheet.name
            assert "url(" not in text, sheet.name


def test_every_part_says_what_it_takes() -> None:
    parts = sorted((ROOT / "zhicunbao/base/templates/base").glob("_*.html"))
    silent = [p.name for p in parts if not p.read_text(encoding="utf-8").startswith(("{#", "{% c"))]
    assert silent == []
