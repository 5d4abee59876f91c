"""Publishing and overseeing as a person meets them at the desk: each exit, each refusal, and that a
refusal changed nothing.
"""

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.cast import Town
from tests.page import Page, text_of
from tests.tables import unchanged
from tests.work import street
from tests.work.desk import at_desk, counted, press
from zhicunbao.casework.actions import tick
from zhicunbao.casework.models import PublicNotice
from zhicunbao.kernel import clock
from zhicunbao.registry.models import Household, Membership
from zhicunbao.work import actions
from zhicunbao.work.models import Claim, Task

pytestmark = pytest.mark.django_db


def filled(town: Town, **changes: Any) -> dict[str, Any]:
    """Return what the form of a publication sends."""
    version = street.content().version
    day = clock.now().astimezone(clock.LOCAL)
    return {
        "key": street.key(),
        "do": "publish",
        "item": "07",
        "version": version.pk,
        "title": "老旧楼道消防通道排查",
        "text": "逐层看楼道有没有杂物，清不了的拍下来。",
        "level": "3",
        "area": town.red_lane.code,
        "place": "红光里 4–9 幢",
        "slots": "5",
        "opens_at": f"{day:%Y-%m-%dT%H:%M}",
        "closes_at": f"{day + timedelta(days=2):%Y-%m-%dT18:00}",
        "due_at": f"{day + timedelta(days=3):%Y-%m-%dT18:00}",
        "way": "claim",
        "photos_min": "2",
        "photo_labels": "整改前、整改后",
        "wants_position": "on",
        "keep": ["清理楼层数"],
        **changes,
    }


# ---- publishing ----


def test_publishing_from_the_catalogue_to_the_task(town: Town) -> None:
    street.fund(town, 1_000)
    street.content()
    page = at_desk(town, "admin").get(reverse("work:publish"))
    form = page.pages.get(page.link("消防安全5–60 分，照片 2 张"))
    assert "18 分" in form.text
    done = press(
        form,
        "发布给 5 个名额",
        title="老旧楼道消防通道排查",
        text="逐层看楼道有没有杂物，清不了的拍下来。",
    )
    task = Task.objects.get()
    assert (done.status, done.url) == (200, reverse("work:desk_task", args=[task.pk]))
    assert (task.case.state, task.area, task.points, task.slots) == (
        "published",
        town.dongmen,
        20,
        5,
    )
    assert (task.photo_labels, task.wants_position) == (["整改前", "整改后"], True)
    assert [f["label"] for f in task.fields] == ["清理楼层数"]


def test_the_page_says_what_a_task_asks_and_gives(town: Town) -> None:
    street.fund(town, 1_000)
    desk = at_desk(town, "admin")
    page = desk.post(reverse("work:publish"), filled(town, do="count"))
    # 18 minutes on the spot, 2 photos at 1.5, half a minute for the position, 2 for the field.
    assert "24分钟" in page.text
    assert "5 个人合计 2 小时" in page.text
    assert "最多发出100 分" in page.text
    assert "1,000 分" in page.text
    assert Task.objects.count() == 0


def test_trust_asks_for_nothing(town: Town) -> None:
    at_desk(town, "admin").post(reverse("work:publish"), filled(town, trust="on"))
    task = Task.objects.get()
    asked = (task.photos_min, task.photo_labels, task.wants_position, task.fields)
    assert asked == (0, [], False, [])
    assert task.minutes == 18


def test_a_page_that_counts_along_writes_nothing_and_keeps_what_was_filled_in(town: Town) -> None:
    desk = at_desk(town, "admin")
    sent = {k: v for k, v in filled(town, slots="9").items() if k not in ("key", "do")}
    before = counted()
    page = desk.get(reverse("work:publish"), sent)
    assert "9 个人合计" in page.text
    title = page.all("input", name="title")[0]
    assert title.get("value") == "老旧楼道消防通道排查"
    assert counted() == before


def test_another_item_is_loaded_before_it_is_published(town: Town) -> None:
    before_fill = filled(town, item="18")
    before = counted()
    page = at_desk(town, "admin").post(reverse("work:publish"), before_fill)
    assert page.status == 422
    assert "您换了工作事项" in page.text
    assert page.all("input", name="photo_labels")[0].get("value") == "投放点"
    assert counted() == before


def test_each_wrong_field_says_what_to_do_and_nothing_is_published(town: Town) -> None:
    sent = filled(town, title="短", text="", slots="0", closes_at="2020-01-01T10:00", area="")
    before = counted()
    page = at_desk(town, "admin").post(reverse("work:publish"), sent)
    assert page.status == 422
    assert "请选在哪里做" in page.text
    again = page.pages.post(reverse("work:publish"), sent | {"area": town.red_lane.code})
    for sentence in (
        "任务名称请写 4 到 40 字",
        "请写 4 到 300 字",
        "名额请填 1 到 200",
        "认领截止",
    ):
        assert sentence in again.text
    assert again.all("input", name="title")[0].get("value") == "短"
    assert counted() == before


def test_the_same_publication_sent_twice_is_one_task(town: Town) -> None:
    desk, sent = at_desk(town, "admin"), filled(town)
    first = desk.post(reverse("work:publish"), sent)
    second = desk.post(reverse("work:publish"), sent)
    assert first.url == second.url
    assert Task.objects.count() == 1


def test_the_form_as_shown_can_be_sent_twice(town: Town) -> None:
    street.content()
    page = at_desk(town, "admin").get(reverse("work:publish"), {"item": "07"})
    words = {"title": "老旧楼道消防通道排查", "text": "逐层看楼道有没有杂物。"}
    with clock.at(clock.now() + timedelta(minutes=3)):
        first = press(page, "发布给", **words)
        second = press(page, "发布给", **words)
    assert first.url == second.url
    assert Task.objects.count() == 1


def test_one_publishes_only_where_ones_post_reaches(town: Town) -> None:
    other = town.area("331125001001")
    before = counted()
    page = at_desk(town, "admin").post(reverse("work:publish"), filled(town, area=other.code))
    assert page.status == 422
    assert counted() == before
    assert at_desk(town, "reviewer").get(reverse("work:publish")).status == 403
    assert at_desk(town, "member").get(reverse("work:publish")).status == 403


@pytest.mark.parametrize("do", ["draft", "publish"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("slots", "-1"),
        ("slots", "0"),
        ("slots", "201"),
        ("slots", "9" * 30),
        ("opens_at", "0001-01-01T00:00"),
        ("closes_at", "0001-01-01T00:00"),
        ("due_at", "9999-12-31T23:59"),
    ],
)
def test_neither_a_task_nor_a_draft_holds_what_cannot_be(
    town: Town, do: str, name: str, value: str
) -> None:
    sent, desk = filled(town, do=do, **{name: value}), at_desk(town, "admin")
    with unchanged():
        page = desk.post(reverse("work:publish"), sent)
    mend = "名额请填 1 到 200" if name == "slots" else "请选 2020 到 2099 年之间的时间"
    assert (page.status, mend in page.text) == (422, True)


def test_a_draft_is_kept_and_then_published(town: Town) -> None:
    desk = at_desk(town, "admin")
    page = desk.post(reverse("work:publish"), filled(town, do="draft", title="", text=""))
    task = Task.objects.get()
    assert (page.url, task.case.state) == (reverse("work:edit_draft", args=[task.pk]), "draft")
    chosen = [o.get("value") for o in page.all("option", selected="")]
    assert town.red_lane.code in chosen
    done = press(page, "发布给 5 个名额", title="楼道消防通道排查", text="逐层看，清不了的拍下来。")
    task.refresh_from_db()
    assert (task.case.state, task.title, done.status) == ("published", "楼道消防通道排查", 200)
    assert desk.get(reverse("work:edit_draft", args=[task.pk])).status == 409


def test_a_task_can_be_published_again_with_fresh_times(town: Town) -> None:
    task = street.publish(town, title="浮云溪东段巡河", item="五水共治", level=4)
    page = at_desk(town, "admin").get(reverse("work:desk_task", args=[task.pk]))
    form = page.pages.get(page.link("照样再发一件"))
    assert form.all("input", name="title")[0].get("value") == "浮云溪东段巡河"
    assert press(form, "发布给 5 个名额").status == 200
    assert Task.objects.filter(title="浮云溪东段巡河", level=4).count() == 2


def test_what_the_register_knows_need_not_be_asked(town: Town) -> None:
    version = actions.adopt_version(
        town.actor("officer"),
        street.content().version.item,
        changes={"fields": [{"label": "住户联系电话", "is_required": False, "minutes": 2}]},
        source="测试会议",
        key=street.key(),
    )
    household = Household.objects.create(
        number="331125001004-00001",
        area=town.red_lane,
        area_prefix=town.red_lane.prefix,
        address="红光里 1 号",
    )
    Membership.objects.create(
        household=household, person=town.person("villager"), relation="head", starts_on="2026-01-01"
    )
    desk = at_desk(town, "admin")
    asked = {"do": "count", "version": version.pk, "keep": ["住户联系电话"]}
    page = desk.post(reverse("work:publish"), filled(town, **asked))
    assert "“住户联系电话”可以不问" in page.text
    assert "登记簿里红光里已有 1 人的电话，每人能省 2 分钟" in page.text
    lane = town.area("33112500100401002")
    page = desk.post(reverse("work:publish"), filled(town, area=lane.code, **asked))
    assert "可以不问" not in page.text


def test_a_usual_effort_is_said_once_enough_tasks_tell(town: Town) -> None:
    for _ in range(3):
        street.publish(town)
    desk = at_desk(town, "admin")
    assert "同类一般" not in desk.get(reverse("work:publish"), {"item": "07"}).text
    street.publish(town, photos_min=6, fields=())
    # 18 on the spot, half for the position: with 2 photos and 2 for the field 24, with 6 photos 28.
    page = desk.get(reverse("work:publish"), {"item": "07"})
    assert "同类一般 24–25 分，这件适中" in page.text


# ---- one task ----


def test_stopping_asks_once_and_then_stops(town: Town) -> None:
    task = street.publish(town)
    page = at_desk(town, "admin").get(reverse("work:desk_task", args=[task.pk]))
    ask = page.pages.get(page.link("停止认领"))
    assert "不能重新打开" in ask.text
    assert Task.objects.get().case.state == "published"
    ask.submit("停止认领")
    assert Task.objects.get().case.state == "closed"


def test_withdrawing_needs_a_reason_and_no_claims(town: Town) -> None:
    task = street.publish(town)
    ask = at_desk(town, "admin").get(reverse("work:move_task", args=[task.pk, "withdraw"]))
    before = counted()
    assert ask.submit("撤回任务").status == 422
    assert counted() == before
    street.claimed(town, task)
    before = counted()
    refused = ask.submit("撤回任务", reason="时间写错了")
    assert refused.status == 409
    assert "已经有人认领" in refused.text
    assert counted() == before


def test_htmx_gets_the_question_alone(town: Town) -> None:
    task = street.publish(town)
    desk = at_desk(town, "admin")
    part = desk.get(reverse("work:move_task", args=[task.pk, "stop"]), HX_Request="true")
    assert part.is_part
    assert part.all("h2")[0].text == "停止认领？"


def test_people_are_assigned_all_or_none(town: Town) -> None:
    task = street.publish(town, way="assign", slots=1)
    page = at_desk(town, "admin").get(reverse("work:desk_task", args=[task.pk]))
    member, other = town.person("member"), town.person("member2")
    before = counted()
    refused = page.submit("指定所勾选的人", person=[member.pk, other.pk])
    assert refused.status == 409
    assert counted() == before
    nobody = page.submit("指定所勾选的人")
    assert (nobody.status, "还没有勾选人" in nobody.text) == (422, True)
    page.submit("指定所勾选的人", person=[member.pk])
    assert [c.claimant for c in Claim.objects.all()] == [member]


def test_someone_from_elsewhere_cannot_be_assigned(town: Town) -> None:
    task = street.publish(town)
    desk = at_desk(town, "admin")
    before = counted()
    sent = {"key": street.key(), "person": town.person("other_member").pk}
    page = desk.post(reverse("work:assign", args=[task.pk]), sent)
    assert (page.status, "不是这里的网格员" in page.text) == (422, True)
    assert counted() == before


def test_a_task_of_another_community_is_not_there(town: Town) -> None:
    task = street.publish(town)
    claim = street.submitted(town, task)
    for name, pk in (
        ("desk_task", task.pk),
        ("edit_draft", task.pk),
        ("desk_claim", claim.pk),
        ("evaluate_one", claim.pk),
    ):
        assert at_desk(town, "other_admin").get(reverse(f"work:{name}", args=[pk])).status == 404
    address = reverse("work:desk_claims") + f"?area={town.dongmen.code}"
    assert at_desk(town, "other_admin").get(address).status == 404


# ---- lists ----


def rows(page: Page) -> list[str]:
    return [text_of(a) for a in page.all("a", class_="row-link")]


def test_every_figure_opens_exactly_its_rows(town: Town) -> None:
    street.fund(town)
    street.submitted(town)
    street.evaluated(town, by="member2")
    street.in_notice(town, by="head")
    tick(PublicNotice.objects.get().closes_at + timedelta(seconds=1))
    street.in_notice(town, by="member2")
    page = at_desk(town, "admin").get(reverse("work:desk_tasks"))
    figures = {
        text_of(name): link
        for stat in page.all("dl", class_="stat")
        for name, link in zip(stat.iter("dt"), stat.iter("a"), strict=True)
    }
    assert {name: text_of(link) for name, link in figures.items()} == {
        "进行中任务": "1",
        "待考评": "1",
        "待审核": "1",
        "公示中": "1",
        "已入账积分": "20",
    }
    for name, link in figures.items():
        opened = page.pages.get(link.get("href", ""))
        if name == "已入账积分":
            assert opened.text.count("1 件，合计 20 分") == 1
        else:
            assert len(rows(opened)) == int(text_of(link))


def test_a_list_is_narrowed_by_state_module_area_and_words(town: Town) -> None:
    fire = street.publish(town, area=town.red_lane)
    water = street.publish(town, item="五水共治", title="浮云溪东段巡河")
    desk, address = at_desk(town, "admin"), reverse("work:desk_tasks")
    assert rows(desk.get(address, {"module": "4"})) == [water.title]
    assert rows(desk.get(address, {"area": "33112500100401"})) == [fire.title]
    assert rows(desk.get(address, {"q": "巡河"})) == [water.title]
    assert rows(desk.get(address, {"q": f"RW-2026-{fire.case_id}"})) == [fire.title]
    assert rows(desk.get(address, {"state": "draft"})) == []
    assert rows(desk.get(address, {"state": "nonsense", "module": "9"})) == [
        water.title,
        fire.title,
    ]


def test_names_are_masked_for_those_who_neither_handle_nor_evaluate(town: Town) -> None:
    claim = street.submitted(town)
    for address in (
        reverse("work:desk_claims"),
        reverse("work:desk_task", args=[claim.task_id]),
        reverse("work:desk_claim", args=[claim.pk]),
    ):
        assert "徐美兰" in at_desk(town, "admin").get(address).text
        masked = at_desk(town, "oversight").get(address)
        assert ("徐**" in masked.text, "徐美兰" in masked.html) == (True, False)


def workbook(town: Town, query: dict[str, str]) -> Worksheet:
    response = at_desk(town, "admin").client.get(reverse("work:tasks_workbook"), query)
    sheet = load_workbook(BytesIO(response.content)).active
    assert isinstance(sheet, Worksheet)
    return sheet


def test_the_workbook_holds_the_narrowed_list_and_no_formula(town: Town) -> None:
    street.publish(town, title="=1+1是多少的任务")
    street.publish(town, item="五水共治", title="浮云溪东段巡河")
    sheet = workbook(town, {"module": "2"})
    titles = [row[1] for row in sheet.iter_rows(values_only=True)]
    assert titles == ["任务名称", "'=1+1是多少的任务"]


def test_a_row_of_the_workbook_reads_as_people_in_china_read_it(town: Town) -> None:
    with clock.at(datetime(2026, 11, 23, 9, 30, tzinfo=clock.LOCAL)):
        task = street.publish(town, title="红光里查看消防通道", place="3 号楼", slots=4)
        sheet = workbook(town, {})
    assert sheet.title == "任务"
    heads, row = sheet.iter_rows(max_row=2, values_only=True)
    assert dict(zip(heads, row, strict=True)) == {
        "编号": f"RW-2026-{task.case_id}",
        "任务名称": "红光里查看消防通道",
        "工作事项": task.version.item.name,
        "模块": task.version.item.get_module_display(),
        "范围": "东门社区",
        "具体地点": "3 号楼",
        "难度": task.level,
        "积分": task.points,
        "名额": 4,
        "已认领": 0,
        "每人用时（分钟）": task.minutes,
        "开始认领": "2026-11-23 09:29",  # a minute before it was published
        "完成期限": f"{task.due_at.astimezone(clock.LOCAL):%Y-%m-%d %H:%M}",
        "状态": "进行中",
    }
    assert sheet.freeze_panes == "C2"
    assert sheet.column_dimensions["B"].width == 34
    assert (sheet["A1"].font.b, sheet["A2"].font.b) == (True, False)
