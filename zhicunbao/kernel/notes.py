"""Signed notes and checkpoints as C2SP writes them (signed-note, tlog-checkpoint): a few lines of
text that a person can read and copy, signed with Ed25519. Whose key to trust is not decided here.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from zhicunbao.kernel.merkle import HASH_BYTES, HASHES, Digest

ED25519: Final = b"\x01"
"""The signature type of plain Ed25519 in signed-note."""
ID_BYTES: Final = 4
KEY_BYTES: Final = 32
NOTE_CHARACTERS_MAX: Final = 16_384
NAME: Final = re.compile(r"[^\s+]+")
NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,18}")
CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
SIGNATURE: Final = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)")
HASH_LINE, TIME_LINE = "hash ", "sealed "


class NoteFault(ValueError):
    """A note, a key or a checkpoint cannot be used; the sentence says why and is shown as it is."""


def _decoded(text: str, what: str) -> bytes:
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError:
        content = None
    # Some last letters carry bits that nobody reads; one content has one text here.
    if content is None or base64.b64encode(content).decode() != text:
        raise NoteFault(f"{what}不是有效的 base64 文字")
    return content


@dataclass(frozen=True)
class Key:
    """A public key that verifies notes: whose it is, and its 32 bytes."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise NoteFault(f"密钥名“{self.name}”不能为空，也不能有空格或加号")

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature names its key."""
        named = self.name.encode() + b"\n" + ED25519 + self.public
        return hashlib.sha256(named).digest()[:ID_BYTES]

    def __str__(self) -> str:
        """Return the one line of text that people pass on: ``name+id+key``."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> "Key":
        """Read ``name+id+key``; NoteFault when it is not one or contradicts itself."""
        name, _, rest = text.strip().partition("+")
        stated, _, encoded = rest.partition("+")
        content = _decoded(encoded, "公钥")
        if len(content) != KEY_BYTES + 1 or content[:1] != ED25519:
            raise NoteFault("公钥不是 Ed25519 公钥")
        key = cls(name, content[1:])
        if stated != key.id.hex():
            raise NoteFault("公钥的编号与公钥不符，可能抄错了")
        return key


def key_of(private: Ed25519PrivateKey, name: str) -> Key:
    """Return the public key that goes with a private one."""
    return Key(name, private.public_key().public_bytes_raw())


def sign(text: str, private: Ed25519PrivateKey, name: str) -> str:
    """Return ``text``, which must end its last line, as a note with one signature."""
    if not text.endswith("\n") or CONTROL.search(text):
        raise ValueError("a note's text ends with a line feed and has no other control characters")
    signature = key_of(private, name).id + private.sign(text.encode())
    return f"{text}\n— {name} {base64.b64encode(signature).decode()}\n"


def text_of(note: str) -> str:
    """Return what a note says without asking who signed it; NoteFault when it is no note."""
    return _parts(note)[0]


def verified(note: str, key: Key) -> str:
    """Return what a note says; NoteFault when ``key`` did not sign exactly this."""
    text, signatures = _parts(note)
    own = [made for name, made in signatures if (name, made[:ID_BYTES]) == (key.name, key.id)]
    if not own:
        raise NoteFault(f"上面没有公钥 {key.name}+{key.id.hex()} 的签名")
    for made in own:
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(made[ID_BYTES:], text.encode())
        except (InvalidSignature, ValueError):
            raise NoteFault("签名与内容不符：内容或签名被改动过") from None
    return text


def _parts(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    text, gap, lines = note.rpartition("\n\n")
    if len(note) > NOTE_CHARACTERS_MAX or CONTROL.search(note) or not gap or note[-1] != "\n":
        raise NoteFault("不是签过名的文字：应有正文、一个空行和签名行")
    signatures = []
    for line in lines[:-1].split("\n"):
        found = SIGNATURE.fullmatch(line)
        if found is None:
            raise NoteFault("签名行的写法不对")
        made = _decoded(found[2], "签名")
        if len(made) <= ID_BYTES:
            raise NoteFault("签名行的写法不对")
        signatures.append((found[1], made))
    return f"{text}\n", signatures


@dataclass(frozen=True)
class Head:
    """What a checkpoint says: whose tree, how many leaves, which root, and what else its maker adds
    (here always the hash function and the time, so that nobody has to guess them).
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __str__(self) -> str:
        root = base64.b64encode(self.root).decode()
        return "".join(f"{o}\n" for o in (self.origin, self.size, root, *self.extensions))

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Read a checkpoint's text; NoteFault when it is not one."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines) or not NUMBER.fullmatch(lines[1]):
            raise NoteFault("不是封存：应有名称、笔数和根三行")
        root = _decoded(lines[2], "根")
        if len(root) != HASH_BYTES:
            raise NoteFault("根的长度不对")
        return cls(lines[0], int(lines[1]), root, tuple(lines[3:]))

    def _said(self, begins: str) -> str:
        said = (line.removeprefix(begins) for line in self.extensions if line.startswith(begins))
        return next(said, "")

    @property
    def hash_name(self) -> str:
        """The hash function; SHA-256, as RFC 6962 has it, where nothing is said."""
        return self._said(HASH_LINE) or "SHA-256"

    @property
    def sealed_at(self) -> str:
        """When it was made, in UTC as ISO 8601 writes it; empty where nothing is said."""
        return self._said(TIME_LINE)

    @property
    def digest(self) -> Digest:
        """The hash function itself; NoteFault when it is not one of ours."""
        if self.hash_name not in HASHES:
            raise NoteFault(f"不认识的杂凑算法 {self.hash_name}")
        return HASHES[self.hash_name]

    @property
    def fingerprint(self) -> str:
        """The root as people read it aloud: sixteen groups of four."""
        return grouped(self.root)


def grouped(content: bytes) -> str:
    """Return bytes as hexadecimal digits in groups of four."""
    digits = content.hex()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))
