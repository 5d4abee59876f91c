"""The whole state of the ledger, and the proof that a refusal left it as it was."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db.models import Model

from zhicunbao.base.models import AuditEntry
from zhicunbao.kernel.refusals import Refusal
from zhicunbao.ledger.models import Account, Purse, Transfer

TABLES: tuple[type[Model], ...] = (Account, Transfer, Purse, AuditEntry)


def books() -> list[list[object]]:
    """Return every row that an action of the ledger could change."""
    return [list(table._default_manager.order_by("pk").values()) for table in TABLES]


@contextmanager
def refused(
    kind: type[Refusal], code: str, says: str = "。$"
) -> Iterator[pytest.ExceptionInfo[Refusal]]:
    """Expect a refusal that says ``says`` (a full sentence at least) and changed nothing."""
    before = books()
    with pytest.raises(kind, match=says) as caught:
        yield caught
    assert caught.value.code == code
    assert books() == before
