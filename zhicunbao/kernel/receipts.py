"""Receipts: one sealed row with all that proves it against a checkpoint, as a file or as the text
of a QR code, and the checks. It trusts nothing but what it is given, and knows no database.
"""

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from zhicunbao.kernel import merkle, notes
from zhicunbao.kernel.notes import Head, Key, NoteFault

T = TypeVar("T", str, int)
FORMAT: Final = "zhicunbao-receipt/1"
QR_MARK: Final = "ZCB1:"
BASE45: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
RECEIPT_BYTES_MAX: Final = 65_536
"""Fifty times what a receipt takes; a longer one is not ours and is not unpacked."""


class ReceiptFault(ValueError):
    """A receipt is not one, or is not true; the sentence says which and is shown as it stands."""


@dataclass(frozen=True)
class Receipt:
    """``leaf`` is exactly what was hashed; ``note`` the checkpoint that ``proof`` leads to."""

    leaf: str
    position: int
    proof: tuple[bytes, ...]
    note: str

    def to_json(self) -> str:
        """Return the receipt as a file."""
        return json.dumps(self._plain(), ensure_ascii=False, indent=1) + "\n"

    def to_qr(self) -> str:
        """Return the receipt as text in the alphabet of QR codes, about 1.5 times its zlib size."""
        packed = json.dumps(self._plain(), ensure_ascii=False, separators=(",", ":"))
        return QR_MARK + base45(zlib.compress(packed.encode(), 9))

    def _plain(self) -> dict[str, object]:
        return {
            "format": FORMAT,
            "leaf": self.leaf,
            "position": self.position,
            "proof": [base64.b64encode(step).decode() for step in self.proof],
            "checkpoint": self.note,
        }

    @classmethod
    def parse(cls, text: str) -> "Receipt":
        """Read a receipt from a file or a QR code; ReceiptFault when it is not one."""
        text = text.strip("\r\n")
        try:
            if text.startswith(QR_MARK):
                text = _unpacked(from_base45(text.removeprefix(QR_MARK)))
            plain = json.loads(text)
            receipt = cls(
                leaf=_is(str, plain["leaf"]),
                position=_is(int, plain["position"]),
                proof=tuple(base64.b64decode(step, validate=True) for step in plain["proof"]),
                note=_is(str, plain["checkpoint"]),
            )
            is_ours = plain["format"] == FORMAT
        except (ValueError, KeyError, TypeError, zlib.error, RecursionError):
            raise ReceiptFault("这不是一张凭据，或者凭据残缺了") from None
        if not is_ours:
            raise ReceiptFault("凭据的格式不认识，请用新版本的程序核对")
        return receipt

    @property
    def content(self) -> dict[str, object]:
        """What the row said, by column; ReceiptFault when the leaf is no row."""
        try:
            content = json.loads(self.leaf)
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise ReceiptFault("凭据里没有流水的内容")
        return content


def _is(kind: type[T], value: object) -> T:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError
    return value


def _unpacked(packed: bytes) -> str:
    unpacking = zlib.decompressobj()
    content = unpacking.decompress(packed, RECEIPT_BYTES_MAX)
    if not unpacking.eof:
        raise ValueError("cut off, or longer than any receipt")
    return content.decode()


def head_of(note: str, key: Key | None) -> Head:
    """Return what a checkpoint says; with ``key``, only when it signed it. NoteFault otherwise."""
    return Head.parse(notes.text_of(note) if key is None else notes.verified(note, key))


def check(receipt: Receipt, note: str, key: Key | None = None) -> Head:
    """Return the checkpoint in ``note`` when the receipt's row stands in it as the receipt says.

    ReceiptFault or NoteFault otherwise. The copy of a checkpoint inside the receipt is believed in
    nothing but its size, which tells which checkpoint to fetch.
    """
    head, own = head_of(note, key), head_of(receipt.note, None)
    if head.size != own.size:
        raise ReceiptFault(
            f"凭据对应的是 {own.size} 笔的封存，给的是 {head.size} 笔的。"
            f"请换用文件 checkpoints/{own.size}"
        )
    is_in = merkle.is_included(
        head.digest,
        leaf=merkle.leaf_hash(head.digest, receipt.leaf.encode()),
        index=receipt.position,
        size=head.size,
        proof=receipt.proof,
        root=head.root,
    )
    if not is_in:
        raise ReceiptFault("凭据与封存不符：凭据或封存被改动过")
    return head


def check_growth(
    old_note: str, new_note: str, proof: str, key: Key | None = None
) -> tuple[Head, Head]:
    """Return both checkpoints when the new one only added to the old; a fault otherwise.

    ``proof`` is the text of the published file ``consistency/<old>-<new>``.
    """
    old, new = head_of(old_note, key), head_of(new_note, key)
    if old.hash_name != new.hash_name:
        raise ReceiptFault("两次封存用的杂凑算法不同，不能比较")
    grew = merkle.is_consistent(
        new.digest,
        old=old.size,
        new=new.size,
        old_root=old.root,
        new_root=new.root,
        proof=proof_from(proof),
    )
    if not grew:
        raise ReceiptFault("后一次封存不是在前一次之后接着加的：历史或证明被改动过")
    return old, new


def proof_text(proof: Sequence[bytes]) -> str:
    """Return a consistency proof as its file has it: a hash a line."""
    return "".join(f"{base64.b64encode(step).decode()}\n" for step in proof)


def proof_from(text: str) -> list[bytes]:
    """Read a consistency proof; NoteFault when a line is not a hash."""
    try:
        steps = [base64.b64decode(line, validate=True) for line in text.split()]
    except ValueError:
        steps = [b""]
    if any(len(step) != merkle.HASH_BYTES for step in steps):
        raise NoteFault("证明文件的写法不对")
    return steps


# --- base45 (RFC 9285): bytes in the alphabet that QR codes store most densely ------------------


def base45(content: bytes) -> str:
    """Return bytes as base45."""
    text = []
    for at in range(0, len(content), 2):
        pair = content[at : at + 2]
        number = int.from_bytes(pair)
        for _ in range(len(pair) + 1):
            number, digit = divmod(number, 45)
            text.append(BASE45[digit])
    return "".join(text)


def from_base45(text: str) -> bytes:
    """Return the bytes of a base45 text; ValueError when it is not one."""
    content = bytearray()
    for at in range(0, len(text), 3):
        group = text[at : at + 3]
        number = sum(BASE45.index(sign) * 45**place for place, sign in enumerate(group))
        if len(group) == 1 or number >= 256 ** (len(group) - 1):
            raise ValueError("not base45")
        content += number.to_bytes(len(group) - 1)
    return bytes(content)
