"""Photos of claims, compared once and for all. What a comparison means stands in ``flags``."""

from datetime import datetime
from typing import Final

from zhicunbao.base.audit import SETTLED_AFTER
from zhicunbao.casework.models import Evidence
from zhicunbao.work.flags import compare
from zhicunbao.work.models import Comparison

COMPARED_AT_ONCE: Final = 1_000


def compare_photos(now: datetime) -> int:
    """Hold the settled photos of claims against all earlier ones and keep what was found, so that
    no page goes through them again; return how many. Only the clock calls it, safe to repeat.
    """
    waiting = (
        Evidence.objects.filter(
            case__flow="work.claim",
            attachment__comparison=None,
            attachment__uploaded_at__lt=now - SETTLED_AFTER,
        )
        .exclude(attachment__perceptual_hash="")
        .select_related("attachment")
        .order_by("pk")
    )
    found = compare(list(waiting[:COMPARED_AT_ONCE]))
    # Two workers find the same; the second one's rows are there already.
    Comparison.objects.bulk_create(found, ignore_conflicts=True)
    return len(found)
