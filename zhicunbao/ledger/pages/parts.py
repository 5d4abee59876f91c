"""What several pages of the ledger read from an address, and the icons of those they show."""

from typing import Final

from zhicunbao.base.forms import number_in
from zhicunbao.base.http import Request
from zhicunbao.ledger import rules

HOLDER_ICONS: Final = {rules.PERSON: "user", rules.HOUSEHOLD: "home"}


def before_in(request: Request) -> int | None:
    """Return the number of the row before which the page asked for begins."""
    return number_in(request.GET.get("before", ""))


def myself(request: Request) -> int:
    """Return who asks: behind ``signed_in`` there is always somebody, and nobody has number 0."""
    return request.actor.person_id or 0
