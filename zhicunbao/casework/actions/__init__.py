"""What casework does: move cases, keep evidence, open notices, hear objections, mind the clock."""

from zhicunbao.casework.actions.evidence import Photo, keep_evidence
from zhicunbao.casework.actions.moves import Outcome, open_case, perform, perform_many
from zhicunbao.casework.actions.notices import object_to, put_on_notice
from zhicunbao.casework.actions.settings import adopt_rule
from zhicunbao.casework.actions.time import tick

__all__ = [
    "Outcome",
    "Photo",
    "adopt_rule",
    "keep_evidence",
    "object_to",
    "open_case",
    "perform",
    "perform_many",
    "put_on_notice",
    "tick",
]
