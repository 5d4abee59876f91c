"""The phone's pages about one's own claims: the lists, one claim, giving up."""

from datetime import datetime, timedelta

import pytest

from tests.cast import Town
from tests.tables import unchanged
from tests.work import street
from tests.work.phone import filled_buttons, opened, titles
from zhicunbao.casework.actions import tick
from zhicunbao.casework.models import PublicNotice
from zhicunbao.kernel import clock
from zhicunbao.work import actions

pytestmark = pytest.mark.django_db


def test_my_claims_stand_in_three_lists_that_count_their_rows(town: Town) -> None:
    street.fund(town)
    street.in_notice(town, title="已经入账的任务")
    tick(PublicNotice.objects.get().closes_at + timedelta(seconds=1))
    street.in_notice(town, title="公示里的任务")
    street.claimed(town, title="等着提交的任务")
    street.submitted(town, title="等着考评的任务")
    street.claimed(town, by="member2", title="别人的任务")
    member = opened(town, "member")
    going = member.get("/claims/")
    assert titles(going) == ["等着提交的任务", "等着考评的任务"]
    assert filled_buttons(going) == ["拍照并提交"]
    notice = member.get(going.link("公示中 1"))
    assert titles(notice) == ["公示里的任务"]
    assert "公示 5 天，没有异议" in notice.text
    done = member.get(going.link("已办结 1"))
    assert titles(done) == ["已经入账的任务"]
    assert "入账 20 分" in done.text


def test_done_claims_that_brought_points_can_be_seen_alone(town: Town) -> None:
    street.fund(town)
    street.in_notice(town, title="已经入账的任务")
    tick(PublicNotice.objects.get().closes_at + timedelta(seconds=1))
    given_up = street.claimed(town, title="放弃了的任务")
    member = opened(town, "member")
    member.get(f"/claims/{given_up.pk}/withdraw/").submit("放弃认领")
    assert len(titles(member.get("/claims/?stage=done"))) == 2
    assert titles(member.get("/claims/?stage=posted")) == ["已经入账的任务"]


def test_the_days_of_a_notice_walk_with_the_calendar(town: Town) -> None:
    street.fund(town)
    with clock.at(datetime(2026, 11, 23, 9, 0, tzinfo=clock.LOCAL)):
        street.in_notice(town)
    with clock.at(datetime(2026, 11, 25, 9, 0, tzinfo=clock.LOCAL)):
        page = opened(town, "member").get("/claims/?stage=notice")
    assert "公示第 2 天，没有异议，11月30日期满入账" in page.text
    days = [i.get("class") for span in page.all("span", class_="days") for i in span.iter("i")]
    assert days == ["done", "now", "ahead", "ahead", "ahead"]


def test_my_claims_say_that_there_is_nothing_yet(town: Town) -> None:
    page = opened(town, "member").get("/claims/")
    assert "现在没有进行中的认领" in page.text
    assert page.link("看看任务") == "/tasks/"


def test_a_claim_tells_its_story(town: Town) -> None:
    claim = street.submitted(town)
    actions.evaluate(
        town.actor("admin"), claim, verb="return", key=street.key(), reason="第 2 张看不清日期"
    )
    page = opened(town, "member").get(f"/claims/{claim.pk}/")
    assert "退回补充：第 2 张看不清日期" in page.text
    told = ["".join(li.itertext()) for ol in page.all("ol", class_="hist") for li in ol.iter("li")]
    assert [words in line for words, line in zip(("周敏", "您", "您"), told, strict=True)] == [
        True
    ] * 3
    assert filled_buttons(page) == ["补拍照片"]
    assert len(page.all("a", class_="photo")) == 2


def test_a_claim_of_another_is_not_there(town: Town) -> None:
    claim = street.claimed(town)
    for who in ("member2", "villager", "other_admin"):
        browser = opened(town, who)
        with unchanged():
            answers = [
                browser.get(f"/claims/{claim.pk}/"),
                browser.get(f"/claims/{claim.pk}/submit/"),
                browser.post(f"/claims/{claim.pk}/withdraw/", {"key": street.key()}),
            ]
        assert [a.status for a in answers] == [404, 404, 404], who


def test_those_who_oversee_look_at_a_claim_but_do_not_act_on_it(town: Town) -> None:
    claim = street.claimed(town)
    admin = opened(town, "admin")
    page = admin.get(f"/claims/{claim.pk}/")
    assert "徐美兰认领" in page.text
    assert filled_buttons(page) == []
    assert "放弃认领" not in page.text
    with unchanged():
        refused = admin.post(f"/claims/{claim.pk}/withdraw/", {"key": street.key()})
    assert refused.status == 403
    assert "请由本人办理" in refused.text


def test_giving_up_asks_once_and_says_that_it_cannot_be_undone(town: Town) -> None:
    claim = street.claimed(town)
    member = opened(town, "member")
    question = member.get(member.get(f"/claims/{claim.pk}/").link("放弃认领"))
    assert "放弃后不能恢复" in question.text
    after = question.submit("放弃认领")
    assert "名额让给别人了" in after.text
    claim.task.refresh_from_db()
    assert claim.task.taken_count == 0


def test_leaving_a_draw_speaks_of_no_slot(town: Town) -> None:
    claim = street.claimed(town, way="draw")
    question = opened(town, "member").get(f"/claims/{claim.pk}/withdraw/")
    assert ("截止前还可以再报名" in question.text, "名额" in question.text) == (True, False)
    after = question.submit("退出抽签")
    assert f"已退出“{claim.task.title}”的抽签。" in after.text
    claim.refresh_from_db()
    assert claim.case.state == "withdrawn"


def test_giving_up_on_an_old_page_is_refused(town: Town) -> None:
    claim = street.claimed(town)
    member = opened(town, "member")
    question = member.get(f"/claims/{claim.pk}/withdraw/")
    actions.submit_proof(town.actor("member"), claim, key=street.key(), photos=street.photos())
    with unchanged():
        page = question.submit("放弃认领")
    assert page.status == 409
    assert "现在是“待考评”" in page.text
    assert member.get(f"/claims/{claim.pk}/withdraw/").url == f"/claims/{claim.pk}/"


def test_the_page_of_oneself_leads_to_the_claims_with_their_figures(town: Town) -> None:
    street.fund(town)
    street.in_notice(town)
    tick(PublicNotice.objects.get().closes_at + timedelta(seconds=1))
    street.claimed(town, title="等着提交的任务")
    page = opened(town, "member").get("/me/")
    assert "做成的事1件" in page.text
    assert page.link("1") == "/claims/?stage=posted"
    assert "我的认领1 件等您提交" in page.text
    assert "我的认领" not in opened(town, "villager").get("/me/").text


def test_the_common_page_of_a_case_sends_its_claimant_here(town: Town) -> None:
    claim = street.claimed(town)
    assert opened(town, "member").get(f"/cases/{claim.case_id}/").url == f"/claims/{claim.pk}/"


def test_a_claim_says_when_those_who_judge_are_late(town: Town) -> None:
    claim = street.submitted(town)
    member = opened(town, "member")
    assert "前答复" in member.get(f"/claims/{claim.pk}/").text
    claim.case.refresh_from_db()
    assert claim.case.due_at is not None
    with clock.at(claim.case.due_at + timedelta(minutes=1)):
        late = member.get(f"/claims/{claim.pk}/")
    assert "社区干部正在看，已过答复期限" in late.text
