"""Tampering: whatever is changed past the triggers is found, and the row that was changed is named.
Each test first sees the whole ledger pass.
"""

import re
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import connection, models

from tests.ledger import sealed
from tests.ledger.cast import Cast
from tests.ledger.sealed import HOUR, NOON, tampered
from zhicunbao.kernel import notes
from zhicunbao.kernel.notes import Head
from zhicunbao.ledger.actions import sealing as acting
from zhicunbao.ledger.models import Checkpoint, Leaf, Transfer
from zhicunbao.ledger.queries import seal_check
from zhicunbao.ledger.queries.seal_check import seal_problems

COLUMNS = [field for field in Transfer._meta.concrete_fields if not field.primary_key]


@pytest.fixture
def rows(cast: Cast) -> dict[str, Transfer]:
    """A transfer of each kind, sealed, with three more in a second checkpoint."""
    made = sealed.one_of_each(cast)
    sealed.seal()
    sealed.post(cast, 3, purse=cast.opened[-1], at=NOON + HOUR)
    sealed.seal(NOON + 2 * HOUR)
    assert found() == []
    return made


def found() -> list[str]:
    return list(seal_problems())


def says(command: str) -> str:
    out = StringIO()
    call_command(command, stdout=out)
    return out.getvalue()


def changed(value: Any) -> Any:
    """Return a value that differs as little as the column allows."""
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    if isinstance(value, int):
        return value + 1
    if value is None:
        return 1
    return value[:-1] + ("x" if value[-1:] != "x" else "y")


# --- the rows -----------------------------------------------------------------------------------


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.attname)
def test_one_byte_changed_in_any_column_names_the_transfer(
    rows: dict[str, Transfer], column: "models.Field[Any, Any]"
) -> None:
    row = {
        "pending": rows["posted"],
        "reverses": rows["back"],
        "kind": rows["funding"],
    }.get(column.name, rows["hold"])
    value = {
        # What the database's own rules let pass.
        "pending": rows["waiting"].pk,
        "reverses": rows["funding"].pk,
        "kind": "pending",
        "credit_account": rows["funding"].debit_account_id,
    }.get(column.name) or changed(getattr(row, column.attname))
    statement = f"UPDATE ledger_transfer SET {column.column} = %s WHERE id = %s"  # noqa: S608 -- the model's own name
    kept = column.get_db_prep_value(value, connection)
    with tampered(statement, kept, row.pk):
        assert found() == [f"流水第 {row.pk} 笔与第 1 号封存时的内容不符"]
    assert found() == []


def test_a_row_of_a_later_seal_is_named_as_well(rows: dict[str, Transfer]) -> None:
    pk = Transfer.objects.latest("pk").pk
    with tampered("UPDATE ledger_transfer SET memo = 'x' WHERE id = %s", pk):
        assert found() == [f"流水第 {pk} 笔与第 2 号封存时的内容不符"]


def test_an_account_renamed_under_a_row_names_the_row(rows: dict[str, Transfer]) -> None:
    account = rows["hold"].credit_account_id
    with tampered("UPDATE ledger_account SET code = 'person/999/points' WHERE id = %s", account):
        assert found() == [f"流水第 {rows['hold'].pk} 笔与第 1 号封存时的内容不符"]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM ledger_transfer WHERE id = %s",
        "UPDATE ledger_transfer SET id = 999999 WHERE id = %s",
    ],
)
def test_a_row_taken_away_is_named(rows: dict[str, Transfer], statement: str) -> None:
    pk = rows["waiting"].pk
    with tampered(statement, pk):
        assert found() == [f"流水第 {pk} 笔不见了，或者它的账户不见了"]


def test_a_row_taken_away_with_its_place_is_missed(rows: dict[str, Transfer]) -> None:
    leaf = rows["waiting"].leaf
    with (
        tampered("DELETE FROM ledger_leaf WHERE position = %s", leaf.position),
        tampered("DELETE FROM ledger_transfer WHERE id = %s", rows["waiting"].pk),
    ):
        assert found() == [f"封存的第 {leaf.position + 1} 位不见了"]


def test_the_last_row_taken_away_with_its_place_is_missed(rows: dict[str, Transfer]) -> None:
    leaf = Leaf.objects.latest("position")
    with tampered("DELETE FROM ledger_leaf WHERE position = %s", leaf.position):
        assert found() == [f"封存的第 {leaf.position + 1} 位不见了"]


def test_a_place_that_no_seal_covers_is_named(rows: dict[str, Transfer], cast: Cast) -> None:
    sealed.post(cast, 1, purse=cast.opened[-1])
    extra = Transfer.objects.latest("pk")
    Leaf.objects.create(position=Leaf.objects.count(), transfer=extra, nonce=bytes(16))
    assert found() == [f"流水第 {extra.pk} 笔排进了封存，却没有一次封存包括它"]


def test_a_nonce_or_a_place_changed_names_the_row(rows: dict[str, Transfer]) -> None:
    leaf = rows["hold"].leaf
    expected = [f"流水第 {rows['hold'].pk} 笔与第 1 号封存时的内容不符"]
    with tampered(
        "UPDATE ledger_leaf SET nonce = %s WHERE position = %s", bytes(16), leaf.position
    ):
        assert found() == expected
    with tampered(
        "UPDATE ledger_leaf SET position = 999 WHERE position = %s",
        leaf.position,
    ):
        assert found() == [f"封存的第 {leaf.position + 1} 位不见了"]


# --- checkpoints --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("number", 9, "第 1 号封存不见了"),
        ("size", 3, "第 1 号封存的记录与签过名的内容不符"),
        ("size", 999, "第 1 号封存的记录与签过名的内容不符"),
        ("root", "0" * 64, "第 1 号封存的记录与签过名的内容不符"),
        ("hash_name", "SM3", "第 1 号封存的记录与签过名的内容不符"),
        ("sealed_at", NOON, "第 1 号封存的记录与签过名的内容不符"),
        ("last_transfer", 1, "第 1 号封存的记录与它封存的流水不符"),
        ("columns", "amount,nothing", "第 1 号封存的记录里有不认识的列"),
        ("columns", "amount,id", "与第 1 号封存时的内容不符"),
        ("note", "nonsense", "第 1 号封存的签名不符：不是签过名的文字"),
        ("key", "nonsense", "第 1 号封存的签名不符：公钥不是 Ed25519 公钥"),
    ],
)
def test_anything_changed_in_a_checkpoint_is_found(
    rows: dict[str, Transfer], column: str, value: Any, says: str
) -> None:
    if isinstance(value, datetime):
        value = connection.ops.adapt_datetimefield_value(value)
    statement = f"UPDATE ledger_checkpoint SET {column} = %s WHERE number = 1"  # noqa: S608 -- from the table above
    with tampered(statement, value):
        [problem] = found()
        assert says in problem


def test_a_note_changed_by_one_letter_is_found(rows: dict[str, Transfer]) -> None:
    note = Checkpoint.objects.get(number=1).note.replace("sealed 2026", "sealed 2025")
    with tampered("UPDATE ledger_checkpoint SET note = %s WHERE number = 1", note):
        assert found() == ["第 1 号封存的签名不符：签名与内容不符：内容或签名被改动过"]


def test_a_checkpoint_taken_away_is_found(rows: dict[str, Transfer]) -> None:
    with tampered("DELETE FROM ledger_checkpoint WHERE number = 1"):
        assert found() == ["第 1 号封存不见了"]
    with tampered("DELETE FROM ledger_checkpoint WHERE number = 2"):
        assert found()[0].endswith("数据库比公布的旧，或者被换过")


def test_a_checkpoint_signed_anew_over_another_root_is_found(rows: dict[str, Transfer]) -> None:
    forger = Ed25519PrivateKey.generate()
    first = Checkpoint.objects.get(number=1)
    head = Head.parse(notes.text_of(first.note))
    note = notes.sign(
        str(Head(head.origin, head.size, bytes(32), head.extensions)), forger, head.origin
    )
    key = str(notes.key_of(forger, head.origin))
    with tampered(
        "UPDATE ledger_checkpoint SET note = %s, key = %s, root = %s WHERE number = 1",
        *(note, key, "0" * 64),
    ):
        [problem] = found()
        assert problem.startswith(f"第 1 号封存的第 1 至 {first.size} 位与流水不符")


# --- files --------------------------------------------------------------------------------------


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("act", [flip, Path.unlink], ids=["changed", "removed"])
def test_every_file_changed_or_removed_is_found(
    cast: Cast, ledger_folder: Path, act: Callable[[Path], None]
) -> None:
    purse = sealed.post(cast, 299)
    sealed.seal()
    sealed.post(cast, 30, purse=purse, at=NOON + HOUR)
    sealed.seal(NOON + 2 * HOUR)
    assert found() == []
    for name, content in sealed.files(ledger_folder).items():
        act(ledger_folder / name)
        assert len(found()) == 1, name
        assert name in found()[0], found()
        (ledger_folder / name).write_bytes(content)
    assert found() == []


def test_files_that_lag_behind_are_told_of(cast: Cast, ledger_folder: Path) -> None:
    purse = sealed.post(cast, 3)
    sealed.seal()
    before = (ledger_folder / "checkpoint").read_bytes()
    sealed.post(cast, 3, purse=purse, at=NOON + HOUR)
    sealed.seal(NOON + 2 * HOUR)
    (ledger_folder / "checkpoint").write_bytes(before)
    assert found() == ["封存文件只写到第 1 号封存，没有写到第 2 号封存。请运行 ledger_seal"]
    acting.publish()
    assert found() == []


def test_without_the_files_a_changed_row_is_found_but_not_named(
    rows: dict[str, Transfer], ledger_folder: Path
) -> None:
    shutil.rmtree(ledger_folder)
    with tampered("UPDATE ledger_transfer SET memo = 'x' WHERE id = %s", rows["hold"].pk):
        [problem] = found()
        assert problem.endswith("与流水不符，封存文件也对不上，查不出是哪一笔")


def test_a_row_and_its_file_changed_together_are_found(
    rows: dict[str, Transfer], ledger_folder: Path
) -> None:
    for path in ledger_folder.glob("tile/0/000.p/*"):
        flip(path)
    with tampered("UPDATE ledger_transfer SET memo = 'x' WHERE id = %s", rows["hold"].pk):
        [problem] = found()
        assert problem.endswith("查不出是哪一笔")


# --- the commands -------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["ledger_verify", "verify"])
def test_the_commands_name_the_transfer(rows: dict[str, Transfer], command: str) -> None:
    assert "完整" in says(command)
    pk = rows["hold"].pk
    for column, value in (("memo", "x"), ("amount", 21)):
        statement = f"UPDATE ledger_transfer SET {column} = %s WHERE id = %s"  # noqa: S608 -- from the line above
        with (
            tampered(statement, value, pk),
            pytest.raises(CommandError, match=f"流水第 {pk} 笔与第 1 号封存时的内容不符"),
        ):
            says(command)
    assert "完整" in says(command)


@pytest.mark.parametrize("command", ["ledger_verify", "verify"])
def test_the_commands_name_a_changed_balance(rows: dict[str, Transfer], command: str) -> None:
    account = rows["hold"].credit_account
    with (
        tampered(
            "UPDATE ledger_account SET credits_posted = credits_posted + 1 WHERE id = %s",
            account.pk,
        ),
        pytest.raises(CommandError, match=f"账户 {re.escape(account.code)} 的余额"),
    ):
        says(command)


@pytest.mark.parametrize("command", ["ledger_verify", "verify"])
def test_the_commands_name_a_lost_protection_and_what_it_let_through(
    rows: dict[str, Transfer], command: str
) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP TRIGGER append_only_ledger_transfer ON ledger_transfer")
        else:
            cursor.execute("DROP TRIGGER append_only_ledger_transfer_update")
    with pytest.raises(CommandError, match="表 ledger_transfer 的防改保护不在了") as caught:
        says(command)
    assert "笔" not in str(caught.value)
    pk = rows["hold"].pk
    Transfer.objects.filter(pk=pk).update(memo="x")
    with pytest.raises(CommandError, match="表 ledger_transfer 的防改保护不在了") as caught:
        says(command)
    assert f"流水第 {pk} 笔与第 1 号封存时的内容不符" in str(caught.value)


def test_before_the_first_seal_there_is_nothing_to_find(cast: Cast) -> None:
    sealed.one_of_each(cast)
    assert found() == []
    assert "封存" not in says("ledger_verify")


def test_a_long_check_tells_how_far_it_is(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal_check, "CHUNK", 100)
    sealed.post(cast, 300)
    sealed.seal()
    told: list[tuple[int, int]] = []
    assert list(seal_problems(lambda done, total: told.append((done, total)))) == []
    assert told == [(100, 301), (200, 301), (300, 301)]
