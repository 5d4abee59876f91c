"""Publishing work: drafts, and putting them out."""

from django.db import transaction

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.idempotency import once
from zhicunbao.base.models import Area
from zhicunbao.casework.actions import open_case, perform
from zhicunbao.casework.models import Case
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict
from zhicunbao.work.models import Task
from zhicunbao.work.rules import Publication, audience_of, effort


def publish_task(
    actor: Actor, content: Publication, *, area: Area, key: str, draft: Task | None = None
) -> Task:
    """Put a task out in ``area``, fresh or from ``draft``. Needs ``work.publish`` there.

    Opens the task's case as published; it closes by itself at its due time. Refuses an incomplete
    publication, naming each field.
    """
    access.require(actor, "work.publish", area)
    content.check(clock.now())
    if draft is not None:
        with transaction.atomic():  # words that cannot be published do not replace the draft's
            _rewrite(actor, draft, content, area, key=f"{key}:content")
            perform(actor, draft.case, "publish", key=key, data={"content": content.plain()})
        draft.refresh_from_db()
        return draft

    request = [content.plain(), area.pk]
    return once(
        actor,
        key=key,
        action="work.publish",
        request=request,
        do=lambda: _create(actor, content, area, verb="publish"),
    )


def save_draft(
    actor: Actor, content: Publication, *, area: Area, key: str, draft: Task | None = None
) -> Task:
    """Keep a publication for later, with whatever is still missing. Needs ``work.publish`` in
    ``area``; drafts are seen by staff alone. Refuses what no task can be.
    """
    access.require(actor, "work.publish", area)
    content.check_draft()
    if draft is not None:
        return _rewrite(actor, draft, content, area, key=key)
    return once(
        actor,
        key=key,
        action="work.draft",
        request=[content.plain(), area.pk],
        do=lambda: _create(actor, content, area, verb="draft"),
    )


def _columns(content: Publication, area: Area) -> dict[str, object]:
    asked = effort(
        content.version,
        photos_min=content.photos_min,
        fields=content.fields,
        position=content.wants_position,
    )
    return {
        "version": content.version,
        "title": content.title.strip()[:40],
        "text": content.text.strip()[:300],
        "level": content.level,
        "points": content.version.points(content.level),
        "area": area,
        "area_prefix": area.prefix,
        "audience_prefix": audience_of(area.prefix),
        "place": content.place.strip()[:40],
        "slots": content.slots,
        "way": content.way,
        "opens_at": content.opens_at,
        "closes_at": content.closes_at,
        "due_at": content.due_at,
        "photos_min": content.photos_min,
        "photo_labels": list(content.photo_labels),
        "wants_position": content.wants_position,
        "fields": list(content.fields),
        "minutes": asked.minutes,
    }


def _subject(content: Publication) -> str:
    return content.title.strip()[:80] or "未命名的任务"


def _create(actor: Actor, content: Publication, area: Area, *, verb: str) -> Task:
    case = open_case(
        actor,
        flow="work.task",
        verb=verb,
        subject=_subject(content),
        area=area,
        due_at=content.due_at if verb == "publish" else None,
        detail={"content": content.plain()},
    )
    if actor.person_id is None:
        raise ValueError("a task is published by a person")
    return Task.objects.create(case=case, publisher_id=actor.person_id, **_columns(content, area))


def _rewrite(actor: Actor, draft: Task, content: Publication, area: Area, *, key: str) -> Task:
    access.require(actor, "work.publish", draft)

    def do() -> Task:
        case = Case.objects.select_for_update().get(pk=draft.case_id)
        if case.state != "draft":
            raise Conflict("这份草稿已经发布或作废，不能再改。请回到任务列表查看。")
        Task.objects.filter(pk=draft.pk).update(**_columns(content, area))
        case.subject, case.area, case.area_prefix = _subject(content), area, area.prefix
        case.save(update_fields=["subject", "area", "area_prefix"])
        draft.refresh_from_db()
        return draft

    return once(
        actor, key=key, action="work.redraft", request=[draft.pk, content.plain(), area.pk], do=do
    )
