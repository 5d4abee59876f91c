"""The page of one case and the sheet that asks before a step."""

from collections.abc import Callable

import pytest

from tests.casework.test_moves import forge
from tests.cast import Town
from tests.page import Page, Pages
from tests.tables import unchanged
from tests.work import street
from zhicunbao.casework import queries
from zhicunbao.casework.actions import object_to, perform
from zhicunbao.casework.models import Case, NoticeEntry, Objection
from zhicunbao.work import actions as work

pytestmark = pytest.mark.django_db

PagesOf = Callable[[str], Pages]


def buttons(page: Page) -> list[str]:
    """Return the steps that the page offers."""
    return [
        "".join(link.itertext()) for link in page.all("a") if "/act/" in (link.get("href") or "")
    ]


@pytest.fixture
def objection(town: Town) -> Objection:
    """The villager objects to a line of the member's."""
    street.fund(town)
    entry = street.in_notice(town).case.notice_entry
    return object_to(town.actor("villager"), entry, text="照片里不是这一幢楼。", key="o")


# ---- what is shown ----


def test_case_shows_where_it_stands_what_proves_it_and_who_did_what(
    town: Town, pages_of: PagesOf
) -> None:
    case = street.evaluated(town).case
    page = pages_of("leader").get(f"/cases/{case.pk}/")
    assert page.h1 == case.subject
    assert queries.number_of(case) in page.text
    assert "徐美兰" in page.text
    for words in ("待审核", "徐美兰认领", "徐美兰提交佐证", "周敏考评做到了", "记录完整"):
        assert words in page.text
    large = [a.get("href") for a in page.all("a") if a.get("data-large") is not None]
    assert len(large) == 2
    assert all(url and url.startswith("/files/") for url in large)


@pytest.mark.parametrize("who", ["auditor", "reviewer"])
def test_those_who_look_or_review_read_masked_names(
    town: Town, pages_of: PagesOf, who: str
) -> None:
    case = street.evaluated(town).case
    page = pages_of(who).get(f"/cases/{case.pk}/")
    assert "徐**" in page.text
    assert "徐美兰" not in page.html
    assert bool(buttons(page)) is (who == "reviewer")


def test_broken_chain_is_said_on_the_page(town: Town, pages_of: PagesOf) -> None:
    case = street.evaluated(town).case
    forge("casework_step", "UPDATE casework_step SET reason = 'x' WHERE case_id = %s", case.pk)
    page = pages_of("reviewer").get(f"/cases/{case.pk}/")
    assert "记录对不上" in page.text
    assert f"{queries.number_of(case)} 的第 1 步与记录的摘要不符" in page.text


@pytest.mark.parametrize("who", ["other_admin", "member2", "villager", "sysadmin", "bank"])
def test_case_of_others_is_not_there(town: Town, pages_of: PagesOf, who: str) -> None:
    case = street.evaluated(town).case
    page = pages_of(who).get(f"/cases/{case.pk}/")
    assert page.status == 404
    assert case.subject not in page.text


def test_owner_is_sent_to_the_page_of_the_feature(town: Town, pages_of: PagesOf) -> None:
    claim = street.claimed(town)
    page = pages_of("member").get(f"/cases/{claim.case_id}/")
    assert page.url == f"/claims/{claim.pk}/"


def test_buttons_lead_to_the_desk_and_to_plain_steps_alone(town: Town, pages_of: PagesOf) -> None:
    submitted, evaluated = street.submitted(town), street.evaluated(town)
    page = pages_of("admin").get(f"/cases/{submitted.case_id}/")
    assert page.link("去考评") == f"/evaluate/{submitted.pk}/"
    assert buttons(page) == []
    assert buttons(pages_of("admin").get(f"/cases/{evaluated.case_id}/")) == ["撤回考评"]
    page = pages_of("reviewer").get(f"/cases/{evaluated.case_id}/")
    assert buttons(page) == ["审核通过", "退回考评"]
    assert page.link("去审核") == f"/review/?first={evaluated.pk}"


# ---- asking and doing ----


def test_step_is_asked_once_and_then_done(town: Town, pages_of: PagesOf) -> None:
    case = street.evaluated(town).case
    browser = pages_of("admin")
    page = browser.get(f"/cases/{case.pk}/")
    sheet = browser.get(page.link("撤回考评"))
    assert "这件事回到待考评，您可以重新考评。" in sheet.text
    done = sheet.submit("确认撤回考评")
    assert (done.status, done.url) == (200, f"/cases/{case.pk}/")
    assert "“撤回考评”已办好，现在是“待考评”。" in done.text
    case.refresh_from_db()
    assert case.state == "submitted"


def test_htmx_gets_the_sheet_alone(town: Town, pages_of: PagesOf) -> None:
    case = street.evaluated(town).case
    url = f"/cases/{case.pk}/act/?verb=recall"
    part = pages_of("admin").get(url, HX_Request="true")
    assert part.is_part
    assert "确认撤回考评" in part.text


@pytest.mark.parametrize(("reason", "said"), [("", "请写一句理由"), ("长" * 301, "最多 300 字")])
def test_missing_or_endless_reason_is_asked_again_and_kept(
    town: Town, pages_of: PagesOf, reason: str, said: str
) -> None:
    case = street.evaluated(town).case
    sheet = pages_of("reviewer").get(f"/cases/{case.pk}/act/?verb=send_back")
    with unchanged():
        again = sheet.submit("确认退回考评", reason=reason)
    assert again.status == 422
    assert said in again.text
    assert reason in again.text
    done = again.submit("确认退回考评", reason="第二张看不清")
    assert done.status == 200
    assert case.steps.get(verb="send_back").reason == "第二张看不清"


def test_page_left_open_is_told_who_acted(town: Town, pages_of: PagesOf) -> None:
    case = street.evaluated(town).case
    sheet = pages_of("reviewer").get(f"/cases/{case.pk}/act/?verb=send_back")
    perform(town.actor("reviewer2"), case, "send_back", key="k", reason="看不清")
    with unchanged():
        late = sheet.submit("确认退回考评", reason="我也看不清")
    assert late.status == 409
    assert "刚由项立群办理" in late.text
    with unchanged():
        asked = sheet.pages.get(sheet.url)
    assert asked.status == 409
    assert "现在是“待考评”" in asked.text


def test_sheet_sent_twice_acts_once(town: Town, pages_of: PagesOf) -> None:
    case = street.evaluated(town).case
    sheet = pages_of("reviewer").get(f"/cases/{case.pk}/act/?verb=send_back")
    sheet.submit("确认退回考评", reason="看不清")
    with unchanged():
        again = sheet.submit("确认退回考评", reason="看不清")
    assert again.status == 200


@pytest.mark.parametrize(
    ("who", "verb", "status"),
    [
        ("admin", "send_back", 403),
        ("auditor", "send_back", 403),
        ("admin", "evaluate", 422),
        ("admin", "post", 422),
        ("admin", "unheard_of", 422),
        ("admin", "", 422),
        ("other_reviewer", "send_back", 404),
    ],
)
def test_step_that_is_not_ones_own_is_refused(
    town: Town, pages_of: PagesOf, who: str, verb: str, status: int
) -> None:
    case = street.evaluated(town).case
    browser = pages_of(who)
    sent = {"verb": verb, "reason": "理由", "seen": case.version, "key": "k"}
    with unchanged():
        assert browser.get(f"/cases/{case.pk}/act/", {"verb": verb}).status == status
        assert browser.post(f"/cases/{case.pk}/act/", sent).status == status


@pytest.mark.parametrize("seen", ["", "x", "-1", "²"])
def test_form_without_the_version_is_refused(town: Town, pages_of: PagesOf, seen: str) -> None:
    case = street.evaluated(town).case
    browser = pages_of("admin")
    with unchanged():
        page = browser.post(f"/cases/{case.pk}/act/", {"verb": "recall", "seen": seen, "key": "k"})
    assert page.status == 422


def test_draft_cannot_be_published_past_its_checks(town: Town, pages_of: PagesOf) -> None:
    draft = work.save_draft(
        town.actor("admin"), street.content(title="x"), area=town.dongmen, key="d"
    )
    browser = pages_of("admin")
    sent = {"verb": "publish", "seen": draft.case.version, "key": "k"}
    with unchanged():
        assert browser.post(f"/cases/{draft.case_id}/act/", sent).status == 422


# ---- an objection ----


def test_objection_shows_the_line_and_its_proof_to_those_who_answer(
    town: Town, pages_of: PagesOf, objection: Objection
) -> None:
    page = pages_of("oversight").get(f"/cases/{objection.case_id}/")
    assert "照片里不是这一幢楼。" in page.text
    assert "徐**，老旧楼道消防通道排查，20 分" in page.text
    assert "提出人不公开" in page.text
    assert "吴村民" not in page.text
    assert len([img for img in page.all("img") if img.get("alt")]) == 2
    assert buttons(page) == ["异议成立，撤销入账", "异议不成立，继续公示"]


def test_objector_sees_the_own_words_and_no_proof(
    town: Town, pages_of: PagesOf, objection: Objection
) -> None:
    page = pages_of("villager").get(f"/cases/{objection.case_id}/")
    assert "照片里不是这一幢楼。" in page.text
    assert page.all("img") == []
    assert "徐美兰" not in page.text
    assert buttons(page) == ["撤回异议"]


def test_objection_is_answered_on_its_page(
    town: Town, pages_of: PagesOf, objection: Objection
) -> None:
    browser = pages_of("oversight")
    inbox = browser.get("/inbox/")
    page = browser.get(inbox.link("去答复Enter"))
    sheet = browser.get(page.link("异议成立，撤销入账"))
    assert "这一笔不入账，分数退回资金池。" in sheet.text
    done = sheet.submit("确认异议成立，撤销入账", reason="照片确实是另一幢的。")
    assert "现在是“异议成立”" in done.text
    assert "您答复异议成立" in done.text
    assert buttons(done) == []
    target: Case = NoticeEntry.objects.get().case
    assert target.state == "upheld"
    own = pages_of("villager").get(f"/cases/{objection.case_id}/")
    assert "照片确实是另一幢的。" in own.text
