"""A phone in the hand of a member of the cast, and what to read from the pages of work on it."""

from django.test import Client

from tests.cast import Town
from tests.page import Page, Pages


def opened(town: Town, key: str) -> Pages:
    """Return the browser of a member of the cast."""
    client = Client()
    client.force_login(town.person(key))
    return Pages(client)


def titles(page: Page) -> list[str]:
    """Return the names of the rows of a list."""
    return ["".join(link.itertext()) for link in page.all("a", class_="row-link")]


def filled_buttons(page: Page) -> list[str]:
    """Return the words of the one green button."""
    return [
        "".join(e.itertext()).strip()
        for tag in ("a", "button")
        for e in page.all(tag)
        if {"btn", "action"} <= set((e.get("class") or "").split())
    ]
