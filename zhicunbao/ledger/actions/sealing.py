"""Sealing: settled transfers get their place in the Merkle tree and a signed checkpoint over it,
off the path of those who post. The clock calls it, and so may the command line, both at once too.

First the database, then the files: a file is never ahead of a row, and what a crash left unwritten
is written by the next turn from the rows, each checkpoint's root being checked again on the way.
"""

import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from zhicunbao.base.audit import SETTLED_AFTER
from zhicunbao.kernel import merkle, notes, receipts, tiles
from zhicunbao.kernel.merkle import Digest, Frontier
from zhicunbao.kernel.notes import HASH_LINE, TIME_LINE, Head, NoteFault
from zhicunbao.kernel.receipts import ReceiptFault
from zhicunbao.kernel.tiles import Growth, Tile, TileFault
from zhicunbao.ledger.actions import signing
from zhicunbao.ledger.models import NONCE_BYTES, Checkpoint, Leaf, Transfer
from zhicunbao.ledger.queries import leaves, sealing
from zhicunbao.ledger.queries.sealing import SealBroken

SEAL_SIZE: Final = 10_000
"""Transfers in one checkpoint at most: a second's work, while SQLite holds off other writers."""
INSERTED_AT_ONCE: Final = 2_000


def seal_transfers(now: datetime) -> int:
    """Seal what has waited long enough; return how many transfers. Only the clock calls it.

    A turn does nothing until the oldest waiting transfer is as old as the setting says, so
    checkpoints are at least about that far apart and nothing waits longer. Inside somebody else's
    transaction it does nothing: a signed file cannot be rolled back.
    """
    if _is_nested():
        return 0
    publish()
    waiting = sealing.oldest_waiting()
    if waiting is None or waiting.at > now - sealing.waits_at_most():
        return 0
    return seal_now(now)


def seal_now(now: datetime) -> int:
    """Seal up to ``SEAL_SIZE`` settled transfers under one checkpoint and publish it.

    Returns how many; 0 when nothing is settled. Safe to repeat and to run twice at once: the second
    waits and seals what the first left. SealBroken when what is published, the key or the rows do
    not agree; then nothing is written. Never inside another transaction (RuntimeError).
    """
    publish()
    with transaction.atomic(durable=True):
        _lock()
        _publish_missing()
        last = sealing.newest()
        waiting = _waiting(last, now)
        if waiting:
            _add(last, waiting, now)
    publish()
    return len(waiting)


def _is_nested() -> bool:
    try:
        with transaction.atomic(durable=True):
            return False
    except RuntimeError:
        return True


def _lock() -> None:
    """Let one sealer in at a time. On SQLite the transaction itself does that (IMMEDIATE)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Readers go on. A row to lock would not be there before the first checkpoint.
            cursor.execute("LOCK TABLE ledger_checkpoint IN SHARE ROW EXCLUSIVE MODE")


def _waiting(last: Checkpoint | None, now: datetime) -> list[tuple[Any, ...]]:
    """Return the settled rows to seal next, in the order of their numbers."""
    settled = leaves.values_of(Transfer.objects.filter(at__lt=now - SETTLED_AFTER).order_by("pk"))
    newest_sealed = last.last_transfer if last else 0
    rows = list(settled.filter(pk__gt=newest_sealed)[:SEAL_SIZE])
    if last is not None and len(rows) < SEAL_SIZE:
        floor = sealing.looked_back_to(last)
        late = settled.filter(pk__gt=floor, pk__lte=newest_sealed, leaf__isnull=True)
        rows = [*late[: SEAL_SIZE - len(rows)], *rows]
    return rows


def _add(last: Checkpoint | None, rows: Sequence[tuple[Any, ...]], now: datetime) -> None:
    """Write the leaves of ``rows`` and a signed checkpoint over them."""
    hash_name = last.hash_name if last else settings.ZHICUNBAO_LEDGER_HASH
    digest, names = merkle.HASHES[hash_name], list(leaves.COLUMNS)
    at_number = names.index(Transfer._meta.pk.attname)
    frontier = _edge(last) if last else Frontier(digest)
    added = []
    for row in rows:
        nonce = os.urandom(NONCE_BYTES)
        added.append(Leaf(position=frontier.size, transfer_id=row[at_number], nonce=nonce))
        frontier.append(merkle.leaf_hash(digest, leaves.content_of(names, row, nonce)))
    Leaf.objects.bulk_create(added, batch_size=INSERTED_AT_ONCE)

    private, name = signing.private_key(), signing.origin(last)
    extensions = (f"{HASH_LINE}{hash_name}", f"{TIME_LINE}{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    head = Head(name, frontier.size, frontier.root(), extensions)
    highest = max(row[at_number] for row in rows)
    Checkpoint.objects.create(
        number=last.number + 1 if last else 1,
        size=head.size,
        root=head.root.hex(),
        note=notes.sign(str(head), private, name),
        key=str(notes.key_of(private, name)),
        hash_name=hash_name,
        columns=",".join(names),
        last_transfer=max(highest, last.last_transfer if last else 0),
        sealed_at=now,
    )


def _grown_from(published: Checkpoint | None, digest: Digest) -> Growth:
    try:
        return Growth(digest, sealing.tiles_at(published) if published else None)
    except TileFault as fault:
        raise SealBroken(f"{fault}。请运行 ledger_seal --rewrite") from fault


def _edge(last: Checkpoint) -> Frontier:
    """Return the right edge of the published tree; SealBroken when it is not what was signed."""
    edge = _grown_from(last, sealing.digest_of(last)).frontier
    if edge.root().hex() != last.root:
        raise SealBroken(f"封存文件与{last}不符。请运行 ledger_verify 找出是哪里")
    return edge


# --- the files -------------------------------------------------------------------------------


def publish() -> int:
    """Write the files of checkpoints that are not published yet; return how many checkpoints.

    SealBroken when what lies in the folder is not a part of what the database holds.
    """
    done = 0
    while _next_unpublished() is not None:
        with transaction.atomic(durable=True):
            _lock()
            following = _next_unpublished()
            if following is not None:
                _write(*following)
                done += 1
    return done


def rewrite() -> int:
    """Write all files anew from the rows, as ``publish`` does; return how many checkpoints.

    For a folder that was lost or damaged. The first row that is not as it was sealed stops it.
    """
    with transaction.atomic(durable=True):
        _lock()
        _next_unpublished()  # refuses a folder that is ahead: its files are worth more than ours
        (sealing.folder() / sealing.LATEST).unlink(missing_ok=True)
    return publish()


def _publish_missing() -> None:
    """Write what another sealer, who holds no lock any more, has not come to write."""
    while (following := _next_unpublished()) is not None:
        _write(*following)


def _next_unpublished() -> tuple[Checkpoint | None, Checkpoint] | None:
    """Return the checkpoint published last and the one to publish next; None when all are."""
    note = sealing.text_in(sealing.folder() / sealing.LATEST)
    published = None
    if note is not None:
        published = Checkpoint.objects.filter(size=_size_of(note)).first()
        if published is None or published.note != note:
            raise SealBroken(
                f"文件夹 {sealing.folder()} 里公布的封存不在数据库里：数据库比公布的旧，或者被换过"
            )
    later = Checkpoint.objects.filter(size__gt=published.size if published else 0)
    following = later.order_by("size").first()
    return (published, following) if following else None


def _size_of(note: str) -> int:
    try:
        return Head.parse(notes.text_of(note)).size
    except NoteFault:
        return -1


def _write(published: Checkpoint | None, following: Checkpoint) -> None:
    """Publish one checkpoint: its tiles, the proof that it grew out of the last, then itself."""
    growth = _grown_from(published, sealing.digest_of(following))
    full: list[Tile] = []
    names, start = sealing.columns_of(following), growth.frontier.size
    for row in leaves.rows_between(start, following.size, names):
        full += growth.append(merkle.leaf_hash(growth.frontier.digest, row.content))
    if (growth.frontier.size, growth.frontier.root().hex()) != (following.size, following.root):
        raise SealBroken(
            f"流水或封存文件与{following}不符，没有写。请运行 ledger_verify 找出是哪里"
        )
    folder = sealing.folder()
    for tile in (*full, *growth.partial()):
        tiles.write_whole(folder / tile.path, tile.hashes)
    if published is not None:
        _write_proof(published, following)
    note = following.note.encode()
    tiles.write_whole(sealing.checkpoint_path(following.size), note)
    tiles.write_whole(folder / sealing.LATEST, note)
    for tile in full:
        # The full tile holds what the partial ones before it held.
        shutil.rmtree(folder / f"{tile.path}.p", ignore_errors=True)


def _write_proof(old: Checkpoint, new: Checkpoint) -> None:
    tree = sealing.tiles_at(new)
    try:
        proof = merkle.consistency_proof(tree.digest, tree.node, old.size, new.size)
        text = receipts.proof_text(proof)
        receipts.check_growth(old.note, new.note, text)
    except (TileFault, ReceiptFault) as fault:
        raise SealBroken(f"证明不了{new}是接着{old}加的（{fault}），所以没有公布") from fault
    tiles.write_whole(sealing.proof_path(old.size, new.size), text.encode())
