"""What is sealed: checkpoints, the files they are published in, and the receipt of one transfer.
The tree's hashes are read from these files, so that an answer costs the same at any size.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db.models import QuerySet

from zhicunbao.base import access, audit
from zhicunbao.base.access import Actor
from zhicunbao.kernel import merkle, notes, receipts
from zhicunbao.kernel.merkle import Digest
from zhicunbao.kernel.notes import Head
from zhicunbao.kernel.receipts import Receipt
from zhicunbao.kernel.refusals import Conflict, NotFound
from zhicunbao.kernel.tiles import TileFault, TileFolder
from zhicunbao.ledger.models import Checkpoint, Leaf, Transfer
from zhicunbao.ledger.queries.leaves import rows_between

LOOK_BACK: Final = timedelta(days=1)
"""A transaction that took longer than it takes to settle leaves rows behind the last sealed one.
Among the rows of so long before the newest checkpoint they are still found and sealed."""
GRACE: Final = timedelta(minutes=10)
"""A worker that is restarted, or has a backlog, is not yet one that has stopped."""
LATEST: Final = "checkpoint"
"""The file with the checkpoint published last; it is written after all that it stands for."""


class SealBroken(Exception):
    """What is sealed and what is there do not agree. The sentence says where; nobody may go on."""


# --- where things lie ---------------------------------------------------------------------------


def folder() -> Path:
    """Return the folder of the published files."""
    return Path(settings.ZHICUNBAO_LEDGER_FOLDER)


def checkpoint_path(size: int) -> Path:
    """Return the file of the checkpoint over ``size`` leaves."""
    return folder() / "checkpoints" / str(size)


def proof_path(old: int, new: int) -> Path:
    """Return the file that shows that one checkpoint grew into the next."""
    return folder() / "consistency" / f"{old}-{new}"


def text_in(path: Path) -> str | None:
    """Return a published file's text; None when it is not there."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def digest_of(checkpoint: Checkpoint) -> Digest:
    """Return the hash function of the tree."""
    return merkle.HASHES[checkpoint.hash_name]


def tiles_at(checkpoint: Checkpoint) -> TileFolder:
    """Return the published tree as it was at a checkpoint."""
    return TileFolder(folder(), digest_of(checkpoint), checkpoint.size)


def head_of(checkpoint: Checkpoint) -> Head:
    """Return what a checkpoint says."""
    return Head.parse(notes.text_of(checkpoint.note))


def columns_of(checkpoint: Checkpoint) -> list[str]:
    """Return the columns that the leaves of this checkpoint were hashed with."""
    return checkpoint.columns.split(",")


# --- which there are ------------------------------------------------------------------------------


def newest() -> Checkpoint | None:
    """Return the last checkpoint."""
    return Checkpoint.objects.order_by("-number").first()


def checkpoint_before(checkpoint: Checkpoint) -> Checkpoint | None:
    """Return the one before."""
    return Checkpoint.objects.filter(number=checkpoint.number - 1).first()


def checkpoint_over(position: int) -> Checkpoint | None:
    """Return the first checkpoint that covers a leaf."""
    return Checkpoint.objects.filter(size__gt=position).order_by("size").first()


def looked_back_to(last: Checkpoint) -> int:
    """Return the transfer after which the next seal still looks for rows that came late."""
    before = Checkpoint.objects.filter(sealed_at__lt=last.sealed_at - LOOK_BACK)
    floor = before.order_by("-number").first()
    return floor.last_transfer if floor else 0


def checkpoints_seen(actor: Actor) -> QuerySet[Checkpoint]:
    """Return the checkpoints, newest first: everyone who is signed in sees all of them."""
    return access.visible_to(actor, Checkpoint.objects.order_by("-number"))


def fetch_checkpoint(actor: Actor, number: int) -> Checkpoint:
    """Return a checkpoint by its number, or refuse with 404."""
    return access.fetch(actor, Checkpoint.objects.all(), number=number)


def waits_at_most() -> timedelta:
    """Return how long a transfer waits for its seal when the worker runs."""
    wanted = timedelta(minutes=settings.ZHICUNBAO_LEDGER_SEAL_MINUTES)
    return max(wanted, audit.SETTLED_AFTER)


def oldest_waiting() -> Transfer | None:
    """Return the first transfer after all those that are sealed."""
    last = newest()
    waiting = Transfer.objects.filter(pk__gt=last.last_transfer if last else 0)
    return waiting.order_by("pk").first()


def is_late(now: datetime) -> bool:
    """Say whether sealing lags so far behind that somebody should look."""
    waiting = oldest_waiting()
    return waiting is not None and waiting.at < now - waits_at_most() - GRACE


# --- one transfer ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seal:
    """Where a transfer stands in the tree, and the first checkpoint over it."""

    position: int
    checkpoint: Checkpoint


def seal_of(transfer: Transfer) -> Seal | None:
    """Return where a transfer is sealed; None when it is not sealed yet."""
    leaf = Leaf.objects.filter(transfer=transfer).first()
    checkpoint = checkpoint_over(leaf.position) if leaf else None
    return Seal(leaf.position, checkpoint) if leaf and checkpoint else None


def seal_due_at(transfer: Transfer) -> datetime:
    """Return the moment by which a transfer will be sealed."""
    return transfer.at + waits_at_most()


def receipt_of(seal: Seal, checkpoint: Checkpoint | None = None) -> Receipt:
    """Return the receipt of a sealed transfer against ``checkpoint``, or else the first over it.

    Refuses with 404 for a checkpoint from before the transfer, and with 409 when the published
    files lag behind, or when the row is no longer what was sealed: a false receipt is not given.
    """
    against = checkpoint or seal.checkpoint
    if against.size <= seal.position:
        raise NotFound(f"{against}在这一笔之前，请选后面的封存。")
    names = columns_of(seal.checkpoint)
    [*rows] = rows_between(seal.position, seal.position + 1, names)
    published = tiles_at(against)
    try:
        proof = merkle.inclusion_proof(
            published.digest, published.node, seal.position, against.size
        )
    except TileFault:
        raise Conflict(
            "封存文件还没有写好。请过几分钟再打开；一直打不开，请告诉街道管理员。",
            code="seal_not_published",
        ) from None
    leaf = rows[0].content.decode() if rows else ""
    receipt = Receipt(leaf, seal.position, tuple(proof), against.note)
    try:
        receipts.check(receipt, against.note)
    except receipts.ReceiptFault:
        raise Conflict(
            "这一笔与封存时不同，开不出凭据。请立即告诉街道管理员和村务监督。",
            code="seal_broken",
        ) from None
    return receipt
