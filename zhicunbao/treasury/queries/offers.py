"""What the treasury says and offers on the ledger's own pages, which do not know of it."""

from django.urls import reverse

from zhicunbao.base import access
from zhicunbao.base.access import Actor
from zhicunbao.base.feature import Link, Note
from zhicunbao.ledger.models import Account, Purse, Transfer
from zhicunbao.treasury.models import VIEW, Correction, Zeroing
from zhicunbao.treasury.queries.zeroing import shares
from zhicunbao.treasury.rules import BOOKED, CORRECTABLE, REQUEST


def transfer_links(actor: Actor, row: Transfer) -> list[Link]:
    """Offer a correction on a row's page to those who may request one there; to those who look
    after such matters, the request that is under way.
    """
    booked = booked_row(row)
    if booked is None or booked.reason not in CORRECTABLE or not actor.reach(VIEW):
        return []
    prefix = place_of(booked)
    waiting = Correction.objects.filter(transfer=booked, is_open=True).first()
    if waiting is not None:
        if not access.may(actor, VIEW, prefix):
            return []
        url = reverse("treasury:matter", args=[waiting.case_id])
        return [Link("冲正申请待复核", "undo", url)]
    is_reversed = Transfer.objects.filter(reverses=booked).exists()
    if is_reversed or not access.may(actor, REQUEST, prefix):
        return []
    return [Link("记错了，申请冲正", "undo", reverse("treasury:correct", args=[booked.pk]))]


def place_of(row: Transfer) -> str:
    """Return the prefix of the place that a transfer concerns: its own, or its purse's."""
    if row.area_prefix:
        return row.area_prefix
    purse = Purse.objects.filter(accounts=row.debit_account_id).first()
    return purse.area_prefix if purse else ""


def holder_notes(kind: str, number: int) -> list[Note]:
    """Tell a holder of points which announced resolutions will take how many of them."""
    accounts = list(Account.objects.filter(holder_kind=kind, holder_id=number, purse__isnull=False))
    coming = Zeroing.objects.filter(
        purse__in=[a.purse_id for a in accounts], is_live=True, case__state="announced"
    )
    notes = []
    for zeroing in coming.select_related("purse").order_by("effective_on", "pk"):
        own = [a for a in accounts if a.purse_id == zeroing.purse_id]
        points = sum(share.points for share in shares(zeroing, own))
        if points:
            day = zeroing.effective_on
            notes.append(
                Note(
                    f"{day.month}月{day.day}日清零：{points:,} 分",
                    f"当天 0 时起不能再用，之前都可以用。依据{zeroing.document}。",
                    "clock",
                    reverse("treasury:resolution", args=[zeroing.pk]),
                    "看清零决议",
                )
            )
    return notes


def booked_row(row: Transfer) -> Transfer | None:
    """Return the row of a matter that can be taken back: itself or what it became when booked."""
    if row.kind in BOOKED:
        return row
    after = Transfer.objects.filter(pending_id=row.pk, kind__in=BOOKED).first()
    return after if row.kind == Transfer.Kind.PENDING else None
