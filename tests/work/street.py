"""Builders for tests of work: a funded purse, a catalogue, tasks and claims at any state."""

import io
import random
from datetime import timedelta
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests.cast import Town
from zhicunbao.base import access
from zhicunbao.base.models import Area, Person
from zhicunbao.casework.actions import Photo
from zhicunbao.kernel import clock
from zhicunbao.ledger import actions as ledger
from zhicunbao.ledger.models import Purse
from zhicunbao.work import actions
from zhicunbao.work.models import Claim, Task, WorkItem
from zhicunbao.work.rules import Publication

_keys = count(1)


def key() -> str:
    """Return a fresh idempotency key."""
    return f"test-{next(_keys)}"


def fund(town: Town, points: int = 1_000) -> Purse:
    """Give the street a purse with ``points`` in it."""
    actor = town.actor("leader")
    purse = ledger.create_purse(
        actor,
        name="浮云街道治村宝资金池",
        area=town.street,
        unit_value_fen=100,
        source_document="测试文件 1 号",
        funder="浮云街道",
        key=key(),
    )
    if points:
        ledger.fund_purse(actor, purse=purse, points=points, document="测试拨款", key=key())
    return purse


def content(item: str = "消防安全", **changes: Any) -> Publication:
    """Return a publication that can be published; ``changes`` override it."""
    if not WorkItem.objects.exists():
        actions.load_starter()
    version = WorkItem.objects.get(name=item).versions.get(number=1)
    now = clock.now()
    words: dict[str, Any] = {
        "version": version,
        "title": "老旧楼道消防通道排查",
        "text": "逐层看楼道有没有杂物，清不了的拍下来。",
        "level": 3,
        "slots": 5,
        "way": "claim",
        "opens_at": now - timedelta(minutes=1),
        "closes_at": now + timedelta(days=2),
        "due_at": now + timedelta(days=3),
        "photos_min": version.photos_min,
        "photo_labels": tuple(version.photo_labels),
        "wants_position": version.wants_position,
        "fields": tuple(version.fields),
    }
    return Publication(**{**words, **changes})


def publish(town: Town, *, area: Area | None = None, by: str = "admin", **changes: Any) -> Task:
    """Publish a task in 东门社区 (or ``area``)."""
    return actions.publish_task(
        town.actor(by), content(**changes), area=area or town.dongmen, key=key()
    )


def jpeg(seed: int = 0, size: tuple[int, int] = (64, 48)) -> bytes:
    """Return a JPEG of coarse blocks that no other ``seed`` resembles."""
    blocks = Image.frombytes("RGB", (9, 8), random.Random(seed).randbytes(9 * 8 * 3))
    out = io.BytesIO()
    blocks.resize(size, Image.Resampling.BICUBIC).save(out, "JPEG")
    return out.getvalue()


def photos(number: int = 2, seed: int = 0) -> list[Photo]:
    """Return photos as a phone sends them."""
    return [
        Photo(
            SimpleUploadedFile(f"{n}.jpg", jpeg(seed * 10 + n), content_type="image/jpeg"),
            ("整改前", "整改后", "其他")[min(n, 2)],
        )
        for n in range(number)
    ]


def claimed(town: Town, task: Task | None = None, *, by: str = "member", **changes: Any) -> Claim:
    """Return a claim that waits for its proof."""
    return actions.claim_task(town.actor(by), task or publish(town, **changes), key=key())


def submitted(town: Town, task: Task | None = None, *, by: str = "member", **changes: Any) -> Claim:
    """Return a claim that waits for evaluation."""
    claim = claimed(town, task, by=by, **changes)
    return actions.submit_proof(
        town.actor(by), claim, key=key(), photos=photos(claim.task.photos_min, seed=claim.pk)
    )


def evaluated(town: Town, task: Task | None = None, *, by: str = "member", **changes: Any) -> Claim:
    """Return a claim that waits for review."""
    claim = submitted(town, task, by=by, **changes)
    return actions.evaluate(town.actor("admin"), claim, verb="evaluate", key=key())


def evaluated_for(town: Town, task: Task, person: Person, *, seed: int) -> Claim:
    """Return ``person``'s claim on ``task``, waiting for review."""
    actor = access.actor_of(person)
    claim = actions.claim_task(actor, task, key=key())
    proof = photos(task.photos_min, seed=seed)
    actions.submit_proof(actor, claim, key=key(), photos=proof)
    return actions.evaluate(town.actor("admin"), claim, verb="evaluate", key=key())


def in_notice(town: Town, task: Task | None = None, *, by: str = "member", **changes: Any) -> Claim:
    """Return a claim in public notice; the street must have been funded."""
    claim = evaluated(town, task, by=by, **changes)
    outcomes = actions.review_batch(
        town.actor("reviewer"), [(claim.case, claim.case.version)], key=key()
    )
    if outcomes[0].refusal:
        raise outcomes[0].refusal
    claim.refresh_from_db()
    return claim
