"""The same request sent twice does its work once. Every action that a person can start runs inside
``once``; pages, JSON and the mini program all send a key that they made themselves.
"""

from collections.abc import Callable
from typing import TypeVar, cast

from django.apps import apps
from django.db import connection, models, transaction

from zhicunbao.base.access import Actor
from zhicunbao.base.models import IdempotencyKey
from zhicunbao.kernel import clock, digests
from zhicunbao.kernel.refusals import Conflict, Invalid

M = TypeVar("M", bound=models.Model)
KEY_LENGTH_MAX = 80


def once(actor: Actor, *, key: str, action: str, request: object, do: Callable[[], M]) -> M:
    """Run ``do`` in a transaction and remember its answer under ``key``.

    A repeat with the same key returns the first answer, read afresh, and does nothing else. The
    same key with another ``request`` (anything canonical) is refused with 409. Two at the same
    moment: the unique index lets one through and the other waits for its outcome. When ``do``
    refuses, the key is free again.
    """
    if not key or len(key) > KEY_LENGTH_MAX or "\0" in key:
        raise Invalid("这次提交缺少编号，请刷新页面后再试一次。", code="key_missing")
    with transaction.atomic():
        fingerprint = digests.digest([action, request])
        if not _take(actor, key, action, fingerprint):
            return cast("M", _first_answer(actor, key, action, fingerprint))
        answer = do()
        IdempotencyKey.objects.filter(actor_id=actor.person_id or 0, key=key).update(
            answer_model=answer._meta.label, answer_id=answer.pk
        )
        return answer


def _take(actor: Actor, key: str, action: str, fingerprint: str) -> bool:
    """Claim the key; False when it was taken. One statement, so that racers queue on the index."""
    table = IdempotencyKey._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (key, person_id, actor_id, action, request_digest,"  # noqa: S608 -- the table's own name
            " answer_model, answer_id, at) VALUES (%s, %s, %s, %s, %s, '', NULL, %s)"
            " ON CONFLICT (actor_id, key) DO NOTHING",
            [key, actor.person_id, actor.person_id or 0, action, fingerprint, clock.now()],
        )
        return bool(cursor.rowcount == 1)


def _first_answer(actor: Actor, key: str, action: str, fingerprint: str) -> models.Model:
    row = IdempotencyKey.objects.get(actor_id=actor.person_id or 0, key=key)
    if row.request_digest != fingerprint or row.action != action:
        raise Conflict(
            "这一页已经提交过别的内容。请刷新页面，看清现在的情况再提交。", code="key_reused"
        )
    model: type[models.Model] = apps.get_model(row.answer_model)
    return model._default_manager.get(pk=row.answer_id)
