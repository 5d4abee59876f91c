"""What the tests of the base floor share: the town of ``tests.cast`` and doors into it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.cast import Town
from tests.page import Pages


@pytest.fixture
def pages_of(town: Town) -> Callable[[str], Pages]:
    """Open a browser in which a member of the cast is signed in: ``pages_of("admin")``."""

    def opened(key: str) -> Pages:
        client = Client()
        client.force_login(town.person(key))
        return Pages(client)

    return opened


@pytest.fixture
def uploads(settings: Settings, tmp_path: Path) -> Path:
    """An empty folder for what this test uploads."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path
