"""Whether what is sealed is still so: every row against its leaf in the published files, every root
and signature, every step from one checkpoint to the next. Reads everything once, in bounded memory.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from django.db.models import Max

from zhicunbao.kernel import merkle, notes, receipts
from zhicunbao.kernel.merkle import HASH_BYTES, Digest, Frontier
from zhicunbao.kernel.notes import Head, Key, NoteFault
from zhicunbao.kernel.receipts import ReceiptFault
from zhicunbao.kernel.tiles import WIDTH, Growth, Tile, TileFault, tile_path
from zhicunbao.ledger.models import Checkpoint, Leaf, Transfer
from zhicunbao.ledger.queries import sealing
from zhicunbao.ledger.queries.leaves import CHUNK, COLUMNS, rows_between

Progress = Callable[[int, int], None]
"""Told how many leaves are checked, and of how many."""
TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


def seal_problems(progress: Progress | None = None) -> Iterator[str]:
    """Yield what is wrong with the seals, in words; nothing more after the first broken checkpoint,
    since all that follows stands on it. Reads every row: for a quiet hour, not for a page.
    """
    newest = sealing.newest()
    if newest is None:
        yield from _published_without_database()
        return
    published = _published()
    check = _Check(newest, published.size if published else 0, progress)
    for checkpoint in Checkpoint.objects.filter(number__lte=newest.number).order_by("number"):
        found = list(check.checkpoint(checkpoint))
        yield from found
        if found:
            return
    yield from _around(newest)


def _published() -> Checkpoint | None:
    """Return the checkpoint that the folder shows as the latest, when it is one of ours."""
    note = sealing.text_in(sealing.folder() / sealing.LATEST)
    return Checkpoint.objects.filter(note=note).first() if note else None


def _published_without_database() -> Iterator[str]:
    if sealing.text_in(sealing.folder() / sealing.LATEST) is not None:
        yield f"文件夹 {sealing.folder()} 里公布过封存，数据库里却没有"


def _around(newest: Checkpoint) -> Iterator[str]:
    """Yield what is not under any checkpoint and should be, or the other way round."""
    published = _published()
    if published is None:
        shown = sealing.folder() / sealing.LATEST
        yield f"封存文件 {shown} 不见了，或者数据库里没有它：数据库比公布的旧，或者被换过"
    elif published.number < newest.number:
        yield f"封存文件只写到{published}，没有写到{newest}。请运行 ledger_seal"
    covered = Checkpoint.objects.aggregate(size=Max("size"))["size"]
    stray = Leaf.objects.filter(position__gte=covered).first()
    # Written with their checkpoint in one transaction: look once more before saying so.
    if stray is not None and sealing.checkpoint_over(stray.position) is None:
        yield f"流水第 {stray.transfer_id} 笔排进了封存，却没有一次封存包括它"
    behind = Transfer.objects.filter(pk__lte=sealing.looked_back_to(newest), leaf__isnull=True)
    for pk in behind.order_by("pk").values_list("pk", flat=True)[:1]:
        yield f"流水第 {pk} 笔没有封存，它前后的都封存了：是后来插进去的"


@dataclass
class _Check:
    """A walk along the tree. ``published`` leaves are compared with the files as well."""

    newest: Checkpoint
    published: int
    progress: Progress | None
    before: Checkpoint | None = None
    growth: Growth | None = None
    highest: int = 0
    wrong_file: str = field(default="", init=False)

    def checkpoint(self, checkpoint: Checkpoint) -> Iterator[str]:
        """Yield what is wrong with one checkpoint and the leaves between it and the one before."""
        found = _wrong_words(self.before, checkpoint)
        if found:
            yield found
            return
        digest = sealing.digest_of(checkpoint)
        self.growth = growth = self.growth or Growth(digest)
        start = _copy(growth.frontier)
        for position, transfer_id, leaf in _leaves(checkpoint, digest, start.size):
            if position != growth.frontier.size:
                yield _gone(growth.frontier.size)
                return
            self.highest = max(self.highest, transfer_id)
            self._compare(growth.append(leaf), checkpoint)
            if self.progress is not None and growth.frontier.size % CHUNK == 0:
                self.progress(growth.frontier.size, self.newest.size)
        if growth.frontier.size != checkpoint.size:
            yield _gone(growth.frontier.size)
        elif growth.frontier.root().hex() != checkpoint.root:
            yield _culprit(start, checkpoint)
        elif checkpoint.last_transfer != self.highest:
            yield f"{checkpoint}的记录与它封存的流水不符"
        else:
            self._compare(growth.partial(), checkpoint)
            yield from self._files(checkpoint)
        self.before = checkpoint

    def _compare(self, tiles: Iterator[Tile], checkpoint: Checkpoint) -> None:
        """Remember the first file that does not hold what the rows make."""
        for tile in tiles:
            if checkpoint.size > self.published or self.wrong_file:
                continue
            level, index, width = tile.level, tile.index, len(tile.hashes) // HASH_BYTES
            try:
                held = sealing.tiles_at(checkpoint).read(level, index)[: len(tile.hashes)]
            except TileFault as fault:
                self.wrong_file = str(fault)
            else:
                if held != tile.hashes:
                    path = tile_path(level, index, width)
                    self.wrong_file = f"封存文件 {path} 与流水和{checkpoint}不符"

    def _files(self, checkpoint: Checkpoint) -> Iterator[str]:
        """Yield what is wrong with the files of a checkpoint whose rows are right."""
        if checkpoint.size > self.published:
            return
        path = sealing.checkpoint_path(checkpoint.size)
        if self.wrong_file:
            yield self.wrong_file
        elif sealing.text_in(path) != checkpoint.note:
            yield f"封存文件 {path} 缺失，或者与{checkpoint}不符"
        elif self.before is not None:
            proof = sealing.proof_path(self.before.size, checkpoint.size)
            try:
                receipts.check_growth(
                    self.before.note, checkpoint.note, sealing.text_in(proof) or ""
                )
            except (ReceiptFault, NoteFault) as fault:
                yield f"证明文件 {proof} 缺失，或者被改动过：{fault}"


def _copy(frontier: Frontier) -> Frontier:
    return Frontier(frontier.digest, frontier.size, list(frontier.peaks))


def _leaves(checkpoint: Checkpoint, digest: Digest, start: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield (position, transfer, leaf hash) of what is there now for a checkpoint's own leaves."""
    for row in rows_between(start, checkpoint.size, sealing.columns_of(checkpoint)):
        yield row.position, row.transfer_id, merkle.leaf_hash(digest, row.content)


def _wrong_words(before: Checkpoint | None, checkpoint: Checkpoint) -> str:
    """Return what is wrong with a checkpoint's own words, or nothing."""
    number = before.number + 1 if before else 1
    if checkpoint.number != number:
        return f"第 {number} 号封存不见了"
    if before is not None and (
        checkpoint.size <= before.size or checkpoint.hash_name != before.hash_name
    ):
        return f"{checkpoint}不能排在{before}后面"
    if not set(sealing.columns_of(checkpoint)) <= COLUMNS.keys():
        return f"{checkpoint}的记录里有不认识的列"
    try:
        head = Head.parse(notes.verified(checkpoint.note, Key.parse(checkpoint.key)))
    except NoteFault as fault:
        return f"{checkpoint}的签名不符：{fault}"
    signed = (head.size, head.root.hex(), head.hash_name, head.sealed_at)
    stored = (
        checkpoint.size,
        checkpoint.root,
        checkpoint.hash_name,
        checkpoint.sealed_at.strftime(TIME),
    )
    return "" if signed == stored else f"{checkpoint}的记录与签过名的内容不符"


def _gone(position: int) -> str:
    """Say what is missing at a position."""
    leaf = Leaf.objects.filter(position=position).first()
    if leaf is None:
        return f"封存的第 {position + 1} 位不见了"
    return f"流水第 {leaf.transfer_id} 笔不见了，或者它的账户不见了"


def _culprit(start: Frontier, checkpoint: Checkpoint) -> str:
    """Say which row is not as it was sealed, or why that cannot be known.

    The published leaves tell, provided that they themselves lead to the signed root.
    """
    published, first_wrong = _copy(start), None
    files = sealing.tiles_at(checkpoint)
    try:
        for position, transfer_id, leaf in _leaves(checkpoint, start.digest, start.size):
            tile, at = divmod(position, WIDTH)
            sealed = files.read(0, tile)[at * HASH_BYTES : (at + 1) * HASH_BYTES]
            published.append(sealed)
            if first_wrong is None and leaf != sealed:
                first_wrong = transfer_id
    except TileFault:
        first_wrong = None
    if first_wrong is not None and published.root().hex() == checkpoint.root:
        return f"流水第 {first_wrong} 笔与{checkpoint}时的内容不符"
    span = f"第 {start.size + 1} 至 {checkpoint.size} 位"
    return f"{checkpoint}的{span}与流水不符，封存文件也对不上，查不出是哪一笔"
