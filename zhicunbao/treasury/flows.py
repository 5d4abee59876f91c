"""The three state tables of treasury, and the guards and effects that stand in them. In each, one
person asks and another one approves.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.urls import reverse as address

from zhicunbao.base import access, outbox
from zhicunbao.casework.rules import APPROVE_DAYS, ZEROING_DAYS, Move, due_after, in_force
from zhicunbao.kernel import clock
from zhicunbao.kernel.flow import SYSTEM, Flow, State, T, right
from zhicunbao.treasury import actions, queries, rules
from zhicunbao.treasury.models import Correction, Zeroing
from zhicunbao.treasury.rules import APPROVE, REQUEST

# ---- guards ----


def reaches_both(move: Move) -> None:
    """Refuse an approval by whose post does not reach the household that gets the points."""
    target = move.case.household_move.target
    if target is not None:
        access.require(move.actor, APPROVE, target)


def announced_in_time(move: Move) -> None:
    """Refuse an approval so late that the warning would be shorter than the rule says."""
    days = in_force(ZEROING_DAYS, move.case.area_prefix, clock.local_date(move.at))
    rules.check_ahead(move.case.zeroing.effective_on, clock.local_date(move.at), days)


# ---- effects ----


def reverse_it(move: Move) -> None:
    """Take the transfer back."""
    move.detail["transfer"] = actions.reverse_transfer(move.actor, move.case.correction).pk


def let_go(move: Move) -> None:
    """The transfer may be asked for again."""
    Correction.objects.filter(case=move.case).update(is_open=False)


def move_them(move: Move) -> None:
    """Hand the points over."""
    rows = actions.move_points(move.actor, move.case.household_move)
    move.detail["transfers"] = [row.pk for row in rows]


def end(move: Move) -> None:
    """Another resolution for this purse may be registered."""
    Zeroing.objects.filter(case=move.case).update(is_live=False)


def call_it_off(move: Move) -> None:
    """Have the clock tell those who were warned that nothing is taken; nobody, when nobody was."""
    row = move.case.zeroing
    row.told_at = None if row.told_to else move.at
    row.told_to = 0
    row.save(update_fields=["told_to", "told_at"])


def count_holders(move: Move) -> None:
    """Count the holders whom the day finds."""
    actions.start_zeroing(move.case.zeroing)


def tell_requester(move: Move) -> None:
    """Tell whoever asked what a second person decided, and why."""
    row = next(
        getattr(move.case, name)
        for name in ("correction", "household_move", "zeroing")
        if hasattr(move.case, name)
    )
    if row.requester_id == move.actor.person_id:
        return
    who = f"，由{move.actor.name}办理" if move.actor is not access.SYSTEM else ""
    now = f"现在是“{move.flow.states[move.transition.target].label}”{who}。"
    outbox.tell(
        [row.requester_id],
        key=f"case:{move.case.pk}:{move.case.version}",
        title=move.case.subject,
        text=f"{move.reason[:200]}。{now}" if move.reason else now,
        url=address("treasury:matter", args=[move.case.pk]),
    )


# ---- deadlines ----


def day_itself(move: Move) -> datetime:
    """The first moment of the day on which the points go."""
    return clock.start_of(move.case.zeroing.effective_on)


def until_approved(move: Move) -> datetime:
    """Until when a second person should have looked."""
    return due_after(APPROVE_DAYS, move)


def _withdraw(source: str, asked: str, *then: Callable[[Move], None]) -> T:
    return T(
        "withdraw",
        source,
        "withdrawn",
        right(REQUEST),
        "撤回申请",
        then=then,
        same_as=asked,
        side=True,
        owner_too=True,
        plain=True,
        follows=("这件事不再复核，要办可以重新申请。",),
    )


CORRECTION: Final = Flow(
    "treasury.correction",
    "冲正申请",
    "CZ",
    starts={"request": "requested"},
    start_labels={"request": "申请冲正"},
    parties=queries.correction_parties,
    line=("申请", "复核", "冲正"),
    states={
        "requested": State("冲正待复核", 1, deadline=until_approved),
        "carried_out": State("已冲正", 2),
        "refused": State("没有同意", 1, "ended"),
        "withdrawn": State("已撤回", 1, "ended"),
    },
    transitions=(
        T(
            "approve",
            "requested",
            "carried_out",
            right(APPROVE),
            "同意冲正",
            then=(reverse_it, tell_requester),
            not_same_as=("request",),
            plain=True,
            follows=(
                "整笔退回，原来的记录保留，另记一笔冲正。",
                "本人会收到消息，在明细里看到原因。",
                "冲正只能做一次，不能撤回。",
            ),
        ),
        T(
            "refuse",
            "requested",
            "refused",
            right(APPROVE),
            "不同意",
            then=(let_go, tell_requester),
            not_same_as=("request",),
            reason=True,
            plain=True,
            follows=("积分不动，申请人会看到您写的理由。",),
        ),
        _withdraw("requested", "request", let_go),
    ),
)

HOUSEHOLD_MOVE: Final = Flow(
    "treasury.household_move",
    "户间转移",
    "HZ",
    starts={"request": "requested"},
    start_labels={"request": "申请转移"},
    parties=queries.move_parties,
    line=("申请", "复核", "转移"),
    states={
        "requested": State("转移待复核", 1, deadline=until_approved),
        "carried_out": State("已转移", 2),
        "refused": State("没有同意", 1, "ended"),
        "withdrawn": State("已撤回", 1, "ended"),
    },
    transitions=(
        T(
            "approve",
            "requested",
            "carried_out",
            right(APPROVE),
            "同意转移",
            needs=(reaches_both,),
            then=(move_them, tell_requester),
            not_same_as=("request",),
            plain=True,
            follows=(
                "积分从最早的资金池转起，各池的积分仍在各池。",
                "两边的人都会收到消息。转错了可以再申请冲正。",
            ),
        ),
        T(
            "refuse",
            "requested",
            "refused",
            right(APPROVE),
            "不同意",
            then=(tell_requester,),
            not_same_as=("request",),
            reason=True,
            plain=True,
            follows=("积分不动，申请人会看到您写的理由。",),
        ),
        _withdraw("requested", "request"),
    ),
)

ZEROING: Final = Flow(
    "treasury.zeroing",
    "清零决议",
    "QL",
    starts={"propose": "proposed"},
    start_labels={"propose": "登记清零决议"},
    parties=queries.zeroing_parties,
    line=("登记", "复核", "预告", "清零"),
    states={
        "proposed": State("清零待复核", 1, deadline=until_approved),
        "announced": State("已预告，待清零", 2, deadline=day_itself),
        "running": State("正在清零", 3),
        "done": State("已清零", 3),
        "refused": State("没有同意", 1, "ended"),
        "withdrawn": State("已撤回", 1, "ended"),
        "cancelled": State("已取消", 2, "ended"),
    },
    transitions=(
        T(
            "approve",
            "proposed",
            "announced",
            right(APPROVE),
            "同意并预告",
            needs=(announced_in_time,),
            then=(tell_requester,),
            not_same_as=("propose",),
            plain=True,
            follows=(
                "每一户、每个有积分的人都会收到预告，积分页上也会写明。",
                "到了清零日自动办理；已经答应兑换的积分不动。",
                "清零日以前可以写明理由取消。",
            ),
        ),
        T(
            "refuse",
            "proposed",
            "refused",
            right(APPROVE),
            "不同意",
            then=(end, tell_requester),
            not_same_as=("propose",),
            reason=True,
            plain=True,
            follows=("积分不动，登记人会看到您写的理由。",),
        ),
        _withdraw("proposed", "propose", end),
        T(
            "cancel",
            "announced",
            "cancelled",
            right(APPROVE),
            "取消清零",
            then=(end, call_it_off, tell_requester),
            side=True,
            reason=True,
            plain=True,
            follows=("积分照常使用，收到过预告的人都会再收到一条消息。",),
        ),
        T("start", "announced", "running", SYSTEM, "开始清零", then=(count_holders,), on_time=True),
        T("finish", "running", "done", SYSTEM, "清零完毕", then=(end, tell_requester)),
    ),
)
