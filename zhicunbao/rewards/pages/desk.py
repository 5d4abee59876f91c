"""The desk's first page of the shop: every place that the actor's posts look at, with figures that
open their rows.
"""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from zhicunbao.base import access
from zhicunbao.base.http import Request, signed_in
from zhicunbao.rewards import queries
from zhicunbao.rewards.models import KEEP, MANAGE, VIEW, PickupPlace


@dataclass(frozen=True)
class PlaceRow:
    """A place in the list."""

    place: PickupPlace
    goods: int
    low: int
    waiting: int
    is_kept: bool
    is_managed: bool


@require_safe
@signed_in
def desk(request: Request) -> HttpResponse:
    """List the places of the actor's reach."""
    actor = request.actor
    access.require(actor, VIEW)
    places = list(queries.places_seen(actor))
    totals = queries.stock_totals(places)
    rows = [
        PlaceRow(
            place,
            **totals[place.pk],
            is_kept=access.may(actor, KEEP, place),
            is_managed=access.may(actor, MANAGE, place),
        )
        for place in places
    ]
    return render(
        request,
        "rewards/desk.html",
        {"rows": rows, "may_manage": access.may(actor, MANAGE)},
    )


urlpatterns = [path("shop/desk/", desk, name="desk")]
