"""Signed notes and checkpoints: the example of the specification, round trips, and everything that
is not one.
"""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from zhicunbao.kernel import merkle, notes
from zhicunbao.kernel.notes import Head, Key, NoteFault

KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n"
    "\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mF"
    "XmRKuwHjG1Yu72IneyaQM=\n"
)
"""The example of C2SP signed-note."""
CHECKPOINT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
"""The example of C2SP tlog-checkpoint."""
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NAME = "fuyun.example/ledger"
HEAD = Head(NAME, 120, bytes(range(32)), ("hash SM3", "sealed 2026-11-23T06:00:00Z"))


def signed(text: str = str(HEAD)) -> str:
    return notes.sign(text, PRIVATE, NAME)


def test_the_example_of_the_specification_verifies() -> None:
    key = Key.parse(KEY)
    assert (key.name, key.id.hex(), str(key)) == ("example.com/foo", "530d903a", KEY)
    assert notes.verified(NOTE, key) == "This is an example message.\n"


def test_what_is_signed_verifies_and_reads_back() -> None:
    text = notes.verified(signed(), notes.key_of(PRIVATE, NAME))
    assert text == str(HEAD)
    assert Head.parse(text) == HEAD
    assert notes.text_of(signed()) == text


def test_a_text_may_have_empty_lines_and_any_script() -> None:
    text = "积分\n\n公示\n"
    assert notes.verified(signed(text), notes.key_of(PRIVATE, NAME)) == text


@given(at=st.integers(0, len(signed()) - 1), shift=st.integers(1, 25))
def test_one_other_letter_anywhere_is_found(at: int, shift: int) -> None:
    note = signed()
    changed = note[:at] + chr(0x41 + (ord(note[at]) + shift) % 26) + note[at + 1 :]
    if changed == note:
        return
    with pytest.raises(NoteFault):
        notes.verified(changed, notes.key_of(PRIVATE, NAME))


def test_a_signature_counts_for_its_key_alone() -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(32))
    with pytest.raises(NoteFault, match="上面没有公钥"):
        notes.verified(signed(), notes.key_of(stranger, NAME))
    with pytest.raises(NoteFault, match="上面没有公钥"):
        notes.verified(signed(), notes.key_of(PRIVATE, "other.example/ledger"))


def test_signatures_of_others_do_no_harm() -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(32))
    witnessed = signed() + notes.sign(str(HEAD), stranger, "witness.example").rpartition("\n\n")[2]
    for private, name in ((PRIVATE, NAME), (stranger, "witness.example")):
        assert notes.verified(witnessed, notes.key_of(private, name)) == str(HEAD)


def test_a_right_and_a_wrong_signature_of_one_key_are_refused() -> None:
    other = notes.sign("别的\n", PRIVATE, NAME).rpartition("\n\n")[2]
    with pytest.raises(NoteFault, match="签名与内容不符"):
        notes.verified(signed() + other, notes.key_of(PRIVATE, NAME))


@pytest.mark.parametrize(
    ("note", "says"),
    [
        ("", "不是签过名的文字"),
        ("a\n", "不是签过名的文字"),
        ("a\n\n— k aaaaaaaaaaaa", "不是签过名的文字"),
        ("a\t\n\n— k aaaaaaaaaaaa\n", "不是签过名的文字"),
        ("a\r\n\n— k aaaaaaaaaaaa\n", "不是签过名的文字"),
        ("a\n\n" + "— k aaaaaaaaaaaa\n" * 2_000, "不是签过名的文字"),
        ("a\n\n- k aaaaaaaaaaaa\n", "签名行的写法不对"),
        ("a\n\n— k+1 aaaaaaaaaaaa\n", "签名行的写法不对"),
        ("a\n\n— k aaaa\n", "签名行的写法不对"),
        ("a\n\n— k aaaaa\n", "签名不是有效的 base64"),
    ],
)
def test_what_is_no_note_says_why(note: str, says: str) -> None:
    with pytest.raises(NoteFault, match=says):
        notes.text_of(note)


@pytest.mark.parametrize("text", ["no end of line", "a\tb\n", "a\r\n"])
def test_what_no_note_may_say_is_not_signed(text: str) -> None:
    with pytest.raises(ValueError, match="ends with a line feed"):
        signed(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (KEY.replace("530d903a", "530d903b"), "可能抄错了"),
        (KEY.replace("example.com", "example.org"), "可能抄错了"),
        (KEY.replace("AekyeR", "AekyeS"), "可能抄错了"),
        ("a b+530d903a+" + KEY.rpartition("+")[2], "不能为空，也不能有空格"),
        ("+530d903a+" + KEY.rpartition("+")[2], "不能为空"),
        ("example.com+00+AAAA", "不是 Ed25519 公钥"),
        ("example.com+00+" + base64.b64encode(b"\x02" + bytes(32)).decode(), "不是 Ed25519"),
        ("example.com+00+!", "公钥不是有效的 base64"),
        ("", "不是 Ed25519 公钥"),
    ],
)
def test_what_is_no_key_says_why(text: str, says: str) -> None:
    with pytest.raises(NoteFault, match=says):
        Key.parse(text)


def test_a_key_is_read_with_the_line_feed_that_comes_with_it() -> None:
    assert str(Key.parse(f"{KEY}\n")) == KEY


# --- checkpoints ------------------------------------------------------------------------------


def test_the_checkpoint_of_the_specification_is_read() -> None:
    head = Head.parse(CHECKPOINT)
    assert (head.origin, head.size, head.extensions) == (
        "example.com/behind-the-sofa",
        20_852_163,
        (),
    )
    assert (head.hash_name, head.digest, head.sealed_at) == ("SHA-256", merkle.sha256, "")
    assert str(head) == CHECKPOINT


def test_what_its_maker_added_is_understood() -> None:
    assert (HEAD.hash_name, HEAD.digest) == ("SM3", merkle.sm3)
    assert HEAD.sealed_at == "2026-11-23T06:00:00Z"
    assert HEAD.fingerprint.startswith("0001 0203 0405 ")
    assert len(HEAD.fingerprint.split()) == 16


def test_an_unknown_hash_is_not_guessed() -> None:
    head = Head("a", 1, bytes(32), ("hash MD5",))
    with pytest.raises(NoteFault, match="不认识的杂凑算法 MD5"):
        _ = head.digest


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        CHECKPOINT[:-1],
        CHECKPOINT.replace("20852163", "020852163"),
        CHECKPOINT.replace("20852163", "-1"),
        CHECKPOINT.replace("20852163", "２"),
        CHECKPOINT.replace("example.com/behind-the-sofa", ""),
        CHECKPOINT + "\n",
        CHECKPOINT.replace("CsUYapGG", ""),
        CHECKPOINT.replace("CsUYapGG", "CsUY!pGG"),
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteFault):
        Head.parse(text)
