"""The audit trail: one function writes it, one seals it into a chain, one verifies it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import chain, takewhile
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


def problems() -> list[str]:
    """Return what is wrong with the trail, in words; an empty list is a proof that it is whole.

    Reads every entry, in two queries: for the command line, not for a page.
    """
    changed: list[str] = []
    rows = _recomputed(AuditEntry.objects.order_by("pk").iterator(), changed)
    seals = AuditSeal.objects.order_by("last_entry").iterator()
    broken = list(_broken_links(rows, seals, digests.GENESIS))
    return changed + broken


@dataclass(frozen=True)
class Check:
    """What a look at the newest entries covered, and what it found."""

    problems: list[str]
    entries: list[AuditEntry]
    """Those whose content was held against their digests, in order."""
    is_all: bool
    """Whether there are no earlier entries."""
    seals: list[AuditSeal]
    """Those whose chain was recomputed; the one before them was taken as given."""

    @property
    def unsealed(self) -> list[AuditEntry]:
        """The entries that no seal binds yet."""
        return [e for e in self.entries if not self.seals or e.pk > self.seals[-1].last_entry]


def check_newest(count: int) -> Check:
    """Hold the newest ``count`` entries against their digests, and the seals around them (or the
    last seal, when all of them are newer) against the chain.

    However long the trail, it reads at most ``count`` entries, and of as many as one seal binds
    only number and digest: for a page, on which somebody waits.
    """
    newest = list(AuditEntry.objects.order_by("-pk")[: count + 1])
    entries = newest[:count][::-1]
    seals = _seals_around(entries)
    before = (
        AuditSeal.objects.filter(last_entry__lt=seals[0].last_entry).order_by("-last_entry").first()
        if seals
        else None
    )
    older = AuditEntry.objects.filter(
        pk__gt=before.last_entry if before else 0,
        pk__lte=seals[0].last_entry if seals else 0,
    )
    if entries:
        older = older.filter(pk__lt=entries[0].pk)

    changed: list[str] = []
    rows = chain(older.order_by("pk").values_list("pk", "digest"), _recomputed(entries, changed))
    broken = list(_broken_links(rows, iter(seals), before.chain if before else digests.GENESIS))
    return Check(changed + broken, entries, len(newest) <= count and before is None, seals)


def _seals_around(entries: Sequence[AuditEntry]) -> list[AuditSeal]:
    last = AuditSeal.objects.order_by("-last_entry").first()
    if last is None:
        return []
    oldest = entries[0].pk if entries else last.last_entry
    around = AuditSeal.objects.filter(last_entry__gte=min(oldest, last.last_entry))
    return list(around.order_by("last_entry"))


def _recomputed(entries: Iterable[AuditEntry], changed: list[str]) -> Iterator[tuple[int, str]]:
    """Pass on number and digest of each entry, and note those with another content."""
    for entry in entries:
        if entry.computed_digest() != entry.digest:
            changed.append(f"审计第 {entry.pk} 条的内容与它的摘要不符")
        yield entry.pk, entry.digest


def _broken_links(
    rows: Iterable[tuple[int, str]], seals: Iterator[AuditSeal], head: str
) -> Iterator[str]:
    link, held = next(seals, None), list[tuple[int, str]]()
    for number, digest in rows:
        while link is not None and number > link.last_entry:
            yield from _broken(link, head, held)
            head, link, held = link.chain, next(seals, None), []
        if link is not None and number >= link.first_entry:
            held.append((number, digest))
        elif link is not None:
            yield f"审计第 {number} 条夹在两段封存之间，是后来插进去的"
    while link is not None:
        yield from _broken(link, head, held)
        head, link, held = link.chain, next(seals, None), []


def _broken(seal: AuditSeal, head: str, rows: list[tuple[int, str]]) -> list[str]:
    if digests.chain(head, rows) == seal.chain and len(rows) == seal.entry_count:
        return []
    return [f"审计第 {seal.first_entry} 至 {seal.last_entry} 条与封存的链不符"]
