"""Merkle trees: the known vectors, agreement with the plain recursion of RFC 6962 at every size and
position, and proofs that fail when a single bit is another.
"""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernel import trees
from tests.kernel.trees import VECTOR_LEAVES, VECTOR_ROOTS
from zhicunbao.kernel import merkle
from zhicunbao.kernel.merkle import HASHES, Digest, Frontier, sha256, sm3

SIZE_MAX = 70
LEAVES = tuple(f"第 {number} 笔".encode() for number in range(SIZE_MAX))
each_hash = pytest.mark.parametrize("digest", HASHES.values(), ids=HASHES.keys())


def leaf(digest: Digest, index: int) -> bytes:
    return merkle.leaf_hash(digest, LEAVES[index])


def is_included(digest: Digest, index: int, size: int, proof: list[bytes]) -> bool:
    return merkle.is_included(
        digest,
        leaf=leaf(digest, index),
        index=index,
        size=size,
        proof=proof,
        root=trees.root(digest, LEAVES[:size]),
    )


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8 % len(changed)] ^= 1 << bit % 8
    return bytes(changed)


# --- known answers --------------------------------------------------------------------------


def test_sm3_is_that_of_the_standard() -> None:
    # GB/T 32905-2016, appendix A.
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert (
        sm3(b"abcd" * 16).hex()
        == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    )


def test_roots_are_those_of_the_vectors() -> None:
    frontier = Frontier(sha256)
    for content, expected in zip([None, *VECTOR_LEAVES], VECTOR_ROOTS, strict=True):
        if content is not None:
            frontier.append(merkle.leaf_hash(sha256, content))
        assert frontier.root().hex() == expected


@pytest.mark.parametrize(
    ("index", "size", "expected"),
    [
        (0, 1, []),
        (0, 2, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"]),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        (
            *(1, 5),
            [
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
        (
            *(5, 8),
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
    ],
)
def test_inclusion_proofs_are_those_of_the_vectors(
    index: int, size: int, expected: list[str]
) -> None:
    nodes = trees.nodes(sha256, VECTOR_LEAVES)
    proof = merkle.inclusion_proof(sha256, nodes, index, size)
    assert [step.hex() for step in proof] == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (1, 1, []),
        (
            *(1, 8),
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            *(2, 5),
            [
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
        (
            *(6, 8),
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
    ],
)
def test_consistency_proofs_are_those_of_the_vectors(
    old: int, new: int, expected: list[str]
) -> None:
    nodes = trees.nodes(sha256, VECTOR_LEAVES)
    proof = merkle.consistency_proof(sha256, nodes, old, new)
    assert [step.hex() for step in proof] == expected


def test_the_worked_example_of_the_rfc_comes_out() -> None:
    # RFC 6962, section 2.1.3: seven leaves, nodes named a to l.
    a, b, c, d, e, f, j = (leaf(sha256, index) for index in range(7))
    g, h, i = (merkle.node_hash(sha256, *pair) for pair in ((a, b), (c, d), (e, f)))
    k, l = merkle.node_hash(sha256, g, h), merkle.node_hash(sha256, i, j)  # noqa: E741 -- its name there
    nodes = trees.nodes(sha256, LEAVES[:7])
    paths = {0: [b, h, l], 3: [c, g, l], 4: [f, j, k], 6: [i, k]}
    growths = {3: [c, d, g, l], 4: [l], 6: [i, j, k]}
    assert {n: merkle.inclusion_proof(sha256, nodes, n, 7) for n in paths} == paths
    assert {n: merkle.consistency_proof(sha256, nodes, n, 7) for n in growths} == growths


# --- every size, every position -------------------------------------------------------------


@each_hash
def test_a_tree_grown_leaf_by_leaf_has_the_root_of_the_definition(digest: Digest) -> None:
    frontier = Frontier(digest)
    for size in range(SIZE_MAX):
        assert frontier.root() == trees.root(digest, LEAVES[:size])
        done = frontier.append(leaf(digest, size))
        assert done == [
            trees.root(digest, LEAVES[size + 1 - (1 << level) : size + 1])
            for level in range(len(done))
        ]


def test_an_edge_taken_up_anywhere_grows_on_the_same() -> None:
    for size in range(SIZE_MAX - 1):
        frontier = Frontier.of(sha256, size, trees.nodes(sha256, LEAVES))
        assert frontier.root() == trees.root(sha256, LEAVES[:size])
        frontier.append(leaf(sha256, size))
        assert frontier.root() == trees.root(sha256, LEAVES[: size + 1])


def test_every_leaf_of_every_size_is_proved_as_defined() -> None:
    nodes = trees.nodes(sha256, LEAVES)
    for size in range(1, SIZE_MAX + 1):
        for index in range(size):
            proof = merkle.inclusion_proof(sha256, nodes, index, size)
            assert proof == trees.path(sha256, index, LEAVES[:size])
            assert is_included(sha256, index, size, proof)


def test_every_growth_to_every_size_is_proved_as_defined() -> None:
    nodes = trees.nodes(sha256, LEAVES)
    roots = [trees.root(sha256, LEAVES[:size]) for size in range(SIZE_MAX + 1)]
    for new in range(1, SIZE_MAX + 1):
        for old in range(1, new + 1):
            proof = merkle.consistency_proof(sha256, nodes, old, new)
            assert proof == trees.growth(sha256, old, LEAVES[:new])
            assert merkle.is_consistent(
                sha256,
                old=old,
                new=new,
                old_root=roots[old],
                new_root=roots[new],
                proof=proof,
            )


# --- what is not so is not proved ------------------------------------------------------------


@st.composite
def places(draw: st.DrawFn) -> tuple[int, int]:
    """A position and a size around it."""
    size = draw(st.integers(1, SIZE_MAX))
    return draw(st.integers(0, size - 1)), size


@each_hash
@given(place=places(), bit=st.integers(0, 255), part=st.integers(0, 10))
def test_one_wrong_bit_anywhere_proves_nothing(
    digest: Digest, place: tuple[int, int], bit: int, part: int
) -> None:
    index, size = place
    proof = merkle.inclusion_proof(digest, trees.nodes(digest, LEAVES), index, size)
    pieces = [leaf(digest, index), trees.root(digest, LEAVES[:size]), *proof]
    pieces[part % len(pieces)] = flipped(pieces[part % len(pieces)], bit)
    found, root, *steps = pieces
    assert not merkle.is_included(
        digest, leaf=found, index=index, size=size, proof=steps, root=root
    )


@given(place=places(), other=st.integers(-1, SIZE_MAX + 1))
def test_a_proof_holds_for_its_position_alone(place: tuple[int, int], other: int) -> None:
    index, size = place
    proof = merkle.inclusion_proof(sha256, trees.nodes(sha256, LEAVES), index, size)
    holds = merkle.is_included(
        sha256,
        leaf=leaf(sha256, index),
        index=other,
        size=size,
        proof=proof,
        root=trees.root(sha256, LEAVES[:size]),
    )
    assert holds == (other == index)


@given(place=places())
def test_a_proof_too_long_or_too_short_proves_nothing(place: tuple[int, int]) -> None:
    index, size = place
    proof = merkle.inclusion_proof(sha256, trees.nodes(sha256, LEAVES), index, size)
    assert not is_included(sha256, index, size, [*proof, bytes(32)])
    assert not (proof and is_included(sha256, index, size, proof[:-1]))


@given(old=st.integers(1, SIZE_MAX - 1), bit=st.integers(0, 255), part=st.integers(0, 10))
def test_one_wrong_bit_anywhere_shows_no_growth(old: int, bit: int, part: int) -> None:
    proof = merkle.consistency_proof(sha256, trees.nodes(sha256, LEAVES), old, SIZE_MAX)
    pieces = [trees.root(sha256, LEAVES[:old]), trees.root(sha256, LEAVES), *proof]
    pieces[part % len(pieces)] = flipped(pieces[part % len(pieces)], bit)
    old_root, new_root, *steps = pieces
    assert not merkle.is_consistent(
        sha256,
        old=old,
        new=SIZE_MAX,
        old_root=old_root,
        new_root=new_root,
        proof=steps,
    )


def test_growth_is_refused_when_history_was_written_anew() -> None:
    for changed in range(SIZE_MAX):
        other = (*LEAVES[:changed], b"other", *LEAVES[changed + 1 :])
        for old in (changed + 1, SIZE_MAX):
            proof = merkle.consistency_proof(sha256, trees.nodes(sha256, other), old, SIZE_MAX)
            assert not merkle.is_consistent(
                sha256,
                old=old,
                new=SIZE_MAX,
                old_root=trees.root(sha256, LEAVES[:old]),
                new_root=trees.root(sha256, other),
                proof=proof,
            )


def test_growth_needs_a_proof_of_the_right_length() -> None:
    nodes = trees.nodes(sha256, LEAVES)
    roots = [trees.root(sha256, LEAVES[:size]) for size in range(SIZE_MAX + 1)]

    def grew(old: int, new: int, proof: list[bytes]) -> bool:
        return merkle.is_consistent(
            sha256,
            old=old,
            new=new,
            old_root=roots[old],
            new_root=roots[new],
            proof=proof,
        )

    for old, new in pairwise((3, 4, 7, 8, 70)):
        proof = merkle.consistency_proof(sha256, nodes, old, new)
        assert grew(old, new, proof)
        assert not grew(old, new, proof[:-1])
        assert not grew(old, new, [*proof, bytes(32)])
        assert not grew(old, new, [])
    assert grew(7, 7, [])
    assert not grew(7, 7, [roots[7]])
    assert not grew(0, 7, [])
    assert not grew(8, 7, [])


def test_what_cannot_be_proved_is_a_mistake_of_the_caller() -> None:
    nodes = trees.nodes(sha256, LEAVES)
    for index, size in ((3, 3), (-1, 3), (0, 0)):
        with pytest.raises(ValueError, match="is not in a tree"):
            merkle.inclusion_proof(sha256, nodes, index, size)
    for old, new in ((0, 3), (4, 3)):
        with pytest.raises(ValueError, match="does not grow"):
            merkle.consistency_proof(sha256, nodes, old, new)


def test_a_node_does_not_pass_for_a_leaf() -> None:
    left, right = leaf(sha256, 0), leaf(sha256, 1)
    assert merkle.leaf_hash(sha256, left + right) != merkle.node_hash(sha256, left, right)
