"""The two state tables of work, and the guards and effects that stand in them."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import F

from zhicunbao.base.models import Area
from zhicunbao.casework.actions import keep_evidence, put_on_notice
from zhicunbao.casework.queries import number_of
from zhicunbao.casework.rules import EVALUATE_DAYS, REVIEW_DAYS, Move, due_after
from zhicunbao.kernel.flow import CLAIMANT, SYSTEM, Flow, State, T, right
from zhicunbao.kernel.refusals import Conflict, Invalid
from zhicunbao.ledger import actions as ledger
from zhicunbao.ledger import queries as balances
from zhicunbao.ledger.models import Transfer
from zhicunbao.registry.queries import households_joined
from zhicunbao.work.models import Claim, Task
from zhicunbao.work.rules import audience_of

TIME_TO_AMEND: Final = timedelta(days=2)
"""A returned claim can be amended this long, even past the task's due time."""


GIVEN_UP: Final = (
    "名额马上让给别人。",
    "不扣分，也不影响以后认领。",
    "放弃后不能恢复，想再做要重新认领。",
)
"""What follows when somebody gives up what they claimed."""


# ---- guards ----


def enough_proof(move: Move) -> None:
    """Refuse a submission without the photos and fields that the task wants."""
    task = move.case.claim.task
    wrong: dict[str, str] = {}
    missing = task.photos_min - len(move.data.get("photos", ()))
    if missing > 0:
        wrong["photos"] = f"还差 {missing} 张照片，这件任务要 {task.photos_min} 张"
    filled = {label for label, text in move.data.get("fields", ()) if text}
    for asked in task.fields:
        if asked.get("is_required") and asked["label"] not in filled:
            wrong[f"field:{asked['label']}"] = f"请填“{asked['label']}”"
    if wrong:
        raise Invalid("佐证还不齐，补上后再提交。", fields=wrong)


def not_overdue(move: Move) -> None:
    """Refuse a submission after the time for it has run out."""
    if move.case.due_at is not None and move.at > move.case.due_at:
        raise Conflict("完成期限已过，不能再提交。如有特殊情况，请联系社区管理员重新发布。")


def level_nearby(move: Move) -> None:
    """Accept the published difficulty or one step beside it; points follow the item's table."""
    claim = move.case.claim
    level = int(move.data.get("level") or claim.task.level)
    if not 1 <= level <= 5 or abs(level - claim.task.level) > 1:
        raise Invalid(
            "难度只能在发布的级别上下调一级，请重新选。",
            fields={"level": f"发布时是 {claim.task.level} 级"},
        )


def no_claims_yet(move: Move) -> None:
    """Refuse to take back a task that somebody is already working on."""
    if move.case.task.claims.filter(is_active=True).exists():
        raise Conflict("已经有人认领，不能撤回。可以改用“停止认领”，已认领的照常办完。")


# ---- effects ----


def keep_proof(move: Move) -> None:
    """Keep the proof; a position is judged against the task's area, wherever the claimant lives."""
    keep_evidence(move, within=move.case.claim.task.area)


def set_points(move: Move) -> None:
    """Write level and points as evaluated into the claim and the step."""
    claim = move.case.claim
    claim.level = int(move.data.get("level") or claim.task.level)
    claim.points = claim.task.version.points(claim.level)
    claim.save(update_fields=["level", "points"])
    move.detail |= {"level": claim.level, "points": claim.points}


def hold_points(move: Move) -> None:
    """Draw the points from the nearest purse as pending, and put the result on notice."""
    claim = move.case.claim
    purse = balances.purse_for(move.case.area_prefix)
    if purse is None:
        raise Conflict("这里还没有可用的资金池，积分发不出来。请街道先建立并拨入资金池，再审核。")
    hold = ledger.award_hold(
        move.actor,
        purse=purse,
        person_id=claim.claimant_id,
        household_id=next(iter(households_joined(claim.claimant_id)), None),
        points=claim.points,
        case_number=number_of(move.case),
        memo=claim.task.title,
        area_prefix=move.case.area_prefix,
        key=f"award:{move.case.pk}:{move.case.version}",
    )
    claim.hold_id = hold.pk
    claim.save(update_fields=["hold_id"])
    community = Area.objects.get(prefix=audience_of(move.case.area_prefix))
    entry = put_on_notice(move, area=community, subject=claim.task.title, points=claim.points)
    move.detail |= {"notice": entry.notice_id, "points": claim.points, "hold": hold.pk}


def post_points(move: Move) -> None:
    """The notice is over: the points are the claimant's."""
    posted = ledger.post_hold(
        move.actor, hold=_hold(move), key=f"post:{move.case.pk}:{move.case.version}"
    )
    move.detail["transfer"] = posted.pk


def void_points(move: Move) -> None:
    """The objection is upheld: the pending points go back to the purse."""
    ledger.void_hold(move.actor, hold=_hold(move), key=f"void:{move.case.pk}:{move.case.version}")


def _hold(move: Move) -> Transfer:
    hold_id = move.case.claim.hold_id
    if hold_id is None:
        raise ValueError(f"case {move.case.pk} is on notice without a hold")
    return Transfer(pk=hold_id)


def remember_content(move: Move) -> None:
    """Bind the words that are published to the chain of the task's steps."""
    move.detail["content"] = move.data.get("content")


def free_slot(move: Move) -> None:
    """Give the slot back, so that somebody else can claim it."""
    claim = move.case.claim
    Task.objects.filter(pk=claim.task_id, taken_count__gt=0).update(
        taken_count=F("taken_count") - 1
    )


def let_go(move: Move) -> None:
    """The person no longer holds this claim and may claim anew."""
    Claim.objects.filter(case=move.case).update(is_active=False)


# ---- deadlines ----


def by_task_due(move: Move) -> datetime:
    """The task's own due time."""
    due: datetime = move.case.claim.task.due_at
    return due


def time_to_amend(move: Move) -> datetime:
    """The task's due time, or two days from now when that is later."""
    return max(by_task_due(move), move.at + TIME_TO_AMEND)


def notice_end(move: Move) -> datetime:
    """The end of the notice window that the claim stands in."""
    end: datetime = move.case.notice_entry.notice.closes_at
    return end


TASK: Final = Flow(
    "work.task",
    "任务",
    "RW",
    starts={"draft": "draft", "publish": "published"},
    start_labels={"draft": "起草", "publish": "发布"},
    line=("起草", "进行", "结束"),
    states={
        "draft": State("草稿", 0),
        "published": State("进行中", 1, deadline=lambda move: move.case.task.due_at),
        "closed": State("已结束", 2),
        "withdrawn": State("已撤回", 1, "ended"),
        "discarded": State("已作废", 0, "ended"),
    },
    transitions=(
        T(
            "publish",
            "draft",
            "published",
            right("work.publish"),
            "发布",
            then=(remember_content,),
            owner_too=True,
        ),
        T(
            "discard",
            "draft",
            "discarded",
            right("work.publish"),
            "删除草稿",
            side=True,
            plain=True,
            follows=("草稿不再出现在列表里，也不能再发布。", "内容仍留在记录里，不影响别的任务。"),
        ),
        T(
            "withdraw",
            "published",
            "withdrawn",
            right("work.publish"),
            "撤回任务",
            needs=(no_claims_yet,),
            side=True,
            reason=True,
            plain=True,
            follows=("任务从网格员的列表里消失。", "还没有人认领，所以不影响任何人。"),
        ),
        T(
            "stop",
            "published",
            "closed",
            right("work.publish"),
            "停止认领",
            side=True,
            plain=True,
            follows=("不再有人能认领。", "已经认领、报名的照常办下去。", "停止后不能重新打开。"),
        ),
        T("close", "published", "closed", SYSTEM, "到期结束", on_time=True),
    ),
)

CLAIM: Final = Flow(
    "work.claim",
    "认领",
    "RL",
    starts={"claim": "claimed", "assign": "claimed", "enter": "entered"},
    start_labels={"claim": "认领", "assign": "指定", "enter": "报名抽签"},
    line=("认领", "提交", "考评", "审核", "公示", "入账"),
    known_by=("work.evaluate", "work.publish"),
    states={
        "entered": State("待抽签", 0),
        "not_drawn": State("未抽中", 0, "ended"),
        "claimed": State("待提交", 1, deadline=by_task_due),
        "returned": State("已退回，待补充", 1, "returned", deadline=time_to_amend),
        "withdrawn": State("已放弃", 1, "ended"),
        "expired": State("逾期未交", 1, "ended"),
        "submitted": State("待考评", 2, deadline=lambda m: due_after(EVALUATE_DAYS, m)),
        "rejected": State("没做到", 2, "ended"),
        "evaluated": State("待审核", 3, deadline=lambda m: due_after(REVIEW_DAYS, m)),
        "in_notice": State("公示中", 4, deadline=notice_end),
        "objected": State("有异议，暂停入账", 4, "returned"),
        "upheld": State("异议成立，不入账", 4, "ended"),
        "posted": State("已入账", 5),
    },
    transitions=(
        T("draw", "entered", "claimed", SYSTEM, "抽中"),
        T("lose", "entered", "not_drawn", SYSTEM, "未抽中", then=(let_go,)),
        T(
            "withdraw",
            "entered",
            "withdrawn",
            CLAIMANT,
            "退出抽签",
            then=(let_go,),
            side=True,
            plain=True,
            follows=("您不再参加这次抽签，截止前还可以再报名。",),
        ),
        T(
            "submit",
            "claimed",
            "submitted",
            CLAIMANT,
            "提交佐证",
            needs=(not_overdue, enough_proof),
            then=(keep_proof,),
        ),
        T(
            "submit",
            "returned",
            "submitted",
            CLAIMANT,
            "补充后再提交",
            needs=(not_overdue, enough_proof),
            then=(keep_proof,),
        ),
        T(
            "withdraw",
            "claimed",
            "withdrawn",
            CLAIMANT,
            "放弃认领",
            then=(let_go, free_slot),
            side=True,
            plain=True,
            follows=GIVEN_UP,
        ),
        T(
            "withdraw",
            "returned",
            "withdrawn",
            CLAIMANT,
            "放弃认领",
            then=(let_go, free_slot),
            side=True,
            plain=True,
            follows=GIVEN_UP,
        ),
        T(
            "expire",
            "claimed",
            "expired",
            SYSTEM,
            "逾期",
            then=(let_go, free_slot),
            on_time=True,
        ),
        T(
            "expire",
            "returned",
            "expired",
            SYSTEM,
            "逾期",
            then=(let_go, free_slot),
            on_time=True,
        ),
        T(
            "evaluate",
            "submitted",
            "evaluated",
            right("work.evaluate"),
            "做到了",
            needs=(level_nearby,),
            then=(set_points,),
            told="考评做到了",
            not_same_as=("submit",),
        ),
        T(
            "return",
            "submitted",
            "returned",
            right("work.evaluate"),
            "退回补充",
            not_same_as=("submit",),
            side=True,
            reason=True,
        ),
        T(
            "reject",
            "submitted",
            "rejected",
            right("work.evaluate"),
            "没做到",
            then=(free_slot,),
            told="考评没做到",
            not_same_as=("submit",),
            side=True,
            reason=True,
        ),
        T(
            "recall",
            "evaluated",
            "submitted",
            right("work.evaluate"),
            "撤回考评",
            same_as="evaluate",
            side=True,
            plain=True,
            follows=("这件事回到待考评，您可以重新考评。",),
        ),
        T(
            "review",
            "evaluated",
            "in_notice",
            right("work.review"),
            "审核通过",
            then=(hold_points,),
            not_same_as=("submit", "evaluate"),
            many=True,
            plain=True,
            follows=("结果进入公示，期满没有异议就入账。", "分数先从资金池里留出来。"),
        ),
        T(
            "send_back",
            "evaluated",
            "submitted",
            right("work.review"),
            "退回考评",
            not_same_as=("submit", "evaluate"),
            many=True,
            side=True,
            reason=True,
            plain=True,
            follows=("这件事回到待考评，由社区再看一遍。",),
        ),
        T("object", "in_notice", "objected", SYSTEM, "有人提出异议"),
        T("uphold", "objected", "upheld", SYSTEM, "异议成立", then=(void_points,)),
        T("dismiss", "objected", "in_notice", SYSTEM, "异议不成立"),
        T("post", "in_notice", "posted", SYSTEM, "入账", then=(post_points,), on_time=True),
    ),
)
