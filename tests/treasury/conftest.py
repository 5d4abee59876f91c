"""What the tests of treasury's pages share: a browser in which one of the cast is signed in."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.cast import Town
from tests.page import Pages


@pytest.fixture
def pages_of(town: Town) -> Callable[[str], Pages]:
    """Open a browser as somebody: ``pages_of("admin")``."""

    def opened(key: str) -> Pages:
        client = Client()
        client.force_login(town.person(key))
        return Pages(client)

    return opened
