"""The clock's part of a resolution: telling holders beforehand, and taking the points on the day.
It goes on where it stopped, chunk by chunk, each in a transaction of its own.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.urls import reverse as address

from zhicunbao.base import audit, outbox
from zhicunbao.base.access import SYSTEM
from zhicunbao.casework.actions import perform
from zhicunbao.casework.queries import number_of
from zhicunbao.ledger import actions as ledger
from zhicunbao.ledger import rules as amounts
from zhicunbao.ledger.models import Account
from zhicunbao.ledger.rules import Movement
from zhicunbao.treasury import queries
from zhicunbao.treasury.models import Zeroing
from zhicunbao.treasury.queries import CHUNK, Share


def tell_holders(now: datetime) -> int:
    """Warn every holder of what an announced resolution will take, and tell those who were warned
    that it was cancelled; return how many were told. Only the clock calls it.
    """
    wanted = Zeroing.objects.filter(told_at=None, case__state__in=("announced", "cancelled"))
    told = 0
    for pk in list(wanted.order_by("pk").values_list("pk", flat=True)):
        while (count := tell_chunk(pk, now)) is not None:
            told += count
    return told


@transaction.atomic
def tell_chunk(zeroing_id: int, now: datetime, *, size: int = CHUNK) -> int | None:
    """Tell the holders of the next ``size`` accounts; None when there was nobody left."""
    zeroing = _locked(zeroing_id)
    if zeroing.told_at is not None or zeroing.case.state not in ("announced", "cancelled"):
        return None
    accounts = list(queries.accounts_after(zeroing, zeroing.told_to, size))
    if not accounts:
        zeroing.told_at = now
        zeroing.save(update_fields=["told_at"])
        return None
    found = queries.shares(zeroing, accounts)
    behind = queries.people_behind((s.account.holder_kind, s.account.holder_id) for s in found)
    for share in found:
        _tell(zeroing, share, behind[share.account.holder_kind, share.account.holder_id])
    zeroing.told_to = accounts[-1].pk
    zeroing.save(update_fields=["told_to"])
    return len(found)


def _tell(zeroing: Zeroing, share: Share, people: Iterable[int]) -> None:
    day = f"{zeroing.effective_on.month}月{zeroing.effective_on.day}日"
    is_cancelled = zeroing.case.state == "cancelled"
    outbox.tell(
        people,
        key=f"zeroing:{zeroing.pk}:{share.account.pk}:{zeroing.case.state}",
        title=f"{day}不清零了" if is_cancelled else f"{day}清零：{share.points:,} 分",
        text=f"{zeroing.document}已取消，您的 {share.points:,} 分照常使用。"
        if is_cancelled
        else f"“{zeroing.purse.name}”的积分当天 0 时起不能再用，之前都可以用。"
        f"依据{zeroing.document}。",
        url=address("treasury:resolution", args=[zeroing.pk]),
    )


def start_zeroing(zeroing: Zeroing) -> None:
    """Count the holders that the day finds; called in the step that begins it."""
    zeroing.holder_count = queries.would_take(zeroing).holders
    zeroing.save(update_fields=["holder_count"])


def carry_out(now: datetime) -> int:
    """Take the points of every resolution whose day has come; return of how many holders. Only the
    clock calls it: broken off anywhere, the next turn goes on.
    """
    del now
    running = Zeroing.objects.filter(case__state="running", is_live=True)
    taken = 0
    for pk in list(running.order_by("pk").values_list("pk", flat=True)):
        while (count := zero_chunk(pk)) is not None:
            taken += count
    return taken


@transaction.atomic
def zero_chunk(zeroing_id: int, *, size: int = CHUNK) -> int | None:
    """Take the points of the next ``size`` accounts, from their holders to the purse's account
    ``expired``; None when nobody was left, and the case is done.

    What is taken and where to go on are written together, so that each account is taken once.
    """
    zeroing = _locked(zeroing_id)
    if zeroing.case.state != "running":
        return None
    expired = amounts.purse_code(zeroing.purse_id, "expired")
    # Locked in the order of all postings, the purse's account first: what is read stays true.
    Account.objects.select_for_update().get(code=expired)
    accounts = list(queries.accounts_after(zeroing, zeroing.done_to, size).select_for_update())
    if not accounts:
        _finish(zeroing)
        return None
    result = ledger.transfer_each(
        SYSTEM, (_movement(zeroing, share, expired) for share in queries.shares(zeroing, accounts))
    )
    zeroing.done_to = accounts[-1].pk
    zeroing.save(update_fields=["done_to"])
    return result.written


def _movement(zeroing: Zeroing, share: Share, expired: str) -> Movement:
    return Movement(
        key=f"zeroing:{zeroing.pk}:{share.account.pk}",
        debit=share.account.code,
        credit=expired,
        amount=share.points,
        reason="expiry",
        memo=f"清零，{zeroing.document}",
        case_number=number_of(zeroing.case),
        area_prefix=zeroing.case.area_prefix,
    )


def _finish(zeroing: Zeroing) -> None:
    taken = queries.was_taken(zeroing)
    perform(SYSTEM, zeroing.case, "finish", key=f"zeroing:{zeroing.pk}:finish")
    audit.record(
        SYSTEM,
        "treasury.zeroing_finished",
        zeroing.case,
        detail={"holders": taken.holders, "points": taken.points},
    )


def _locked(zeroing_id: int) -> Zeroing:
    """Return the resolution with its row locked: two workers take turns. Its case is read after the
    lock, when what went before it shows.
    """
    return Zeroing.objects.select_for_update().get(pk=zeroing_id)
