"""Casework's own flow: how an objection is answered."""

from typing import Final

from zhicunbao.casework.actions.notices import carry_out
from zhicunbao.casework.rules import Move, actors_of
from zhicunbao.kernel.flow import CLAIMANT, Flow, State, T, right
from zhicunbao.kernel.refusals import NotAllowed


def _answers_freshly(move: Move) -> None:
    """Whoever judged the matter may not judge the objection to it."""
    judged = actors_of(move.case.objection.entry.case.steps.all(), ["evaluate", "review"])
    if move.actor.person_id in judged:
        raise NotAllowed("这件事是您评过或审过的，异议要由别人答复。请交给村务监督或街道。")


OBJECTION: Final = Flow(
    "casework.objection",
    "异议",
    "YY",
    starts={"raise": "raised"},
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
        ),
        T(
            "withdraw",
            "raised",
            "withdrawn",
            CLAIMANT,
            "撤回异议",
            then=(carry_out("dismiss"),),
            side=True,
        ),
    ),
)
