"""Merkle trees as in RFC 6962: hashing, growing at the right edge, proofs and their verification.
Nothing is kept here; where the hashes of complete subtrees lie is the caller's affair (``tiles``).
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives import hashes

Digest = Callable[[bytes], bytes]
Nodes = Callable[[int, int], bytes]
"""(level, index) → hash of the complete subtree over the leaves from ``index << level`` up to
``(index + 1) << level``."""
HASH_BYTES: Final = 32


def sha256(content: bytes) -> bytes:
    """Return SHA-256, the hash of RFC 6962."""
    return hashlib.sha256(content).digest()


def sm3(content: bytes) -> bytes:
    """Return SM3 (GB/T 32905-2016), the hash that Chinese public bodies are asked to prefer."""
    state = hashes.Hash(hashes.SM3())
    state.update(content)
    return state.finalize()


HASHES: Final[dict[str, Digest]] = {"SHA-256": sha256, "SM3": sm3}


def leaf_hash(digest: Digest, content: bytes) -> bytes:
    """Return the hash of a leaf, which begins so that no node can pass for one."""
    return digest(b"\x00" + content)


def node_hash(digest: Digest, left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two subtrees."""
    return digest(b"\x01" + left + right)


def _folded(digest: Digest, peaks: Sequence[bytes]) -> bytes:
    """Return the root over complete subtrees that shrink from left to right."""
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(digest, peak, root)
    return root


def _levels(width: int) -> list[int]:
    """Return the levels of the complete subtrees that ``width`` leaves fall into, widest first."""
    return [level for level in reversed(range(width.bit_length())) if width >> level & 1]


@dataclass
class Frontier:
    """The right edge of a tree: all that is needed to grow it and to know its root."""

    digest: Digest
    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    @classmethod
    def of(cls, digest: Digest, size: int, nodes: Nodes) -> "Frontier":
        """Return the edge of the first ``size`` leaves, from at most ``log2(size) + 1`` nodes."""
        return cls(digest, size, [nodes(at, (size >> at) - 1) for at in _levels(size)])

    def append(self, leaf: bytes) -> list[bytes]:
        """Add one leaf's hash; return the subtrees that it completed, level 0 (itself) first."""
        done, size = [leaf], self.size
        while size & 1:
            done.append(node_hash(self.digest, self.peaks.pop(), done[-1]))
            size >>= 1
        self.peaks.append(done[-1])
        self.size += 1
        return done

    def root(self) -> bytes:
        """Return the root of the whole tree."""
        return _folded(self.digest, self.peaks) if self.peaks else self.digest(b"")


def _root_of(digest: Digest, nodes: Nodes, start: int, end: int) -> bytes:
    """Return the root over a part that begins where a subtree of at least its width begins."""
    width = end - start
    return _folded(digest, [nodes(at, ((start + width) >> at) - 1) for at in _levels(width)])


def _split(start: int, end: int) -> int:
    """Return where a tree divides: after the largest power of two that leaves something over."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


def inclusion_proof(digest: Digest, nodes: Nodes, index: int, size: int) -> list[bytes]:
    """Return the hashes that lead from leaf ``index`` to the root of the first ``size`` leaves."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    proof, start, end = [], 0, size
    while end - start > 1:
        split = _split(start, end)
        if index < split:
            proof.append(_root_of(digest, nodes, split, end))
            end = split
        else:
            proof.append(_root_of(digest, nodes, start, split))
            start = split
    return proof[::-1]


def consistency_proof(digest: Digest, nodes: Nodes, old: int, new: int) -> list[bytes]:
    """Return the hashes that show that the first ``old`` of ``new`` leaves are as they were."""
    if not 0 < old <= new:
        raise ValueError(f"a tree of {old} does not grow into one of {new}")
    proof, start, end = [], 0, new
    while end != old:
        split = _split(start, end)
        if old <= split:
            proof.append(_root_of(digest, nodes, split, end))
            end = split
        else:
            proof.append(_root_of(digest, nodes, start, split))
            start = split
    if start:  # otherwise it is the old tree itself, whose root the verifier has
        proof.append(_root_of(digest, nodes, start, end))
    return proof[::-1]


def is_included(
    digest: Digest, *, leaf: bytes, index: int, size: int, proof: Iterable[bytes], root: bytes
) -> bool:
    """Say whether ``proof`` leads from a leaf's hash to ``root`` (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(digest, step, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(digest, found, step)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(
    digest: Digest,
    *,
    old: int,
    new: int,
    old_root: bytes,
    new_root: bytes,
    proof: Sequence[bytes],
) -> bool:
    """Say whether ``proof`` shows that one tree grew into the other (RFC 9162, section 2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    # The old root is not sent where it is a node of the new tree.
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(digest, step, before), node_hash(digest, step, after)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(digest, after, step)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root
