"""The condition "lies under this place" for a query. Apart from access, because models need it too
and access needs the models.
"""

from collections.abc import Iterable

from django.db.models import Q

from zhicunbao.kernel import division


def under(prefixes: Iterable[str], field: str = "area_prefix") -> Q:
    """Return the condition "lies under one of ``prefixes``"; with none of them, nothing does."""
    condition = Q(pk__in=[])
    for prefix in prefixes:
        low, past = division.prefix_range(prefix)
        condition |= Q(**{f"{field}__gte": low, f"{field}__lt": past})
    return condition
