"""One row of the ledger with its story, for whoever it concerns and whoever answers for it."""

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.module_loading import import_string

from zhicunbao.base import access, feature, holders
from zhicunbao.base.access import Actor
from zhicunbao.base.http import Request, back_url, signed_in
from zhicunbao.kernel.masks import mask_name
from zhicunbao.ledger import queries, rules
from zhicunbao.ledger.models import Account, Transfer

STATES: Final = {
    "pending": ("待入账", "clock"),
    "posted": ("已入账", "check"),
    "post_pending": ("已入账", "check"),
    "void_pending": ("没有入账", "x"),
    "reversal": ("已冲正", "undo"),
}
"""Last row of a matter → how it stands, and its icon."""
KINDS: Final = {rules.PERSON: "个人", rules.HOUSEHOLD: "户"}
"""Kind of holder → what is said when nobody is found behind its number."""
PARTS: Final = {"issue": "，发行", "redeemed": "，已兑换", "expired": "，已清零"}
"""Account of a purse → how its name goes on."""


@signed_in
def one_transfer(request: Request, pk: int) -> HttpResponse:
    """Show one row: how much, from where to where, and how it came to it."""
    row = queries.fetch_transfer(request.actor, pk)
    story, own = queries.story_of(row), holders.of_person(request.actor.person_id)
    purse = row.debit_account.purse
    is_own = _is_of(own, row.debit_account) or _is_of(own, row.credit_account)
    sees_purse = purse is not None and access.may(request.actor, "ledger.view")
    faces, in_full = queries.faces_in([row]), access.may(request.actor, queries.NAMES, row)
    default = reverse("ledger:points")
    if sees_purse and purse and not is_own:
        default = reverse("ledger:purse", args=[purse.pk])
    return render(
        request,
        "ledger/transfer.html",
        {
            "row": row,
            "change": row.amount * (-1 if _is_of(own, row.debit_account) else 1),
            "reason": rules.REASONS[row.reason],
            "is_own": is_own,
            "story": story,
            "state": STATES[story[-1].kind],
            "from_name": _holder_name(request.actor, row.debit_account, faces, in_full=in_full),
            "to_name": _holder_name(request.actor, row.credit_account, faces, in_full=in_full),
            "earner_name": _earner_name(request.actor, row, own, in_full=in_full),
            "purse": purse if sees_purse else None,
            "full_names": sees_purse,
            "links": _links(request.actor, row),
            "back_url": back_url(request, default),
        },
    )


def _links(actor: Actor, row: Transfer) -> list[feature.Link]:
    names = [config.transfer_links for config in feature.all_features() if config.transfer_links]
    return [link for name in names for link in import_string(name)(actor, row)]


def _holder_name(
    actor: Actor,
    account: Account,
    faces: dict[tuple[str, int], holders.HolderFace],
    *,
    in_full: bool = False,
) -> str:
    """Name the holder of an account; other people by a masked name unless ``in_full``."""
    kind, number = account.holder_kind, account.holder_id
    if kind == rules.PURSE and account.purse is not None:
        part = PARTS.get(account.code.rpartition("/")[2], "")
        return f"资金池“{account.purse.name}”{part}"
    if kind == rules.PERSON and number == actor.person_id:
        return "我"
    if (kind, number) in queries.homes_of(actor.person_id or 0):
        return "我家"
    face = faces.get((kind, number))
    if face is None:
        return KINDS.get(kind, "")
    return face.label if in_full else face.masked


def _earner_name(actor: Actor, row: Transfer, own: dict[str, list[int]], *, in_full: bool) -> str:
    """Name whose deed it was, when the points went to a household."""
    earner, to = row.earner, row.credit_account
    if earner is None:
        return ""
    if earner.pk == actor.person_id:
        return "我"
    lives_with_me = _is_of(own, to) and earner.pk in holders.people_in(to.holder_kind, to.holder_id)
    return earner.name if in_full or lives_with_me else mask_name(earner.name)


def _is_of(own: dict[str, list[int]], account: Account) -> bool:
    return account.holder_id in own.get(account.holder_kind, [])


urlpatterns = [path("points/<int:pk>/", one_transfer, name="transfer")]
