"""What people do with work: keep the catalogue, publish tasks, claim, submit, judge."""

from zhicunbao.work.actions.catalogue import adopt_version, load_starter
from zhicunbao.work.actions.claims import (
    assign_task,
    claim_task,
    draw_lots,
    evaluate,
    review_batch,
    submit_proof,
)
from zhicunbao.work.actions.photos import compare_photos
from zhicunbao.work.actions.tasks import publish_task, save_draft

__all__ = [
    "adopt_version",
    "assign_task",
    "claim_task",
    "compare_photos",
    "draw_lots",
    "evaluate",
    "load_starter",
    "publish_task",
    "review_batch",
    "save_draft",
    "submit_proof",
]
