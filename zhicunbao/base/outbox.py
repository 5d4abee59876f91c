"""Messages to people, written with what they tell about and read in the product."""

from collections.abc import Iterable

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
