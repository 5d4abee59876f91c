"""Refusals at the JSON door: each with its status and code, and nothing changed."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, RequestFactory

from tests.cast import Town
from tests.openapi.calls import PROBLEM, ROOT, Calls, at_door
from tests.tables import unchanged
from tests.work import street
from zhicunbao.base import http

pytestmark = pytest.mark.django_db


# ---- who comes in ----


def test_a_stranger_is_asked_to_sign_in(town: Town) -> None:
    task, stranger = street.publish(town), Calls(Client(enforce_csrf_checks=True))
    with unchanged():
        assert stranger.get("/me").refused == (401, "sign_in")
        assert stranger.post(f"/tasks/{task.pk}/claim").refused == (401, "sign_in")


def test_staff_without_a_second_factor_are_nobody(town: Town) -> None:
    admin = town.person("admin")
    admin.totp_confirmed_at = None
    admin.save()
    assert at_door(town, "admin").get("/me").refused == (401, "second_factor")


def test_who_owes_a_password_is_nobody(town: Town) -> None:
    member = town.person("member")
    member.is_password_initial = True
    member.save()
    assert at_door(town, "member").get("/me").refused == (401, "password")


def test_a_post_needs_the_token_of_me(town: Town) -> None:
    task = street.publish(town)
    client = Client(enforce_csrf_checks=True)
    client.force_login(town.person("member"))
    member = Calls(client)
    with unchanged():
        assert member.post(f"/tasks/{task.pk}/claim").refused == (403, "csrf")
    token = member.get("/me").body["csrf_token"]
    client.defaults["HTTP_X_CSRFTOKEN"] = token
    assert member.post(f"/tasks/{task.pk}/claim").status == 201


# ---- where nothing stands, and when the program fails ----


@pytest.mark.parametrize(
    "path", ["/nothing", "/nothing/", "/tasks/", "/tasks/x", "/claims/1/nothing"]
)
def test_an_unknown_address_is_a_problem_and_no_page(town: Town, path: str) -> None:
    for caller in (at_door(town, "member"), Calls(Client())):
        assert caller.get(path).refused == (404, "not_found")
        assert caller.post(path).refused == (404, "not_found")


def test_a_fault_of_the_program_is_a_problem_and_no_page() -> None:
    answer = http.server_error(RequestFactory().get(f"{ROOT}/tasks"))
    assert answer.headers["Content-Type"] == "application/problem+json"
    said = json.loads(answer.content)
    assert (said["status"], said["code"], set(said)) == (500, "fault", PROBLEM)


@pytest.mark.parametrize("host", ["evil.example", "testserver:x"])
def test_a_host_that_is_not_ours_is_malformed(host: str) -> None:
    client = Client(headers={"host": host})
    assert Calls(client).get("/me").refused == (400, "malformed")


# ---- what was sent ----


def test_a_post_without_a_key_is_refused(town: Town) -> None:
    task, member = street.publish(town), at_door(town, "member")
    with unchanged():
        refused = member.post(f"/tasks/{task.pk}/claim", key="")
        too_long = member.post(f"/tasks/{task.pk}/claim", key="k" * 65)
    assert refused.refused == too_long.refused == (422, "key_missing")
    assert refused.body["fields"] == {"Idempotency-Key": "请填这一项"}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (None, {"body"}),
        ([], {"body"}),
        ({}, {"verb", "seen"}),
        ({"verb": "review", "seen": 2}, {"verb"}),
        ({"verb": "evaluate", "seen": "two"}, {"seen"}),
        ({"verb": "evaluate", "seen": 2, "points": 99}, {"points"}),
        ({"verb": "evaluate", "seen": 2, "level": 9}, {"level"}),
        ({"verb": "return", "seen": 2}, {"reason"}),
        ({"verb": "return", "seen": 2, "reason": "长" * 301}, {"reason"}),
        ({"verb": "return", "seen": 2, "reason": "没\0做到"}, {"reason"}),
        ({"verb": "evaluate", "seen": 2, "level": 0}, {"level"}),
    ],
)
def test_an_unfit_verdict_names_what_is_wrong(town: Town, body: Any, fields: set[str]) -> None:
    claim = street.submitted(town)
    admin = at_door(town, "admin")
    with unchanged():
        refused = admin.post(f"/claims/{claim.pk}/evaluation", body)
    assert (refused.refused, set(refused.body["fields"])) == ((422, "invalid"), fields)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"claim": 1}],
        [{"claim": 10**30, "seen": 1}],
        [{"claim": 1, "seen": 1}] * 101,
        [{"claim": 1, "seen": 1}] * 2,
    ],
)
def test_an_unfit_review_is_refused_whole(town: Town, rows: list[dict[str, int]]) -> None:
    reviewer = at_door(town, "reviewer")
    with unchanged():
        refused = reviewer.post("/claims/review", {"rows": rows})
    assert refused.refused == (422, "invalid")


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"{", "application/json"),
        (b"\xff", "application/json"),
        (b"--", "multipart/form-data; boundary="),
        (b"proof={}", "multipart/form-data"),
    ],
)
def test_what_cannot_be_read_is_malformed(town: Town, body: bytes, media_type: str) -> None:
    claim = street.submitted(town)
    admin = at_door(town, "admin")
    with unchanged():
        refused = admin.send(f"/claims/{claim.pk}/evaluation", body, media_type)
    assert refused.refused == (400, "malformed")


def test_a_body_beyond_the_limit_is_not_read(town: Town) -> None:
    claim = street.submitted(town)
    body = b" " * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    admin = at_door(town, "admin")
    with unchanged():
        refused = admin.send(f"/claims/{claim.pk}/evaluation", body, "application/json")
    assert refused.refused == (413, "too_large")


def test_a_wrong_method_says_which_is_right(town: Town) -> None:
    task, member = street.publish(town), at_door(town, "member")
    refused = member.get(f"/tasks/{task.pk}/claim")
    assert refused.refused == (405, "wrong_method")
    assert "POST" in refused.body["detail"]


# ---- proof ----


@pytest.mark.parametrize(
    ("more", "photos", "field"),
    [
        ({}, 1, "photos"),
        ({"photos": [{"label": "随便"}]}, 2, "photos"),
        ({"photos": [{}, {}, {}]}, 2, "photos"),
        ({"photos": [{"taken_at": "2026-04-01T08:00:00"}]}, 2, "proof.photos.0.taken_at"),
        ({}, 10, "photos"),
        ({"position": {"latitude": 91, "longitude": 0, "accuracy_m": 5}}, 2, "latitude"),
        ({"fields": {"没有要的": "一"}}, 2, "field:没有要的"),
        ({"fields": {"没有要的": "长" * 301}}, 2, "proof.fields.没有要的"),
        ({"note": "长" * 201}, 2, "note"),
        ({"notes": "拼错的名字"}, 2, "proof.notes"),
    ],
)
def test_an_unfit_proof_names_what_is_wrong(
    town: Town, more: dict[str, Any], photos: int, field: str
) -> None:
    claim = street.claimed(town)
    proof = {"seen": claim.case.version, **more}
    member = at_door(town, "member")
    with unchanged():
        refused = member.hand_in(f"/claims/{claim.pk}/submission", proof, photos)
    assert refused.status == 422
    assert [name for name in refused.body["fields"] if name.endswith(field)] != []


def test_a_field_that_the_task_needs_is_asked_for(town: Town) -> None:
    asked = ({"label": "清理了几处", "is_required": True, "minutes": 1},)
    claim, member = street.claimed(town, fields=asked), at_door(town, "member")
    here, proof = f"/claims/{claim.pk}/submission", {"seen": claim.case.version}
    with unchanged():
        refused = member.hand_in(here, proof, 2)
    assert set(refused.body["fields"]) == {"field:清理了几处"}
    done = member.hand_in(here, {**proof, "fields": {"清理了几处": "三处"}}, 2)
    assert done.body["evidence"][0]["said"] == [{"label": "清理了几处", "text": "三处"}]


def test_what_is_not_a_photo_is_refused(town: Town) -> None:
    claim = street.claimed(town)
    proof = {"seen": claim.case.version}
    member = at_door(town, "member")
    with unchanged():
        refused = member.hand_in(
            f"/claims/{claim.pk}/submission", proof, [b"%PDF-1.4", street.jpeg()]
        )
    assert refused.refused == (422, "not_a_photo")


def test_a_time_that_cannot_be_true_counts_as_not_said(town: Town) -> None:
    claim = street.claimed(town)
    times = [{"taken_at": "1970-01-01T00:00:00Z"}, {"taken_at": "2999-01-01T00:00:00Z"}]
    proof = {"seen": claim.case.version, "photos": times}
    done = at_door(town, "member").hand_in(f"/claims/{claim.pk}/submission", proof, 2)
    assert [p["device_at"] for p in done.body["evidence"][0]["photos"]] == [None, None]


# ---- what the action refuses ----


def test_what_moved_meanwhile_is_a_conflict(town: Town) -> None:
    claim = street.submitted(town)
    verdict = {"verb": "evaluate", "seen": claim.case.version - 1}
    admin = at_door(town, "admin")
    with unchanged():
        refused = admin.post(f"/claims/{claim.pk}/evaluation", verdict)
    assert refused.refused == (409, "moved_on")


def test_a_second_claim_is_a_conflict(town: Town) -> None:
    claim, member = street.claimed(town), at_door(town, "member")
    with unchanged():
        assert member.post(f"/tasks/{claim.task_id}/claim").refused == (409, "conflict")
    seen = member.get(f"/tasks/{claim.task_id}").body
    assert (seen["claim"], "已经在您名下" in seen["why_not"]) == (claim.pk, True)


def test_who_sees_a_claim_may_not_therefore_prove_it(town: Town) -> None:
    claim = street.claimed(town)
    admin = at_door(town, "admin")
    with unchanged():
        refused = admin.hand_in(f"/claims/{claim.pk}/submission", {}, 2)
    assert refused.refused == (403, "not_the_owner")


def test_without_the_right_nobody_judges(town: Town) -> None:
    claim = street.submitted(town)
    others = [at_door(town, who) for who in ("member", "reviewer", "auditor")]
    admin = at_door(town, "admin")
    with unchanged():
        for other in others:
            refused = other.post(f"/claims/{claim.pk}/evaluation", {})
            assert refused.refused == (403, "no_right")
        assert admin.post("/claims/review", {}).refused == (403, "no_right")


def test_a_review_of_what_one_may_not_see_is_refused_whole(town: Town) -> None:
    street.fund(town)
    claim = street.evaluated(town)
    rows = [{"claim": claim.pk, "seen": claim.case.version}]
    other_reviewer = at_door(town, "other_reviewer")
    with unchanged():
        other = other_reviewer.post("/claims/review", {"rows": rows})
        absent = other_reviewer.post("/claims/review", {"rows": [{"claim": 0, "seen": 1}]})
    assert other == absent
    assert other.refused == (404, "not_found")


@pytest.mark.parametrize("verb", ["evaluate", "submit", "object", "nothing"])
def test_what_is_not_plain_is_not_moved_by_its_case(town: Town, verb: str) -> None:
    claim = street.submitted(town)
    body = {"verb": verb, "seen": claim.case.version, "reason": "看过了"}
    admin = at_door(town, "admin")
    with unchanged():
        refused = admin.post(f"/cases/{claim.case_id}/moves", body)
    assert refused.refused == (422, "own_operation")


def test_a_plain_move_asks_who_may(town: Town) -> None:
    claim = street.evaluated(town)
    body = {"verb": "recall", "seen": claim.case.version}
    officer = at_door(town, "officer")
    with unchanged():
        refused = officer.post(f"/cases/{claim.case_id}/moves", body)
    assert refused.refused == (403, "no_right")


# ---- not there, not yours ----


@pytest.mark.parametrize("path", ["/tasks/", "/claims/", "/notices/"])
def test_a_number_beyond_all_numbers_is_not_there(town: Town, path: str) -> None:
    assert at_door(town, "member").get(f"{path}{10**30}").refused == (404, "not_found")


SHUT = [
    ("/tasks/{task}/claim", None),
    ("/claims/{claim}/submission", None),
    ("/claims/{claim}/evaluation", {"verb": "evaluate", "seen": 2}),
    ("/cases/{case}/moves", {"verb": "withdraw", "seen": 2}),
]


@pytest.mark.parametrize(("path", "body"), SHUT)
@pytest.mark.parametrize("sent", ["fit", "unfit", "no key"])
def test_not_there_and_not_yours_read_the_same(
    town: Town, path: str, body: object, sent: str
) -> None:
    claim = street.submitted(town)
    there = path.format(task=claim.task_id, claim=claim.pk, case=claim.case_id)
    nowhere = path.format(task=0, claim=0, case=0)
    body = {"rows": "unfit"} if sent == "unfit" else body
    other, key = at_door(town, "other_admin"), "" if sent == "no key" else None
    with unchanged():
        answers = [other.post(address, body, key=key) for address in (there, nowhere)]
    assert answers[0] == answers[1]
    assert answers[0].refused == (404, "not_found")
