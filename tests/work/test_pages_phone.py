"""The phone's pages of work, as a grid member uses them: home, board, task, claiming."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from tests.cast import Town
from tests.tables import unchanged
from tests.work import street
from tests.work.phone import filled_buttons, opened, titles
from zhicunbao.base.models import Post
from zhicunbao.casework.actions import tick
from zhicunbao.casework.models import PublicNotice
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Refusal
from zhicunbao.work import actions
from zhicunbao.work.models import Claim, Task

pytestmark = pytest.mark.django_db


# ---- home ----


def test_home_sends_a_stranger_to_sign_in() -> None:
    response = Client().get("/")
    assert response.status_code == 302
    assert response.headers["Location"] == "/sign-in/?next=/"


@pytest.mark.parametrize(
    ("hour", "words"),
    [(4, "晚上好"), (5, "早上好"), (10, "早上好"), (11, "中午好"), (13, "下午好"), (18, "晚上好")],
)
def test_home_greets_by_the_hour_in_china(town: Town, hour: int, words: str) -> None:
    with clock.at(datetime(2026, 11, 23, hour, 30, tzinfo=clock.LOCAL)):
        page = opened(town, "member").get("/")
    assert page.h1 == f"徐美兰，{words}"
    assert "东门社区 · 红光里" in page.text


def test_home_shows_what_is_due_first_with_the_one_green_button(town: Town) -> None:
    now = clock.now()
    street.claimed(town, title="晚些到期的任务", due_at=now + timedelta(days=4))
    first = street.claimed(town, title="先到期的任务", due_at=now + timedelta(days=3))
    page = opened(town, "member").get("/")
    assert "等我处理 2 件" in page.text
    tabs = [
        "".join(a.itertext()) for nav in page.all("nav", class_="tab-bar") for a in nav.iter("a")
    ]
    assert tabs[0] == "首页2 件等您处理"
    assert filled_buttons(page) == ["拍照并提交"]
    assert page.link("拍照并提交") == f"/claims/{first.pk}/submit/"
    assert "要照片 2 张：整改前、整改后" in page.text
    later = Claim.objects.exclude(pk=first.pk).get()
    assert [a.get("href") for a in page.all("a", class_="list-row slim no-elder")] == [
        f"/claims/{later.pk}/"
    ]


def test_home_says_why_a_claim_came_back(town: Town) -> None:
    claim = street.submitted(town)
    actions.evaluate(
        town.actor("admin"), claim, verb="return", key=street.key(), reason="第 2 张看不清日期"
    )
    assert "退回补充：第 2 张看不清日期" in opened(town, "member").get("/").text


def test_home_shows_booked_and_pending_points(town: Town) -> None:
    street.fund(town)
    street.in_notice(town)
    tick(PublicNotice.objects.get().closes_at + timedelta(seconds=1))
    street.in_notice(town, level=1)
    page = opened(town, "member").get("/")
    assert "我的积分20" in page.text
    assert "公示中，待入账+5" in page.text
    assert page.link("+5") == "/claims/?stage=notice"


def test_home_leads_staff_to_the_desk_with_the_count(town: Town) -> None:
    street.submitted(town)
    page = opened(town, "admin").get("/")
    assert "工作台" in page.text
    assert "1 件等您办" in page.text


def test_home_shows_the_newest_notices_of_the_own_community_alone(town: Town) -> None:
    street.fund(town)
    claim = street.in_notice(town)
    title = claim.case.notice_entry.notice.title.removeprefix("东门社区 ")
    assert title in opened(town, "villager").get("/").text
    assert title not in opened(town, "other_member").get("/").text


def test_home_of_an_elder_keeps_one_task_and_two_doors(town: Town) -> None:
    street.claimed(town)
    street.claimed(town, title="第二件任务")
    person = town.person("member")
    person.is_elder_mode = True
    person.save()
    page = opened(town, "member").get("/")
    assert page.h1 == "徐美兰，您好"
    doors = [a for nav in page.all("nav", class_="quick") for a in nav.iter("a")]
    assert [a.get("class") for a in doors] == [None, None, "no-elder", "no-elder"]


# ---- the board ----


def test_the_board_counts_each_module_and_opens_exactly_its_rows(town: Town) -> None:
    street.publish(town)
    street.publish(town, item="五水共治", title="浮云溪东段巡河")
    street.publish(town, item="秸秆焚烧", title="午后秸秆禁烧巡查")
    page = opened(town, "member").get("/tasks/")
    assert titles(page) == ["老旧楼道消防通道排查", "浮云溪东段巡河", "午后秸秆禁烧巡查"]
    chosen = page.pages.get(page.link("生态宜居2"))
    assert titles(chosen) == ["浮云溪东段巡河", "午后秸秆禁烧巡查"]


def test_the_board_shows_at_first_what_can_be_claimed(town: Town) -> None:
    now = clock.now()
    street.publish(town, title="能认领的任务")
    street.claimed(town, title="我认领的任务")
    street.claimed(town, by="member2", title="名额满了的任务", slots=1)
    street.publish(town, title="指定人员的任务", way="assign")
    street.publish(town, title="还没开始的任务", opens_at=now + timedelta(hours=1))
    member = opened(town, "member")
    assert titles(member.get("/tasks/")) == ["能认领的任务"]
    everything = member.get("/tasks/?open=0")
    assert len(titles(everything)) == 5
    for words in ("已认领", "名额已满", "指定人员", "开始"):
        assert words in everything.text


def test_the_switch_for_what_can_be_claimed_is_there_for_those_who_claim(town: Town) -> None:
    street.publish(town)
    assert "只看能认领" in opened(town, "member").get("/tasks/").text
    villager = opened(town, "villager").get("/tasks/")
    assert "只看能认领" not in villager.text
    assert titles(villager) == ["老旧楼道消防通道排查"]


def test_near_means_the_own_grid_and_the_whole_community(town: Town) -> None:
    street.publish(town, title="全社区的任务")
    street.publish(town, title="红光里的任务", area=town.red_lane)
    street.publish(town, by="other_admin", title="中山的任务", area=town.area("331125001001"))
    near = opened(town, "member").get("/tasks/?near=on")
    assert titles(near) == ["全社区的任务", "红光里的任务"]
    assert "您的微网格" in near.text
    assert "全社区" in near.text


def test_the_board_finds_by_title_place_and_item(town: Town) -> None:
    street.publish(town, title="老旧楼道排查", place="红光里 4–9 幢")
    street.publish(town, item="五水共治", title="沿溪巡查")
    member = opened(town, "member")
    assert titles(member.get("/tasks/?q=楼道")) == ["老旧楼道排查"]
    assert titles(member.get("/tasks/?q=红光里")) == ["老旧楼道排查"]
    assert titles(member.get("/tasks/?q=五水")) == ["沿溪巡查"]
    nothing = member.get("/tasks/?q=没有这个")
    assert titles(nothing) == []
    assert "没有找到这样的任务" in nothing.text


def test_the_board_says_what_it_means_that_there_is_nothing(town: Town) -> None:
    member = opened(town, "member")
    page = member.get("/tasks/")
    assert "暂时没有能认领的任务" in page.text
    assert page.link("看看全部任务") == "/tasks/?open=0"
    assert "这里还没有任务" in member.get("/tasks/?open=0").text
    assert "附近暂时没有任务" in member.get("/tasks/?near=on").text


def test_the_board_turns_its_pages_and_keeps_the_filter(town: Town) -> None:
    for number in range(21):
        street.publish(town, title=f"第 {number:02} 件任务")
    member = opened(town, "member")
    first = member.get("/tasks/?open=0")
    assert len(titles(first)) == 20
    second = member.get(first.link("下一页"))
    assert second.url == "/tasks/?open=0&page=2"
    assert titles(second) == ["第 20 件任务"]


# ---- one task ----


def test_a_task_says_all_that_it_asks_and_gives(town: Town) -> None:
    task = street.publish(town, place="红光里 4–9 幢")
    page = opened(town, "member").get(f"/tasks/{task.pk}/")
    for words in (
        "难度 3 级，完成得 20 分",
        "红光里 4–9 幢",
        "照片 2 张：整改前、整改后",
        "再填 1 项：清理楼层数（可不填），附位置",
        f"约需 {task.minutes} 分钟",
        "5 个名额，还剩 5 个",
        "周敏发布",
        "认领提交考评审核公示入账",
    ):
        assert words in page.text
    assert filled_buttons(page) == ["认领这件事"]


def _closed(town: Town) -> Task:
    task = street.publish(town)
    tick(task.due_at + timedelta(seconds=1))
    return task


def _past(town: Town) -> Task:
    with clock.at(clock.now() - timedelta(days=3)):
        return street.publish(town, due_at=clock.now() + timedelta(days=9))


def _capped(town: Town) -> Task:
    for number in range(4):
        street.claimed(town, item="美丽庭院", title=f"整治第 {number} 处")
    return street.publish(town, item="美丽庭院", title="再整治一处")


WHY_NOT = {
    "closed": ("member", _closed),
    "not of the grid": ("villager", street.publish),
    "assigned": ("member", lambda town: street.publish(town, way="assign")),
    "early": (
        "member",
        lambda town: street.publish(town, opens_at=clock.now() + timedelta(hours=1)),
    ),
    "past": ("member", _past),
    "capped": ("member", _capped),
}


@pytest.mark.parametrize("case", WHY_NOT)
def test_why_a_task_cannot_be_claimed_stands_in_place_of_the_button(town: Town, case: str) -> None:
    who, build = WHY_NOT[case]
    task = build(town)
    with pytest.raises(Refusal) as refused:
        actions.claim_task(town.actor(who), task, key=street.key())
    browser = opened(town, who)
    page = browser.get(f"/tasks/{task.pk}/")
    assert refused.value.message in page.text
    assert filled_buttons(page) == []
    with unchanged():
        asked = browser.get(f"/tasks/{task.pk}/claim/")
        sent = browser.post(f"/tasks/{task.pk}/claim/", {"key": street.key()})
    assert (asked.status, sent.status) == (refused.value.status, refused.value.status)
    assert refused.value.message in sent.text


def test_a_full_task_says_so_and_refuses(town: Town) -> None:
    task = street.publish(town, slots=1)
    member = opened(town, "member")
    before = member.get(f"/tasks/{task.pk}/claim/")
    street.claimed(town, task, by="member2")
    page = member.get(f"/tasks/{task.pk}/")
    assert "名额已经满了" in page.text
    assert filled_buttons(page) == []
    with unchanged():
        late = before.submit("确认认领")
    assert late.status == 409
    assert "名额已经满了" in late.text


def test_a_task_of_another_community_is_not_there(town: Town) -> None:
    task = street.publish(town)
    other = opened(town, "other_member")
    with unchanged():
        answers = [
            other.get(f"/tasks/{task.pk}/"),
            other.get(f"/tasks/{task.pk}/claim/"),
            other.post(f"/tasks/{task.pk}/claim/", {"key": street.key()}),
        ]
    assert [a.status for a in answers] == [404, 404, 404]


# ---- claiming ----


def test_claiming_asks_once_and_then_shows_the_claim(town: Town) -> None:
    task = street.publish(town)
    question = (
        opened(town, "member").get(f"/tasks/{task.pk}/").pages.get(f"/tasks/{task.pk}/claim/")
    )
    for words in ("认领这件事？", "社区干部考评后，由社区党委审核", "20 分自动入账", "不扣分"):
        assert words in question.text
    page = question.submit("确认认领")
    claim = Claim.objects.get()
    assert page.url == f"/claims/{claim.pk}/"
    assert "已认领“老旧楼道消防通道排查”" in page.text
    assert page.link("拍照并提交") == f"/claims/{claim.pk}/submit/"


def test_in_a_village_its_own_people_judge(town: Town) -> None:
    village = town.area("331125001204")
    task = street.publish(town, by="cadre", area=village)
    person = town.person("member2")
    Post.objects.create(
        person=person,
        role="grid_member",
        area=town.area("33112500120401001"),
        area_prefix="33112500120401001",
    )
    question = opened(town, "member2").get(f"/tasks/{task.pk}/claim/")
    assert "村干部考评后，由村党组织审核" in question.text


def test_the_question_comes_as_a_sheet_when_a_script_asks(town: Town) -> None:
    task = street.publish(town)
    page = opened(town, "member").get(f"/tasks/{task.pk}/claim/", hx_request="true")
    assert page.is_part
    assert "确认认领" in page.text
    street.claimed(town, task)
    client = Client()
    client.force_login(town.person("member"))
    refused = client.get(f"/tasks/{task.pk}/claim/", headers={"HX-Request": "true"})
    assert refused.headers["HX-Redirect"] == f"/tasks/{task.pk}/claim/"


def test_the_same_request_twice_gives_the_same_claim(town: Town) -> None:
    task = street.publish(town)
    member = opened(town, "member")
    first = member.post(f"/tasks/{task.pk}/claim/", {"key": "lost-answer"})
    with unchanged():
        again = member.post(f"/tasks/{task.pk}/claim/", {"key": "lost-answer"})
    assert first.url == again.url == f"/claims/{Claim.objects.get().pk}/"


def test_claiming_twice_is_refused(town: Town) -> None:
    task = street.publish(town)
    member = opened(town, "member")
    question = member.get(f"/tasks/{task.pk}/claim/")
    street.claimed(town, task)
    with unchanged():
        page = question.submit("确认认领")
    assert page.status == 409
    assert "已经在您名下" in page.text


def test_a_claim_is_taken_back_from_the_toast(town: Town) -> None:
    task = street.publish(town)
    page = opened(town, "member").get(f"/tasks/{task.pk}/claim/").submit("确认认领")
    after = page.submit("撤回")
    assert after.url == f"/tasks/{task.pk}/"
    assert filled_buttons(after) == ["认领这件事"]
    assert Claim.objects.get().case.state == "withdrawn"
    task.refresh_from_db()
    assert task.taken_count == 0


def test_entering_a_draw_says_when_it_is_drawn(town: Town) -> None:
    task = street.publish(town, way="draw", slots=1)
    member = opened(town, "member")
    page = member.get(f"/tasks/{task.pk}/")
    assert filled_buttons(page) == ["参加抽签"]
    entered = member.get(f"/tasks/{task.pk}/claim/").submit("确认参加抽签")
    assert "待抽签" in entered.text
    assert "抽签，抽中会通知您" in entered.text
    assert "已报名" in member.get("/tasks/?open=0").text
