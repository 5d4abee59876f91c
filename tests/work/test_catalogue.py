"""The catalogue as people read it, and adopting a new version of an item."""

from typing import Any

import pytest
from django.urls import reverse

from tests.cast import Town
from tests.page import text_of
from tests.work import street
from tests.work.desk import at_desk, counted
from zhicunbao.work.models import Module, WorkItem, WorkItemVersion

pytestmark = pytest.mark.django_db


def revised(**changes: Any) -> dict[str, Any]:
    """Return what the form of a new version of 消防安全 sends."""
    points = {f"points_{n}": p for n, p in enumerate((6, 12, 24, 40, 70), start=1)}
    return {
        "key": street.key(),
        **points,
        "photo_labels": "整改前、整改后",
        "wants_position": "on",
        "minutes_on_site": "15",
        "field_1": "清理楼层数",
        "field_1_minutes": "1",
        "cap_period": "month",
        "cap_count": "4",
        "cap_points": "0",
        "source": "街道办公会 3月12日通过",
        **changes,
    }


def test_five_modules_and_26_items_of_which_five_are_named_in_the_source(town: Town) -> None:
    street.content()
    page = at_desk(town, "oversight").get(reverse("work:catalogue"))
    assert [text_of(h).split(" ")[0] for h in page.all("h2")] == Module.labels
    assert len(page.all("a", class_="row-link")) == 26
    assert page.text.count("见于报道") == 5
    assert page.text.count("起步包") == 21 + 2  # and twice in the sentences above
    assert "5 项见于街道的公开报道，其余是起步包" in page.text


def test_an_item_says_what_rests_on_which_version(town: Town) -> None:
    street.publish(town)
    page = at_desk(town, "admin").get(reverse("work:catalogue_item", args=["07"]))
    for words in ("照片 2 张", "清理楼层数", "起步包：分值和佐证要求供街道修订", "1 件"):
        assert words in page.text
    opened = page.pages.get(page.link("1 件"))
    assert [text_of(a) for a in opened.all("a", class_="row-link")] == ["老旧楼道消防通道排查"]
    assert page.link("发布这类任务").endswith("?item=07")
    assert "修订这一项" not in page.text


def test_a_new_version_is_in_force_today_and_published_tasks_keep_theirs(town: Town) -> None:
    task = street.publish(town)
    page = at_desk(town, "officer").get(reverse("work:catalogue_item", args=["07"]))
    form = page.pages.get(page.link("修订这一项"))
    values = {k: v for k, v in revised().items() if k != "key"}
    done = form.submit("从今天起用第 2 版", **values)
    assert done.url == page.url
    version = WorkItem.objects.get(code="07").versions.get(number=2)
    assert version.points_by_level == [6, 12, 24, 40, 70]
    assert version.photo_labels == ["整改前", "整改后"]
    assert version.fields == [{"label": "清理楼层数", "is_required": False, "minutes": 1}]
    assert (version.minutes_on_site, version.cap_count) == (15, 4)
    assert (version.source, version.adopted_by) == (
        "街道办公会 3月12日通过",
        town.person("officer"),
    )
    assert "第 2 版 现在用" in done.text
    task.refresh_from_db()
    assert (task.version.number, task.points) == (1, 20)
    form = at_desk(town, "admin").get(reverse("work:publish"), {"item": "07"})
    assert "3 级 24 分" in form.text


def test_points_must_rise_and_a_decision_must_be_named(town: Town) -> None:
    street.content()
    desk, address = at_desk(town, "officer"), reverse("work:new_version", args=["07"])
    before = (counted(), WorkItemVersion.objects.count())
    page = desk.post(address, revised(points_3="12"))
    assert (page.status, "五级分值要逐级升高" in page.text) == (422, True)
    assert page.all("input", name="points_5")[0].get("value") == "70"
    page = desk.post(address, revised(source=" "))
    assert (page.status, "请写明依据" in page.text) == (422, True)
    page = desk.post(address, revised(points_1="many"))
    assert (page.status, "请填整数" in page.text) == (422, True)
    assert (counted(), WorkItemVersion.objects.count()) == before


def test_only_the_street_revises(town: Town) -> None:
    street.content()
    address = reverse("work:new_version", args=["07"])
    for who in ("admin", "reviewer", "member", "auditor"):
        assert at_desk(town, who).post(address, revised()).status == 403
    assert WorkItemVersion.objects.filter(number__gt=1).count() == 0


def test_an_unknown_item_is_not_there(town: Town) -> None:
    street.content()
    desk = at_desk(town, "officer")
    for address in (
        reverse("work:catalogue_item", args=["99"]),
        reverse("work:new_version", args=["99"]),
        reverse("work:publish") + "?item=99",
    ):
        assert desk.get(address).status == 404


def test_the_same_revision_sent_twice_is_one_version(town: Town) -> None:
    street.content()
    desk, sent = at_desk(town, "officer"), revised()
    for _ in range(2):
        desk.post(reverse("work:new_version", args=["07"]), sent)
    assert WorkItem.objects.get(code="07").versions.count() == 2
