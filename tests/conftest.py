"""What every test can ask for: a guarded network, the database chosen in ``tests.settings``,
and a real Chromium. The cast and the builders of things live in ``tests/cast.py``.
"""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, sync_playwright
from pytest_django.fixtures import Settings

from tests import browser as chromium
from tests import cast, network

ONLY_THERE = ("race", "postgres")
FOLDERS = count()
network.guard()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to PostgreSQL what is of it alone, races above all: SQLite serialises writers and would
    pass a broken one.
    """
    if settings.DATABASES["default"]["ENGINE"] != "tests.sqlite3":
        return
    elsewhere = {item for item in items for name in ONLY_THERE if item.get_closest_marker(name)}
    if elsewhere:
        config.hook.pytest_deselected(items=list(elsewhere))
        items[:] = [item for item in items if item not in elsewhere]


@pytest.fixture(autouse=True)
def ledger_folder(settings: Settings) -> Path:
    """A folder of its own for each test's seals: they outlive the rows that are rolled back."""
    folder = Path(settings.MEDIA_ROOT).parent / f"ledger-{next(FOLDERS)}"
    settings.ZHICUNBAO_LEDGER_FOLDER = folder
    settings.ZHICUNBAO_LEDGER_KEY = folder.with_suffix(".pem")
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run; each test opens its own windows in it."""
    # Playwright keeps an event loop in this thread, which Django takes for an async context.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium.executable(), args=list(chromium.FLAGS)
        )
        yield running
        running.close()


@pytest.fixture
def windows(browser: Browser, live_server: object) -> Iterator[chromium.Windows]:
    """Open windows on the live server: ``windows.phone()``, ``windows.desk()``."""
    opened = chromium.Windows(browser, str(live_server))
    yield opened
    opened.close()


@pytest.fixture
def town(db: None) -> cast.Town:
    """Two communities, a village, and people in every role."""
    return cast.build()
