"""The page client: fetches pages as a browser would and inspects each one, so that no test has to.

``Pages(client).get("/")`` returns a ``Page`` or raises ``PageFault`` with everything that is wrong
with it. Looks are not its business; screenshots are for people.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

import html5lib
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, resolve

KEYLESS = ("base:sign_in", "base:sign_in_code", "base:sign_out", "base:second_factor")
"""Signing in and out changes the session alone and a code is good for one use, so that a repeat
needs no idempotency key."""
UNLABELLED = ("hidden", "submit", "button", "reset", "image")
LEFTOVERS = re.compile(r"\{\{|\{%|%\}|\}\}|\bNone\b|\bNaN\b|\bundefined\b|<[A-Za-z_.]+ object")
OUR_OWN = ("/", "#", "?", "data:", "tel:")


class PageFault(AssertionError):
    """What is wrong with a page, one line each."""


@dataclass(frozen=True)
class Page:
    """An answer of the server and what stands on it."""

    url: str
    response: HttpResponse
    pages: "Pages"

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status_code

    @cached_property
    def html(self) -> str:
        """The source."""
        return self.response.content.decode()

    @cached_property
    def _parser(self) -> html5lib.HTMLParser:
        return html5lib.HTMLParser(namespaceHTMLElements=False)

    @cached_property
    def tree(self) -> Element:
        """The root element."""
        # html5lib does not know <template>, whose content a browser sets apart until it is used.
        source = re.sub(r"(<template\b[^>]*>).*?(?=</template>)", r"\1", self.html, flags=re.DOTALL)
        root: Element = self._parser.parse(source)
        return root

    @property
    def is_part(self) -> bool:
        """Whether htmx asked for a part of a page and not for a whole one."""
        return not self.html.lstrip().lower().startswith("<!doctype")

    @cached_property
    def h1(self) -> str:
        """The page's name."""
        return text_of(self.all("h1")[0])

    @cached_property
    def title(self) -> str:
        """The words in the browser's tab."""
        return text_of(self.all("title")[0])

    @cached_property
    def text(self) -> str:
        """What a person reads, white space folded."""
        body = self.tree.find("body")
        return text_of(body if body is not None else self.tree)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Return the elements with this tag and these attributes (``class_`` for ``class``)."""
        wanted = {k.rstrip("_").replace("_", "-"): v for k, v in attributes.items()}
        return [e for e in self.tree.iter(tag) if all(e.get(k) == v for k, v in wanted.items())]

    def link(self, words: str) -> str:
        """Return where the link with these words leads; fail when there is none."""
        for link in self.all("a"):
            if words in (text_of(link), link.get("aria-label")):
                return urljoin(self.url, link.get("href", ""))
        raise PageFault(f"{self.url}: no link {words!r}")

    def form(self, button: str) -> Element:
        """Return the form with this button (its words or its label); fail when there is none."""
        for form in self.all("form"):
            for control in form.iter("button"):
                if button in (text_of(control), control.get("aria-label")):
                    return form
        raise PageFault(f"{self.url}: no form with a button {button!r}")

    def submit(self, button: str, **values: Any) -> "Page":
        """Fill the form with this button and send it, as a person without JavaScript would.

        A name that the form does not offer is a mistake of the test and raises.
        """
        form = self.form(button)
        sent = dict(_filled_in(form))
        offered = {e.get("name") for tag in CONTROLS for e in form.iter(tag)}
        unknown = set(values) - offered
        if unknown:
            raise PageFault(f"{self.url}: the form {button!r} does not ask {sorted(unknown)}")
        for control in form.iter("button"):
            if control.get("name") and button in (text_of(control), control.get("aria-label")):
                sent[control.get("name", "")] = control.get("value", "")
        sent |= values
        target = urljoin(self.url, form.get("action") or self.url)
        if form.get("method", "get").lower() == "post":
            return self.pages.post(target, sent, referer=self.url)
        return self.pages.get(target, sent)

    def faults(self) -> list[str]:
        """Return everything that is wrong with this page."""
        checks = [_valid, _named, _labelled, _forms, _links, _inline, _readable]
        return [fault for check in checks for fault in check(self)]


@dataclass
class Pages:
    """A person's browser: a Django client whose every answer is inspected."""

    client: Client

    def get(self, url: str, query: Mapping[str, Any] | None = None, **headers: str) -> Page:
        """Fetch a page, following redirects, and inspect it."""
        return self._inspect(url, self.client.get(url, query, follow=True, headers=headers))

    def post(self, url: str, values: Mapping[str, Any], *, referer: str = "") -> Page:
        """Send a form, follow to the page after it, and inspect that."""
        headers = {"referer": f"http://testserver{referer}"} if referer else {}
        return self._inspect(url, self.client.post(url, values, follow=True, headers=headers))

    def _inspect(self, url: str, response: Any) -> Page:
        chain = getattr(response, "redirect_chain", [])
        page = Page(chain[-1][0] if chain else url, response, self)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            faults = page.faults()
            if faults:
                raise PageFault("\n".join([f"{page.url} ({response.status_code})", *faults]))
        elif response.streaming:
            # Read to its end, a file is closed.
            response.getvalue()
        return page


CONTROLS = ("input", "select", "textarea", "button")


def text_of(element: Element) -> str:
    """Return the words inside an element, white space folded."""
    return " ".join("".join(element.itertext()).split())


def _filled_in(form: Element) -> Iterator[tuple[str, Any]]:
    """Yield what the form would send untouched."""
    chosen: dict[str, list[str]] = {}
    for control in form.iter():
        name = control.get("name")
        if not name or control.get("disabled") is not None:
            continue
        kind = control.get("type", "text")
        if control.tag == "textarea":
            chosen.setdefault(name, []).append((control.text or "").removeprefix("\n"))
        elif control.tag == "select":
            options = list(control.iter("option"))
            marked = [o for o in options if o.get("selected") is not None]
            if control.get("multiple") is None:
                marked = marked or options[:1]
            values = [o.get("value", text_of(o)) for o in marked]
            chosen.setdefault(name, []).extend(values)
        elif control.tag == "input" and kind in ("checkbox", "radio"):
            if control.get("checked") is not None:
                chosen.setdefault(name, []).append(control.get("value", "on"))
        elif control.tag == "input" and kind not in ("submit", "button", "file", "image"):
            chosen.setdefault(name, []).append(control.get("value", ""))
    for name, values in chosen.items():
        yield name, values[0] if len(values) == 1 else values


def _valid(page: Page) -> Iterator[str]:
    _ = page.tree
    for (line, column), code, values in page._parser.errors:
        if page.is_part and code in ("expected-doctype-but-got-start-tag", "expected-doctype-but"):
            continue
        yield f"invalid HTML at {line}:{column}: {code} {values}"
    ids = Counter(e.get("id") for e in page.tree.iter() if e.get("id"))
    yield from (f"id {name!r} stands {n} times" for name, n in ids.items() if n > 1)
    for element in page.tree.iter():
        for attribute in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "form"):
            for name in (element.get(attribute) or "").split():
                if name not in ids and not page.is_part:
                    yield f"{attribute}={name!r} points at nothing"


def _named(page: Page) -> Iterator[str]:
    if page.is_part:
        return
    headings = [text_of(e) for e in page.all("h1")]
    if len(headings) != 1 or not headings[0]:
        yield f"needs exactly one h1 with words, has {headings}"
    titles = [text_of(e) for e in page.tree.findall("head/title")]
    if len(titles) != 1 or not titles[0].split("·")[0].strip():
        yield f"needs a title that names the page, has {titles}"
    if not page.tree.get("lang"):
        yield "html has no lang"
    if len(page.all("main")) != 1:
        yield f"needs exactly one main, has {len(page.all('main'))}"
    policy = page.response.headers.get("Content-Security-Policy", "")
    if "default-src 'self'" not in policy or "unsafe" in policy:
        yield f"content security policy is {policy!r}"


def _labelled(page: Page) -> Iterator[str]:
    wrapped = {id(e) for label in page.all("label") if text_of(label) for e in label.iter()}
    named = {label.get("for") for label in page.all("label") if text_of(label)}
    for tag in ("input", "select", "textarea"):
        for field in page.all(tag):
            if tag == "input" and field.get("type") in UNLABELLED:
                continue
            spoken = field.get("aria-label") or field.get("aria-labelledby")
            if not spoken and id(field) not in wrapped and field.get("id") not in named:
                yield f"field {field.get('name') or field.get('id')!r} has no label"
    for tag in ("button", "a"):
        for control in page.all(tag):
            if not _spoken(control):
                yield f"{tag} without words: {control.attrib}"
    for image in page.all("img"):
        if image.get("alt") is None:
            yield f"img without alt: {image.get('src')}"


def _spoken(control: Element) -> bool:
    """Say whether a screen reader has something to say."""
    if control.get("aria-hidden") == "true" or control.get("aria-label"):
        return True
    return bool(text_of(control)) or any(
        e.get("alt") or e.get("aria-label") for e in control.iter()
    )


def _forms(page: Page) -> Iterator[str]:
    for form in page.all("form"):
        if form.get("method", "get").lower() != "post":
            continue
        names = {e.get("name") for e in form.iter("input") if e.get("value")}
        action = form.get("action") or page.url
        if "csrfmiddlewaretoken" not in names:
            yield f"form to {action} has no csrf token"
        if "key" not in names and _name_of(urljoin(page.url, action)) not in KEYLESS:
            yield f"form to {action} has no key: write {{% form_key %}}"
        if any(e.get("type") == "file" for e in form.iter("input")) and (
            form.get("enctype") != "multipart/form-data"
        ):
            yield f"form to {action} sends files without enctype multipart/form-data"
    if not page.is_part:
        filled = [e for e in page.tree.iter() if {"btn", "action"} <= _classes(e)]
        if len(filled) > 1:
            yield f"{len(filled)} filled buttons: {[text_of(e) for e in filled]}; one is the action"


def _classes(element: Element) -> set[str]:
    return set((element.get("class") or "").split())


def _name_of(url: str) -> str:
    try:
        return resolve(urlsplit(url).path).view_name
    except Resolver404:
        return ""


def _links(page: Page) -> Iterator[str]:
    ids = {e.get("id") for e in page.tree.iter()}
    for link in page.all("a"):
        target = link.get("href")
        if not target or not target.startswith(OUR_OWN) or target == "#":
            yield f"link {text_of(link)!r} leads to {target!r}"
        elif target.startswith("#") and target[1:] not in ids and not page.is_part:
            yield f"link {text_of(link)!r} leads to {target}, which is not on the page"
    for element in page.tree.iter():
        for attribute in ("src", "action", "srcset"):
            target = element.get(attribute)
            if target is not None and not target.startswith((*OUR_OWN, "blob:")):
                yield f"{element.tag} {attribute} leads to {target!r}"
    for sheet in page.all("link"):
        if not (sheet.get("href") or "").startswith("/"):
            yield f"link element leads to {sheet.get('href')!r}"


def _inline(page: Page) -> Iterator[str]:
    for element in page.tree.iter():
        # A block of JSON is read by a script, not run as one.
        runs = element.tag == "script" and element.get("type") != "application/json"
        if element.tag == "style" or (runs and not element.get("src")):
            yield f"inline {element.tag}"
        for attribute in element.attrib:
            if attribute == "style" or str(attribute).startswith("on"):
                yield f"{element.tag} has {attribute}=, which the policy refuses"


def _readable(page: Page) -> Iterator[str]:
    left = LEFTOVERS.search(page.text)
    if left:
        around = page.text[max(0, left.start() - 20) : left.end() + 20]
        yield f"left over from a template or a value: …{around}…"
