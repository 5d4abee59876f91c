"""The main job, end to end, as real people do it in a browser: publish, claim and prove on a phone,
evaluate, review a batch of twenty, wait for the notice to pass, see the points.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Windows
from tests.cast import Town
from tests.work import street
from zhicunbao.base import audit
from zhicunbao.base.models import Area, Person, Post
from zhicunbao.casework.actions import tick
from zhicunbao.casework.models import PublicNotice
from zhicunbao.casework.queries import broken_chains
from zhicunbao.ledger.queries import balance_of, purse_figures, verify
from zhicunbao.work import actions
from zhicunbao.work.models import Claim

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

TITLE = "老旧楼道消防通道排查"


def publish(page: Page) -> None:
    page.get_by_role("link", name="发布任务").first.click()
    page.get_by_role("link", name="消防安全").click()
    page.get_by_label("任务名称").fill(TITLE)
    page.get_by_label("要做什么").fill("逐层看楼道有没有杂物，清不了的拍下来。")
    page.get_by_role("radio", name="3 级 20 分").check()
    page.get_by_label("名额").fill("20")
    page.get_by_role("button", name="发布给 20 个名额").click()
    expect(page.get_by_role("main")).to_contain_text(TITLE)


def prove(page: Page, folder: Path) -> None:
    page.get_by_role("link", name=TITLE).first.click()
    page.get_by_role("link", name="认领这件事").click()
    page.get_by_role("button", name="确认认领").click()
    expect(page.get_by_role("main")).to_contain_text("待提交")
    page.get_by_role("link", name="拍照并提交").click()
    for place, label in enumerate(("整改前", "整改后")):
        photo = folder / f"{label}.jpg"
        photo.write_bytes(street.jpeg(seed=place, size=(640, 480)))
        page.locator(f"#photo_{place}").set_input_files(photo)
    page.get_by_label("说明").fill("六幢二单元纸箱已请住户搬走。")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("考评")


def test_from_publishing_to_points(windows: Windows, town: Town, tmp_path: Path) -> None:
    actions.load_starter()
    purse = street.fund(town, 1_000)
    before = purse_figures(purse)

    admin = windows.desk()
    windows.enter(admin, town.person("admin"), "/desk/tasks/")
    publish(admin)

    phone = windows.phone()
    windows.enter(phone, town.person("member"), "/tasks/")
    prove(phone, tmp_path)

    admin.goto("/evaluate/")
    expect(admin.get_by_role("heading", level=1)).to_contain_text(TITLE)
    admin.get_by_role("radio", name="做到了").check()
    admin.get_by_role("button", name="送出考评").click()
    claim = Claim.objects.get()
    assert claim.case.state == "evaluated"

    bring_nineteen_more(town, claim)
    committee = windows.desk()
    windows.enter(committee, town.person("reviewer"), "/review/")
    expect(committee.locator("input[name=pick]")).to_have_count(20)
    committee.locator("thead [data-batch-all]").check()
    committee.get_by_role("button", name="审核通过 20 件").click()
    expect(committee.get_by_role("main")).to_contain_text("审核结果")

    notice = PublicNotice.objects.get()
    assert notice.entries.count() == 20
    tick(notice.closes_at + timedelta(seconds=1))

    phone.goto("/points/")
    expect(phone.get_by_role("main")).to_contain_text(TITLE)
    expect(phone.get_by_role("main")).to_contain_text("+20")
    assert balance_of(claim.claimant_id).posted == 20
    after = purse_figures(purse)
    assert before.in_purse - after.in_purse == after.outstanding == 20 * 20
    assert list(broken_chains()) == []
    assert audit.problems() == []
    assert verify() == []


def bring_nineteen_more(town: Town, claim: Claim) -> None:
    """Nineteen more members of the community do the same work, and it is evaluated."""
    area = Area.objects.get(pk=town.red_lane.pk)
    people = Person.objects.bulk_create(
        Person(name=f"员{n:02d}", phone=f"1360000{n:04d}") for n in range(19)
    )
    Post.objects.bulk_create(
        Post(person=p, role="grid_member", area=area, area_prefix=area.prefix) for p in people
    )
    for number, person in enumerate(people):
        street.evaluated_for(town, claim.task, person, seed=number + 1)
