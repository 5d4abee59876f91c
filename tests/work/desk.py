"""At the desk in tests: pages as somebody, buttons outside their forms, what a move leaves."""

from typing import Any

from django.test import Client

from tests.cast import Town
from tests.page import Page, Pages, _filled_in, text_of
from zhicunbao.base.models import AuditEntry
from zhicunbao.casework.models import Case, PublicNotice, Step
from zhicunbao.ledger.models import Transfer
from zhicunbao.work.models import Claim, Task


def at_desk(town: Town, who: str) -> Pages:
    client = Client()
    client.force_login(town.person(who))
    return Pages(client)


def press(page: Page, words: str, **values: Any) -> Page:
    """Press a button that stands outside its form and names it, as those of the fixed bar do."""
    button = next(b for b in page.all("button") if words in text_of(b) and b.get("form"))
    form = page.all("form", id=button.get("form", ""))[0]
    sent = dict(_filled_in(form))
    for control in page.all("input", form=button.get("form", "")):
        sent[control.get("name", "")] = control.get("value", "")
    sent |= {button.get("name", ""): button.get("value", "")} | values
    target = form.get("action") or page.url
    return page.pages.post(target, sent, referer=page.url)


def counted() -> tuple[int, ...]:
    """Count everything that a move leaves behind."""
    models = (Case, Step, Task, Claim, Transfer, PublicNotice, AuditEntry)
    return tuple(model._default_manager.count() for model in models)
