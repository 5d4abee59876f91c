"""Sealing: what is sealed and when, that repeating and crashing do no harm, which files come of it,
and whom it refuses to go on for.
"""

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from pytest_django.fixtures import Settings

from tests.ledger import sealed
from tests.ledger.cast import Cast
from tests.ledger.sealed import HOUR, NOON
from zhicunbao.casework.actions import tick
from zhicunbao.config import environment
from zhicunbao.kernel import clock, merkle, notes, receipts, tiles
from zhicunbao.kernel.notes import Head, Key
from zhicunbao.kernel.tiles import TileFolder
from zhicunbao.ledger.actions import sealing as acting
from zhicunbao.ledger.actions import signing
from zhicunbao.ledger.models import Checkpoint, Leaf, Transfer
from zhicunbao.ledger.queries import leaves, sealing
from zhicunbao.ledger.queries.seal_check import seal_problems
from zhicunbao.ledger.queries.sealing import SealBroken

SECOND = timedelta(seconds=1)


def sealed_transfers() -> list[int]:
    return list(Leaf.objects.values_list("transfer_id", flat=True))


def all_transfers() -> list[int]:
    return list(Transfer.objects.order_by("pk").values_list("pk", flat=True))


def whole() -> bool:
    return list(seal_problems()) == []


# --- what is sealed --------------------------------------------------------------------------


def test_every_kind_of_transfer_is_sealed_in_order(cast: Cast, ledger_folder: Path) -> None:
    rows = sealed.one_of_each(cast)
    checkpoint = sealed.seal()
    assert sealed_transfers() == all_transfers()
    assert {Transfer.objects.get(pk=pk).kind for pk in sealed_transfers()} == set(
        Transfer.Kind.values
    )
    assert (checkpoint.number, checkpoint.size, checkpoint.last_transfer) == (
        1,
        len(rows) + 1,
        max(sealed_transfers()),
    )
    assert whole()


def test_the_root_is_that_of_the_canonical_rows(cast: Cast) -> None:
    sealed.one_of_each(cast)
    checkpoint = sealed.seal()
    frontier = merkle.Frontier(merkle.sha256)
    for leaf in Leaf.objects.select_related("transfer"):
        row = leaf.transfer
        said = {field.attname: getattr(row, field.attname) for field in Transfer._meta.fields}
        said |= {
            "debit_account_code": row.debit_account.code,
            "credit_account_code": row.credit_account.code,
            "nonce": bytes(leaf.nonce).hex(),
            "at": row.at.isoformat(),
        }
        content = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        frontier.append(merkle.leaf_hash(merkle.sha256, content.encode()))
    assert checkpoint.root == frontier.root().hex()


def test_every_column_is_sealed_and_no_nonce_comes_twice(cast: Cast) -> None:
    sealed.post(cast, 3)
    sealed.seal()
    names = {field.attname for field in Transfer._meta.concrete_fields}
    assert set(leaves.COLUMNS) == names | {"debit_account_code", "credit_account_code"}
    nonces = {bytes(nonce) for nonce in Leaf.objects.values_list("nonce", flat=True)}
    assert len(nonces) == len(all_transfers())
    assert {len(nonce) for nonce in nonces} == {16}


def test_what_is_not_settled_waits(cast: Cast) -> None:
    purse = sealed.post(cast, 2)
    assert acting.seal_now(NOON + 60 * SECOND) == 0
    assert Checkpoint.objects.count() == 0
    sealed.post(cast, 1, purse=purse, at=NOON + 61 * SECOND)
    assert acting.seal_now(NOON + 62 * SECOND) == 3
    assert acting.seal_now(NOON + 62 * SECOND) == 0
    assert acting.seal_now(NOON + HOUR) == 1
    assert sealed_transfers() == all_transfers()


def test_the_clock_seals_when_the_oldest_has_waited_its_time(
    cast: Cast, settings: Settings
) -> None:
    settings.ZHICUNBAO_LEDGER_SEAL_MINUTES = 30
    purse = sealed.post(cast, 2)
    sealed.post(cast, 1, purse=purse, at=NOON + timedelta(minutes=20))
    assert tick(NOON + timedelta(minutes=29))["seal_transfers"] == 0
    assert tick(NOON + timedelta(minutes=30))["seal_transfers"] == 4
    assert tick(NOON + timedelta(minutes=30))["seal_transfers"] == 0
    sealed.post(cast, 1, purse=purse, at=NOON + timedelta(minutes=31))
    assert tick(NOON + timedelta(minutes=60))["seal_transfers"] == 0
    assert tick(NOON + timedelta(minutes=61))["seal_transfers"] == 1


def test_a_large_backlog_is_sealed_in_steps(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acting, "SEAL_SIZE", 100)
    sealed.post(cast, 250)
    assert [acting.seal_now(NOON + HOUR) for _ in range(4)] == [100, 100, 51, 0]
    assert list(Checkpoint.objects.order_by("number").values_list("size", flat=True)) == [
        *(100, 200, 251)
    ]
    assert sealed_transfers() == all_transfers()
    assert whole()


def late_row(like: Transfer, *, number: int, seconds: int) -> Transfer:
    """Write a row with a lower number than others have, as a long transaction would."""
    row = Transfer.objects.get(pk=like.pk)
    row.pk, row.key, row.at = number, f"late {number}", row.at + timedelta(seconds=seconds)
    row.save(force_insert=True)
    return row


def test_a_row_of_a_long_transaction_is_sealed_after_its_younger_neighbours(cast: Cast) -> None:
    sealed.post(cast, 2)
    last = Transfer.objects.latest("pk")
    late_row(last, number=last.pk + 20, seconds=0)
    sealed.seal()
    late = late_row(last, number=last.pk + 10, seconds=-300)
    assert acting.seal_now(NOON + 2 * HOUR) == 1
    assert sealed_transfers()[-1] == late.pk
    assert Checkpoint.objects.latest("number").last_transfer == last.pk + 20
    assert whole()


def test_a_row_put_in_behind_the_seals_is_found(cast: Cast) -> None:
    sealed.post(cast, 2)
    last = Transfer.objects.latest("pk")
    late_row(last, number=last.pk + 20, seconds=0)
    sealed.seal()
    sealed.post(cast, 1, purse=cast.opened[-1], at=NOON + 25 * HOUR)
    sealed.seal(NOON + 26 * HOUR)
    late = late_row(last, number=last.pk + 10, seconds=-300)
    assert acting.seal_now(NOON + 27 * HOUR) == 0
    assert list(seal_problems()) == [
        f"流水第 {late.pk} 笔没有封存，它前后的都封存了：是后来插进去的"
    ]


@pytest.mark.parametrize("model", [Leaf, Checkpoint])
def test_the_database_refuses_to_change_or_delete_a_seal(
    cast: Cast, model: type[Leaf] | type[Checkpoint]
) -> None:
    sealed.post(cast, 1)
    sealed.seal()
    rows = model._default_manager.all()
    before = list(rows.values())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(**{model._meta.pk.attname: 99})
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows._raw_delete(rows.db)
    assert list(model._default_manager.values()) == before


# --- the files ---------------------------------------------------------------------------------


def test_the_files_are_those_of_a_tiled_log(cast: Cast, ledger_folder: Path) -> None:
    purse = sealed.post(cast, 299)
    first = sealed.seal()
    sealed.post(cast, 300, purse=purse, at=NOON + HOUR)
    second = sealed.seal(NOON + 2 * HOUR)
    assert sorted(sealed.files(ledger_folder)) == [
        "checkpoint",
        "checkpoints/300",
        "checkpoints/600",
        "consistency/300-600",
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/88",
        "tile/1/000.p/1",
        "tile/1/000.p/2",
    ]
    assert (ledger_folder / "checkpoint").read_text() == second.note
    key = Key.parse(second.key)
    receipts.check_growth(
        (ledger_folder / "checkpoints/300").read_text(),
        (ledger_folder / "checkpoints/600").read_text(),
        (ledger_folder / "consistency/300-600").read_text(),
        key,
    )
    head = Head.parse(notes.verified(second.note, key))
    assert (head.size, head.hash_name, head.sealed_at) == (
        600,
        "SHA-256",
        "2026-11-23T06:00:00Z",
    )
    for checkpoint in (first, second):
        tree = TileFolder(ledger_folder, merkle.sha256, checkpoint.size)
        edge = merkle.Frontier.of(merkle.sha256, checkpoint.size, tree.node)
        assert edge.root().hex() == checkpoint.root


def test_nothing_personal_is_published(cast: Cast, ledger_folder: Path) -> None:
    sealed.one_of_each(cast)
    sealed.seal()
    published = b"".join(sealed.files(ledger_folder).values())
    leaf = Leaf.objects.first()
    assert leaf is not None
    for secret in ("陈晓梅", "消防", cast.code(), bytes(leaf.nonce).hex()):
        assert secret.encode() not in published
    assert bytes(leaf.nonce) not in published


def test_sealing_twice_changes_nothing(cast: Cast, ledger_folder: Path) -> None:
    sealed.post(cast, 5)
    sealed.seal()
    before = sealed.files(ledger_folder)
    assert acting.seal_now(NOON + HOUR) == 0
    assert acting.publish() == 0
    assert sealed.files(ledger_folder) == before


def states_of_a_crash(folder: Path, before: dict[str, bytes]) -> Iterator[None]:
    """Put the folder into each state in which a crash while publishing can leave it."""
    after = sealed.files(folder)
    last = ("consistency/", "checkpoints/", "checkpoint")
    new = sorted(
        (path for path in after if before.get(path) != after[path]),
        key=lambda path: [path.startswith(p) and (path != "checkpoint") for p in last],
    )
    new.sort(key=lambda path: path == "checkpoint")
    for written in range(len(new) + 1):
        shutil.rmtree(folder)
        held = before | {path: after[path] for path in new[:written]}
        for path, content in held.items():
            tiles.write_whole(folder / path, content)
        yield
        assert sealed.files(folder) == before | after


def test_a_crash_between_rows_and_files_is_made_good(cast: Cast, ledger_folder: Path) -> None:
    purse = sealed.post(cast, 99)
    sealed.seal()
    before = sealed.files(ledger_folder)
    sealed.post(cast, 100, purse=purse, at=NOON + HOUR)
    sealed.seal(NOON + 2 * HOUR)
    for _ in states_of_a_crash(ledger_folder, before):
        acting.publish()
    assert whole()


def test_files_that_could_not_be_written_are_written_by_the_next_turn(
    cast: Cast, ledger_folder: Path
) -> None:
    sealed.post(cast, 3)
    ledger_folder.mkdir()
    (ledger_folder / "checkpoints").write_text("in the way")
    with pytest.raises(OSError, match="checkpoints"):
        acting.seal_now(NOON + HOUR)
    assert Checkpoint.objects.count() == 1
    assert list(seal_problems()) != []
    (ledger_folder / "checkpoints").unlink()
    assert acting.seal_transfers(NOON + HOUR) == 0
    assert whole()


def test_lost_files_are_written_anew_and_alike(cast: Cast, ledger_folder: Path) -> None:
    purse = sealed.post(cast, 300)
    sealed.seal()
    sealed.post(cast, 10, purse=purse, at=NOON + HOUR)
    sealed.seal(NOON + 2 * HOUR)
    before = sealed.files(ledger_folder)
    shutil.rmtree(ledger_folder)
    assert acting.rewrite() == 2
    assert sealed.files(ledger_folder) == before
    (ledger_folder / "tile/0/000").unlink()
    assert acting.publish() == 0
    assert acting.rewrite() == 2
    assert sealed.files(ledger_folder) == before


# --- what it does not go on for ------------------------------------------------------------------


def refuses_to_seal(cast: Cast, says: str) -> None:
    sealed.post(cast, 1, purse=cast.opened[-1], at=NOON + HOUR)
    leaves_before, checkpoints = Leaf.objects.count(), Checkpoint.objects.count()
    with pytest.raises(SealBroken, match=says):
        acting.seal_now(NOON + 9 * HOUR)
    assert (Leaf.objects.count(), Checkpoint.objects.count()) == (leaves_before, checkpoints)


def test_a_database_older_than_what_is_published_is_not_sealed_on(
    cast: Cast, ledger_folder: Path
) -> None:
    sealed.post(cast, 3)
    before = transaction.savepoint()
    sealed.seal()
    transaction.savepoint_rollback(before)
    refuses_to_seal(cast, "数据库比公布的旧，或者被换过")
    with pytest.raises(SealBroken, match="数据库比公布的旧"):
        acting.rewrite()
    assert list(seal_problems()) == [f"文件夹 {ledger_folder} 里公布过封存，数据库里却没有"]


def test_another_checkpoint_of_the_same_size_is_not_written_over(
    cast: Cast, ledger_folder: Path
) -> None:
    sealed.post(cast, 3)
    sealed.seal()
    shown = ledger_folder / "checkpoint"
    shown.write_text(shown.read_text().replace("2026-11-23", "2026-11-22"))
    refuses_to_seal(cast, "数据库比公布的旧，或者被换过")
    shown.write_text("nonsense")
    refuses_to_seal(cast, "数据库比公布的旧，或者被换过")


def test_tiles_that_are_not_those_signed_stop_it(cast: Cast, ledger_folder: Path) -> None:
    sealed.post(cast, 3)
    sealed.seal()
    tile = ledger_folder / "tile/0/000.p/4"
    tile.write_bytes(bytes(4 * 32))
    refuses_to_seal(cast, "封存文件与第 1 号封存不符")
    tile.unlink()
    refuses_to_seal(cast, r"缺少封存文件 tile/0/000\.p/4。请运行 ledger_seal --rewrite")


def test_rows_that_changed_are_not_written_anew(cast: Cast, ledger_folder: Path) -> None:
    sealed.post(cast, 3)
    sealed.seal()
    shutil.rmtree(ledger_folder)
    changed = "UPDATE ledger_transfer SET memo = 'x' WHERE id = %s"
    with sealed.tampered(changed, all_transfers()[1]):
        with pytest.raises(SealBroken, match="流水或封存文件与第 1 号封存不符，没有写"):
            acting.rewrite()
        assert sealed.files(ledger_folder) == {}


def test_inside_another_transaction_nothing_is_sealed(cast: Cast) -> None:
    sealed.post(cast, 3)
    with transaction.atomic():
        assert tick(NOON + HOUR)["seal_transfers"] == 0
        with pytest.raises(RuntimeError, match="durable"):
            acting.seal_now(NOON + HOUR)
    assert tick(NOON + HOUR)["seal_transfers"] == 4


# --- the key, the name, the hash -----------------------------------------------------------------


def test_the_key_is_made_once_and_for_its_owner_alone(cast: Cast) -> None:
    sealed.post(cast, 1)
    first = sealed.seal()
    path = signing.key_path()
    assert path.stat().st_mode & 0o777 == 0o600
    sealed.post(cast, 1, purse=cast.opened[-1], at=NOON + HOUR)
    assert sealed.seal(NOON + 2 * HOUR).key == first.key == str(signing.public_key())
    with pytest.raises(SealBroken, match="已经有了，请先移到别处保管"):
        signing.new_key()


def test_a_lost_key_is_not_replaced_silently(cast: Cast) -> None:
    sealed.post(cast, 1)
    first = sealed.seal()
    signing.key_path().unlink()
    refuses_to_seal(cast, "找不回来，请按运行手册另立密钥")
    call_command("ledger_key", new=True, stdout=StringIO(), stderr=StringIO())
    second = sealed.seal(NOON + 9 * HOUR)
    assert second.key != first.key
    assert whole()


def test_a_key_that_others_can_read_or_that_is_none_is_refused(cast: Cast) -> None:
    sealed.post(cast, 1)
    sealed.seal()
    path = signing.key_path()
    path.chmod(0o644)
    refuses_to_seal(cast, "别人也能读，请把权限改成 600")
    path.chmod(0o600)
    path.write_text("no key")
    refuses_to_seal(cast, "不是 Ed25519 密钥")


def test_the_log_is_named_after_the_host_until_it_is_told_otherwise(
    cast: Cast, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["fuyun.example"]
    purse = sealed.post(cast, 1)
    assert sealing.head_of(sealed.seal()).origin == "fuyun.example/ledger"
    settings.ALLOWED_HOSTS = ["moved.example"]
    sealed.post(cast, 1, purse=purse, at=NOON + HOUR)
    assert sealing.head_of(sealed.seal(NOON + 2 * HOUR)).origin == "fuyun.example/ledger"
    settings.ZHICUNBAO_LEDGER_ORIGIN = "yunhe.example/points"
    sealed.post(cast, 1, purse=purse, at=NOON + 2 * HOUR)
    assert sealing.head_of(sealed.seal(NOON + 3 * HOUR)).origin == "yunhe.example/points"
    assert whole()


def test_sm3_is_chosen_with_the_first_seal_and_stays(cast: Cast, settings: Settings) -> None:
    settings.ZHICUNBAO_LEDGER_HASH = "SM3"
    purse = sealed.post(cast, 300)
    first = sealed.seal()
    assert "\nhash SM3\n" in first.note
    settings.ZHICUNBAO_LEDGER_HASH = "SHA-256"
    sealed.post(cast, 1, purse=purse, at=NOON + HOUR)
    assert sealed.seal(NOON + 2 * HOUR).hash_name == "SM3"
    assert whole()


def test_settings_that_cannot_be_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHICUNBAO_LEDGER_HASH", "MD5")
    with pytest.raises(ImproperlyConfigured, match="SHA-256, SM3"):
        environment.choice("ZHICUNBAO_LEDGER_HASH", "SHA-256", ("SHA-256", "SM3"))
    monkeypatch.setenv("ZHICUNBAO_LEDGER_ORIGIN", "two words")
    with pytest.raises(ImproperlyConfigured, match="no spaces and no plus sign"):
        environment.word("ZHICUNBAO_LEDGER_ORIGIN")
    monkeypatch.setenv("ZHICUNBAO_LEDGER_ORIGIN", "")
    assert environment.word("ZHICUNBAO_LEDGER_ORIGIN") == ""


# --- the commands ---------------------------------------------------------------------------------


def said(command: str, **options: object) -> str:
    out = StringIO()
    call_command(command, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_the_command_seals_all_that_is_settled(
    cast: Cast, ledger_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said("ledger_seal") == "还没有封存过。满一分钟的流水才会封存。\n"
    monkeypatch.setattr(acting, "SEAL_SIZE", 3)
    sealed.post(cast, 4)
    with clock.at(NOON + HOUR):
        words = said("ledger_seal")
    newest = Checkpoint.objects.latest("number")
    fingerprint = sealing.head_of(newest).fingerprint
    assert words == f"封存了 3 笔。\n封存了 2 笔。\n第 2 号封存，共 5 笔。\n根 {fingerprint}\n"
    for option in ("files", "rewrite"):
        shutil.rmtree(ledger_folder)
        signing.key_path().unlink(missing_ok=True)
        assert said("ledger_seal", **{option: True}).startswith("写出了 2 次封存的文件。\n")
    (ledger_folder / "checkpoint").write_text("nonsense")
    with pytest.raises(CommandError, match="数据库比公布的旧"):
        said("ledger_seal")


def test_the_key_command_prints_the_public_key_alone(cast: Cast) -> None:
    words = said("ledger_key")
    assert Key.parse(words) == signing.public_key()
    with pytest.raises(CommandError, match="已经有了"):
        said("ledger_key", new=True)
