"""One's own claims: the list, one claim, handing in its proof."""

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from ninja import Body, File, Query, Router, UploadedFile
from pydantic import AwareDatetime, Field

from zhicunbao.base.access import Actor
from zhicunbao.base.api import Asked, Fetched, Key, Page, Sent, page_of
from zhicunbao.base.http import Request
from zhicunbao.casework.actions import Photo
from zhicunbao.casework.actions.evidence import Position
from zhicunbao.kernel import clock
from zhicunbao.kernel.refusals import Invalid, NotAllowed
from zhicunbao.work import actions, queries
from zhicunbao.work.api.shapes import ClaimRow, ClaimWhole, claim_row, claim_whole
from zhicunbao.work.models import Claim, Task

router = Router()

PHOTOS_MAX: Final = 9
"""As many as the page takes: ten at the upload limit would fill a whole request."""
FIELD_LENGTH_MAX: Final = 300
OTHER: Final = "其他"
"""The label of a photo beside those that the task names."""
UPLOADS: Final[list[UploadedFile]] = []


def own_claim(actor: Actor, pk: int) -> Claim:
    """Return one's own claim; those who may see another's are told that only its owner acts."""
    found = queries.fetch_claim(actor, pk)
    if found.claimant_id != actor.person_id:
        raise NotAllowed("这不是您的事项，请由本人办理。", code="not_the_owner")
    return found


SeenClaim = Annotated[Claim, Fetched(queries.fetch_claim)]
OwnClaim = Annotated[Claim, Fetched(own_claim)]


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

    label: str = OTHER
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
    photos: list[PhotoSent] = Field([], max_length=PHOTOS_MAX)
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
    if len(uploads) > PHOTOS_MAX or len(known) > len(uploads):
        raise Invalid(
            f"一次最多交 {PHOTOS_MAX} 张照片，说明不能比照片多。请挑最说明问题的几张。",
            fields={"photos": f"收到 {len(uploads)} 张照片、{len(known)} 条说明"},
        )
    labels = {OTHER, *map(str, task.photo_labels)}
    if unknown := {photo.label for photo in known} - labels:
        raise Invalid(
            "照片的名目不是这件任务要的。请从任务的 photo_labels 里选，或不写。",
            fields={"photos": "、".join(sorted(unknown))},
        )
    said = [*known, *[PhotoSent()] * (len(uploads) - len(known))]
    return [
        Photo(upload, photo.label, _device_time(photo.taken_at))
        for upload, photo in zip(uploads, said, strict=True)
    ]


def _device_time(taken_at: datetime | None) -> datetime | None:
    """Return the phone's time; one that cannot be true counts as not said: it is a hint for people
    and never a reason to refuse.
    """
    if taken_at is None or taken_at.year < 2000 or taken_at > clock.now() + timedelta(days=2):
        return None
    return taken_at


def _answers(task: Task, fields: dict[str, str]) -> list[tuple[str, str]]:
    asked = [str(field["label"]) for field in task.fields]
    if unknown := set(fields) - set(asked):
        raise Invalid(
            "有这件任务没有要的内容，请去掉后再提交。",
            fields={f"field:{label}": "这件任务不要这一项" for label in unknown},
        )
    return [(label, fields.get(label, "").strip()) for label in asked]
