"""Handing in proof through the page: what is kept, what is refused and how the page comes back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.base import pictures
from tests.cast import Town
from tests.page import Page
from tests.tables import unchanged
from tests.work import street
from tests.work.phone import opened
from zhicunbao.casework.models import Evidence
from zhicunbao.kernel import clock
from zhicunbao.work import actions
from zhicunbao.work.models import Claim
from zhicunbao.work.pages.proof import device_time

pytestmark = pytest.mark.django_db


def proof_page(town: Town, claim: Claim) -> Page:
    """Open the page 提交佐证 as the claimant."""
    return opened(town, "member").get(f"/claims/{claim.pk}/submit/")


def hand_in(page: Page, **sent: Any) -> Page:
    """Send the form; its button stands below it, so the fields are taken from the form itself."""
    form = page.all("form", id="proof")[0]
    hidden = {
        str(e.get("name")): e.get("value", "")
        for e in form.iter("input")
        if e.get("type") == "hidden"
    }
    return page.pages.post(page.url, hidden | sent, referer=page.url)


def photo(seed: int = 0) -> SimpleUploadedFile:
    """Return a photo as a phone sends it."""
    return pictures.upload(pictures.jpeg(seed=seed))


def test_each_wanted_photo_has_its_place(town: Town) -> None:
    page = proof_page(town, street.claimed(town))
    places = [(e.get("name"), e.get("required")) for e in page.all("input", type="file")]
    assert places == [("photo_0", ""), ("photo_1", ""), ("more", None)]
    assert "要 2 张" in page.text


def test_a_task_without_photos_asks_for_none(town: Town) -> None:
    claim = street.claimed(town, item="矛盾调解", title="楼上漏水纠纷调解")
    page = proof_page(town, claim)
    assert [e.get("name") for e in page.all("input", type="file")] == ["more"]
    after = hand_in(page, field_0="两家谈好了修复时间")
    assert "待考评" in after.text
    assert [e.text for e in Evidence.objects.all()] == ["两家谈好了修复时间"]


def test_what_was_handed_in_is_kept_with_labels_times_and_position(town: Town) -> None:
    claim = street.claimed(town)
    after = hand_in(
        proof_page(town, claim),
        photo_0=photo(1),
        photo_1=photo(2),
        more=[photo(3), photo(4)],
        taken_photo_0="2026-11-23T14:02:00",
        taken_photo_1="2026-11-23T06:18:00.000Z",
        lat="28.112000",
        lon="119.570000",
        accuracy_m="12",
        field_0="4",
        note="6 幢纸箱已请住户搬走。\r\n明天再看。",
    )
    assert after.url == f"/claims/{claim.pk}/"
    assert "已提交“老旧楼道消防通道排查”" in after.text
    rows = Evidence.objects.order_by("pk")
    assert [r.label for r in rows] == [
        "整改前", "整改后", "其他", "其他", "现场位置", "清理楼层数", "说明",
    ]  # fmt: skip
    assert rows[0].device_at == datetime(2026, 11, 23, 6, 2, tzinfo=UTC)
    assert rows[1].device_at == datetime(2026, 11, 23, 6, 18, tzinfo=UTC)
    assert rows[2].device_at is None
    assert (str(rows[4].latitude), rows[4].accuracy_m) == ("28.1120", 12)
    assert (rows[5].text, rows[6].text) == ("4", "6 幢纸箱已请住户搬走。\n明天再看。")


@pytest.mark.parametrize(
    "position",
    [
        {"lat": "91", "lon": "119", "accuracy_m": "5"},
        {"lat": "nan", "lon": "119", "accuracy_m": "5"},
        {"lat": "28", "lon": "", "accuracy_m": "5"},
        {"lat": "28", "lon": "119", "accuracy_m": "-1"},
    ],
)
def test_a_position_that_is_no_place_counts_as_none(town: Town, position: dict[str, str]) -> None:
    hand_in(proof_page(town, street.claimed(town)), photo_0=photo(1), photo_1=photo(2), **position)
    assert Claim.objects.get().case.state == "submitted"
    assert not Evidence.objects.filter(kind="position").exists()


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01T00:00:00"])
def test_a_time_that_cannot_be_read_counts_as_not_said(text: str) -> None:
    assert device_time(text) is None


def test_a_time_without_a_zone_is_chinas() -> None:
    assert device_time("2026-01-02T08:00:00") == datetime(2026, 1, 2, tzinfo=UTC)


def test_without_the_wanted_proof_the_page_comes_back_with_the_text(town: Town) -> None:
    page = proof_page(town, street.claimed(town))
    with unchanged():
        again = hand_in(page, photo_0=photo(1), field_0="4", note="只拍到一张")
    assert again.status == 422
    assert "什么都没有改动。" in again.text
    assert "还差 1 张照片，这件任务要 2 张" in again.text
    assert "照片和位置要重新选" in again.text
    assert [e.text for e in again.all("textarea")] == ["只拍到一张"]
    assert again.all("input", name="field_0")[0].get("value") == "4"


def test_a_field_that_is_wanted_is_named_under_itself(town: Town) -> None:
    claim = street.claimed(town, item="矛盾调解", title="楼上漏水纠纷调解")
    page = proof_page(town, claim)
    with unchanged():
        again = hand_in(page, field_0="", note="谈好了")
    assert again.status == 422
    assert "请填“怎么解决的”" in again.text


@pytest.mark.parametrize(("name", "length"), [("note", 201), ("field_0", 301)])
def test_what_is_too_long_is_refused(town: Town, name: str, length: int) -> None:
    page = proof_page(town, street.claimed(town))
    with unchanged():
        again = hand_in(page, photo_0=photo(1), photo_1=photo(2), **{name: "字" * length})
    assert again.status == 422
    assert f"现在 {length} 字" in again.text


BROKEN = {
    "a photo of 40 MB": (pictures.jpeg() + bytes(40 * 1024 * 1024), 413, "单个文件最大 15 MB"),
    "a PDF called .jpg": (b"%PDF-1.7\n1 0 obj\n", 422, "这是一份 PDF 文件，不是照片"),
    "a truncated photo": (pictures.jpeg(1600, 1200)[:9_000], 422, "这张照片没有传完整"),
    "a text called .jpg": (b"plain words", 422, "这个文件不是照片"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_is_no_photo_is_named_beside_the_photos(town: Town, case: str) -> None:
    body, status, words = BROKEN[case]
    page = proof_page(town, street.claimed(town))
    with unchanged():
        again = hand_in(page, photo_0=photo(1), photo_1=pictures.upload(body), note="已清理")
    assert again.status == status
    beside = "".join(again.all("div", id="photos-error")[0].itertext())
    assert beside.startswith("第 2 张（整改后）：")
    assert words in beside
    assert [e.text for e in again.all("textarea")] == ["已清理"]


def test_more_photos_than_anyone_looks_at_are_refused(town: Town) -> None:
    page = proof_page(town, street.claimed(town))
    with unchanged():
        again = hand_in(
            page, photo_0=photo(1), photo_1=photo(2), more=[photo(n) for n in range(3, 11)]
        )
    assert again.status == 422
    assert "现在选了 10 张" in again.text


def test_the_same_proof_sent_twice_is_kept_once(town: Town) -> None:
    claim = street.claimed(town)
    page = proof_page(town, claim)
    first = hand_in(page, photo_0=photo(1), photo_1=photo(2))
    with unchanged():
        again = hand_in(page, photo_0=photo(1), photo_1=photo(2))
    assert first.url == again.url == f"/claims/{claim.pk}/"
    assert Evidence.objects.count() == 2


def test_a_page_left_open_while_another_phone_submitted_is_refused(town: Town) -> None:
    claim = street.claimed(town)
    page = proof_page(town, claim)
    actions.submit_proof(town.actor("member"), claim, key=street.key(), photos=street.photos())
    with unchanged():
        late = hand_in(page, photo_0=photo(1), photo_1=photo(2))
    assert late.status == 409
    assert "刚由您办理，现在是“待考评”" in late.text


def test_a_page_left_open_while_the_claim_came_back_is_refused(town: Town) -> None:
    claim = street.claimed(town)
    page = proof_page(town, claim)
    actions.submit_proof(town.actor("member"), claim, key=street.key(), photos=street.photos())
    actions.evaluate(
        town.actor("admin"), claim, verb="return", key=street.key(), reason="看不清日期"
    )
    with unchanged():
        late = hand_in(page, photo_0=photo(1), photo_1=photo(2))
    assert late.status == 409
    assert "请刷新页面" in late.text


def test_after_the_due_time_proof_is_refused_and_the_claim_says_so(town: Town) -> None:
    claim = street.claimed(town)
    page = proof_page(town, claim)
    with clock.at(claim.task.due_at + timedelta(minutes=1)):
        with unchanged():
            late = hand_in(page, photo_0=photo(1), photo_1=photo(2))
        shown = proof_page(town, claim)
    assert late.status == 409
    assert "完成期限已过" in late.text
    assert shown.url == f"/claims/{claim.pk}/"
    assert "已过，不能再提交。想继续请联系社区干部" in shown.text


def test_what_came_back_shows_what_was_handed_in_before(town: Town) -> None:
    claim = street.submitted(town)
    actions.evaluate(
        town.actor("admin"), claim, verb="return", key=street.key(), reason="第 2 张看不清日期"
    )
    page = proof_page(town, claim)
    assert "退回补充：第 2 张看不清日期" in page.text
    assert "上次交的" in page.text
    after = hand_in(page, photo_0=photo(7), photo_1=photo(8))
    assert "第 2 次提交" in after.text
    assert "以前交的 1 次" in after.text


def test_those_who_oversee_do_not_hand_in_for_others(town: Town) -> None:
    claim = street.claimed(town)
    admin = opened(town, "admin")
    with unchanged():
        page = admin.post(
            f"/claims/{claim.pk}/submit/",
            {"key": street.key(), "photo_0": photo(1), "photo_1": photo(2)},
        )
    assert page.status == 403
    assert "请由本人办理" in page.text
