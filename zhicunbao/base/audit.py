"""The audit trail: one function writes it, one seals it into a chain, one verifies it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from django.db import models, transaction
from django.utils.module_loading import import_string

from zhicunbao.base import feature
from zhicunbao.base.access import Actor
from zhicunbao.base.models import AuditEntry, AuditSeal
from zhicunbao.kernel import clock, digests

SETTLED_AFTER: Final = timedelta(seconds=60)
"""An entry is sealed when it is this old: longer than any transaction may take, so no entry with a
smaller number can still appear behind the seal."""
SEAL_SIZE: Final = 5_000
ABOUT_MAX: Final = 80


def record(
    actor: Actor,
    verb: str,
    subject: models.Model,
    *,
    area_prefix: str = "",
    detail: Mapping[str, object] | None = None,
) -> AuditEntry:
    """Write who did what to ``subject``, in the caller's transaction. Unknown verbs raise.

    ``detail["about"]`` is how people called the subject then; left out, it is ``str(subject)``.
    """
    if verb not in feature.all_audit_verbs():
        raise ValueError(f"audit verb {verb} is not announced by any feature")
    entry = AuditEntry(
        at=clock.now(),
        person_id=actor.person_id,
        actor_name=actor.name,
        door=actor.door,
        verb=verb,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        area_prefix=area_prefix or str(getattr(subject, "area_prefix", "")),
        detail={"about": str(subject)[:ABOUT_MAX], **(detail or {})},
    )
    entry.digest = entry.computed_digest()
    entry.save(force_insert=True)
    return entry


def what_was_done(entry: AuditEntry) -> str:
    """Return the entry's verb as people read it; for a step of a flow, the step's own name."""
    step = (str(entry.detail.get("flow", "")), str(entry.detail.get("verb", "")))
    return _step_labels().get(step) or feature.all_audit_verbs().get(entry.verb, entry.verb)


@cache
def _step_labels() -> dict[tuple[str, str], str]:
    labels: dict[tuple[str, str], str] = {}
    for config in feature.all_features():
        for flow in map(import_string, config.flows):
            labels |= {(flow.name, verb): label for verb, label in flow.start_labels.items()}
            labels |= {(flow.name, t.verb): t.label for t in flow.transitions}
    return labels


@transaction.atomic
def seal(now: datetime) -> int:
    """Bind settled entries to the chain; return how many. Called by the clock, safe to repeat."""
    last = AuditSeal.objects.select_for_update().order_by("-pk").first()
    waiting = list(
        AuditEntry.objects.filter(pk__gt=last.last_entry if last else 0, at__lt=now - SETTLED_AFTER)
        .order_by("pk")
        .values_list("pk", "digest")[:SEAL_SIZE]
    )
    if not waiting:
        return 0
    AuditSeal.objects.create(
        first_entry=waiting[0][0],
        last_entry=waiting[-1][0],
        entry_count=len(waiting),
        chain=digests.chain(last.chain if last else digests.GENESIS, waiting),
        sealed_at=now,
    )
    return len(waiting)


def problems() -> list[str]:
    """Return what is wrong with the trail, in words; an empty list is a proof that it is whole."""
    found = [
        f"审计第 {entry.pk} 条的内容与它的摘要不符"
        for entry in AuditEntry.objects.order_by("pk").iterator()
        if entry.computed_digest() != entry.digest
    ]
    chain = digests.GENESIS
    for link in AuditSeal.objects.order_by("pk").iterator():
        rows = list(
            AuditEntry.objects.filter(pk__gte=link.first_entry, pk__lte=link.last_entry)
            .order_by("pk")
            .values_list("pk", "digest")
        )
        chain = digests.chain(chain, rows)
        if chain != link.chain or len(rows) != link.entry_count:
            found.append(f"审计第 {link.first_entry} 至 {link.last_entry} 条与封存的链不符")
            chain = link.chain
    return found
