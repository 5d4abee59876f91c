"""Publishing, drafts, taking back, and the catalogue."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.cast import Town
from tests.tables import unchanged
from tests.work import street
from zhicunbao.casework.actions import perform, tick
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict, Invalid, NotAllowed, NotFound
from zhicunbao.work import actions
from zhicunbao.work.models import Module, Task, WorkItem
from zhicunbao.work.queries import current_versions, fetch_task
from zhicunbao.work.rules import draw_order, effort, period_start

pytestmark = pytest.mark.django_db


def test_the_starter_pack_has_26_items_in_five_modules_five_of_them_named() -> None:
    assert actions.load_starter() == 26
    assert actions.load_starter() == 0
    assert set(WorkItem.objects.values_list("module", flat=True)) == set(Module.values)
    named = WorkItem.objects.filter(is_named_in_source=True).values_list("name", flat=True)
    assert set(named) == {"疫情防控", "五水共治", "消防安全", "秸秆焚烧", "违建排摸"}
    for version in current_versions():
        assert version.points_by_level == sorted(set(version.points_by_level))


def test_a_task_carries_its_points_and_its_effort(town: Town) -> None:
    task = street.publish(town)
    assert (task.points, task.case.state, task.case.due_at) == (20, "published", task.due_at)
    assert task.minutes == 24  # 18 on site, two photos 3, a position 0.5, a field 2: 23.5


def test_every_wrong_field_is_named_at_once(town: Town) -> None:
    now = clock.now()
    wrong = street.content(
        title="短", text="", level=6, slots=0, way="shout", photos_min=9, closes_at=now, due_at=now
    )
    with unchanged(), pytest.raises(Invalid) as refusal:
        actions.publish_task(town.actor("admin"), wrong, area=town.dongmen, key=street.key())
    assert set(refusal.value.fields) == {
        *("title", "text", "level", "slots", "way", "photos_min", "closes_at"),
    }


@pytest.mark.parametrize("who", ["member", "villager", "reviewer", "other_admin", "auditor"])
def test_others_do_not_publish_here(town: Town, who: str) -> None:
    content = street.content()
    with unchanged(), pytest.raises(NotAllowed):
        actions.publish_task(town.actor(who), content, area=town.dongmen, key=street.key())


def test_a_draft_is_changed_published_and_then_fixed(town: Town) -> None:
    admin = town.actor("admin")
    draft = actions.save_draft(admin, street.content(), area=town.dongmen, key=street.key())
    assert draft.case.state == "draft"
    actions.save_draft(
        admin, street.content(slots=9), area=town.red_lane, key=street.key(), draft=draft
    )
    task = actions.publish_task(
        admin, street.content(slots=7), area=town.dongmen, key=street.key(), draft=draft
    )
    task.case.refresh_from_db()
    assert (task.pk, task.slots, task.case.state) == (draft.pk, 7, "published")
    with unchanged(), pytest.raises(Conflict, match="不能再改"):
        actions.save_draft(
            admin, street.content(), area=town.dongmen, key=street.key(), draft=draft
        )


def test_a_task_is_taken_back_only_while_nobody_works_on_it(town: Town) -> None:
    claim = street.claimed(town)
    with unchanged(), pytest.raises(Conflict, match="已经有人认领"):
        perform(
            town.actor("admin"), claim.task.case, "withdraw", key=street.key(), reason="清单有误"
        )
    task = street.publish(town)
    perform(town.actor("admin"), task.case, "withdraw", key=street.key(), reason="清单有误")
    task.case.refresh_from_db()
    assert task.case.state == "withdrawn"


def test_a_task_closes_by_itself_at_its_due_time(town: Town) -> None:
    task = street.publish(town)
    tick(task.due_at + timedelta(seconds=1))
    assert Task.objects.get().case.state == "closed"


def test_a_new_version_leaves_published_tasks_alone(town: Town) -> None:
    task = street.publish(town)
    item = WorkItem.objects.get(name="消防安全")
    version = actions.adopt_version(
        town.actor("officer"),
        item,
        changes={"points_by_level": [6, 12, 24, 40, 70]},
        source="街道会议",
        key=street.key(),
    )
    assert (version.number, version.photos_min) == (2, 2)
    assert current_versions().get(item=item) == version
    task.refresh_from_db()
    assert task.points == 20
    assert task.version.number == 1


def test_points_that_do_not_rise_are_refused(town: Town) -> None:
    actions.load_starter()
    item = WorkItem.objects.get(name="消防安全")
    with unchanged(), pytest.raises(Invalid) as refusal:
        actions.adopt_version(
            town.actor("officer"),
            item,
            changes={"points_by_level": [5, 5, 20, 35, 60]},
            source=" ",
            key=street.key(),
        )
    assert set(refusal.value.fields) == {"points_by_level", "source"}
    with unchanged(), pytest.raises(NotAllowed):
        actions.adopt_version(town.actor("admin"), item, changes={}, source="x", key=street.key())


def test_effort_adds_up_and_rounds_up(town: Town) -> None:
    version = street.content().version
    asked = effort(version, photos_min=3, fields=[{"minutes": 2}], position=True)
    assert (asked.photos, asked.fields, asked.position, asked.minutes) == (4.5, 2, 0.5, 25)


def test_periods_begin_on_their_first_day() -> None:
    starts = [period_start(p, date(2026, 11, 23)) for p in ("month", "quarter", "year")]
    assert starts == [
        datetime(2026, 10, 31, 16, tzinfo=UTC),
        datetime(2026, 9, 30, 16, tzinfo=UTC),
        datetime(2025, 12, 31, 16, tzinfo=UTC),
    ]
    assert {moment.tzinfo for moment in starts} == {UTC}


def test_the_lot_depends_on_its_seed_alone() -> None:
    assert draw_order("a", [1, 2, 3, 4]) == draw_order("a", [4, 3, 2, 1])
    assert draw_order("a", range(20)) != draw_order("b", range(20))


def test_a_draft_without_a_name_is_called_so_however_often_it_is_saved(town: Town) -> None:
    admin, draft = town.actor("admin"), None
    for _ in range(2):
        content = street.content(title=" ")
        draft = actions.save_draft(admin, content, area=town.dongmen, key=street.key(), draft=draft)
        draft.case.refresh_from_db()
        assert draft.case.subject == "未命名的任务"


def test_a_discarded_draft_stays_as_hidden_as_it_was(town: Town) -> None:
    admin = town.actor("admin")
    draft = actions.save_draft(admin, street.content(), area=town.dongmen, key=street.key())
    perform(admin, draft.case, "discard", key=street.key())
    assert fetch_task(admin, draft.pk) == draft
    for who in ("member", "villager"):
        with pytest.raises(NotFound):
            fetch_task(town.actor(who), draft.pk)


def test_a_draft_that_cannot_be_published_keeps_its_words(town: Town) -> None:
    admin = town.actor("admin")
    draft = actions.save_draft(admin, street.content(), area=town.dongmen, key=street.key())
    used = street.key()
    actions.save_draft(admin, street.content(), area=town.dongmen, key=used)
    with unchanged(), pytest.raises(Conflict, match="已经提交过别的内容"):
        actions.publish_task(
            admin, street.content(slots=9), area=town.dongmen, key=used, draft=draft
        )


def test_a_draft_is_not_carried_off_into_another_place(town: Town) -> None:
    draft = actions.save_draft(
        town.actor("admin"), street.content(), area=town.dongmen, key=street.key()
    )
    elsewhere = town.area("331125001001")
    for act in (actions.save_draft, actions.publish_task):
        with unchanged(), pytest.raises(NotAllowed):
            act(
                town.actor("other_admin"),
                street.content(),
                area=elsewhere,
                key=street.key(),
                draft=draft,
            )
