"""The posting itself, and with ``batches`` the only place where balances move. Higher floors call
it inside their own transaction; who may award, review or redeem is decided there.

When a row cannot be written the slower path finds out why: sent before, resolved before, or an
account that is not open yet.
"""

from django.db import connection, transaction

from zhicunbao.base import audit
from zhicunbao.base.access import Actor
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Conflict, Invalid
from zhicunbao.ledger import rules
from zhicunbao.ledger.actions import writing
from zhicunbao.ledger.models import KEY_LENGTH_MAX, MEMO_LENGTH_MAX, Account, Purse, Transfer
from zhicunbao.ledger.rules import Movement

Kind = Transfer.Kind


def hold(actor: Actor, movement: Movement) -> Transfer:
    """Promise an amount between two accounts: taken from what the debtor may still spend, shown to
    the creditor as on its way. ``post_hold`` books it, ``void_hold`` gives it back.

    The creditor's account is opened if it must be. Same key and content: the first transfer. Same
    key, other content: 409. Short: 409.
    """
    return move(actor, Kind.PENDING, movement)[0]


def transfer(actor: Actor, movement: Movement) -> Transfer:
    """Book an amount between two accounts at once. Refuses and repeats as ``hold`` does."""
    return move(actor, Kind.POSTED, movement)[0]


def post_hold(actor: Actor, *, hold: Transfer, key: str) -> Transfer:
    """Book a promise; only ``hold.pk`` is read. Resolved before, under another key: 409."""
    return _resolve(actor, Kind.POST_PENDING, hold, key)


def void_hold(actor: Actor, *, hold: Transfer, key: str) -> Transfer:
    """Give a promise back; only ``hold.pk`` is read. Resolved before, under another key: 409."""
    return _resolve(actor, Kind.VOID_PENDING, hold, key)


@transaction.atomic
def reverse(actor: Actor, *, transfer: Transfer, key: str, reason: str) -> Transfer:
    """Take a whole booked transfer back, for the written ``reason``, and record it in the audit.

    Who asked for it and who agreed is the caller's matter. Refuses when it was reversed before, or
    when the receiver has no longer that much.
    """
    if not 0 < len(reason.strip()) <= MEMO_LENGTH_MAX:
        mend = f"请写明冲正的原因，最多 {MEMO_LENGTH_MAX} 个字。"
        raise Invalid(mend, fields={"reason": mend})
    _check_words(key, "reversal", reason)
    entry = _entry(actor, Kind.REVERSAL, key)
    try:
        row = writing.write(writing.REVERSING, [reason, transfer.pk], entry)
    except writing.ShortError:
        taker = Account.objects.get(pk=transfer.credit_account_id)
        raise _short(taker, transfer.amount, Kind.REVERSAL) from None
    if row is None:
        first = _first(key)
        if first is None:
            raise _cannot_reverse(transfer)
        return _same(first, kind=Kind.REVERSAL, reverses_id=transfer.pk, memo=reason)
    purse = Purse.objects.filter(accounts=row.debit_account_id).values_list(
        "area_prefix", flat=True
    )
    audit.record(
        actor,
        "ledger.transfer_reversed",
        row,
        area_prefix=row.area_prefix or purse.first() or "",
        detail={"transfer": transfer.pk, "amount": row.amount, "reason": reason},
    )
    return row


@transaction.atomic
def open_account(*, code: str) -> Account:
    """Return the account of ``code``, opening it with empty balances when it is not there.

    Two at the same moment get the same row. A code whose purse is not there raises.
    """
    parsed = rules.parse_code(code)
    if parsed.purse_id is not None and not Purse.objects.filter(pk=parsed.purse_id).exists():
        raise ValueError(f"{code} belongs to a purse that is not there")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_account (code, holder_kind, holder_id, unit, purse_id, is_guarded,"
            " debits_pending, debits_posted, credits_pending, credits_posted)"
            " VALUES (%s, %s, %s, %s, %s, %s, 0, 0, 0, 0) ON CONFLICT (code) DO NOTHING",
            [
                code,
                parsed.holder_kind,
                parsed.holder_id,
                parsed.unit,
                parsed.purse_id,
                parsed.is_guarded,
            ],
        )
    return Account.objects.get(code=code)


# --- writing a row -------------------------------------------------------------------------------


def move(actor: Actor, kind: Kind, movement: Movement) -> tuple[Transfer, bool]:
    """Do what ``hold`` or ``transfer`` does; also return whether the row is new."""
    check_movement(movement)
    m = movement
    values: list[writing.Value] = [m.amount, m.reason, m.memo, m.case_number, m.area_prefix]
    values += [m.earner_id, m.debit, m.credit]
    try:
        row = writing.write(writing.BETWEEN, values, _entry(actor, kind, m.key), floor=m.floor)
    except writing.ShortError:
        raise _short(Account.objects.get(code=m.debit), m.amount, kind) from None
    if row is not None:
        return row, True
    with transaction.atomic():
        first = _first(m.key)
        if first is not None:
            return same_movement(first, kind, m), False
        _open_missing(m)
        return move(actor, kind, m)


def _resolve(actor: Actor, kind: Kind, hold: Transfer, key: str) -> Transfer:
    _check_words(key, "award", "")
    row = writing.write(writing.RESOLVING, [hold.pk], _entry(actor, kind, key))
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


def _entry(actor: Actor, kind: Kind, key: str) -> writing.Entry:
    return writing.Entry(key, kind, actor.person_id, clock.now())


# --- why a row could not be written -------------------------------------------------------------


def _first(key: str) -> Transfer | None:
    rows = Transfer.objects.select_related("debit_account", "credit_account")
    return rows.filter(key=key).first()


def same_movement(first: Transfer, kind: Kind, movement: Movement) -> Transfer:
    """Return the first transfer of a key when it is this movement; otherwise refuse (409)."""
    m = movement
    codes = (first.debit_account.code, first.credit_account.code)
    if codes != (m.debit, m.credit):
        raise reused()
    return _same(
        first,
        kind=kind,
        amount=m.amount,
        reason=m.reason,
        memo=m.memo,
        case_number=m.case_number,
        area_prefix=m.area_prefix,
        earner_id=m.earner_id,
    )


def _same(first: Transfer, **asked: object) -> Transfer:
    if any(getattr(first, name) != value for name, value in asked.items()):
        raise reused()
    return first


def reused() -> Conflict:
    """Return the refusal of a key that stands for something else."""
    return Conflict(
        "这个编号已经记过另一笔积分。请刷新页面，看清现在的情况再办理。", code="key_reused"
    )


def _open_missing(movement: Movement) -> None:
    """Open the creditor's account; refuse for a debtor that never had one."""
    debit = Account.objects.filter(code=movement.debit).first()
    if rules.parse_code(movement.debit).unit != rules.parse_code(movement.credit).unit:
        raise ValueError(f"{movement.debit} and {movement.credit} are in different units")
    if debit is None:
        raise _short(None, movement.amount, Kind.POSTED)
    # A purse is locked first, so that nobody waits for it while holding a newly opened account.
    Account.objects.select_for_update().get(pk=debit.pk)
    open_account(code=movement.credit)


def _short(account: Account | None, amount: int, kind: str) -> Conflict:
    available = account.available if account else 0
    is_reversal = kind == Kind.REVERSAL
    purse = Purse.objects.filter(accounts=account).first() if account else None
    if account is not None and purse is not None and account.holder_kind == rules.PURSE:
        if not is_reversal and available >= amount:
            say = rules.purse_stopped(purse.name, available, purse.stop_below)
            return Conflict(say, code="purse_stopped")
        words = rules.purse_short_of_funding if is_reversal else rules.purse_short
        return Conflict(words(purse.name, available, amount), code="purse_short")
    tell = rules.holder_short_of_reversal if is_reversal else rules.holder_short
    return Conflict(tell(available, amount), code="balance_short")


def _cannot_reverse(transfer: Transfer) -> Exception:
    if Transfer.objects.filter(reverses_id=transfer.pk).exists():
        return Conflict("这笔积分已经冲正过，不用再办。请刷新页面查看。", code="already_reversed")
    return ValueError(f"transfer {transfer.pk} is not booked, so there is nothing to reverse")


def check_movement(movement: Movement) -> None:
    """Stop mistakes of the caller, which people never see, before anything is written."""
    m = movement
    if not 0 < m.amount <= rules.AMOUNT_MAX or m.debit == m.credit:
        raise ValueError(f"{m.amount} from {m.debit} to {m.credit} is not a transfer")
    _check_words(m.key, m.reason, m.memo)


def _check_words(key: str, reason: str, memo: str) -> None:
    if not 0 < len(key) <= KEY_LENGTH_MAX or len(memo) > MEMO_LENGTH_MAX:
        raise ValueError(f"the key {key!r} or the memo {memo!r} is empty or too long")
    if reason not in rules.REASONS:
        raise ValueError(f"reason {reason!r} is not in the table of reasons")
