"""Spending: a holder's points are taken from the purses that gave them, the oldest first. What is
bought and who may hand it over is decided above.
"""

from django.db import transaction

from zhicunbao.base.access import Actor
from zhicunbao.kernel.refusals import Conflict
from zhicunbao.ledger import rules
from zhicunbao.ledger.actions.posting import hold, post_hold, void_hold
from zhicunbao.ledger.models import Account, Transfer
from zhicunbao.ledger.rules import Movement


@transaction.atomic
def spend_hold(
    actor: Actor,
    *,
    holder: tuple[str, int],
    points: int,
    key: str,
    memo: str,
    case_number: str = "",
    area_prefix: str = "",
) -> list[Transfer]:
    """Promise ``points`` of a person or household to the redeemed accounts of the purses that gave
    them; one transfer a purse, the oldest purse first. ``post_spend`` and ``void_spend`` resolve.

    Same key and sum: the first transfers. Same key, another sum: 409. Short: 409.
    """
    if not 0 < points <= rules.AMOUNT_MAX:
        raise ValueError(f"{points} is nothing to spend")
    accounts = _locked(holder)
    first = list(
        Transfer.objects.filter(key__in=[_key(key, account) for account in accounts]).order_by("pk")
    )
    if first:
        if sum(row.amount for row in first) != points or {row.memo for row in first} != {memo}:
            raise Conflict(
                "这个编号已经记过另一笔积分。请刷新页面，看清现在的情况再办理。", code="key_reused"
            )
        return first
    available = sum(account.available for account in accounts)
    if available < points:
        raise Conflict(rules.holder_short(available, points), code="balance_short")
    rows, left = [], points
    for account in accounts:
        part = min(left, account.available)
        if part <= 0 or account.purse_id is None:
            continue
        rows.append(
            hold(
                actor,
                Movement(
                    key=_key(key, account),
                    debit=account.code,
                    credit=rules.purse_code(account.purse_id, "redeemed"),
                    amount=part,
                    reason="redeem",
                    memo=memo,
                    case_number=case_number,
                    area_prefix=area_prefix,
                ),
            )
        )
        left -= part
    return rows


@transaction.atomic
def post_spend(actor: Actor, *, holds: list[Transfer], key: str) -> list[Transfer]:
    """Book all promises of one spend; refuses and repeats as ``posting.post_hold`` does."""
    return [post_hold(actor, hold=row, key=f"{key}:{row.pk}") for row in holds]


@transaction.atomic
def void_spend(actor: Actor, *, holds: list[Transfer], key: str) -> list[Transfer]:
    """Give all promises of one spend back; refuses and repeats as ``posting.void_hold`` does."""
    return [void_hold(actor, hold=row, key=f"{key}:{row.pk}") for row in holds]


def _key(key: str, account: Account) -> str:
    return f"{key}:{account.purse_id}"


def _locked(holder: tuple[str, int]) -> list[Account]:
    """Return the holder's accounts of points, locked, after the accounts that they pay into.

    Those were opened with their purses and so have smaller numbers: the order of every posting.
    """
    kind, number = holder
    mine = Account.objects.filter(holder_kind=kind, holder_id=number, purse__isnull=False)
    codes = [
        rules.purse_code(pk, "redeemed") for pk in mine.values_list("purse_id", flat=True) if pk
    ]
    own = list(mine.values_list("code", flat=True))
    rows = Account.objects.filter(code__in=[*codes, *own]).order_by("pk").select_for_update()
    found = [account for account in rows if account.code in set(own)]
    return sorted(found, key=lambda account: account.purse_id or 0)
