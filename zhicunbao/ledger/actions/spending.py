"""Spending and handing over: a holder's points are taken from the purses that gave them, the oldest
first. What is bought, who may hand it over and why is decided above.
"""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Q

from zhicunbao.base.access import Actor
from zhicunbao.kernel.refusals import Conflict
from zhicunbao.ledger import rules
from zhicunbao.ledger.actions.posting import hold, post_hold, transfer, void_hold
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
    return [
        hold(
            actor,
            Movement(
                key=_key(key, account),
                debit=account.code,
                credit=rules.purse_code(purse_id, "redeemed"),
                amount=part,
                reason="redeem",
                memo=memo,
                case_number=case_number,
                area_prefix=area_prefix,
            ),
        )
        for account, purse_id, part in _parts(accounts, points)
    ]


@transaction.atomic
def post_spend(actor: Actor, *, holds: list[Transfer], key: str) -> list[Transfer]:
    """Book all promises of one spend; refuses and repeats as ``posting.post_hold`` does."""
    return [post_hold(actor, hold=row, key=f"{key}:{row.pk}") for row in holds]


@transaction.atomic
def void_spend(actor: Actor, *, holds: list[Transfer], key: str) -> list[Transfer]:
    """Give all promises of one spend back; refuses and repeats as ``posting.void_hold`` does."""
    return [void_hold(actor, hold=row, key=f"{key}:{row.pk}") for row in holds]


@transaction.atomic
def transfer_between(
    actor: Actor,
    *,
    source: tuple[str, int],
    target: tuple[str, int],
    points: int,
    reason: str,
    key: str,
    memo: str,
    case_number: str = "",
    area_prefix: str = "",
) -> list[Transfer]:
    """Book ``points`` of one holder to another; one transfer a purse, the oldest purse first: the
    points stay in the purse that gave them.

    For callers that make each ``key`` once. Short: 409.
    """
    if not 0 < points <= rules.AMOUNT_MAX or source == target:
        raise ValueError(f"{points} from {source} to {target} is nothing to hand over")
    accounts = _locked_both(source, target)
    available = sum(account.available for account in accounts)
    if available < points:
        raise Conflict(rules.holder_short(available, points), code="balance_short")
    return [
        transfer(
            actor,
            Movement(
                key=_key(key, account),
                debit=account.code,
                credit=rules.code_of(*target, account.unit),
                amount=part,
                reason=reason,
                memo=memo,
                case_number=case_number,
                area_prefix=area_prefix,
            ),
        )
        for account, _, part in _parts(accounts, points)
    ]


def _parts(accounts: list[Account], points: int) -> Iterator[tuple[Account, int, int]]:
    """Yield (account, purse, how much of ``points`` it gives), in the order of ``accounts``."""
    left = points
    for account in accounts:
        part = min(left, account.available)
        if part > 0 and account.purse_id is not None:
            yield account, account.purse_id, part
            left -= part


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


def _locked_both(source: tuple[str, int], target: tuple[str, int]) -> list[Account]:
    """Return the accounts of points of ``source``, locked together with those of ``target`` and,
    before them, the purses': who holds a purse's row may be about to take either of the two.
    """
    kind, number = source
    mine = Account.objects.filter(holder_kind=kind, holder_id=number, purse__isnull=False)
    purses = list(mine.values_list("purse_id", flat=True))
    both = Q(holder_kind=kind, holder_id=number) | Q(holder_kind=target[0], holder_id=target[1])
    funds = [rules.fund_code(pk) for pk in purses if pk]
    wanted = Account.objects.filter(Q(code__in=funds) | both & Q(purse__in=purses))
    rows = [
        account
        for account in wanted.order_by("pk").select_for_update()
        if (account.holder_kind, account.holder_id) == source
    ]
    return sorted(rows, key=lambda account: account.purse_id or 0)
