"""Spending and handing over: a holder's points are taken from the purses that gave them, the oldest
first. What is bought, who may hand it over and why is decided above.
"""

from collections.abc import Callable

from django.db import transaction
from django.db.models import Q

from zhicunbao.base.access import Actor
from zhicunbao.kernel.refusals import Conflict
from zhicunbao.ledger import rules
from zhicunbao.ledger.actions.posting import move, post_hold, reused, same_movement, void_hold
from zhicunbao.ledger.models import Account, Transfer
from zhicunbao.ledger.rules import Movement

Kind = Transfer.Kind


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

    Same key and content: the first transfers. Same key, other content: 409. Short: 409.
    """
    if not 0 < points <= rules.AMOUNT_MAX:
        raise ValueError(f"{points} is nothing to spend")

    def movement(part: str, account: Account, amount: int) -> Movement:
        return Movement(
            key=part,
            debit=account.code,
            credit=rules.purse_code(account.purse_id or 0, "redeemed"),
            amount=amount,
            reason="redeem",
            memo=memo,
            case_number=case_number,
            area_prefix=area_prefix,
        )

    return _take(actor, Kind.PENDING, _locked(holder), points, key, movement)


@transaction.atomic
def post_spend(actor: Actor, *, holds: list[Transfer], key: str) -> list[Transfer]:
    """Book all promises of one spend; refuses and repeats as ``posting.post_hold`` does."""
    _lock_accounts_of(holds)
    return [post_hold(actor, hold=row, key=f"{key}:{row.pk}") for row in holds]


@transaction.atomic
def void_spend(actor: Actor, *, holds: list[Transfer], key: str) -> list[Transfer]:
    """Give all promises of one spend back; refuses and repeats as ``posting.void_hold`` does."""
    _lock_accounts_of(holds)
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
    points stay in the purse that gave them. Refuses and repeats as ``spend_hold`` does.
    """
    if not 0 < points <= rules.AMOUNT_MAX or source == target:
        raise ValueError(f"{points} from {source} to {target} is nothing to hand over")

    def movement(part: str, account: Account, amount: int) -> Movement:
        return Movement(
            key=part,
            debit=account.code,
            credit=rules.code_of(*target, account.unit),
            amount=amount,
            reason=reason,
            memo=memo,
            case_number=case_number,
            area_prefix=area_prefix,
        )

    return _take(actor, Kind.POSTED, _locked_both(source, target), points, key, movement)


def _take(
    actor: Actor,
    kind: Kind,
    accounts: list[Account],
    points: int,
    key: str,
    movement: Callable[[str, Account, int], Movement],
) -> list[Transfer]:
    """Take ``points`` from locked accounts in their order, or return what was taken before.

    The parts are numbered, whatever the purses, so that nobody else's spend passes under the key.
    """
    of = {account.pk: account for account in accounts}
    first = list(
        Transfer.objects.select_related("debit_account", "credit_account")
        .filter(key__in=[f"{key}/{number}" for number in range(max(1, len(accounts)))])
        .order_by("pk")
    )
    if first:
        if sum(row.amount for row in first) != points:
            raise reused()
        for row in first:
            if row.debit_account_id not in of:
                raise reused()
            same_movement(row, kind, movement(row.key, of[row.debit_account_id], row.amount))
        return first
    available = sum(account.available for account in accounts)
    if available < points:
        raise Conflict(rules.holder_short(available, points), code="balance_short")
    rows: list[Transfer] = []
    left = points
    for account in accounts:
        part = min(left, account.available)
        if part > 0:
            row, _ = move(actor, kind, movement(f"{key}/{len(rows)}", account, part))
            rows.append(row)
            left -= part
    return rows


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


def _lock_accounts_of(holds: list[Transfer]) -> None:
    """Lock the accounts of several promises in the order of every posting, however they stand."""
    sides = Transfer.objects.filter(pk__in=[row.pk for row in holds])
    pks = {pk for pair in sides.values_list("debit_account", "credit_account") for pk in pair}
    if len(holds) > 1:
        list(Account.objects.filter(pk__in=pks).order_by("pk").select_for_update())
