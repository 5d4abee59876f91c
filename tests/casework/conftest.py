"""What the tests of casework's pages share: a browser in which one of the cast is signed in."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.cast import Town
from tests.page import Pages
from tests.work import street
from zhicunbao.casework.models import NoticeEntry


@pytest.fixture
def pages_of(town: Town) -> Callable[[str], Pages]:
    """Open a browser as somebody: ``pages_of("admin")``."""

    def opened(key: str) -> Pages:
        client = Client()
        client.force_login(town.person(key))
        return Pages(client)

    return opened


@pytest.fixture
def entry(town: Town) -> NoticeEntry:
    """A line of a running notice in 东门社区; the purse holds 1,000 points of which 20 are held."""
    street.fund(town, 1_000)
    claim = street.in_notice(town, area=town.red_lane)
    found: NoticeEntry = claim.case.notice_entry
    return found
