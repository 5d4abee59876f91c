"""The audit trail as sentences, filtered; and, on request, the proof that it is whole."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from zhicunbao.base import access, audit, feature, queries
from zhicunbao.base.http import Request, signed_in
from zhicunbao.base.models import AuditEntry
from zhicunbao.kernel import clock

RIGHT: Final = "base.view_audit"
PAGE_SIZE: Final = 50
LISTED_MAX: Final = 2_000
"""Beyond this a reader narrows the list first."""
CHECKED_COUNT: Final = 1_000
"""What a page can look at while somebody waits; ``manage.py verify`` looks at everything."""
SEALED_WITHIN: Final = timedelta(minutes=10)
"""Entries that have waited longer for their seal say that the worker does not run."""
DOORS: Final = {"page": "网页", "json": "接口", "wechat": "小程序", "clock": "定时"}


@dataclass(frozen=True)
class Line:
    """One entry as people read it."""

    entry: AuditEntry
    who: str
    what: str
    about: str
    door: str


@require_safe
@signed_in
def audit_list(request: Request) -> HttpResponse:
    """List who did what, newest first, within the reader's places."""
    access.require(request.actor, RIGHT)
    verbs = feature.all_audit_verbs()
    asked = queries.AuditQuestion(
        verb=request.GET.get("verb", "") if request.GET.get("verb") in verbs else "",
        who=request.GET.get("who", "").strip(),
        about=request.GET.get("about", "").strip(),
        since=_day(request.GET.get("since", "")),
        until=_day(request.GET.get("until", "")),
    )
    numbers = queries.audit_numbers(request.actor, asked, count_max=LISTED_MAX + 1)
    page = Paginator(numbers[:LISTED_MAX], PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "base/audit.html",
        {
            "asked": asked,
            "is_filtered": asked != queries.AuditQuestion(),
            "verbs": sorted(verbs.items(), key=lambda item: item[0]),
            "page": page,
            "is_cut": len(numbers) > LISTED_MAX,
            "lines": list(_lines(queries.audit_entries(request.actor, list(page.object_list)))),
        },
    )


@require_safe
@signed_in
def audit_check(request: Request) -> HttpResponse:
    """Recompute digests and chain of the newest entries, and say whether they are whole and which
    they were.
    """
    access.require(request.actor, RIGHT)
    now, check = clock.now(), audit.check_newest(CHECKED_COUNT)
    context = {
        "check": check,
        "is_sealing_late": any(entry.at < now - SEALED_WITHIN for entry in check.unsealed),
        "checked_at": now,
    }
    return render(request, "base/audit_check.html", context)


def _lines(entries: Iterable[AuditEntry]) -> Iterator[Line]:
    for entry in entries:
        about = entry.about if entry.about != entry.actor_name else ""
        who = "不公开" if entry.detail.get("is_confidential") else entry.actor_name
        yield Line(entry, who, audit.what_was_done(entry), about, DOORS.get(entry.door, entry.door))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


urlpatterns = [
    path("audit/", audit_list, name="audit"),
    path("audit/check/", audit_check, name="audit_check"),
]
