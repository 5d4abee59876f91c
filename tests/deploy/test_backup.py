"""The one who runs the product backs it up, loses everything, and has it back: deploy/*.sh."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from psycopg import sql
from pytest_django.fixtures import Settings

from tests import postgres
from tests.ledger import sealed
from tests.ledger.cast import build
from tests.repository import ROOT
from zhicunbao.base.models import Person

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
EMPTY = "zhicunbao_restored"


def address(database: str) -> str:
    """Return the address of another database on the server of the tests."""
    return f"{postgres.ensure().rsplit('/', maxsplit=1)[0]}/{database}"


@pytest.fixture
def empty_database() -> Iterator[str]:
    """The address of an empty database, dropped after the test."""
    name = sql.Identifier(EMPTY)
    with psycopg.connect(postgres.ensure(), autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
        server.execute(sql.SQL("CREATE DATABASE {}").format(name))
        yield address(EMPTY)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def run(
    script: str, *arguments: object, database: str, var: Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "deploy" / script, *map(str, arguments)],
        env=os.environ
        | {
            "PATH": f"{postgres.binaries()}:{os.environ['PATH']}",
            "PYTHON": sys.executable,
            "DATABASE_URL": database,
            "DJANGO_SETTINGS_MODULE": "zhicunbao.config.settings",
            "ZHICUNBAO_VAR": str(var),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_backup_brings_everything_back_and_never_overwrites(
    empty_database: str, tmp_path: Path, settings: Settings
) -> None:
    before, after, backups = tmp_path / "before", tmp_path / "after", tmp_path / "backups"
    settings.ZHICUNBAO_LEDGER_FOLDER = before / "ledger"
    sealed.post(build(), 300)
    checkpoint = sealed.seal()
    (before / "uploads" / "2026").mkdir(parents=True)
    (before / "uploads" / "2026" / "photo.jpg").write_bytes(b"a photo")
    after.mkdir()

    living = address(str(connection.settings_dict["NAME"]))
    done = run("backup.sh", backups, database=living, var=before)
    assert done.returncode == 0, done.stderr
    [backup] = backups.iterdir()
    assert sorted(p.name for p in backup.iterdir()) == [
        "SHA256SUMS",
        "database.dump",
        "ledger.tar",
        "uploads.tar",
    ]

    done = run("restore.sh", backup, database=empty_database, var=after)
    assert done.returncode == 0, done.stderr
    assert (after / "uploads" / "2026" / "photo.jpg").read_bytes() == b"a photo"
    assert (after / "ledger" / "checkpoint").read_text() == checkpoint.note
    assert sealed.files(after / "ledger") == sealed.files(before / "ledger")
    with psycopg.connect(empty_database) as restored:
        names = restored.execute("SELECT name FROM base_person ORDER BY id").fetchall()
    assert [name for (name,) in names] == list(
        Person.objects.order_by("pk").values_list("name", flat=True)
    )

    shutil.copytree(after / "ledger", tmp_path / "sealed" / "ledger")
    # Uploads are there; seals are there; the database is there.
    for var in (after, tmp_path / "sealed", tmp_path / "other"):
        done = run("restore.sh", backup, database=empty_database, var=var)
        assert (done.returncode, "is not empty" in done.stderr) == (1, True), done.stderr

    with (backup / "uploads.tar").open("ab") as archive:
        archive.write(b"damage")
    done = run("restore.sh", backup, database=empty_database, var=tmp_path / "third")
    assert (done.returncode, "uploads.tar: FAILED" in done.stdout) == (1, True)
