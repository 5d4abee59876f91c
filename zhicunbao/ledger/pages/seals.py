"""What is sealed, for everybody's eyes: the checkpoints, the paper for the notice board, and for
those who may see a transfer its receipt, on paper and as a file.
"""

from dataclasses import dataclass
from typing import Final

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from zhicunbao.base import access, holders
from zhicunbao.base.http import Request, signed_in
from zhicunbao.base.qr import QrCode, qr_code
from zhicunbao.kernel import clock
from zhicunbao.kernel.notes import Key
from zhicunbao.kernel.refusals import Conflict, NotFound
from zhicunbao.ledger import queries, rules
from zhicunbao.ledger.models import Checkpoint, Transfer
from zhicunbao.ledger.queries import sealing
from zhicunbao.ledger.queries.sealing import Seal

PAGE_SIZE: Final = 20
GROUPS_A_LINE: Final = 4
DONE: Final = {
    "posted": "入账",
    "pending": "记为待入账",
    "post_pending": "从待入账转为入账",
    "void_pending": "撤销，没有入账",
    "reversal": "冲正，退回",
}
"""Kind of transfer → what a receipt says that it did."""


@dataclass(frozen=True)
class Shown:
    """A checkpoint as paper shows it; ``root`` in lines of four groups of four digits."""

    checkpoint: Checkpoint
    root: list[str]
    key_name: str
    origin: str


def _shown(checkpoint: Checkpoint) -> Shown:
    head, key = sealing.head_of(checkpoint), Key.parse(checkpoint.key)
    groups = head.fingerprint.split()
    lines = [
        " ".join(groups[at : at + GROUPS_A_LINE]) for at in range(0, len(groups), GROUPS_A_LINE)
    ]
    return Shown(checkpoint, lines, key.id.hex(), head.origin)


@require_safe
@signed_in
def seals(request: Request) -> HttpResponse:
    """List the checkpoints, the newest large, and say how anybody checks them."""
    found = sealing.checkpoints_seen(request.actor)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    latest = found.first()
    is_staff = access.may(request.actor, "ledger.view")
    return render(
        request,
        "ledger/seals.html",
        {
            "page": page,
            "latest": _shown(latest) if latest else None,
            "is_late": is_staff and sealing.is_late(clock.now()),
            "minutes": round(sealing.waits_at_most().total_seconds() / 60),
        },
    )


@require_safe
@signed_in
def seal(request: Request, number: int) -> HttpResponse:
    """Show a checkpoint as the paper that hangs on the notice board."""
    checkpoint = sealing.fetch_checkpoint(request.actor, number)
    before = sealing.checkpoint_before(checkpoint)
    return render(
        request,
        "ledger/seal.html",
        {
            "shown": _shown(checkpoint),
            "before": before,
            "added": checkpoint.size - (before.size if before else 0),
            "qr": qr_code(checkpoint.note),
            "back_url": reverse("ledger:seals"),
        },
    )


@require_safe
@signed_in
def seal_file(request: Request, number: int) -> HttpResponse:
    """Hand out a checkpoint as it was signed."""
    checkpoint = sealing.fetch_checkpoint(request.actor, number)
    return _file(checkpoint.note, f"checkpoint-{checkpoint.size}.txt", "text/plain")


@require_safe
@signed_in
def seal_proof(request: Request, number: int) -> HttpResponse:
    """Hand out the published proof that a checkpoint only added to the one before."""
    checkpoint = sealing.fetch_checkpoint(request.actor, number)
    before = sealing.checkpoint_before(checkpoint)
    if before is None:
        raise NotFound("这是第一次封存，前面没有可以比较的。")
    proof = sealing.text_in(sealing.proof_path(before.size, checkpoint.size))
    if proof is None:
        raise Conflict("证明文件还没有写好。请过几分钟再打开。", code="seal_not_published")
    return _file(proof, f"consistency-{before.size}-{checkpoint.size}.txt", "text/plain")


@require_safe
@signed_in
def receipt(request: Request, pk: int) -> HttpResponse:
    """Show a transfer's receipt as paper; before it is sealed, say when it will be."""
    row = queries.fetch_transfer(request.actor, pk)
    found = sealing.seal_of(row)
    if found is None:
        due_at = sealing.seal_due_at(row)
        return render(
            request,
            "ledger/receipt_waiting.html",
            {
                "row": row,
                "due_at": due_at,
                "is_over": due_at < clock.now(),
                "minutes": round(sealing.waits_at_most().total_seconds() / 60),
                "back_url": reverse("ledger:transfer", args=[row.pk]),
            },
        )
    against, newest = _against(request, found), sealing.newest()
    made = sealing.receipt_of(found, against)
    return render(
        request,
        "ledger/receipt.html",
        {
            "row": row,
            "position": found.position + 1,
            "shown": _shown(against),
            "newest": newest if newest != against else None,
            "qr": _qr(made.to_qr()),
            "done": DONE[row.kind],
            "reason": rules.REASONS[row.reason],
            "back_url": reverse("ledger:transfer", args=[row.pk]),
            **_names(request, row),
        },
    )


@require_safe
@signed_in
def receipt_file(request: Request, pk: int) -> HttpResponse:
    """Hand out a transfer's receipt as a file that anybody can check."""
    row = queries.fetch_transfer(request.actor, pk)
    found = sealing.seal_of(row)
    if found is None:
        raise Conflict("这一笔还没有封存，封存以后才有凭据。请过一会儿再来。", code="not_sealed")
    made = sealing.receipt_of(found, _against(request, found))
    return _file(made.to_json(), f"receipt-{row.pk}.json", "application/json")


def _against(request: Request, found: Seal) -> Checkpoint:
    """Return the checkpoint that was asked for, or the first over the transfer."""
    number = request.GET.get("number", "")
    if not number.isdecimal():
        return found.checkpoint
    return sealing.fetch_checkpoint(request.actor, int(number))


def _names(request: Request, row: Transfer) -> dict[str, str]:
    """Name those whom a row concerns: the reader and their household in full, others masked."""
    own = holders.of_person(request.actor.person_id)
    concerned = {
        "from_name": (row.debit_account.holder_kind, row.debit_account.holder_id),
        "to_name": (row.credit_account.holder_kind, row.credit_account.holder_id),
        "earner_name": (holders.PERSON, row.earner_id or 0),
    }
    faces = holders.faces_of(concerned.values())

    def name(holder: tuple[str, int]) -> str:
        if holder[0] == rules.PURSE and row.debit_account.purse is not None:
            return f"资金池“{row.debit_account.purse.name}”"
        face = faces.get(holder)
        if face is None:
            return ""
        return face.label if holder[1] in own.get(holder[0], []) else face.masked

    return {side: name(holder) for side, holder in concerned.items()}


def _qr(text: str) -> QrCode | None:
    """Return the receipt's code; None for one that no code can hold: then there is the file."""
    try:
        return qr_code(text, error="l")
    except ValueError:
        return None


def _file(text: str, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


urlpatterns = [
    path("points/<int:pk>/receipt/", receipt, name="receipt"),
    path("points/<int:pk>/receipt/file/", receipt_file, name="receipt_file"),
    path("seals/", seals, name="seals"),
    path("seals/<int:number>/", seal, name="seal"),
    path("seals/<int:number>/checkpoint/", seal_file, name="seal_file"),
    path("seals/<int:number>/proof/", seal_proof, name="seal_proof"),
]
