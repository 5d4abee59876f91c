"""The clock's turn: what is due is done, who is late is reminded. Safe to run at any moment, twice,
or in two places at once.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db.models import CharField, Exists, F, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils.module_loading import import_string

from zhicunbao.base import feature, outbox
from zhicunbao.base.access import SYSTEM
from zhicunbao.base.models import OutboxMessage
from zhicunbao.casework.actions.moves import perform
from zhicunbao.casework.models import Case
from zhicunbao.casework.queries import flows
from zhicunbao.kernel import clock
from zhicunbao.kernel.flow import CLAIMANT
from zhicunbao.kernel.refusals import Refusal

logger = logging.getLogger(__name__)
AT_ONCE: Final = 2_000
"""Cases moved by one tick and transition: bounded memory; the next tick goes on."""
REMIND_BEFORE: Final = timedelta(hours=24)


def tick(now: datetime) -> dict[str, int]:
    """Do all that is due at ``now``; return how many of each. Only the clock calls it."""
    done: dict[str, int] = {}
    with clock.at(now):
        for config in feature.all_features():
            for name in config.ticks:
                try:
                    done[name.rpartition(".")[2]] = import_string(name)(now)
                except Exception:
                    logger.exception("%s failed; the rest of the clock goes on", name)
        for flow in flows().values():
            for t in flow.transitions:
                if t.on_time:
                    name = f"{flow.name}.{t.verb}"
                    done[name] = done.get(name, 0) + _on_time(flow.name, t.source, t.verb, now)
        done["reminders"] = _remind(now)
    return done


def _on_time(flow: str, state: str, verb: str, now: datetime) -> int:
    due = Case.objects.filter(flow=flow, state=state, due_at__lte=now).order_by("due_at", "pk")
    moved = 0
    for case in due[:AT_ONCE]:
        try:
            perform(SYSTEM, case, verb, key=f"tick:{case.pk}:{case.version}:{verb}")
        except Refusal:
            continue  # moved by somebody in this very moment, or not yet possible
        except Exception:
            # One broken case must not keep every other from its due step.
            logger.exception("case %s: %s failed", case.pk, verb)
            continue
        moved += 1
    return moved


def _remind(now: datetime) -> int:
    """Tell owners, once for each state, that a step of theirs is due within a day."""
    reminded = 0
    told = OutboxMessage.objects.filter(
        person=OuterRef("owner"),
        key=Concat(
            Value("remind:"),
            Cast(OuterRef("pk"), CharField()),
            Value(":"),
            Cast(OuterRef("version"), CharField()),
        ),
    )
    for flow in flows().values():
        states = {t.source for t in flow.transitions if t.by == CLAIMANT and not t.side}
        waiting = Case.objects.filter(
            ~Exists(told),
            flow=flow.name,
            state__in=states,
            due_at__gt=now,
            due_at__lte=now + REMIND_BEFORE,
            moved_at__lt=F("due_at") - REMIND_BEFORE,
            owner__isnull=False,
        ).order_by("due_at", "pk")
        for case in waiting[:AT_ONCE]:
            outbox.tell(
                [case.owner_id] if case.owner_id else [],
                key=f"remind:{case.pk}:{case.version}",
                title=case.subject,
                text="一天内到期，请及时提交；来不及的可以放弃，名额会让给别人。",
                url=f"/cases/{case.pk}/",
            )
            reminded += 1
    return reminded
