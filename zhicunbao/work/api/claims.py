"""One's own claims: the list, one claim, handing in its proof."""

from typing import Annotated, Final, Literal

from ninja import Body, File, Query, Router, UploadedFile
from pydantic import AwareDatetime, Field

from zhicunbao.base.api import Asked, Fetched, Key, Page, Sent, page_of
from zhicunbao.base.http import Request
from zhicunbao.casework.actions import Photo
from zhicunbao.casework.actions.evidence import Position
from zhicunbao.kernel.refusals import Invalid
from zhicunbao.work import actions, queries
from zhicunbao.work.api.shapes import ClaimRow, ClaimWhole, claim_row, claim_whole
from zhicunbao.work.models import Claim, Task
from zhicunbao.work.rules import EXTRA_LABEL, FIELD_LENGTH_MAX, PHOTOS_SENT_MAX

router = Router()

UPLOADS: Final[list[UploadedFile]] = []


SeenClaim = Annotated[Claim, Fetched(queries.fetch_claim)]
OwnClaim = Annotated[Claim, Fetched(queries.fetch_own_claim)]


class ClaimsAsked(Asked):
    """``stage``: under way, in public notice, done, or the part of what is done that brought
    points; empty: all.
    """

    stage: Literal["", "going", "notice", "done", "posted"] = ""


@router.get("/claims", url_name="claims", response=Page[ClaimRow])
def list_claims(request: Request, asked: Query[ClaimsAsked]) -> Page[ClaimRow]:
    """List the person's own claims, newest first."""
    rows = queries.my_claims(request.actor, asked.stage)
    claims, following = page_of(rows, asked, "-id")
    return Page[ClaimRow](items=[claim_row(claim) for claim in claims], next=following)


@router.get("/claims/{int:claim}", url_name="claim", response=ClaimWhole)
def show_claim(request: Request, claim: SeenClaim) -> ClaimWhole:
    """Show where a claim stands, what was handed in, every step, and what the reader may do."""
    return claim_whole(request.actor, claim.pk)


# ---- proof ----


class PhotoSent(Sent):
    """What is known of one photo: which of the wanted ones it is, and the phone's time."""

    label: str = EXTRA_LABEL
    taken_at: AwareDatetime | None = None


class PositionSent(Sent):
    """Where the phone says it is: WGS-84 degrees and its error in metres."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    accuracy_m: int = Field(gt=0, lt=100_000)


class Proof(Sent):
    """The part ``proof`` of a submission. ``photos`` stands in the order of the files; ``fields``
    by the labels that the task asks for; ``seen`` is the version of the claim's case.
    """

    seen: int
    photos: list[PhotoSent] = Field([], max_length=PHOTOS_SENT_MAX)
    position: PositionSent | None = None
    fields: dict[str, Annotated[str, Field(max_length=FIELD_LENGTH_MAX)]] = {}
    note: str = ""


@router.post("/claims/{int:claim}/submission", url_name="submit", response=ClaimWhole)
def submit(
    request: Request,
    claim: OwnClaim,
    key: Key,
    proof: Body[Proof],
    photos: File[list[UploadedFile]] = UPLOADS,
) -> ClaimWhole:
    """Hand in the proof of one's own claim, the first time or after it was returned.

    `multipart/form-data`: the files as `photos`, the rest as JSON in the part `proof`. Refused
    with 422 when something that the task asks for is missing or a file is not a photo, 409 when
    the time is over or the claim moved since `seen`; nothing of a refused submission is kept.
    """
    position = proof.position
    actions.submit_proof(
        request.actor,
        claim,
        key=key,
        seen=proof.seen,
        photos=_photos(claim.task, photos, proof.photos),
        position=Position(**position.model_dump()) if position else None,
        fields=_answers(claim.task, proof.fields),
        note=proof.note.strip(),
    )
    return claim_whole(request.actor, claim.pk)


def _photos(task: Task, uploads: list[UploadedFile], known: list[PhotoSent]) -> list[Photo]:
    if len(known) > len(uploads):
        raise Invalid(
            "说明不能比照片多，请核对后再提交。",
            fields={"photos": f"收到 {len(uploads)} 张照片、{len(known)} 条说明"},
        )
    labels = {EXTRA_LABEL, *map(str, task.photo_labels)}
    if unknown := {photo.label for photo in known} - labels:
        raise Invalid(
            "照片的名目不是这件任务要的。请从任务的 photo_labels 里选，或不写。",
            fields={"photos": "、".join(sorted(unknown))},
        )
    said = [*known, *[PhotoSent()] * (len(uploads) - len(known))]
    return [
        Photo(upload, photo.label, photo.taken_at)
        for upload, photo in zip(uploads, said, strict=True)
    ]


def _answers(task: Task, fields: dict[str, str]) -> list[tuple[str, str]]:
    asked = [str(field["label"]) for field in task.fields]
    if unknown := set(fields) - set(asked):
        raise Invalid(
            "有这件任务没有要的内容，请去掉后再提交。",
            fields={f"field:{label}": "这件任务不要这一项" for label in unknown},
        )
    return [(label, fields.get(label, "").strip()) for label in asked]
