"""Receipts: as a file and as a QR code, what they prove, every way of being wrong, and the command
that checks them on a machine without the product's database.
"""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as st

from tests.kernel import trees
from tests.repository import ROOT
from zhicunbao.kernel import digests, merkle, notes, receipts, verify
from zhicunbao.kernel.merkle import sha256, sm3
from zhicunbao.kernel.notes import Head, NoteFault
from zhicunbao.kernel.receipts import Receipt, ReceiptFault

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NAME = "fuyun.example/ledger"
KEY = notes.key_of(PRIVATE, NAME)


def row(number: int) -> str:
    return digests.canonical(
        {
            "id": 900 + number,
            "kind": "post_pending",
            "amount": 20 + number,
            "memo": "沿街店铺消防排查",
            "case_number": "RL2026-0001",
            "at": "2026-11-23T06:00:00+00:00",
            "debit_account_code": "purse/3/fund",
            "credit_account_code": "person/12/3",
            "nonce": f"{number:032x}",
        }
    ).decode()


ROWS = [row(number) for number in range(11)]
LEAVES = tuple(text.encode() for text in ROWS)


def sealed(size: int, *, hash_name: str = "SHA-256", leaves: tuple[bytes, ...] = LEAVES) -> str:
    digest = merkle.HASHES[hash_name]
    root = trees.root(digest, leaves[:size])
    extensions = (f"hash {hash_name}", "sealed 2026-11-23T06:00:00Z")
    return notes.sign(str(Head(NAME, size, root, extensions)), PRIVATE, NAME)


def receipt(position: int = 5, size: int = 11, *, hash_name: str = "SHA-256") -> Receipt:
    digest = merkle.HASHES[hash_name]
    proof = trees.path(digest, position, LEAVES[:size])
    return Receipt(ROWS[position], position, tuple(proof), sealed(size, hash_name=hash_name))


def growth(old: int, new: int) -> str:
    return receipts.proof_text(trees.growth(sha256, old, LEAVES[:new]))


# --- what a receipt proves -------------------------------------------------------------------


@pytest.mark.parametrize("hash_name", ["SHA-256", "SM3"])
def test_a_receipt_holds_against_its_checkpoint(hash_name: str) -> None:
    made = receipt(hash_name=hash_name)
    head = receipts.check(made, sealed(11, hash_name=hash_name), KEY)
    assert (head.size, head.hash_name) == (11, hash_name)


def test_a_file_and_a_qr_code_carry_the_same_receipt() -> None:
    made = receipt()
    assert Receipt.parse(made.to_json()) == made
    assert Receipt.parse(made.to_qr()) == made
    assert set(made.to_qr()) <= set(receipts.BASE45)
    assert made.content["memo"] == "沿街店铺消防排查"


MADE = receipt()


@given(at=st.integers(0, len(MADE.leaf) - 1), sign=st.characters(codec="utf-8"))
@example(at=ROWS[5].index("25"), sign="3")
def test_one_other_letter_in_the_row_is_found(at: int, sign: str) -> None:
    made = MADE
    changed = replace(made, leaf=made.leaf[:at] + sign + made.leaf[at + 1 :])
    if changed == made:
        return
    with pytest.raises(ReceiptFault, match="凭据与封存不符"):
        receipts.check(changed, MADE.note)


def test_another_position_proof_or_checkpoint_is_found() -> None:
    made = receipt()
    other = (*LEAVES[:3], b"other", *LEAVES[4:])
    for changed in (
        replace(made, position=4),
        replace(made, proof=made.proof[:-1]),
        replace(made, proof=(bytes(32), *made.proof[1:])),
    ):
        with pytest.raises(ReceiptFault, match="凭据与封存不符"):
            receipts.check(changed, sealed(11))
    with pytest.raises(ReceiptFault, match="凭据与封存不符"):
        receipts.check(made, sealed(11, leaves=other))
    with pytest.raises(ReceiptFault, match="请换用文件 checkpoints/11"):
        receipts.check(made, sealed(10))


def test_a_checkpoint_that_the_key_did_not_sign_is_refused() -> None:
    forged = sealed(11).replace("2026-11-23", "2026-11-24")
    assert receipts.check(receipt(), forged).sealed_at == "2026-11-24T06:00:00Z"
    with pytest.raises(NoteFault, match="签名与内容不符"):
        receipts.check(receipt(), forged, KEY)


PLAIN = json.loads(receipt().to_json())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "ZCB1:",
        "ZCB1:小",
        receipt().to_qr()[:-3],
        receipt().to_qr()[:-30] + receipt().to_qr()[-27:],
        json.dumps(PLAIN | {"leaf": None}),
        json.dumps(PLAIN | {"position": "5"}),
        json.dumps(PLAIN | {"position": True}),
        json.dumps(PLAIN | {"proof": ["!"]}),
        json.dumps(PLAIN | {"proof": 5}),
        "[" * 100_000,
    ],
)
def test_what_is_no_receipt_is_refused(text: str) -> None:
    with pytest.raises(ReceiptFault, match="这不是一张凭据"):
        Receipt.parse(text)


def test_a_receipt_of_a_later_kind_asks_for_a_newer_program() -> None:
    with pytest.raises(ReceiptFault, match="请用新版本的程序核对"):
        Receipt.parse(json.dumps(PLAIN | {"format": "zhicunbao-receipt/9"}))


def test_a_receipt_that_unpacks_into_a_flood_is_refused() -> None:
    flood = replace(receipt(), leaf="0" * receipts.RECEIPT_BYTES_MAX)
    assert len(flood.to_qr()) < 2_000
    with pytest.raises(ReceiptFault):
        Receipt.parse(flood.to_qr())


@pytest.mark.parametrize("leaf", ["", "5", "[]"])
def test_a_leaf_that_is_no_row_has_no_content(leaf: str) -> None:
    with pytest.raises(ReceiptFault, match="没有流水的内容"):
        _ = replace(receipt(), leaf=leaf).content


# --- that one checkpoint grew out of another ---------------------------------------------------


def test_growth_is_shown_by_the_published_proof() -> None:
    old, new = receipts.check_growth(sealed(4), sealed(11), growth(4, 11), KEY)
    assert (old.size, new.size) == (4, 11)


def test_a_history_written_anew_is_found() -> None:
    other = (*LEAVES[:3], b"other", *LEAVES[4:])
    for proof in (growth(4, 11), growth(5, 11), ""):
        with pytest.raises(ReceiptFault, match="不是在前一次之后接着加的"):
            receipts.check_growth(sealed(4), sealed(11, leaves=other), proof)
    with pytest.raises(ReceiptFault, match="算法不同"):
        receipts.check_growth(sealed(4), sealed(11, hash_name="SM3"), growth(4, 11))
    for proof in ("!", "AAAA"):
        with pytest.raises(NoteFault, match="证明文件的写法不对"):
            receipts.check_growth(sealed(4), sealed(11), proof)


# --- base45 --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
        (b"", ""),
    ],
)
def test_base45_is_that_of_rfc_9285(content: bytes, text: str) -> None:
    assert receipts.base45(content) == text
    assert receipts.from_base45(text) == content


@given(content=st.binary(max_size=90))
def test_base45_brings_everything_back(content: bytes) -> None:
    assert receipts.from_base45(receipts.base45(content)) == content


@pytest.mark.parametrize("text", ["A", "AB8A", ":::", "GGW", "a", "::"])
def test_what_is_not_base45_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not base45|substring not found"):
        receipts.from_base45(text)


# --- the command -------------------------------------------------------------------------------


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A receipt, two checkpoints and the proof between them, as files."""
    (tmp_path / "receipt.json").write_text(receipt().to_json(), encoding="utf-8")
    for size in (4, 11):
        (tmp_path / f"{size}").write_text(sealed(size), encoding="utf-8")
    (tmp_path / "4-11").write_text(growth(4, 11), encoding="utf-8")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    code = verify.main([str(a) for a in arguments])
    return code, capsys.readouterr().out


def test_the_command_says_what_a_receipt_proves(
    shelf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, words = said(capsys, shelf / "receipt.json", shelf / "11", "--key", KEY)
    assert code == 0
    for part in (
        "通过：这一笔在封存里排第 6，没有改动。",
        "流水第 905 笔：待入账转入账，25 分，purse/3/fund → person/12/3，沿街店铺消防排查",
        f"封存 {NAME}，共 11 笔，2026-11-23T06:00:00Z 封存，SHA-256。",
        Head.parse(notes.text_of(sealed(11))).fingerprint,
        f"签名属于公钥 {NAME}+{KEY.id.hex()}。",
    ):
        assert part in words


def test_the_command_takes_the_text_of_a_qr_code(
    shelf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shelf / "scanned.txt").write_text(receipt().to_qr() + "\r\n", encoding="utf-8")
    assert said(capsys, shelf / "scanned.txt", shelf / "11", "--key", KEY)[0] == 0


def test_without_a_key_it_says_what_it_did_not_check(
    shelf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, words = said(capsys, shelf / "receipt.json", shelf / "11")
    assert (code, "没有核对签名" in words) == (0, True)


def test_what_was_typed_into_a_row_does_not_steer_the_terminal(
    shelf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    leaf = digests.canonical({"id": 1, "memo": "\x1b[2Jgone\n通过"}).decode()
    root = trees.root(sm3, (leaf.encode(),))
    note = notes.sign(str(Head(NAME, 1, root, ("hash SM3",))), PRIVATE, NAME)
    (shelf / "odd.json").write_text(Receipt(leaf, 0, (), note).to_json(), encoding="utf-8")
    (shelf / "1").write_text(note, encoding="utf-8")
    code, words = said(capsys, shelf / "odd.json", shelf / "1")
    assert code == 0
    assert "�[2Jgone�通过" in words


def test_the_command_shows_growth(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, words = said(capsys, "--proof", shelf / "4-11", shelf / "4", shelf / "11", "--key", KEY)
    assert code == 0
    assert "通过：前 4 笔原样都在，后来又加了 7 笔。" in words


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["receipt.json", "4"], "请换用文件 checkpoints/11"),
        (["receipt.json", "missing"], "missing"),
        (["receipt.json", "11", "--key", "nonsense"], "公钥"),
        (["--proof", "4-11", "11", "4"], "不是在前一次之后接着加的"),
    ],
)
def test_the_command_fails_with_a_sentence(
    shelf: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    paths = [a if a.startswith("-") or a == "nonsense" else shelf / a for a in arguments]
    code, words = said(capsys, *paths)
    assert code == 1
    assert words.startswith("没有通过：")
    assert says in words


def test_the_command_needs_neither_django_nor_settings(shelf: Path) -> None:
    watched = (
        "import runpy, sys; "
        "sys.argv = ['verify', *sys.argv[1:]]; "
        "sys.modules['django'] = None; "
        "runpy.run_module('zhicunbao.kernel.verify', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", watched, shelf / "receipt.json", shelf / "11", "--key", str(KEY)],
        cwd=ROOT,
        env={"PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("通过：")
