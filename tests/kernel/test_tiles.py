"""Tiles: the layout of the specification, proofs out of files alone, growth in pieces, and files
that are missing, short or half-written.
"""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel import trees
from zhicunbao.kernel import merkle, tiles
from zhicunbao.kernel.merkle import HASH_BYTES, sha256
from zhicunbao.kernel.tiles import Growth, Tile, TileFault, TileFolder

COUNT = 70_000
LEAVES = tuple(number.to_bytes(4) for number in range(COUNT))
HASHED = [merkle.leaf_hash(sha256, content) for content in LEAVES]


def grown(folder: Path, *sizes: int) -> TileFolder:
    """Grow a tree in ``folder`` from size to size, each time taken up from the files."""
    before = TileFolder(folder, sha256, 0)
    for size in sizes:
        growth = Growth(sha256, before)
        for hashed in HASHED[before.size : size]:
            keep(folder, growth.append(hashed))
        keep(folder, growth.partial())
        before = TileFolder(folder, sha256, size)
    return before


def keep(folder: Path, finished: object) -> None:
    for tile in finished:  # type: ignore[attr-defined]  # any iterable of tiles
        tiles.write_whole(folder / tile.path, tile.hashes)


def lying(folder: Path) -> dict[str, int]:
    """Return the files of a folder and how many hashes each holds."""
    found = (p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): p.stat().st_size // HASH_BYTES for p in found}


def test_paths_are_those_of_the_specification() -> None:
    assert tiles.tile_path(0, 1_234_067) == "tile/0/x001/x234/067"
    assert tiles.tile_path(0, 0) == "tile/0/000"
    assert tiles.tile_path(2, 999, 8) == "tile/2/999.p/8"
    assert tiles.tile_path(1, 1_000) == "tile/1/x001/000"


def test_seventy_thousand_leaves_lie_as_the_specification_says() -> None:
    growth = Growth(sha256)
    finished = [tile for hashed in HASHED for tile in growth.append(hashed)]
    partial = list(growth.partial())
    full = [tile.level for tile in finished]
    assert (full.count(0), full.count(1), len(full)) == (273, 1, 274)
    assert [tile.path for tile in partial] == [
        "tile/0/273.p/112",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    ]
    assert finished[0] == Tile(0, 0, b"".join(HASHED[:256]))
    assert finished[-1].path == "tile/0/272"
    assert growth.frontier.root() == trees.root(sha256, LEAVES)


def test_a_full_tile_stands_a_level_above_as_one_hash(tmp_path: Path) -> None:
    grown(tmp_path, 256)
    assert lying(tmp_path) == {"tile/0/000": 256, "tile/1/000.p/1": 1}
    assert (tmp_path / "tile/1/000.p/1").read_bytes() == trees.root(sha256, LEAVES[:256])


def test_partial_tiles_stay_for_the_sizes_that_need_them(tmp_path: Path) -> None:
    grown(tmp_path, 3, 5)
    assert lying(tmp_path) == {"tile/0/000.p/3": 3, "tile/0/000.p/5": 5}


@settings(max_examples=15)
@given(sizes=st.lists(st.integers(1, 1_200), min_size=1, max_size=4, unique=True).map(sorted))
def test_every_way_of_growing_ends_in_the_same_tree(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
) -> None:
    in_steps = grown(tmp_path_factory.mktemp("steps"), *sizes)
    size, nodes = in_steps.size, trees.nodes(sha256, LEAVES)
    assert merkle.Frontier.of(sha256, size, in_steps.node).root() == trees.root(
        sha256, LEAVES[:size]
    )
    for index in {0, size // 2, size - 1}:
        assert merkle.inclusion_proof(sha256, in_steps.node, index, size) == merkle.inclusion_proof(
            sha256, nodes, index, size
        )
    for old in sizes:
        assert merkle.consistency_proof(sha256, in_steps.node, old, size) == (
            merkle.consistency_proof(sha256, nodes, old, size)
        )


def test_an_old_size_is_proved_after_its_partial_tiles_were_removed(tmp_path: Path) -> None:
    grown(tmp_path, 100, 300)
    (tmp_path / "tile/0/000.p/100").unlink()
    before = TileFolder(tmp_path, sha256, 100)
    assert merkle.inclusion_proof(sha256, before.node, 7, 100) == trees.path(
        sha256, 7, LEAVES[:100]
    )


def test_a_missing_or_short_tile_is_named(tmp_path: Path) -> None:
    folder = grown(tmp_path, 300)
    (tmp_path / "tile/0/001.p/44").unlink()
    with pytest.raises(TileFault, match=r"^缺少封存文件 tile/0/001\.p/44$"):
        folder.node(0, 260)
    (tmp_path / "tile/0/000").write_bytes(b"short")
    with pytest.raises(TileFault, match=r"^封存文件 tile/0/000 不完整$"):
        folder.node(0, 1)


def test_a_node_that_is_not_complete_cannot_be_read(tmp_path: Path) -> None:
    folder = grown(tmp_path, 5)
    with pytest.raises(ValueError, match="is not in a tree of 5"):
        folder.node(2, 1)


def test_reading_many_tiles_keeps_few_of_them(tmp_path: Path) -> None:
    folder = grown(tmp_path, 256 * (tiles.TILES_KEPT_MAX + 3))
    for index in range(tiles.TILES_KEPT_MAX + 3):
        assert folder.read(0, index) == b"".join(HASHED[index * 256 : (index + 1) * 256])
    assert len(folder._kept) <= tiles.TILES_KEPT_MAX


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    tiles.write_whole(path, b"one")
    tiles.write_whole(path, b"two")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"two", 0o644)
    with pytest.raises(TypeError):
        tiles.write_whole(path, "no bytes")  # type: ignore[arg-type]  # that is the point
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]
