"""Pictures every page of the demo, on a phone and at a desk, into var/shots, for people to look at.

It signs in as one member of the cast after the other and follows every link once, so that a new
page needs no line here: a page that cannot be reached by links is not pictured, and is a fault of
the pages. It judges nothing but what the browser itself reports and what is cut off at an edge.

``python -m scripts.shot elder`` (or ``dark``) pictures them in that look; ``make shot LOOK=elder``.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from django.urls import Resolver404, resolve
from playwright.sync_api import Error, Page, Response, sync_playwright

from tests import browser as chromium
from tests import doors

ROOT = Path(__file__).resolve().parents[1]
SHOTS = ROOT / "var" / "shots"
LOG = ROOT / "var" / "shot.log"
STREET = ROOT / "var" / "shot-street"
"""A demo street of its own, kept from run to run; remove it to live the month anew."""
START_SECONDS_MAX = 180
TAKERS_MAX = 2
"""One page as this many members of the cast: the same address can look different by role."""
NO_PAGE = r"file|favicon|robots|healthz|workbook|^openapi:"
VISITS_MAX = 2
"""Beyond this many visits by members of one group a page leads nowhere new."""
FIRST = ("/", "/about/", "/look/", "/sign-in/", "/search/?q=消防")
"""Where a walk begins, and what is reached by a form and not by a link."""
LOOKS = {"": ("light", False), "dark": ("dark", False), "elder": ("light", True)}
"""A look by name: its theme, and whether it is the elder's size."""
NOT_OURS = ("ZHICUNBAO_", "DATABASE_", "DJANGO_")
"""Variables that this process was set up with and the demo must not see."""


def main(look: str = "") -> int:
    """Serve the demo, walk it, say how many pictures there are; 1 when something is wrong."""
    if look not in LOOKS:
        raise SystemExit(f"choose one of: {', '.join(filter(None, LOOKS))}")
    shutil.rmtree(SHOTS, ignore_errors=True)
    SHOTS.mkdir(parents=True)
    port = _free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)}
    with LOG.open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--port", str(port)],
            cwd=ROOT,
            env=kept | {"ZHICUNBAO_DEMO": "1", "ZHICUNBAO_VAR": str(STREET)},
            stdout=log,
            stderr=log,
        )
    try:
        _wait(f"http://127.0.0.1:{port}/healthz", server)
        faults = _picture(f"http://127.0.0.1:{port}", look)
    finally:
        server.terminate()
        server.wait()
    print(f"{len(list(SHOTS.iterdir()))} pictures in {SHOTS.relative_to(ROOT)}")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def _picture(address: str, look: str) -> list[str]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium.executable(), args=list(chromium.FLAGS)
        )
        windows = chromium.Windows(running, address)
        pictured, found = set[str](), list[str]()
        for open_window in (windows.phone, windows.desk):
            walk = Walk(look)
            walk.around(open_window(), "nobody")
            for who in _cast(open_window()):
                page = open_window()
                page.goto("/sign-in/")
                page.locator(".cast-list form button").nth(who.place).click()
                page.wait_for_load_state()
                _put_on(page, look)
                walk.around(page, who.name)
                page.context.close()
            pictured |= set(walk.taken)
            found += walk.misplaced
        for name in sorted(_pages() - pictured):
            print(f"no link of the demo leads to {name}")
        try:
            windows.close()
        except AssertionError as complaints:
            found += str(complaints).splitlines()
    return sorted(set(found))


def _put_on(page: Page, look: str) -> None:
    """Choose the look on the person's own page, as they would; it stays chosen."""
    theme, is_elder = LOOKS[look]
    page.goto("/me/")
    elder = page.locator("form[data-look] input[name=elder]")
    if elder.is_checked() != is_elder:
        with page.expect_navigation():
            elder.click()
    chosen = page.locator(f"form[data-look] input[value={theme}]")
    if not chosen.is_checked():
        with page.expect_navigation():
            chosen.check(force=True)


def _pages() -> set[str]:
    """Return the pages that somebody can open, from the tables of doors."""
    rows = [door for table in doors.tables() for door in table.doors]
    return {door.name for door in rows if door.method == "get" and door.opens and _is_page(door)}


def _is_page(door: doors.Door) -> bool:
    return re.search(NO_PAGE, door.name) is None


@dataclass(frozen=True)
class Member:
    """One of the cast: the place at the demo's door, and a name for files."""

    place: int
    name: str


def _cast(page: Page) -> list[Member]:
    """Return those whom the demo's door offers, named after their group."""
    page.goto("/sign-in/")
    group = "button => button.closest('section').getAttribute('aria-labelledby')"
    buttons = page.locator(".cast-list form button").all()
    return [
        Member(place, f"{str(button.evaluate(group)).removeprefix('cast-')}{place + 1}")
        for place, button in enumerate(buttons)
    ]


@dataclass
class Walk:
    """A walk through all pages in windows of one width."""

    look: str
    misplaced: list[str] = field(default_factory=list)
    visits: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)

    def around(self, page: Page, who: str) -> None:
        """Follow every link once from the first page, and picture what was not pictured enough."""
        waiting, seen = deque(FIRST), set[str]()
        while waiting:
            url = waiting.popleft()
            name = _name_of(url)
            visit = f"{who.rstrip('0123456789')} {name}"
            if not name or name in seen or (url != "/" and self.visits[visit] >= VISITS_MAX):
                continue
            seen.add(name)
            self.visits[visit] += 1
            answer = _open(page, url)
            if answer is None or "text/html" not in answer.headers.get("content-type", ""):
                continue
            if answer.status >= 400:
                print(f"{answer.status} at {url} as {who}")
            shown = _name_of(page.url) or name
            # Everybody's own first page, and enough of the others.
            if url == "/" or self.taken[shown] < TAKERS_MAX:
                self.taken[shown] += 1
                self._take(page, shown, who)
            waiting.extend(_links(page))

    def _take(self, page: Page, name: str, who: str) -> None:
        width = page.viewport_size["width"] if page.viewport_size else 0
        look = f"-{self.look}" if self.look else ""
        file = f"{name.replace(':', '-')}-{who}-{width}{look}.png"
        page.screenshot(path=SHOTS / file, full_page=True)
        self.misplaced += [f"{file}: {fault}" for fault in chromium.misplaced(page)]


def _open(page: Page, url: str) -> Response | None:
    """Return the answer, or None for a file, which Chromium keeps and does not show."""
    for is_last in (False, True):
        try:
            return page.goto(url)
        except Error as error:
            if "Download is starting" in error.message:
                return None
            # A busy machine's Chromium drops a navigation now and then.
            if is_last or "ERR_ABORTED" not in error.message:
                raise
    return None


def _links(page: Page) -> Iterator[str]:
    addresses: list[str] = page.evaluate(
        "[...document.querySelectorAll('a[href^=\"/\"]')].map(a => a.getAttribute('href'))"
    )
    yield from addresses


def _name_of(url: str) -> str:
    """Return the name of the page at this address; a file is no page."""
    try:
        name = resolve(urlsplit(url).path).view_name
    except Resolver404:
        return ""
    return "" if re.search(NO_PAGE, name) else name


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            urlopen(address).close()  # noqa: S310 -- our own server on the loopback
        except URLError:
            if server.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"the demo did not start: {LOG.relative_to(ROOT)}") from None
            time.sleep(0.2)
        else:
            return


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
