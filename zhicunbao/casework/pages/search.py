"""What the search box at the top finds: matters by number, subject, name and place; people and
places for those who may look them up.
"""

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from zhicunbao.base.http import Request, signed_in
from zhicunbao.casework import queries
from zhicunbao.casework.pages.lists import ListRow

TEXT_LENGTH_MAX: Final = 40


@require_safe
@signed_in
def search(request: Request) -> HttpResponse:
    """Show what the words find, in groups."""
    text = request.GET.get("q", "").strip()[:TEXT_LENGTH_MAX]
    context = {
        "text": text,
        "found": [
            (group, [ListRow.of(row) for row in group.rows])
            for group in queries.search(request.actor, text)
        ],
        "people": queries.people_named(request.actor, text),
        "places": queries.places_named(request.actor, text),
    }
    return render(request, "casework/search.html", context)


urlpatterns = [path("search/", search, name="search")]
