"""A tree's hashes as plain files, in the layout of C2SP tlog-tiles: 256 hashes to a file, each file
written once. Only hashes lie here; what was hashed stays where it is.
"""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from zhicunbao.kernel.merkle import HASH_BYTES, Digest, Frontier, node_hash

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
TILES_KEPT_MAX: Final = 64
"""Tiles held in memory while a proof is made: 512 kB; one proof needs no more than a dozen."""


class TileFault(ValueError):
    """A tile is not there or not whole. The sentence names the file and is shown as it stands."""


@dataclass(frozen=True)
class Tile:
    """Up to 256 neighbouring hashes of one level; ``level`` 1 stands 256 times above level 0."""

    level: int
    index: int
    hashes: bytes

    @property
    def path(self) -> str:
        """Where it lies, from the folder on."""
        return tile_path(self.level, self.index, len(self.hashes) // HASH_BYTES)


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """Return ``tile/<level>/<index>``, with ``.p/<width>`` when it is not full.

    The index is cut into threes, all but the last marked with ``x``: 1234067 → x001/x234/067.
    """
    digits = f"{index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
    return f"tile/{level}/{name}" + ("" if width == WIDTH else f".p/{width}")


@dataclass(frozen=True)
class TileFolder:
    """The tiles of a tree's first ``size`` leaves, as they lie in ``folder``."""

    folder: Path
    digest: Digest
    size: int
    _kept: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def width(self, level: int, index: int) -> int:
        """Return how many hashes of this tile the tree fills."""
        return min(WIDTH, (self.size >> HEIGHT * level) - index * WIDTH)

    def read(self, level: int, index: int) -> bytes:
        """Return a tile's hashes, as many as the tree fills; TileFault when they are not there."""
        held = self._kept.get((level, index))
        if held is None:
            if len(self._kept) >= TILES_KEPT_MAX:
                self._kept.clear()
            held = self._kept[level, index] = self._read(level, index)
        return held

    def _read(self, level: int, index: int) -> bytes:
        width = self.width(level, index)
        # A full tile takes the place of the partial ones, which may have been removed.
        for path in dict.fromkeys((tile_path(level, index, width), tile_path(level, index))):
            held = _content(self.folder / path)
            if held is not None:
                if len(held) < width * HASH_BYTES:
                    raise TileFault(f"封存文件 {path} 不完整")
                return held[: width * HASH_BYTES]
        raise TileFault(f"缺少封存文件 {tile_path(level, index, width)}")

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree, from one tile."""
        tile_level, above = divmod(level, HEIGHT)
        tile, first = divmod(index << above, WIDTH)
        held = self.read(tile_level, tile)[first * HASH_BYTES : (first + (1 << above)) * HASH_BYTES]
        row = [held[at : at + HASH_BYTES] for at in range(0, len(held), HASH_BYTES)]
        if len(row) != 1 << above:
            raise ValueError(f"node {index} of level {level} is not in a tree of {self.size}")
        while len(row) > 1:
            row = [node_hash(self.digest, row[at], row[at + 1]) for at in range(0, len(row), 2)]
        return row[0]


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


class Growth:
    """A tree on its way from one size to a larger one: leaves in, finished tiles out."""

    def __init__(self, digest: Digest, start: TileFolder | None = None) -> None:
        """Begin with an empty tree, or with the tiles of ``start``."""
        self.frontier = Frontier(digest)
        self._open: dict[int, bytearray] = {}
        if start is None:
            return
        self.frontier = Frontier.of(digest, start.size, start.node)
        level, filled = 0, start.size
        while filled:
            if filled % WIDTH:
                self._open[level] = bytearray(start.read(level, filled // WIDTH))
            level, filled = level + 1, filled >> HEIGHT

    def append(self, leaf: bytes) -> Iterator[Tile]:
        """Add one leaf's hash and yield the tiles that it filled."""
        for level, node in enumerate(self.frontier.append(leaf)[::HEIGHT]):
            held = self._open.setdefault(level, bytearray())
            held += node
            if len(held) == WIDTH * HASH_BYTES:
                yield Tile(level, (self.frontier.size >> HEIGHT * (level + 1)) - 1, bytes(held))
                held.clear()

    def partial(self) -> Iterator[Tile]:
        """Yield the tiles at the right edge that are not full at this size."""
        for level, held in self._open.items():
            if held:
                yield Tile(level, self.frontier.size >> HEIGHT * (level + 1), bytes(held))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a crash, finds the old one or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes it private; these files are for everybody.
        Path(part).chmod(0o644)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
