"""Lists at the JSON door: every row once, whatever is added meanwhile; cursors are ours alone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Town
from tests.openapi.calls import Calls, at_door
from tests.work import street
from zhicunbao.casework.actions import tick
from zhicunbao.casework.models import PublicNotice
from zhicunbao.kernel import clock

pytestmark = pytest.mark.django_db


def pages(caller: Calls, path: str, **query: Any) -> Iterator[list[dict[str, Any]]]:
    cursor: str | None = ""
    while cursor is not None:
        page = caller.get(path, cursor=cursor, **query).body
        yield page["items"]
        cursor = page["next"]


def numbers(caller: Calls, path: str, **query: Any) -> list[list[int]]:
    return [[row["id"] for row in page] for page in pages(caller, path, **query)]


def test_tasks_come_soonest_due_first_also_when_due_together(town: Town) -> None:
    due = clock.now() + timedelta(days=5)
    late = street.publish(town, title="最后到期的事", due_at=due + timedelta(days=1))
    same = [street.publish(town, title=f"同时到期 {n}", due_at=due).pk for n in range(4)]
    soon = street.publish(town, title="最先到期的事")
    member = at_door(town, "member")
    everything = [soon.pk, *same, late.pk]
    assert numbers(member, "/tasks", limit=2) == [everything[0:2], everything[2:4], everything[4:6]]
    assert numbers(member, "/tasks") == [everything]


def test_tasks_are_narrowed_like_the_board(town: Town) -> None:
    mine = street.claimed(town).task
    other = street.publish(town, item="秸秆焚烧", title="看田里有没有烟", area=town.red_lane)
    far = street.publish(town, title="新建路的事", area=town.area("33112500100401002"))
    member = at_door(town, "member")
    [rows] = pages(member, "/tasks")
    assert {row["id"]: row["is_mine"] for row in rows} == {
        mine.pk: True,
        other.pk: False,
        far.pk: False,
    }
    assert numbers(member, "/tasks", only_open=True, text=" 有没有烟 ") == [[other.pk]]
    module = other.version.item.module
    assert numbers(member, "/tasks", module=module) == [
        [t.pk for t in (mine, other, far) if t.version.item.module == module]
    ]
    assert numbers(at_door(town, "other_member"), "/tasks") == [[]]


def test_rows_added_meanwhile_are_neither_skipped_nor_repeated(town: Town) -> None:
    claims = [street.claimed(town, title=f"第 {n} 件认领").pk for n in range(3)]
    member = at_door(town, "member")
    first = member.get("/claims", limit=2).body
    street.claimed(town, title="后来的一件认领")
    second = member.get("/claims", limit=2, cursor=first["next"]).body
    seen = [row["id"] for page in (first, second) for row in page["items"]]
    assert (seen, second["next"]) == (claims[::-1], None)


def test_claims_are_ones_own_at_a_stage(town: Town) -> None:
    street.fund(town)
    waiting, shown = street.claimed(town), street.in_notice(town, title="公示里的那一件")
    street.claimed(town, waiting.task, by="member2")
    member = at_door(town, "member")
    assert numbers(member, "/claims") == [[shown.pk, waiting.pk]]
    assert numbers(member, "/claims", stage="going") == [[waiting.pk]]
    assert numbers(member, "/claims", stage="notice") == [[shown.pk]]
    assert numbers(member, "/claims", stage="posted") == [[]]


def test_statement_adds_up_over_its_pages(town: Town) -> None:
    street.fund(town)
    for n in range(3):
        street.in_notice(town, title=f"第 {n} 件做完的事")
    tick(PublicNotice.objects.latest("closes_at").closes_at + timedelta(seconds=1))
    member = at_door(town, "member")
    rows = [row for page in pages(member, "/points/statement", limit=2) for row in page]
    points = member.get("/points").body
    assert sum(row["change"] for row in rows) == rows[0]["balance"] == points["available"] > 0
    assert [row["balance"] for row in rows] == [n * rows[-1]["change"] for n in (3, 2, 1)]
    assert numbers(member, "/points/statement", show="out") == [[]]
    assert numbers(at_door(town, "villager"), "/points/statement") == [[]]


def test_notices_by_place_and_area_newest_first(town: Town) -> None:
    street.fund(town)
    for n in range(3):
        street.in_notice(town, title=f"第 {n} 件公示的事")
    newest = list(PublicNotice.objects.order_by("-pk").values_list("pk", flat=True))
    villager = at_door(town, "villager")
    assert numbers(villager, "/notices", limit=2) == [newest[:2], newest[2:]]
    assert numbers(villager, "/notices", area=town.dongmen.code) == [newest]
    assert numbers(villager, "/notices", area="331125001001") == [[]]
    assert numbers(villager, "/notices", place="past") == [[]]


def test_a_cursor_is_good_for_its_own_list_alone(town: Town) -> None:
    for n in range(2):
        street.claimed(town, title=f"第 {n} 件认领")
    member = at_door(town, "member")
    cursor = member.get("/claims", limit=1).body["next"]
    for path, wrong in (("/tasks", cursor), ("/claims", cursor[:-1]), ("/claims", "W10")):
        refused = member.get(path, cursor=wrong)
        assert (refused.refused, set(refused.body["fields"])) == ((422, "invalid"), {"cursor"})


@pytest.mark.parametrize(
    "query",
    [{"limit": 0}, {"limit": 101}, {"module": 6}, {"only_open": "或许"}, {"text": "长" * 41}],
)
def test_what_cannot_be_asked_is_refused(town: Town, query: dict[str, Any]) -> None:
    refused = at_door(town, "member").get("/tasks", **query)
    assert (refused.refused, set(refused.body["fields"])) == ((422, "invalid"), set(query))
