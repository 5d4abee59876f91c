"""The audit trail: one function writes it, one seals it into a chain, one verifies it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from itertools import takewhile
from typing import Final

from django.db import IntegrityError, models, transaction
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
    ``detail["is_confidential"]`` keeps who it was off the page (an objector); the entry knows.
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


def seal(now: datetime) -> int:
    """Bind settled entries to the chain; return how many. Called by the clock, safe to repeat.

    Of workers who seal at once one wins, the first time too: all of them begin at the same entry,
    and no two seals may. The others return 0 and go on from there at their next turn.
    """
    last = AuditSeal.objects.order_by("-last_entry").first()
    settled = (
        AuditEntry.objects.filter(pk__gt=last.last_entry if last else 0)
        .order_by("pk")
        .values_list("pk", "digest", "at")[:SEAL_SIZE]
    )
    # Up to the first one that is not settled, which may have a smaller number than one that is.
    waiting = [
        (pk, digest)
        for pk, digest, _ in takewhile(lambda row: row[2] < now - SETTLED_AFTER, settled)
    ]
    if not waiting:
        return 0
    try:
        with transaction.atomic():
            AuditSeal.objects.create(
                first_entry=waiting[0][0],
                last_entry=waiting[-1][0],
                entry_count=len(waiting),
                chain=digests.chain(last.chain if last else digests.GENESIS, waiting),
                sealed_at=now,
            )
    except IntegrityError:
        return 0
    return len(waiting)


def problems(*, newest: int | None = None) -> list[str]:
    """Return what is wrong with the trail, in words; an empty list is a proof that it is whole.

    ``newest`` looks at about so many of the latest entries and takes the seal before them as given:
    for a page, which must not take minutes. In two queries, whatever the length.
    """
    trusted = _seal_before(newest) if newest is not None else None
    after, chain = (trusted.last_entry, trusted.chain) if trusted else (0, digests.GENESIS)
    found: list[str] = []
    seals = AuditSeal.objects.filter(first_entry__gt=after).order_by("pk").iterator()
    link, rows = next(seals, None), list[tuple[int, str]]()

    for entry in AuditEntry.objects.filter(pk__gt=after).order_by("pk").iterator():
        if entry.computed_digest() != entry.digest:
            found.append(f"审计第 {entry.pk} 条的内容与它的摘要不符")
        while link is not None and entry.pk > link.last_entry:
            found += _broken(link, chain, rows)
            chain, link, rows = link.chain, next(seals, None), []
        if link is not None and entry.pk >= link.first_entry:
            rows.append((entry.pk, entry.digest))
        elif link is not None:
            found.append(f"审计第 {entry.pk} 条夹在两段封存之间，是后来插进去的")
    while link is not None:
        found += _broken(link, chain, rows)
        chain, link, rows = link.chain, next(seals, None), []
    return found


def _broken(seal: AuditSeal, chain: str, rows: list[tuple[int, str]]) -> list[str]:
    if digests.chain(chain, rows) == seal.chain and len(rows) == seal.entry_count:
        return []
    return [f"审计第 {seal.first_entry} 至 {seal.last_entry} 条与封存的链不符"]


def _seal_before(newest: int) -> AuditSeal | None:
    last = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return AuditSeal.objects.filter(last_entry__lte=last - newest).order_by("-pk").first()
