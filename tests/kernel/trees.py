"""Merkle trees straight from the recursive definitions of RFC 6962, section 2.1: slow, plain, and
written apart from the product's own, to compare it with.
"""

from functools import lru_cache

from zhicunbao.kernel.merkle import Digest, Nodes

VECTOR_LEAVES = tuple(
    bytes.fromhex(text)
    for text in (
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    )
)
"""The eight leaves with which Certificate Transparency's implementations test each other."""
VECTOR_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Their roots, by the number of leaves taken."""


@lru_cache(20_000)
def root(digest: Digest, leaves: tuple[bytes, ...]) -> bytes:
    """MTH over the contents of leaves."""
    if not leaves:
        return digest(b"")
    if len(leaves) == 1:
        return digest(b"\x00" + leaves[0])
    at = split(len(leaves))
    return digest(b"\x01" + root(digest, leaves[:at]) + root(digest, leaves[at:]))


def path(digest: Digest, index: int, leaves: tuple[bytes, ...]) -> list[bytes]:
    """PATH: the audit path of one leaf."""
    if len(leaves) == 1:
        return []
    at = split(len(leaves))
    if index < at:
        return [*path(digest, index, leaves[:at]), root(digest, leaves[at:])]
    return [*path(digest, index - at, leaves[at:]), root(digest, leaves[:at])]


def growth(
    digest: Digest, old: int, leaves: tuple[bytes, ...], *, known: bool = True
) -> list[bytes]:
    """SUBPROOF: what shows that the first ``old`` leaves are as they were."""
    if old == len(leaves):
        return [] if known else [root(digest, leaves)]
    at = split(len(leaves))
    if old <= at:
        return [*growth(digest, old, leaves[:at], known=known), root(digest, leaves[at:])]
    return [*growth(digest, old - at, leaves[at:], known=False), root(digest, leaves[:at])]


def split(count: int) -> int:
    """Return the largest power of two smaller than ``count``."""
    at = 1
    while at * 2 < count:
        at *= 2
    return at


def nodes(digest: Digest, leaves: tuple[bytes, ...]) -> Nodes:
    """Return the hashes of complete subtrees, each computed when asked."""
    return lambda level, index: root(digest, leaves[index << level : (index + 1) << level])
