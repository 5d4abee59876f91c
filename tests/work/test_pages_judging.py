"""Evaluating and reviewing as a person meets them: each exit, each refusal, and that a refusal
changed nothing.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from tests.cast import Town
from tests.page import Page, text_of
from tests.work import street
from tests.work.desk import at_desk, counted, press
from zhicunbao.base.models import Attachment
from zhicunbao.casework.actions import perform
from zhicunbao.casework.actions.evidence import Position
from zhicunbao.casework.models import Case, PublicNotice
from zhicunbao.kernel import clock
from zhicunbao.registry.models import Household, Membership, Place
from zhicunbao.work import actions, queries
from zhicunbao.work.models import Claim

pytestmark = pytest.mark.django_db
SQUARE = [[[119.57, 28.11], [119.58, 28.11], [119.58, 28.12], [119.57, 28.12], [119.57, 28.11]]]


# ---- evaluating ----


def test_evaluating_goes_from_one_claim_to_the_next(town: Town) -> None:
    first = street.submitted(town)
    second = street.submitted(town, by="member2")
    page = at_desk(town, "admin").get(reverse("work:evaluate"))
    assert page.url == reverse("work:evaluate_one", args=[first.pk])
    assert not [r for r in page.all("input", name="verb") if r.get("checked") is not None]
    following = page.submit("送出考评，看下一件Enter", verb="evaluate", level="4")
    first.refresh_from_db()
    assert (first.case.state, first.level, first.points) == ("evaluated", 4, 35)
    assert following.url == reverse("work:evaluate_one", args=[second.pk])
    assert "徐美兰“老旧楼道消防通道排查”：做到了，35 分" in following.text
    last = following.submit("送出考评Enter", verb="return", reason="还差整改后的照片")
    second.refresh_from_db()
    assert second.case.state == "returned"
    assert (last.url, "没有等您考评的" in last.text) == (reverse("work:evaluate"), True)


def test_the_queue_begins_with_the_earliest_deadline_and_is_cut(town: Town) -> None:
    later, sooner, last = (street.submitted(town, by=by) for by in ("member", "member2", "head"))
    now = clock.now()
    for claim, days in ((later, 2), (sooner, 1), (last, 3)):
        Case.objects.filter(pk=claim.case_id).update(due_at=now + timedelta(days=days))
    page = at_desk(town, "admin").get(reverse("work:evaluate"))
    assert page.url == reverse("work:evaluate_one", args=[sooner.pk])
    admin = town.actor("admin")
    assert queries.claims_waiting(admin, "submitted", count_max=9) == [sooner, later, last]
    assert queries.claims_waiting(admin, "submitted", count_max=2) == [sooner, later]


def test_a_verdict_can_be_taken_back_from_the_toast_and_from_the_list(town: Town) -> None:
    claim = street.submitted(town)
    page = at_desk(town, "admin").get(reverse("work:evaluate"))
    done = page.submit("送出考评Enter", verb="evaluate")
    back = done.submit("撤回")
    assert back.url == reverse("work:evaluate_one", args=[claim.pk])
    assert Case.objects.get(pk=claim.case_id).state == "submitted"
    back.submit("送出考评Enter", verb="evaluate")
    listed = back.pages.get(reverse("work:evaluate_list"))
    listed.submit("撤回对徐美兰的考评")
    assert Case.objects.get(pk=claim.case_id).state == "submitted"


def test_only_who_evaluated_takes_it_back_and_only_before_the_review(town: Town) -> None:
    street.fund(town)
    claim = street.evaluated(town)
    address = reverse("work:recall", args=[claim.pk])
    town.person("head").posts.create(
        role="community_admin",
        area=town.dongmen,
        area_prefix=town.dongmen.prefix,
        starts_on="2026-01-01",
    )
    before = counted()
    assert at_desk(town, "head").post(address, {"key": street.key()}).status == 403
    assert counted() == before
    actions.review_batch(town.actor("reviewer"), [(claim.case, None)], key=street.key())
    before = counted()
    assert at_desk(town, "admin").post(address, {"key": street.key()}).status == 409
    assert counted() == before


def verdict(claim: Claim, **changes: Any) -> dict[str, Any]:
    return {"key": street.key(), "seen": claim.case.version, "verb": "evaluate", **changes}


def test_a_verdict_without_choice_or_reason_is_asked_again(town: Town) -> None:
    claim = street.submitted(town)
    desk, address = at_desk(town, "admin"), reverse("work:evaluate_one", args=[claim.pk])
    before = counted()
    page = desk.post(address, {"key": street.key(), "reason": "谢谢"})
    assert (page.status, "请先选“做到了”" in page.text) == (422, True)
    assert page.all("textarea", name="reason")[0].text == "谢谢"
    page = desk.post(address, verdict(claim, verb="return"))
    assert (page.status, "请写一句理由" in page.text) == (422, True)
    page = desk.post(address, verdict(claim, level="5"))
    assert page.status == 422
    assert counted() == before


def test_nobody_evaluates_their_own_claim(town: Town) -> None:
    town.person("member").posts.create(
        role="community_admin",
        area=town.dongmen,
        area_prefix=town.dongmen.prefix,
        starts_on="2026-01-01",
    )
    claim = street.submitted(town)
    desk, address = at_desk(town, "member"), reverse("work:evaluate_one", args=[claim.pk])
    page = desk.get(address)
    assert "这是您自己的事项" in page.text
    assert page.all("input", name="verb") == []
    before = counted()
    assert desk.post(address, verdict(claim)).status == 403
    assert counted() == before


def test_two_evaluations_at_once_leave_one(town: Town) -> None:
    claim = street.submitted(town)
    desk, address = at_desk(town, "admin"), reverse("work:evaluate_one", args=[claim.pk])
    sent = verdict(claim)
    desk.post(address, sent)
    before = counted()
    assert desk.post(address, sent).status == 200
    assert counted() == before
    late = desk.post(address, verdict(claim, verb="reject", reason="不是这里"))
    assert (late.status, "刚由您办理" in late.text) == (409, True)
    assert counted() == before


def test_a_page_left_open_is_refused(town: Town) -> None:
    claim = street.submitted(town)
    old = verdict(claim)
    actions.evaluate(town.actor("admin"), claim, verb="return", key=street.key(), reason="补一张")
    actions.submit_proof(
        town.actor("member"), claim, key=street.key(), photos=street.photos(2, seed=9)
    )
    before = counted()
    page = at_desk(town, "admin").post(reverse("work:evaluate_one", args=[claim.pk]), old)
    assert (page.status, "请刷新页面" in page.text) == (409, True)
    assert counted() == before


def test_a_claim_shows_photos_plan_flags_and_what_happened(town: Town) -> None:
    Place.objects.create(
        kind="micro_grid",
        area=town.red_lane,
        area_prefix=town.red_lane.prefix,
        name="红光里",
        outline=SQUARE,
    )
    earlier = street.submitted(town, by="member2")
    claim = street.claimed(town, area=town.red_lane)
    actions.submit_proof(
        town.actor("member"),
        claim,
        key=street.key(),
        photos=street.photos(2, seed=earlier.pk),
        position=Position(28.2, 119.575, 20),
        fields=[("清理楼层数", "6")],
        note="电动车明天再去看。",
    )
    page = at_desk(town, "admin").get(reverse("work:evaluate_one", args=[claim.pk]))
    for words in (
        "不在红光里范围内",
        "相似 100%",
        "电动车明天再去看。",
        "清理楼层数",
        "徐美兰 认领",
    ):
        assert words in page.text
    assert len(page.all("{http://www.w3.org/2000/svg}polygon")) == 1
    beside = page.pages.get(page.link("并排看"))
    assert beside.status == 200
    assert len(beside.all("img")) == 2


def test_a_position_is_told_of_the_place_it_was_held_against(town: Town) -> None:
    claim = street.claimed(town)  # out in the whole community, by somebody of 红光里
    Place.objects.create(
        kind="community",
        area=town.dongmen,
        area_prefix=town.dongmen.prefix,
        name="东门社区",
        outline=SQUARE,
    )
    actions.submit_proof(
        town.actor("member"),
        claim,
        key=street.key(),
        photos=street.photos(2),
        position=Position(28.2, 119.575, 20),
    )
    page = at_desk(town, "admin").get(reverse("work:evaluate_one", args=[claim.pk]))
    assert "不在东门社区范围内" in page.text


# ---- reviewing ----


def ticked(*claims: Claim, **changes: Any) -> dict[str, Any]:
    seen = {f"seen-{c.case_id}": c.case.version for c in claims}
    picked = [c.case_id for c in claims]
    return {"key": street.key(), "verb": "review", "pick": picked, **seen, **changes}


def test_a_batch_passes_into_one_notice(town: Town) -> None:
    street.fund(town)
    claims = [street.evaluated(town, by=by) for by in ("member", "member2", "head")]
    page = at_desk(town, "reviewer").get(reverse("work:review"))
    assert not [b for b in page.all("input", name="pick") if b.get("checked") is not None]
    done = press(page, "审核通过", pick=[claims[0].case_id, claims[2].case_id])
    states = [Case.objects.get(pk=c.case_id).state for c in claims]
    assert states == ["in_notice", "evaluated", "in_notice"]
    assert PublicNotice.objects.get().entries.count() == 2
    assert "审核通过2件" in done.text
    assert "待入账积分40分" in done.text
    assert PublicNotice.objects.get().title in done.text


def test_each_refused_row_says_why_and_leaves_the_others_alone(town: Town) -> None:
    """Evaluated by oneself, moved on meanwhile, and one that passes."""
    street.fund(town)
    town.person("reviewer2").posts.create(
        role="village_cadre",
        area=town.dongmen,
        area_prefix=town.dongmen.prefix,
        starts_on="2026-01-01",
    )
    own = street.submitted(town)
    actions.evaluate(town.actor("reviewer2"), own, verb="evaluate", key=street.key())
    moved, fine = street.evaluated(town, by="member2"), street.evaluated(town, by="head")
    own.case.refresh_from_db()
    desk, sent = at_desk(town, "reviewer2"), ticked(own, moved, fine)
    page = desk.get(reverse("work:review"))
    disabled = [b for b in page.all("input", name="pick") if b.get("disabled") is not None]
    assert [b.get("value") for b in disabled] == [str(own.case_id)]
    assert "您考评过，需换人" in page.text
    perform(town.actor("admin"), moved.case, "recall", key=street.key())
    done = desk.post(reverse("work:review"), sent)
    assert [Case.objects.get(pk=c.case_id).state for c in (own, moved, fine)] == [
        "evaluated",
        "submitted",
        "in_notice",
    ]
    assert "审核通过1件" in done.text
    assert "没有办成2件" in done.text
    assert "前面的步骤是您办的" in done.text
    assert "刚由周敏办理" in done.text


def test_kin_and_oneself_stand_aside_in_sight(town: Town) -> None:
    street.fund(town)
    claim = street.evaluated(town)
    household = Household.objects.create(
        number="331125001004-00001",
        area=town.red_lane,
        area_prefix=town.red_lane.prefix,
        address="红光里 1 号",
    )
    for who, relation in (("member", "head"), ("reviewer", "spouse")):
        Membership.objects.create(
            household=household, person=town.person(who), relation=relation, starts_on="2026-01-01"
        )
    desk = at_desk(town, "reviewer")
    page = desk.get(reverse("work:review"))
    assert "同户，需回避" in page.text
    assert rows_of_table(desk.get(reverse("work:review"), {"only": "aside"})) == 1
    before = counted()
    done = desk.post(reverse("work:review"), ticked(claim))
    assert "您与当事人同户，需要回避" in done.text
    assert counted() == before


def rows_of_table(page: Page) -> int:
    return len(page.all("input", name="pick"))


def test_a_short_purse_refuses_the_row_and_changes_nothing(town: Town) -> None:
    street.fund(town, 30)
    first, second = street.evaluated(town), street.evaluated(town, by="member2")
    desk = at_desk(town, "reviewer")
    assert "资金池不够审完这一页" in desk.get(reverse("work:review")).text
    desk.post(reverse("work:review"), ticked(first))
    before = counted()
    done = desk.post(reverse("work:review"), ticked(second))
    assert "没有办成1件" in done.text
    assert Case.objects.get(pk=second.case_id).state == "evaluated"
    assert counted() == before


def test_the_same_batch_sent_twice_passes_once(town: Town) -> None:
    street.fund(town)
    claims = [street.evaluated(town, by=by) for by in ("member", "member2")]
    desk, sent = at_desk(town, "reviewer"), ticked(*claims)
    first = desk.post(reverse("work:review"), sent)
    before = counted()
    second = desk.post(reverse("work:review"), sent)
    assert first.text == second.text
    assert counted() == before


def test_rows_are_sent_back_with_a_reason(town: Town) -> None:
    claim = street.evaluated(town)
    page = at_desk(town, "reviewer").get(reverse("work:review"))
    before = counted()
    again = press(page, "退回考评", pick=[claim.case_id])
    assert (again.status, "退回要写一句理由" in again.text) == (422, True)
    assert [b.get("value") for b in again.all("input", checked="")] == [str(claim.case_id)]
    assert counted() == before
    done = press(again, "退回考评", pick=[claim.case_id], reason="照片看不清楼层")
    assert Case.objects.get(pk=claim.case_id).state == "submitted"
    assert "退回考评1件" in done.text


def shown_first(page: Page) -> str:
    return page.all("input", name="pick")[0].get("value", "")


def test_a_link_that_names_a_claim_brings_it_to_the_top_and_beside_the_table(town: Town) -> None:
    street.fund(town)
    claims = [street.evaluated(town, by=by) for by in ("member", "member2", "head")]
    last = claims[2]
    desk = at_desk(town, "reviewer")
    assert shown_first(desk.get("/review/")) == str(claims[0].case_id)
    page = desk.get(desk.get(f"/cases/{last.case_id}/").link("去审核"))
    assert shown_first(page) == str(last.case_id)
    assert rows_of_table(page) == 3
    assert f"-{last.case_id}，看全部经过" in text_of(page.all("div", id="look")[0])
    assert "已经不等审核了" not in page.text
    actions.review_batch(town.actor("reviewer2"), [(last.case, None)], key=street.key())
    page = desk.get(page.url)
    assert (rows_of_table(page), "已经不等审核了" in page.text) == (2, True)


@pytest.mark.parametrize("first", ["9" * 30, "-1", "x"])
def test_a_claim_that_cannot_be_leaves_the_order_as_it_is(town: Town, first: str) -> None:
    claims = [street.evaluated(town, by=by) for by in ("member", "member2")]
    page = at_desk(town, "reviewer").get("/review/", {"first": first})
    assert (page.status, shown_first(page)) == (200, str(claims[0].case_id))


def test_nothing_ticked_is_said(town: Town) -> None:
    street.evaluated(town)
    page = at_desk(town, "reviewer").get(reverse("work:review"))
    again = press(page, "审核通过")
    assert (again.status, "还没有勾选" in again.text) == (422, True)


def test_a_case_of_another_community_is_not_there_to_be_ticked(town: Town) -> None:
    street.fund(town)
    claim = street.evaluated(town)
    before = counted()
    page = at_desk(town, "other_reviewer").post(reverse("work:review"), ticked(claim))
    assert page.status == 404
    assert counted() == before


def test_flagged_rows_are_marked_for_the_tick_that_takes_all(town: Town) -> None:
    first = street.evaluated(town)
    second = street.submitted(town, by="member2")
    other = Attachment.objects.filter(evidence__case=first.case).earliest("pk")
    mine = Attachment.objects.filter(evidence__case=second.case)
    mine.update(perceptual_hash=other.perceptual_hash)
    actions.evaluate(town.actor("admin"), second, verb="evaluate", key=street.key())
    desk = at_desk(town, "reviewer")
    page = desk.get(reverse("work:review"))
    flagged = [r for r in page.all("tr") if r.get("data-flagged") is not None]
    assert len(flagged) == 1
    assert "相似照片" in text_of(flagged[0])
    looked = desk.get(reverse("work:review"), {"look": str(second.pk)})
    assert f"-{second.case_id}，看全部经过" in text_of(looked.all("div", id="look")[0])
