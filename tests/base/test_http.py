"""Between Django and the pages: headers, refusals as pages and as JSON, oversized requests."""

import json

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from tests.cast import Town
from tests.page import Pages
from zhicunbao.base import http
from zhicunbao.base.access import NOBODY
from zhicunbao.kernel.refusals import Conflict

JSON = {"accept": "application/json"}


def request(**headers: str) -> HttpRequest:
    made = RequestFactory(headers=headers).get("/somewhere/")
    made.actor = NOBODY  # type: ignore[attr-defined]  # as the middleware gives it
    return made


def test_every_answer_carries_the_policy(db: None) -> None:
    del db
    for url in ("/sign-in/", "/nowhere/", "/healthz", "/me/"):
        headers = Client().get(url).headers
        assert headers["Content-Security-Policy"] == http.POLICY
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "microphone=()" in headers["Permissions-Policy"]


def test_the_policy_allows_nothing_inline_and_nobody_else() -> None:
    assert "unsafe" not in http.POLICY
    assert "http" not in http.POLICY


def test_an_oversized_request_is_refused_before_it_is_read(town: Town) -> None:
    client = Client()
    client.force_login(town.person("villager"))
    for url in ("/messages/read/", "/api/v1/tasks/1/claim"):
        refused = client.post(url, CONTENT_LENGTH=str(101 * 1024 * 1024))
        assert refused.status_code == 413
        assert "什么都没有改动" in refused.content.decode()
    whole = client.post("/messages/read/", {"note": "x" * 1024 * 1024})
    assert whole.status_code == 302


def test_people_get_a_page_and_machines_get_problem_json(db: None) -> None:
    del db
    page = Client().get("/nowhere/")
    assert page.status_code == 404
    assert "没有这个页面" in page.content.decode()
    assert "什么都没有改动" not in page.content.decode()  # nothing was to be changed
    assert "什么都没有改动" in Client().post("/nowhere/").content.decode()
    problem = Client().get("/nowhere/", headers=JSON)
    assert problem.headers["Content-Type"] == "application/problem+json"
    assert json.loads(problem.content) == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "code": "not_found",
        "detail": "没有这个页面。请从首页重新进入。",
        "fields": {},
    }
    assert "Accept" in problem.headers["Vary"]


def test_a_refusal_keeps_its_status_and_its_fields(db: None) -> None:
    del db
    refusal = Conflict("别人先办了。", code="taken", fields={"slot": "没有名额了。"})
    answer = http.refused(request(**JSON), refusal)
    assert (answer.status_code, json.loads(answer.content)["fields"]) == (
        409,
        {"slot": "没有名额了。"},
    )
    page = http.refused(request(accept="text/html"), refusal).content.decode()
    assert "别人先办了。" in page
    assert "没有名额了。" in page


def test_a_form_without_its_token_is_refused_with_what_to_do(town: Town) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(town.person("villager"))
    response = client.post("/messages/read/", {"key": "k"})
    assert response.status_code == 403
    assert "这一页打开太久了" in response.content.decode()


@pytest.mark.parametrize(
    ("came_from", "back"),
    [
        ("http://testserver/people/?q=a", "/people/?q=a"),
        ("http://testserver/people/", "/people/"),
        ("http://evil.example/people/", "/"),
        ("", "/"),
    ],
)
def test_the_way_back_leads_to_our_own_pages_alone(came_from: str, back: str) -> None:
    assert http.back_url(request(referer=came_from)) == back


def test_a_mistake_of_the_program_is_no_refusal() -> None:
    def broken(made: HttpRequest) -> HttpResponse:
        del made
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        http.refusals(broken)(request())
    assert http.refusals(broken).process_exception(request(), ZeroDivisionError()) is None


def test_when_the_program_fails_a_page_says_that_nothing_changed() -> None:
    answer = http.server_error(request())
    assert answer.status_code == 500
    assert "什么都没有改动" in answer.content.decode()
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("url", ["/areas/%00/", "/sign-in/?next=%00", "/api/v1/tasks?text=%00"])
def test_nul_in_an_address_is_refused_before_a_database_sees_it(url: str) -> None:
    answer = Client().get(url)
    assert (answer.status_code, "不能用的字符" in answer.content.decode()) == (400, True)


def test_a_form_that_cannot_be_read_is_answered_in_a_sentence(town: Town) -> None:
    client = Client()
    client.force_login(town.person("villager"))
    broken = client.generic("POST", "/messages/read/", b"--", "multipart/form-data; boundary=")
    foreign = client.get("/me/", headers={"host": "evil.example"})
    for answer in (broken, foreign):
        assert (answer.status_code, "读不懂" in answer.content.decode()) == (400, True)


def test_the_refusal_of_an_action_is_a_sound_page(town: Town) -> None:
    client = Client()
    client.force_login(town.person("villager"))
    page = Pages(client).get("/people/")
    assert (page.status, page.h1) == (403, "没有办成")
