"""The posting itself, and the only place where balances move. Higher floors call it inside their
own transaction; who may award, review or redeem is decided there.

Every posting is three statements: the row, guarded by its unique key, and one conditional UPDATE
for each account. Nothing is ever read, checked and then saved. When the row cannot be written the
slower path finds out why: sent before, resolved before, or an account that is not open yet.
"""

from typing import Final

from django.db import connection, transaction

from zhicunbao.base import audit
from zhicunbao.base.access import Actor
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict, Invalid
from zhicunbao.ledger import rules
from zhicunbao.ledger.models import KEY_LENGTH_MAX, MEMO_LENGTH_MAX, Account, Purse, Transfer

Kind = Transfer.Kind
Value = str | int | None

_COLUMNS: Final = (
    "key, kind, unit, debit_account_id, credit_account_id, amount, pending_id, reverses_id,"
    " reason, memo, case_number, person_id, at"
)
# ON CONFLICT names no index: a taken key and a promise resolved by somebody else both end here
# without an error, racers queue on the index, and the transaction stays usable.
_ONCE: Final = (
    " ON CONFLICT DO NOTHING RETURNING id, unit, debit_account_id, credit_account_id, amount,"
    " pending_id, reverses_id, reason, memo, case_number"
)
_CODES: Final = (
    ", (SELECT code FROM ledger_account a WHERE a.id = debit_account_id)"
    ", (SELECT code FROM ledger_account a WHERE a.id = credit_account_id)"
)
_INSERT_BETWEEN: Final = (
    f"INSERT INTO ledger_transfer ({_COLUMNS})"  # noqa: S608 -- constants of this module
    " SELECT %s, %s, d.unit, d.id, c.id, %s, NULL, NULL, %s, %s, %s, %s, %s"
    " FROM ledger_account d, ledger_account c"
    f" WHERE d.code = %s AND c.code = %s AND d.unit = c.unit{_ONCE}{_CODES}"
)
_INSERT_RESOLVING: Final = (
    f"INSERT INTO ledger_transfer ({_COLUMNS})"  # noqa: S608 -- constants of this module
    " SELECT %s, %s, t.unit, t.debit_account_id, t.credit_account_id, t.amount, t.id, NULL,"
    " t.reason, t.memo, t.case_number, %s, %s"
    f" FROM ledger_transfer t WHERE t.id = %s AND t.kind = 'pending'{_ONCE}{_CODES}"
)
_INSERT_REVERSING: Final = (
    f"INSERT INTO ledger_transfer ({_COLUMNS})"  # noqa: S608 -- constants of this module
    " SELECT %s, %s, t.unit, t.credit_account_id, t.debit_account_id, t.amount, NULL, t.id,"
    " 'reversal', %s, t.case_number, %s, %s"
    " FROM ledger_transfer t WHERE t.id = %s AND t.kind IN ('posted', 'post_pending')"
    f"{_ONCE}{_CODES}"
)
_MOVE_DEBIT: Final = (
    "UPDATE ledger_account SET debits_pending = debits_pending + %s,"
    " debits_posted = debits_posted + %s WHERE id = %s"
    " AND (NOT is_guarded OR credits_posted - debits_posted - debits_pending >= %s)"
)
_MOVE_CREDIT: Final = (
    "UPDATE ledger_account SET credits_pending = credits_pending + %s,"
    " credits_posted = credits_posted + %s WHERE id = %s"
)


@transaction.atomic
def hold(
    actor: Actor,
    *,
    key: str,
    debit: str,
    credit: str,
    amount: int,
    reason: str,
    memo: str = "",
    case_number: str = "",
) -> Transfer:
    """Promise ``amount`` between two account codes: taken from what the debtor may still spend,
    shown to the creditor as on its way. ``post_hold`` books it, ``void_hold`` gives it back.

    Same key and content: the first transfer. Same key, other content: 409. Short: 409.
    """
    return _between(
        actor, Kind.PENDING, key, debit, credit, amount, reason=(reason, memo, case_number)
    )


@transaction.atomic
def transfer(
    actor: Actor,
    *,
    key: str,
    debit: str,
    credit: str,
    amount: int,
    reason: str,
    memo: str = "",
    case_number: str = "",
) -> Transfer:
    """Book ``amount`` between two account codes at once. Refuses and repeats as ``hold`` does."""
    return _between(
        actor, Kind.POSTED, key, debit, credit, amount, reason=(reason, memo, case_number)
    )


@transaction.atomic
def post_hold(actor: Actor, *, hold: Transfer, key: str) -> Transfer:
    """Book a promise; only ``hold.pk`` is read. Resolved before, under another key: 409."""
    return _resolve(actor, Kind.POST_PENDING, hold, key)


@transaction.atomic
def void_hold(actor: Actor, *, hold: Transfer, key: str) -> Transfer:
    """Give a promise back; only ``hold.pk`` is read. Resolved before, under another key: 409."""
    return _resolve(actor, Kind.VOID_PENDING, hold, key)


@transaction.atomic
def reverse(actor: Actor, *, transfer: Transfer, key: str, reason: str) -> Transfer:
    """Take a whole booked transfer back, for the written ``reason``, and record it in the audit.

    Refuses when it was reversed before, or when the receiver has no longer that much.
    """
    if not 0 < len(reason.strip()) <= MEMO_LENGTH_MAX:
        mend = f"请写明冲正的原因，最多 {MEMO_LENGTH_MAX} 个字。"
        raise Invalid(mend, fields={"reason": mend})
    _check_words(key, "reversal", reason)
    row = _insert(
        _INSERT_REVERSING,
        Transfer(key=key, kind=Kind.REVERSAL, person_id=actor.person_id, at=clock.now()),
        before=(reason,),
        after=(transfer.pk,),
    )
    if row is None:
        first = _first(key)
        if first is None:
            raise _cannot_reverse(transfer)
        return _same(first, kind=Kind.REVERSAL, reverses_id=transfer.pk, memo=reason)
    purse = Purse.objects.filter(accounts__in=[row.debit_account_id, row.credit_account_id])
    prefix = purse.values_list("area_prefix", flat=True).first() or ""
    audit.record(
        actor,
        "ledger.transfer_reversed",
        row,
        area_prefix=prefix,
        detail={"transfer": transfer.pk, "amount": row.amount, "reason": reason},
    )
    return row


@transaction.atomic
def open_account(*, code: str, purse: Purse | None = None) -> Account:
    """Return the account of ``code``, opening it with empty balances when it is not there.

    Two at the same moment get the same row. A purse's account needs its ``purse``.
    """
    parsed = rules.parse_code(code)
    if parsed.is_purse != (purse is not None):
        raise ValueError(f"{code} is opened with its purse and with nothing else")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_account (code, holder_kind, holder_id, unit, purse_id, is_guarded,"
            " debits_pending, debits_posted, credits_pending, credits_posted)"
            " VALUES (%s, %s, %s, %s, %s, %s, 0, 0, 0, 0) ON CONFLICT (code) DO NOTHING",
            [
                code,
                parsed.holder_kind,
                parsed.holder_id,
                purse.unit if purse else parsed.part,
                purse.pk if purse else None,
                parsed.is_guarded,
            ],
        )
    return Account.objects.get(code=code)


# --- writing a row -------------------------------------------------------------------------------


def _between(
    actor: Actor,
    kind: Kind,
    key: str,
    debit: str,
    credit: str,
    amount: int,
    *,
    reason: tuple[str, str, str],
) -> Transfer:
    if not 0 < amount <= rules.AMOUNT_MAX or debit == credit:
        raise ValueError(f"{amount} from {debit} to {credit} is not a transfer")
    code, memo, case_number = reason
    _check_words(key, code, memo)
    row = _insert(
        _INSERT_BETWEEN,
        Transfer(key=key, kind=kind, person_id=actor.person_id, at=clock.now()),
        before=(amount, code, memo, case_number),
        after=(debit, credit),
    )
    if row is not None:
        return row
    first = _first(key)
    if first is None:
        _open_missing(debit, credit, amount)
        return _between(actor, kind, key, debit, credit, amount, reason=reason)
    return _same(
        first,
        kind=kind,
        debit=debit,
        credit=credit,
        amount=amount,
        reason=code,
        memo=memo,
        case_number=case_number,
    )


def _resolve(actor: Actor, kind: Kind, hold: Transfer, key: str) -> Transfer:
    _check_words(key, "award", "")
    row = _insert(
        _INSERT_RESOLVING,
        Transfer(key=key, kind=kind, person_id=actor.person_id, at=clock.now()),
        after=(hold.pk,),
    )
    if row is not None:
        return row
    first = _first(key)
    if first is not None:
        return _same(first, kind=kind, pending_id=hold.pk)
    done = Transfer.objects.filter(pending_id=hold.pk).first()
    if done is None:
        raise ValueError(f"transfer {hold.pk} is not a pending transfer")
    happened = "入账" if done.kind == Kind.POST_PENDING else "撤销"
    raise Conflict(f"这笔积分已经{happened}，不用再办。请刷新页面查看。", code="already_resolved")


def _insert(
    sql: str, row: Transfer, *, before: tuple[Value, ...] = (), after: tuple[Value, ...] = ()
) -> Transfer | None:
    """Write ``row`` and move both balances; None when nothing was written (see ``_ONCE``)."""
    at = connection.ops.adapt_datetimefield_value(row.at)
    with connection.cursor() as cursor:
        cursor.execute(sql, [row.key, row.kind, *before, row.person_id, at, *after])
        written = cursor.fetchone()
        if written is None:
            return None
        # The order of _ONCE.
        row.pk, row.unit, row.debit_account_id, row.credit_account_id, row.amount = written[:5]
        row.pending_id, row.reverses_id, row.reason, row.memo, row.case_number = written[5:10]
        row._state.adding, row._state.db = False, connection.alias
        debit_code, credit_code = written[10:]
        pending, posted = (times * row.amount for times in rules.MOVES[row.kind])
        needed = row.amount if row.kind in rules.SPENDING else 0
        debit = (_MOVE_DEBIT, [pending, posted, row.debit_account_id, needed])
        credit = (_MOVE_CREDIT, [pending, posted, row.credit_account_id])
        in_order = [debit, credit]
        if rules.lock_order(credit_code) < rules.lock_order(debit_code):
            in_order.reverse()
        for statement, values in in_order:
            cursor.execute(statement, values)
            if cursor.rowcount == 0:
                raise _short(debit_code, row.amount, row.kind)
    return row


# --- why a row could not be written -------------------------------------------------------------


def _first(key: str) -> Transfer | None:
    rows = Transfer.objects.select_related("debit_account", "credit_account")
    return rows.filter(key=key).first()


def _same(
    first: Transfer,
    *,
    debit: str = "",
    credit: str = "",
    **asked: object,
) -> Transfer:
    """Return the first transfer of a key when it is what is asked for now; otherwise refuse."""
    wanted = {**asked, "debit": debit or None, "credit": credit or None}
    found = {
        "debit": first.debit_account.code if debit else None,
        "credit": first.credit_account.code if credit else None,
        **{name: getattr(first, name) for name in asked},
    }
    if wanted != found:
        raise Conflict(
            "这个编号已经记过另一笔积分。请刷新页面，看清现在的情况再办理。", code="key_reused"
        )
    return first


def _open_missing(debit: str, credit: str, amount: int) -> None:
    """Open the creditor's account; refuse for a debtor that never had one.

    A purse is locked first, so that nobody waits for it while holding a newly opened account.
    """
    units = dict(
        Account.objects.filter(code__in=[debit, credit])
        .order_by("-holder_kind", "code")
        .select_for_update()
        .values_list("code", "unit")
    )
    if debit not in units:
        raise _short(debit, amount, Kind.POSTED)
    if credit not in units:
        units[credit] = open_account(code=credit).unit
    if units[debit] != units[credit]:
        raise ValueError(f"{debit} and {credit} are in different units")


def _short(code: str, amount: int, kind: str) -> Conflict:
    account = Account.objects.select_related("purse").filter(code=code).first()
    available = account.available if account else 0
    is_reversal = kind == Kind.REVERSAL
    if account is not None and account.purse is not None:
        say = rules.purse_short_of_funding if is_reversal else rules.purse_short
        return Conflict(say(account.purse.name, available, amount), code="purse_short")
    tell = rules.holder_short_of_reversal if is_reversal else rules.holder_short
    return Conflict(tell(available, amount), code="balance_short")


def _cannot_reverse(transfer: Transfer) -> Exception:
    if Transfer.objects.filter(reverses_id=transfer.pk).exists():
        return Conflict("这笔积分已经冲正过，不用再办。请刷新页面查看。", code="already_reversed")
    return ValueError(f"transfer {transfer.pk} is not booked, so there is nothing to reverse")


def _check_words(key: str, reason: str, memo: str) -> None:
    """Stop mistakes of the caller, which people never see, before anything is written."""
    if not 0 < len(key) <= KEY_LENGTH_MAX or len(memo) > MEMO_LENGTH_MAX:
        raise ValueError(f"the key {key!r} or the memo {memo!r} is empty or too long")
    if reason not in rules.REASONS:
        raise ValueError(f"reason {reason!r} is not in the table of reasons")
