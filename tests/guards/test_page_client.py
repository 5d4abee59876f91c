"""The page client finds what it is there to find."""

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.page import Page, PageFault, Pages

GOOD = """<!doctype html><html lang="zh-CN"><head><title>任务 · 治村宝</title>
<link rel="stylesheet" href="/static/a.css"><script defer src="/static/a.js"></script></head>
<body><a href="#content">跳到正文</a><main id="content"><h1>任务</h1>
<svg viewBox="0 0 9 9" role="img" aria-label="图"><use href="/static/i.svg#a"/>
<path d="M0 0"/></svg>
<template><tr><td>一行</td></tr></template>
{}</main></body></html>"""
FORM = (
    '<form method="post" action="/x/"><input type="hidden" name="csrfmiddlewaretoken" value="1">'
    '<input type="hidden" name="key" value="2">{}<button class="btn action">交</button></form>'
)
TOKEN = '<input type="hidden" name="csrfmiddlewaretoken" value="1">'
POLICY = "default-src 'self'; object-src 'none'"


def page(source: str, policy: str = POLICY) -> Page:
    response = HttpResponse(source, headers={"Content-Security-Policy": policy})
    return Page("/x/", response, Pages(Client()))


def test_good_page_has_no_faults() -> None:
    label = '<label for="a">名称</label><input id="a" name="a">'
    wrapped = '<label>数量<input name="b"></label>'
    assert page(GOOD.format(FORM.format(label + wrapped))).faults() == []


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("<div><p></div></p>", "invalid HTML"),
        ('<a href="/a/"><a href="/b/">一</a></a>', "invalid HTML"),
        ('<p id="content">一</p>', "stands 2 times"),
        ("<h1>又一个</h1>", "exactly one h1"),
        ("<main>二</main>", "exactly one main"),
        (FORM.format('<input name="a">'), "has no label"),
        (FORM.format('<label for="b"></label><input id="b" name="a">'), "has no label"),
        (FORM.format('<select name="a"><option>一</select>'), "has no label"),
        ('<label for="nothing">一</label>', "points at nothing"),
        (
            '<form method="post" action="/x/"><input type="hidden" name="key" value="1"></form>',
            "csrf",
        ),
        (
            '<form method="post"><input type="hidden" name="csrfmiddlewaretoken" value="1"></form>',
            "key",
        ),
        (FORM.format('<input type="file" name="f" aria-label="照片">'), "enctype"),
        (FORM.format("") + FORM.format(""), "2 filled buttons"),
        ('<p style="color:red">一</p>', "style="),
        ("<style>p {}</style>", "inline style"),
        ("<script>let a</script>", "inline script"),
        ('<p onclick="a()">一</p>', "onclick="),
        ('<a href="">一</a>', "leads to"),
        ('<a href="#">一</a>', "leads to"),
        ('<a href="#absent">一</a>', "not on the page"),
        ('<a href="javascript:a()">一</a>', "leads to"),
        ('<a href="/a/"></a>', "without words"),
        ("<button></button>", "without words"),
        ('<img src="/a.png">', "without alt"),
        ('<img src="//elsewhere.example/a.png" alt="">'.replace("//", "https://"), "src leads"),
        ("<p>{{ name }}</p>", "left over"),
        ("<p>积分 None 分</p>", "left over"),
    ],
)
def test_fault_is_found(body: str, word: str) -> None:
    faults = page(GOOD.format(body)).faults()
    assert any(word in fault for fault in faults), faults


def test_missing_title_heading_language_and_policy_are_found() -> None:
    bare = "<!doctype html><html><head><title> · 治村宝</title></head><body></body></html>"
    faults = " ".join(page(bare, policy="default-src 'self' 'unsafe-inline'").faults())
    for word in ("h1", "title", "lang", "main", "policy"):
        assert word in faults


def test_part_of_a_page_needs_no_heading() -> None:
    assert page("<section><p>一</p></section>").faults() == []


def test_form_is_sent_as_it_stands_with_the_answers_filled_in() -> None:
    fields = (
        '<label>一<textarea name="t">\n旧</textarea></label>'
        '<label>二<select name="s"><option value="1">甲'
        '<option value="2" selected>乙</select></label>'
        '<label>三<input type="checkbox" name="c" value="x" checked></label>'
        '<label>四<input type="checkbox" name="c" value="y"></label>'
    )
    shown = page(GOOD.format(FORM.format(fields)))
    sent: list[tuple[str, object]] = []

    class Recorder(Pages):
        def post(self, url: str, values: object, *, referer: str = "") -> Page:
            sent.append((url, values))
            assert referer == "/x/"
            return shown

    Page("/x/", shown.response, Recorder(Client())).submit("交", t="新")
    assert sent == [
        ("/x/", {"csrfmiddlewaretoken": "1", "key": "2", "t": "新", "s": "2", "c": "x"})
    ]
    with pytest.raises(PageFault, match="does not ask"):
        shown.submit("交", absent="1")
    with pytest.raises(PageFault, match="no form"):
        shown.submit("另一个")
