"""A committee member reviews on a phone: each claim's photos large, ticked there, then sent."""

import pytest
from playwright.sync_api import expect

from tests.browser import Windows
from tests.cast import Town
from tests.work import street
from zhicunbao.casework.models import Case

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_photos_are_seen_large_before_the_tick(windows: Windows, town: Town) -> None:
    street.fund(town)
    first, second = street.evaluated(town), street.evaluated(town, by="member2")
    phone = windows.phone()
    windows.enter(phone, town.person("reviewer"), "/review/")
    phone.locator(f"#claim-{first.pk} [data-batch-look]").click()
    look = phone.get_by_role("dialog", name="看一件")
    expect(look).to_contain_text("1 / 2")
    photo = look.locator("a[data-large]").first
    expect(photo).to_be_visible()
    box = photo.bounding_box()
    assert box is not None
    assert box["width"] > 300
    photo.click()
    phone.get_by_role("button", name="关上").click()
    look.get_by_role("button", name="下一件").click()
    expect(look).to_contain_text("2 / 2")
    expect(look.get_by_role("button", name="下一件")).to_be_disabled()
    look.get_by_role("button", name="勾上这一件").click()
    expect(look.get_by_role("button", name="不勾这一件")).to_be_visible()
    look.get_by_role("button", name="回列表").click()
    expect(look).to_have_count(0)
    phone.get_by_role("button", name="审核通过 1 件").click()
    expect(phone.get_by_role("main")).to_contain_text("审核结果")
    states = [Case.objects.get(pk=c.case_id).state for c in (first, second)]
    assert states == ["evaluated", "in_notice"]


def test_photos_are_seen_without_scripts(windows: Windows, town: Town) -> None:
    claim = street.evaluated(town)
    phone = windows.phone(scripts=False)
    windows.enter(phone, town.person("reviewer"), "/review/")
    expect(phone.locator("#look")).to_be_hidden()
    phone.locator(f"#claim-{claim.pk} [data-batch-look]").click()
    expect(phone.locator("#look img").first).to_be_visible()
