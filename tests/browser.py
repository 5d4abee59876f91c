"""A real Chromium for the journeys: found on the machine, kept off the network, and strict about
what a page must never do. What people do in it is said in ``tests/journeys``.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from tests.network import is_local
from zhicunbao.base.models import Person

PHONE = (375, 812)
DESK = (1280, 800)
FLAGS = (
    "--headless",
    "--no-sandbox",  # a container's root has no sandbox to enter
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

MISPLACED = """() => {
  // A phone zooms out until all fits: innerWidth would grow with what sticks out.
  const width = document.documentElement.clientWidth;
  const shown = (el) => {
    const box = el.getBoundingClientRect();
    return box.width > 2 && box.height > 2 && !el.closest('.vh, .skip, [hidden], svg *');
  };
  const said = (el) => `${el.tagName.toLowerCase()} “${(el.innerText || '').trim().slice(0, 20)}”`;
  const isHeld = (el) => {
    for (let at = el; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (['auto', 'scroll'].includes(style.overflowX) || style.textOverflow === 'ellipsis') {
        return true;
      }
    }
    return false;
  };
  const written = (node) => {
    const words = document.createRange();
    words.selectNodeContents(node);
    return words.getBoundingClientRect();
  };
  const isText = (node) => node.nodeType === Node.TEXT_NODE && node.data.trim();
  const found = [...document.querySelectorAll('body *')].filter((el) => {
    const box = el.getBoundingClientRect();
    const ends = [...el.childNodes].filter(isText).map((text) => written(text).right);
    const isOut = Math.max(box.right, ...ends) > width + 1 || box.left < -1;
    return isOut && shown(el) && !isHeld(el);
  }).map((el) => `${said(el)} sticks out of the window`);
  const end = document.querySelector('.nav-bar .end > *');
  const title = document.querySelector('.nav-bar h1');
  if (title && end && shown(end)) {
    const [a, b] = [written(title), end.getBoundingClientRect()];
    if (a.right > b.left && a.bottom > b.top && a.top < b.bottom) {
      found.push(`${said(title)} runs under what stands beside it`);
    }
  }
  return [...new Set(found)];
}"""
"""Run in a page: what is cut off at the window's edge, and a title that has no room."""


def misplaced(page: Page) -> list[str]:
    """Return what does not stand where it can be read, in words; empty when all does."""
    found: list[str] = page.evaluate(MISPLACED)
    return found


class NoBrowserError(RuntimeError):
    """No Chromium on this machine."""


def executable() -> Path:
    """Return the installed Chromium."""
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    raise NoBrowserError("The journeys need Chromium: run `make test`, or install it.")


@dataclass
class Windows:
    """The windows that one test opens. Each is a fresh person: own cookies, own storage.

    Closing fails the test when a page asked another machine for anything, or when the browser
    reported a script error or a breach of the content security policy.
    """

    browser: Browser
    server: str
    faults: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def phone(self, *, scripts: bool = True) -> Page:
        """Open a 375 px wide touch screen."""
        return self._open(PHONE, touch=True, scripts=scripts)

    def desk(self, *, scripts: bool = True) -> Page:
        """Open a 1280 px wide window."""
        return self._open(DESK, touch=False, scripts=scripts)

    def enter(self, page: Page, person: Person, address: str) -> None:
        """Come in as ``person`` and open ``address``; signing in by hand has its own journeys."""
        client = Client()
        client.force_login(person)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self.server}]
        )
        page.goto(address)

    def _open(self, size: tuple[int, int], *, touch: bool, scripts: bool) -> Page:
        context = self.browser.new_context(
            base_url=self.server,
            viewport={"width": size[0], "height": size[1]},
            is_mobile=touch,
            has_touch=touch,
            java_script_enabled=scripts,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )
        context.set_default_timeout(10_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("request", self._watch_request)
        page.on("console", self._watch_console)
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        return page

    def _watch_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https") and not is_local(parts.hostname):
            self.faults.append(f"asked another machine: {request.url}")

    def _watch_console(self, message: ConsoleMessage) -> None:
        # A refused form answers 4xx on purpose, which the browser reports as a failed resource.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"console: {message.text}")

    def close(self) -> None:
        """Close every window and raise what they did wrong."""
        for context in self.contexts:
            context.close()
        if self.faults:
            raise AssertionError("\n".join(self.faults))
