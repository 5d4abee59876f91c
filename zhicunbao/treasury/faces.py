"""How the treasury's cases look where all cases are listed, and where they open."""

from collections.abc import Sequence

from django.urls import reverse

from zhicunbao.base import access, holders
from zhicunbao.base.access import Actor
from zhicunbao.base.feature import Face, Fact
from zhicunbao.casework.models import Case
from zhicunbao.ledger import rules as ledger
from zhicunbao.treasury.models import Correction, HouseholdMove, Zeroing
from zhicunbao.treasury.queries import Names, account_name
from zhicunbao.treasury.rules import APPROVE, REQUEST, day_words, scope_words


def correction_faces(actor: Actor, cases: Sequence[Case], in_full: bool) -> dict[int, Face]:
    """Return the faces of corrections: one query, and in full those for the holders' names."""
    rows = list(
        Correction.objects.filter(case__in=cases).select_related(
            "case",
            "requester",
            "transfer__earner",
            "transfer__debit_account__purse",
            "transfer__credit_account__purse",
        )
    )
    names: Names = {}
    if in_full:
        accounts = [a for r in rows for a in (r.transfer.debit_account, r.transfer.credit_account)]
        names = holders.faces_of((a.holder_kind, a.holder_id) for a in accounts)
    return {
        row.case_id: _face(
            row.case,
            "undo",
            f"{row.transfer.amount:,} 分",
            _of_correction(actor, row, names) if in_full else (),
        )
        for row in rows
    }


def _of_correction(actor: Actor, row: Correction, names: Names) -> tuple[Fact, ...]:
    booked = row.transfer
    full = _knows_names(actor, row.case)
    what = booked.memo or ledger.REASONS[booked.reason].label
    facts = [
        Fact("冲正哪一笔", what, points=booked.amount),
        Fact("从", account_name(booked.debit_account, names, full=full)),
        Fact("到", account_name(booked.credit_account, names, full=full)),
    ]
    if booked.case_number:
        facts.append(Fact("原编号", booked.case_number))
    return (*facts, Fact("为什么", row.reason), Fact("申请人", row.requester.name))


def move_faces(actor: Actor, cases: Sequence[Case], in_full: bool) -> dict[int, Face]:
    """Return the faces of moves between households: one query, and in full those for names."""
    rows = list(
        HouseholdMove.objects.filter(case__in=cases).select_related("case", "requester", "source")
    )
    names: Names = {}
    if in_full:
        ends = [(ledger.HOUSEHOLD, r.source_id) for r in rows] + [r.receiver for r in rows]
        names = holders.faces_of(ends)
    return {
        row.case_id: _face(
            row.case,
            "home",
            f"{row.points:,} 分",
            _of_move(actor, row, names) if in_full else (),
        )
        for row in rows
    }


def _of_move(actor: Actor, row: HouseholdMove, names: Names) -> tuple[Fact, ...]:
    full = _knows_names(actor, row.case)

    def called(holder: tuple[str, int]) -> str:
        return names[holder].label if full else names[holder].masked

    return (
        Fact("办什么", row.get_kind_display(), points=row.points),
        Fact("转出", called((ledger.HOUSEHOLD, row.source_id))),
        Fact("转入", called(row.receiver)),
        Fact("依据", row.document),
        Fact("为什么", row.reason),
        Fact("申请人", row.requester.name),
    )


def zeroing_faces(actor: Actor, cases: Sequence[Case], in_full: bool) -> dict[int, Face]:
    """Return the faces of resolutions (one query)."""
    del actor  # a resolution is public
    rows = Zeroing.objects.filter(case__in=cases).select_related("case", "requester", "purse")
    return {
        row.case_id: _face(row.case, "clock", row.document, _of_zeroing(row) if in_full else ())
        for row in rows
    }


def _of_zeroing(row: Zeroing) -> tuple[Fact, ...]:
    return (
        Fact("资金池", row.purse.name),
        Fact("清哪些", scope_words(row.booked_before)),
        Fact("清零日", f"{day_words(row.effective_on)} 0 时"),
        Fact("决定单位", row.body),
        Fact("决议日期", day_words(row.decided_on)),
        Fact("文号", row.document),
        Fact("登记人", row.requester.name),
    )


def _knows_names(actor: Actor, case: Case) -> bool:
    return access.may(actor, REQUEST, case) or access.may(actor, APPROVE, case)


def _face(case: Case, icon: str, note: str, facts: tuple[Fact, ...]) -> Face:
    return Face(
        icon=icon,
        note=note,
        facts=facts,
        desk_url=reverse("treasury:matter", args=[case.pk]),
        desk_label="去复核",
    )
