"""Casework's own flow: how an objection is answered."""

from typing import Final

from zhicunbao.casework.actions.notices import carry_out
from zhicunbao.casework.rules import Move, actors_of
from zhicunbao.kernel.flow import CLAIMANT, Flow, State, T, right
from zhicunbao.kernel.refusals import NotAllowed
from zhicunbao.registry.queries import kin_of


def _answers_freshly(move: Move) -> None:
    """Whoever judged the matter, whom it credits, and their kin may not judge the objection."""
    target = move.case.objection.entry.case
    person_id = move.actor.person_id
    if person_id in actors_of(target.steps.all(), ["evaluate", "review"]):
        raise NotAllowed(
            "这件事是您评过或审过的，异议要由别人答复。请交给村务监督或街道。", code="same_person"
        )
    if person_id and target.owner_id in {person_id, *kin_of(person_id)}:
        raise NotAllowed(
            "这一笔是您本人或同户的人的，异议要由别人答复。请交给村务监督或街道。", code="kin"
        )


OBJECTION: Final = Flow(
    "casework.objection",
    "异议",
    "YY",
    starts={"raise": "raised"},
    start_labels={"raise": "提出异议"},
    names_owner=False,
    line=("提出", "核实答复"),
    states={
        "raised": State("待答复", 1),
        "upheld": State("异议成立", 1),
        "dismissed": State("异议不成立", 1),
        "withdrawn": State("已撤回", 1, "ended"),
    },
    transitions=(
        T(
            "uphold",
            "raised",
            "upheld",
            right("casework.answer_objection"),
            "异议成立，撤销入账",
            needs=(_answers_freshly,),
            then=(carry_out("uphold"),),
            reason=True,
            plain=True,
            told="答复异议成立",
            follows=("这一笔不入账，分数退回资金池。", "提出人和当事人都会看到您写的理由。"),
        ),
        T(
            "dismiss",
            "raised",
            "dismissed",
            right("casework.answer_objection"),
            "异议不成立，继续公示",
            needs=(_answers_freshly,),
            then=(carry_out("dismiss"),),
            reason=True,
            plain=True,
            told="答复异议不成立",
            follows=("这一笔接着公示，期满入账。", "提出人和当事人都会看到您写的理由。"),
        ),
        T(
            "withdraw",
            "raised",
            "withdrawn",
            CLAIMANT,
            "撤回异议",
            then=(carry_out("dismiss"),),
            side=True,
            plain=True,
            follows=("这一笔接着公示，期满入账。",),
        ),
    ),
)
