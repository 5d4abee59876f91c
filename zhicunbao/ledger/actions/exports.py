"""Taking the ledger of a place out as a file: recorded, for a file goes where access does not."""

from zhicunbao.base import access, audit
from zhicunbao.base.access import Actor
from zhicunbao.base.idempotency import once
from zhicunbao.base.models import Area, AuditEntry

VIEW = "ledger.view"


def record_export(
    actor: Actor, *, area: Area, narrowed: str, row_count: int, in_full: bool, key: str
) -> AuditEntry:
    """Record that ``actor`` takes rows of the ledger of ``area`` out; the entry's number stands on
    the file. Needs ``ledger.view`` there.

    ``narrowed`` says which rows, ``in_full`` whether names stand in it whole.
    """
    access.require(actor, VIEW, area)

    def do() -> AuditEntry:
        detail = {"narrowed": narrowed, "rows": row_count, "full_names": in_full}
        return audit.record(actor, "ledger.exported", area, detail=detail)

    asked = [area.pk, narrowed, row_count, in_full]
    return once(actor, key=key, action="ledger.record_export", request=asked, do=do)
