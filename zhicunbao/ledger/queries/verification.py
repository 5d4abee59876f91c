"""Whether the books are whole: every sum is made anew from the transfers and compared."""

from collections.abc import Iterator
from typing import Final

from django.db.models import F, Sum

from zhicunbao.ledger import rules
from zhicunbao.ledger.models import Account, Transfer

Kind = Transfer.Kind


def verify() -> list[str]:
    """Return everything that is wrong with the books, in words; empty means that they are whole."""
    return list(problems())


def problems() -> Iterator[str]:
    """Yield what is wrong, one sentence each. Reads every row: for a quiet hour, not for a page."""
    yield from _unequal_balances()
    yield from _unequal_units()
    yield from _wrong_resolutions()
    yield from _wrong_reversals()


_BALANCES: Final = ("debits_pending", "debits_posted", "credits_pending", "credits_posted")


def sums_of(side: str) -> dict[int, tuple[int, int]]:
    """Return (pending, posted) of each account on one side, from the transfers alone."""
    sums: dict[int, tuple[int, int]] = {}
    rows = Transfer.objects.order_by().values_list(f"{side}_id", "kind").annotate(s=Sum("amount"))
    for account_id, kind, amount in rows:
        pending, posted = sums.get(account_id, (0, 0))
        to_pending, to_posted = rules.MOVES[kind]
        sums[account_id] = (pending + to_pending * amount, posted + to_posted * amount)
    return sums


def _unequal_balances() -> Iterator[str]:
    debit_sums, credit_sums = sums_of("debit_account"), sums_of("credit_account")
    for account in Account.objects.order_by("pk").iterator():
        summed = (*debit_sums.get(account.pk, (0, 0)), *credit_sums.get(account.pk, (0, 0)))
        stored = tuple(getattr(account, name) for name in _BALANCES)
        if stored != summed:
            yield f"账户 {account.code} 的余额 {stored} 与流水合计 {summed} 不符"
        # By its code, not by its column: whoever lifts the guard must not go unnoticed.
        if rules.parse_code(account.code).is_guarded:
            if not account.is_guarded:
                yield f"账户 {account.code} 的透支保护被去掉了"
            if account.available < 0:
                yield f"账户 {account.code} 的可用余额低于零：{account.available}"


def _unequal_units() -> Iterator[str]:
    totals = Account.objects.order_by("unit").values_list("unit")
    for unit, *sums in totals.annotate(*(Sum(name) for name in _BALANCES)):
        if sums[:2] != sums[2:]:
            yield f"单位 {unit} 的借方合计 {sums[:2]} 与贷方合计 {sums[2:]} 不等"
    strangers = Transfer.objects.exclude(
        unit=F("debit_account__unit"), debit_account__unit=F("credit_account__unit")
    )
    for pk in strangers.order_by("pk").values_list("pk", flat=True):
        yield f"流水第 {pk} 笔的单位与账户的单位不符"


def _wrong_resolutions() -> Iterator[str]:
    wrong = Transfer.objects.filter(pending__isnull=False).exclude(
        pending__kind=Kind.PENDING,
        pending__unit=F("unit"),
        pending__amount=F("amount"),
        pending__debit_account=F("debit_account"),
        pending__credit_account=F("credit_account"),
    )
    for pk in wrong.order_by("pk").values_list("pk", flat=True):
        yield f"流水第 {pk} 笔与它了结的待入账不符"


def _wrong_reversals() -> Iterator[str]:
    wrong = Transfer.objects.filter(reverses__isnull=False).exclude(
        reverses__kind__in=rules.REVERSIBLE,
        reverses__unit=F("unit"),
        reverses__amount=F("amount"),
        reverses__debit_account=F("credit_account"),
        reverses__credit_account=F("debit_account"),
    )
    for pk in wrong.order_by("pk").values_list("pk", flat=True):
        yield f"流水第 {pk} 笔与它冲正的那一笔不符"
