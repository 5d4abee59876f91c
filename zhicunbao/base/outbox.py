"""Messages to people, written with what they tell about and read in the product."""

from collections.abc import Iterable

from zhicunbao.base.access import Actor
from zhicunbao.base.models import OutboxMessage
from zhicunbao.kernel import clock


def tell(people: Iterable[int], *, key: str, title: str, text: str, url: str = "") -> None:
    """Put one message before each person (by id), once per ``key``; repeats are silent."""
    OutboxMessage.objects.bulk_create(
        [
            OutboxMessage(
                person_id=person_id,
                key=key,
                title=title,
                text=text,
                url=url,
                created_at=clock.now(),
            )
            for person_id in sorted(set(people))
        ],
        ignore_conflicts=True,
    )


def mark_read(actor: Actor, *, message: OutboxMessage | None = None) -> int:
    """Mark one of the actor's own messages as read, or all of them; return how many were new."""
    unread = OutboxMessage.objects.filter(person_id=actor.person_id or 0, read_at__isnull=True)
    if message is not None:
        unread = unread.filter(pk=message.pk)
    return unread.update(read_at=clock.now())
