"""Handing in proof in a real browser at 375 px: photos made small, counted and named; the note's
count and phrases; the banner when there is no signal; and the same form without scripts.
"""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page as Window

from tests import cast
from tests.base import pictures
from tests.browser import Windows
from tests.work import street
from zhicunbao.casework.models import Evidence
from zhicunbao.work.models import Claim

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def claim(transactional_db: None) -> Claim:
    """A claim on a task that wants two photos, a position and one field."""
    return street.claimed(cast.build())


def signed_in(window: Window, claim: Claim, server: str) -> Window:
    """Sign the claimant in without the sign-in page, which has its own tests."""
    client = Client()
    client.force_login(claim.claimant)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    window.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server}]
    )
    window.goto(f"/claims/{claim.pk}/submit/")
    return window


def camera(folder: Path, name: str, seed: int) -> Path:
    """Put a photo of twelve megapixels into ``folder``."""
    path = folder / name
    path.write_bytes(pictures.jpeg(4000, 3000, seed=seed))
    return path


def test_photos_are_made_small_counted_and_sent(
    windows: Windows, claim: Claim, tmp_path: Path
) -> None:
    phone = signed_in(windows.phone(), claim, windows.server)
    phone.locator("#photo_0").set_input_files(camera(tmp_path, "before.jpg", 1))
    phone.get_by_text("要 2 张，已拍 1 张").wait_for()
    phone.locator("#photo_1").set_input_files(camera(tmp_path, "after.jpg", 2))
    phone.get_by_text("要 2 张，已拍 2 张").wait_for()
    assert phone.locator("figure.one:visible").count() == 0
    assert phone.locator(".proof-slots figcaption", has_text="整改前").first.is_visible()

    phone.get_by_role("button", name="已当场处理").click()
    phone.get_by_role("button", name="需社区协助").click()
    assert phone.get_by_label("说明").input_value() == "已当场处理；需社区协助"
    phone.get_by_text("可不填，11 / 200").wait_for()

    phone.get_by_role("button", name="提交", exact=True).click()
    phone.wait_for_url(f"**/claims/{claim.pk}/")
    photos = Evidence.objects.filter(kind="photo").order_by("pk")
    assert [p.label for p in photos] == ["整改前", "整改后"]
    assert all(p.device_at for p in photos)
    sizes = photos.values_list("attachment__width", "attachment__height")
    assert list(sizes) == [(1600, 1200), (1600, 1200)]


def test_a_photo_that_was_removed_is_not_sent(
    windows: Windows, claim: Claim, tmp_path: Path
) -> None:
    phone = signed_in(windows.phone(), claim, windows.server)
    phone.locator("#photo_0").set_input_files(camera(tmp_path, "wrong.jpg", 1))
    phone.get_by_text("要 2 张，已拍 1 张").wait_for()
    phone.get_by_role("button", name="删去这张").click()
    phone.get_by_text("要 2 张，已拍 0 张").wait_for()
    assert phone.locator("figure.one:visible").count() == 2


def test_without_signal_the_page_says_so(windows: Windows, claim: Claim) -> None:
    phone = signed_in(windows.phone(), claim, windows.server)
    banner = phone.get_by_text("现在没有信号，还送不出去。")
    assert banner.is_hidden()
    phone.context.set_offline(True)
    banner.wait_for(state="visible")
    phone.context.set_offline(False)
    banner.wait_for(state="hidden")


def test_without_scripts_the_same_form_sends_the_same(
    windows: Windows, claim: Claim, tmp_path: Path
) -> None:
    phone = signed_in(windows.phone(scripts=False), claim, windows.server)
    phone.locator("#photo_0").set_input_files(camera(tmp_path, "before.jpg", 1))
    phone.locator("#photo_1").set_input_files(camera(tmp_path, "after.jpg", 2))
    phone.get_by_label("说明").fill("已清理")
    phone.get_by_role("button", name="提交", exact=True).click()
    phone.wait_for_url(f"**/claims/{claim.pk}/")
    assert Claim.objects.get().case.state == "submitted"
    assert Evidence.objects.filter(kind="photo").count() == 2
