"""The main job by JSON alone: claim, prove, evaluate, review, notice, points; and repeats."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Town
from tests.openapi.calls import Calls, at_door
from tests.tables import unchanged
from tests.work import street
from zhicunbao.base.models import AuditEntry, IdempotencyKey
from zhicunbao.casework.actions import tick
from zhicunbao.casework.models import Evidence, PublicNotice, Step
from zhicunbao.kernel import clock
from zhicunbao.ledger.models import Transfer
from zhicunbao.work.models import Claim, Task

pytestmark = pytest.mark.django_db


def proof_of(claim: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"seen": claim["case"]["version"], **more}


def test_the_whole_way_from_claim_to_points(town: Town) -> None:
    street.fund(town)
    task = street.publish(town, slots=2)
    member, admin, reviewer = (at_door(town, who) for who in ("member", "admin", "reviewer"))

    [row] = member.get("/tasks", only_open=True).body["items"]
    assert (row["id"], row["title"], row["points"]) == (task.pk, task.title, task.points)
    assert member.get(f"/tasks/{task.pk}").body["why_not"] is None
    claimed = member.post(f"/tasks/{task.pk}/claim")
    assert (claimed.status, claimed.body["case"]["state"]) == (201, "claimed")
    assert [a["verb"] for a in claimed.body["allowed"]] == ["submit", "withdraw"]
    here = f"/claims/{claimed.body['id']}"

    proof = proof_of(
        claimed.body,
        photos=[
            {"label": "整改前", "taken_at": clock.now().isoformat()},
            {"label": "整改后"},
        ],
        position={"latitude": 28.1, "longitude": 119.5, "accuracy_m": 20},
        note="已清理",
    )
    submitted = member.hand_in(f"{here}/submission", proof, task.photos_min)
    assert (submitted.status, submitted.body["case"]["state"]) == (200, "submitted")
    [handed_in] = submitted.body["evidence"]
    assert [p["label"] for p in handed_in["photos"]] == ["整改前", "整改后"]
    assert handed_in["photos"][0]["device_at"] is not None
    assert handed_in["has_position"] is True
    assert handed_in["said"] == [{"label": "说明", "text": "已清理"}]
    assert member.client.get(handed_in["photos"][0]["thumb_url"]).getvalue()[:2] == b"\xff\xd8"

    seen = admin.get(here).body
    assert seen["claimant"] == "徐美兰"
    verdict = {"verb": "evaluate", "level": 4, "seen": seen["case"]["version"]}
    evaluated = admin.post(f"{here}/evaluation", verdict)
    points = task.version.points(4)
    assert evaluated.body["case"]["state"] == "evaluated"
    assert (evaluated.body["level"], evaluated.body["points"]) == (4, points)

    masked = reviewer.get(here).body
    assert (masked["claimant"], masked["steps"][0]["who"]) == ("徐**", "徐**")
    assert "徐美兰" not in json.dumps(masked, ensure_ascii=False)
    rows = [{"claim": evaluated.body["id"], "seen": evaluated.body["case"]["version"]}]
    reviewed = reviewer.post("/claims/review", {"rows": rows})
    [passed] = reviewed.body["rows"]
    assert (passed["is_done"], passed["case"]["state"], passed["problem"]) == (
        True,
        "in_notice",
        None,
    )
    [notice] = reviewed.body["notices"]
    [line] = member.get(f"/notices/{notice}").body["entries"]
    assert (line["masked_name"], line["points"]) == ("徐**", points)
    assert member.get("/points").body == {
        "posted": 0,
        "pending": points,
        "available": 0,
        "held": 0,
    }

    with clock.at(PublicNotice.objects.get(pk=notice).closes_at + timedelta(seconds=1)):
        tick(clock.now())
        done = member.get(here).body
    assert (done["case"]["state"], done["case"]["closed_at"] is not None) == ("posted", True)
    assert {p["state"] for p in done["case"]["line"]} == {"done"}
    assert member.get("/points").body["available"] == points
    [booked] = member.get("/points/statement").body["items"]
    assert (booked["change"], booked["balance"], booked["state"]) == (points, points, "booked")
    assert booked["case_number"] == done["case"]["number"]


def test_steps_name_the_door(town: Town) -> None:
    task = street.publish(town)
    claimed = at_door(town, "member").post(f"/tasks/{task.pk}/claim").body
    assert Step.objects.get(case=claimed["case"]["id"]).door == "json"
    assert AuditEntry.objects.latest("pk").person == town.person("member")


def test_the_same_claim_twice_is_one(town: Town) -> None:
    task, member = street.publish(town), at_door(town, "member")
    first = member.post(f"/tasks/{task.pk}/claim", key="phone-1")
    with unchanged():
        assert member.post(f"/tasks/{task.pk}/claim", key="phone-1") == first
    assert Task.objects.get().taken_count == Claim.objects.count() == 1


def test_the_same_proof_twice_is_one(town: Town) -> None:
    claim, member = street.claimed(town), at_door(town, "member")
    proof = {"seen": claim.case.version}
    here = f"/claims/{claim.pk}/submission"
    first = member.hand_in(here, proof, 2, key="proof-1")
    with unchanged():
        assert member.hand_in(here, proof, 2, key="proof-1") == first
    assert Evidence.objects.count() == 2


def test_the_same_review_twice_holds_the_points_once(town: Town) -> None:
    street.fund(town)
    claim = street.evaluated(town)
    body = {"rows": [{"claim": claim.pk, "seen": claim.case.version}]}
    reviewer = at_door(town, "reviewer")
    first = reviewer.post("/claims/review", body, key="batch-1")
    with unchanged():
        assert reviewer.post("/claims/review", body, key="batch-1") == first
    assert Transfer.objects.filter(kind="pending").count() == 1


def test_a_key_is_good_for_one_request(town: Town) -> None:
    one, two = street.publish(town), street.publish(town, title="另一件同样的事")
    member = at_door(town, "member")
    member.post(f"/tasks/{one.pk}/claim", key="used")
    with unchanged():
        assert member.post(f"/tasks/{two.pk}/claim", key="used").refused == (409, "key_reused")
    assert IdempotencyKey.objects.filter(key="used").count() == 1


def test_each_row_of_a_review_is_answered_by_itself(town: Town) -> None:
    street.fund(town)
    task = street.publish(town)
    good, moved, waiting = (
        street.evaluated(town, task, by="member"),
        street.evaluated(town, task, by="member2"),
        street.claimed(town, task, by="head"),
    )
    rows = [
        {"claim": good.pk, "seen": good.case.version},
        {"claim": moved.pk, "seen": moved.case.version - 1},
        {"claim": waiting.pk, "seen": waiting.case.version},
    ]
    answer = at_door(town, "reviewer").post("/claims/review", {"rows": rows})
    assert answer.status == 200
    assert [row["claim"] for row in answer.body["rows"]] == [good.pk, moved.pk, waiting.pk]
    assert [row["is_done"] for row in answer.body["rows"]] == [True, False, False]
    assert [row["problem"] and row["problem"]["code"] for row in answer.body["rows"]] == [
        None,
        "moved_on",
        "moved_on",
    ]
    assert [row["case"]["state"] for row in answer.body["rows"]] == [
        "in_notice",
        "evaluated",
        "claimed",
    ]


def test_a_review_can_send_back_with_a_reason(town: Town) -> None:
    claim = street.evaluated(town)
    rows = [{"claim": claim.pk, "seen": claim.case.version}]
    reviewer = at_door(town, "reviewer")
    with unchanged():
        mute = reviewer.post("/claims/review", {"verb": "send_back", "rows": rows})
    assert mute.body["rows"][0]["problem"]["fields"].keys() == {"reason"}
    body = {"verb": "send_back", "reason": "照片看不清", "rows": rows}
    answer = reviewer.post("/claims/review", body)
    assert (answer.body["rows"][0]["case"]["state"], answer.body["notices"]) == ("submitted", [])


def test_what_is_plain_is_moved_by_its_case(town: Town) -> None:
    claim, member = street.claimed(town), at_door(town, "member")
    [plain] = [a for a in member.get(f"/claims/{claim.pk}").body["allowed"] if a["is_plain"]]
    body = {"verb": plain["verb"], "seen": claim.case.version}
    moved = member.post(f"/cases/{claim.case_id}/moves", body)
    assert (moved.status, moved.body["state"], moved.body["allowed"]) == (200, "withdrawn", [])
    assert Task.objects.get().taken_count == 0


def test_who_i_am_with_posts_and_rights(town: Town) -> None:
    me = at_door(town, "member").get("/me").body
    assert me["person"] == {"id": town.person("member").pk, "name": "徐美兰"}
    place = {"area": town.red_lane.prefix, "area_name": "红光里"}
    assert me["posts"] == [{"role": "grid_member", "label": "网格员", **place}]
    rights = {right["name"]: right["areas"] for right in me["rights"]}
    assert rights["work.claim"] == [town.red_lane.prefix]
    assert "work.evaluate" not in rights


def test_flags_are_read_by_judges_alone(town: Town) -> None:
    claim = street.claimed(town, wants_position=True)
    member: Calls = at_door(town, "member")
    here = f"/claims/{claim.pk}"
    member.hand_in(f"{here}/submission", {"seen": claim.case.version}, [street.jpeg(1)] * 2)
    assert at_door(town, "admin").get(here).body["flags"] != []
    assert [at_door(town, who).get(here).body["flags"] for who in ("member", "auditor")] == [[], []]
