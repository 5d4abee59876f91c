"""What an approval does to the ledger: called from ``flows`` inside the transaction of the step."""

from django.urls import reverse as address

from zhicunbao.base import audit, outbox
from zhicunbao.base.access import Actor
from zhicunbao.casework.queries import number_of
from zhicunbao.ledger import actions as ledger
from zhicunbao.ledger import rules as amounts
from zhicunbao.ledger.models import Transfer
from zhicunbao.treasury import queries
from zhicunbao.treasury.models import Correction, HouseholdMove


def reverse_transfer(actor: Actor, correction: Correction) -> Transfer:
    """Take the transfer back and tell whoever's points they were, with the reason.

    Refuses as the ledger does: spent meanwhile, or reversed already.
    """
    row = ledger.reverse(
        actor,
        transfer=correction.transfer,
        key=f"correction:{correction.case_id}",
        reason=correction.reason,
    )
    correction.reversal, correction.is_open = row, False
    correction.save(update_fields=["reversal", "is_open"])
    booked = correction.transfer
    both = (booked.debit_account, booked.credit_account)
    concerned = [(a.holder_kind, a.holder_id) for a in both]
    people = {p for found in queries.people_behind(concerned).values() for p in found}
    what = booked.memo or amounts.REASONS[booked.reason].label
    outbox.tell(
        people,
        key=f"correction:{correction.case_id}",
        title=f"冲正：{what}",
        text=f"这一笔 {booked.amount:,} 分记错了，已经冲正。原因：{correction.reason}",
        url=address("ledger:transfer", args=[row.pk]),
    )
    return row


def move_points(actor: Actor, move: HouseholdMove) -> list[Transfer]:
    """Hand the points over, the oldest purse's first, and tell both sides; audited.

    Refuses when the household has spent so much meanwhile that it is short.
    """
    source = (amounts.HOUSEHOLD, move.source_id)
    rows = ledger.transfer_between(
        actor,
        source=source,
        target=move.receiver,
        points=move.points,
        reason="household",
        key=f"household_move:{move.case_id}",
        memo=f"{move.get_kind_display()}，{move.document}",
        case_number=number_of(move.case),
        area_prefix=move.case.area_prefix,
    )
    audit.record(
        actor,
        "treasury.points_moved",
        move.case,
        detail={"points": move.points, "transfers": [row.pk for row in rows]},
    )
    behind = queries.people_behind([source, move.receiver])
    for holder, way in ((source, "转出"), (move.receiver, "转入")):
        outbox.tell(
            behind[holder],
            key=f"household_move:{move.case_id}:{way}",
            title=f"{move.get_kind_display()}：{way} {move.points:,} 分",
            text=f"依据{move.document}。{move.reason}",
            url=address("ledger:transfer", args=[rows[0].pk]),
        )
    return rows
