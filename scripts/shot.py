"""Pictures every page of the demo, on a phone and at a desk, into var/shots, for people to look at.

It signs in as one member of the cast after the other and follows every link once, so that a new
page needs no line here: a page that cannot be reached by links is not pictured, and is a fault of
the pages. It judges nothing but what the browser itself reports.
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

import django
from django.urls import Resolver404, resolve
from playwright.sync_api import Page, sync_playwright

from tests import browser as chromium

ROOT = Path(__file__).resolve().parents[1]
SHOTS = ROOT / "var" / "shots"
STREET = ROOT / "var" / "shot-street"
"""A demo street of its own, kept from run to run; remove it to live the month anew."""
START_SECONDS_MAX = 120
TAKERS_MAX = 2
"""One page as this many members of the cast: the same address can look different by role."""


def main() -> int:
    """Serve the demo, walk it, say how many pictures there are; 1 when the browser complained."""
    os.environ |= {"ZHICUNBAO_DEMO": "1", "ZHICUNBAO_VAR": str(STREET)}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhicunbao.config.settings")
    django.setup()
    shutil.rmtree(SHOTS, ignore_errors=True)
    SHOTS.mkdir(parents=True)
    port = _free_port()
    server = subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--port", str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait(f"http://127.0.0.1:{port}/healthz", server)
        faults = _picture(f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait()
    print(f"{len(list(SHOTS.iterdir()))} pictures in {SHOTS.relative_to(ROOT)}")
    print("\n".join(faults))
    return 1 if faults else 0


def _picture(address: str) -> list[str]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium.executable(), args=list(chromium.FLAGS)
        )
        windows = chromium.Windows(running, address)
        for open_window in (windows.phone, windows.desk):
            walk = Walk()
            walk.around(open_window(), "nobody")
            for number, role in enumerate(_cast(open_window())):
                page = open_window()
                page.goto("/sign-in/")
                page.locator("section[aria-labelledby^=cast-]").nth(number).locator(
                    "form button"
                ).first.click()
                page.wait_for_load_state()
                walk.around(page, role)
        try:
            windows.close()
        except AssertionError as found:
            return sorted(set(str(found).splitlines()))
    return []


def _cast(page: Page) -> list[str]:
    """Return the roles that the demo's door offers, in its order."""
    page.goto("/sign-in/")
    groups = page.locator("section[aria-labelledby^=cast-]").all()
    return [(g.get_attribute("aria-labelledby") or "").removeprefix("cast-") for g in groups]


@dataclass
class Walk:
    """A walk through all pages in windows of one width."""

    taken: Counter[str] = field(default_factory=Counter)

    def around(self, page: Page, who: str) -> None:
        """Follow every link once from the first page, and picture what was not pictured enough."""
        waiting, seen = deque(["/", "/about/", "/look/", "/sign-in/"]), set[str]()
        while waiting:
            url = waiting.popleft()
            name = _name_of(url)
            if not name or name in seen:
                continue
            seen.add(name)
            answer = page.goto(url)
            if answer is None or "text/html" not in answer.headers.get("content-type", ""):
                continue
            if answer.status >= 500:
                print(f"{answer.status} {url} as {who}")
            shown = _name_of(page.url) or name
            if self.taken[shown] < TAKERS_MAX:
                self.taken[shown] += 1
                self._take(page, shown, who)
            waiting.extend(_links(page))

    def _take(self, page: Page, name: str, who: str) -> None:
        width = page.viewport_size["width"] if page.viewport_size else 0
        file = f"{name.replace(':', '-')}-{who}-{width}.png"
        page.screenshot(path=SHOTS / file, full_page=True)


def _links(page: Page) -> Iterator[str]:
    for link in page.locator("a[href^='/']").all():
        yield link.get_attribute("href") or ""


def _name_of(url: str) -> str:
    """Return the name of the page at this address; a file is no page."""
    try:
        name = resolve(urlsplit(url).path).view_name
    except Resolver404:
        return ""
    return "" if re.search(r"file|favicon|robots|healthz", name) else name


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
                raise SystemExit("the demo did not start") from None
            time.sleep(0.2)
        else:
            return


if __name__ == "__main__":
    sys.exit(main())
