"""Tables that only grow: every one is protected, and a protection that somebody took away, switched
off or hollowed out is noticed.
"""

import pytest
from django.db import connection

from zhicunbao.base import append_only

pytestmark = pytest.mark.django_db
MISSING = "表 {} 的防改保护不在了，或者被改动过"


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_every_table_of_record_is_protected() -> None:
    assert list(append_only.unprotected()) == []
    assert set(append_only.protected_tables()) >= {
        *("base_auditentry", "base_auditseal", "casework_step", "ledger_transfer"),
    }


@pytest.mark.parametrize("table", append_only.protected_tables())
def test_a_protection_taken_away_is_noticed(table: str) -> None:
    if connection.vendor == "postgresql":
        run(f"DROP TRIGGER append_only_{table} ON {table}")
    else:
        run(f"DROP TRIGGER append_only_{table}_delete")
    assert list(append_only.unprotected()) == [MISSING.format(table)]


TRIGGER = "CREATE OR REPLACE TRIGGER append_only_ledger_transfer"
ON = "ON ledger_transfer FOR EACH ROW"
RUN = "EXECUTE FUNCTION refuse_ledger_transfer()"
EMPTY = "$$ BEGIN RETURN NEW; END $$"
HOLLOWED = {
    "postgresql": {
        "switched off": "ALTER TABLE ledger_transfer DISABLE TRIGGER append_only_ledger_transfer",
        "for replicas": "ALTER TABLE ledger_transfer"
        " ENABLE REPLICA TRIGGER append_only_ledger_transfer",
        "empty": "CREATE OR REPLACE FUNCTION refuse_ledger_transfer() RETURNS trigger"
        f" LANGUAGE plpgsql AS {EMPTY}",
        "deletion alone": f"{TRIGGER} BEFORE DELETE {ON} {RUN}",
        "some rows": f"{TRIGGER} BEFORE UPDATE OR DELETE {ON} WHEN (OLD.amount = 0) {RUN}",
        "one column": f"{TRIGGER} BEFORE UPDATE OF memo OR DELETE {ON} {RUN}",
        "another's": f"{TRIGGER} BEFORE UPDATE OR DELETE {ON}"
        " EXECUTE FUNCTION refuse_base_auditentry()",
    },
    "sqlite": {
        "never": "CREATE TRIGGER append_only_ledger_transfer_update BEFORE UPDATE"
        " ON ledger_transfer WHEN 0"
        " BEGIN SELECT RAISE(ABORT, 'ledger_transfer is append-only'); END",
    },
}[connection.vendor]


@pytest.mark.parametrize("change", HOLLOWED.values(), ids=HOLLOWED.keys())
def test_a_protection_hollowed_out_is_noticed(change: str) -> None:
    if connection.vendor == "sqlite":
        run("DROP TRIGGER append_only_ledger_transfer_update")
    run(change)
    assert list(append_only.unprotected()) == [MISSING.format("ledger_transfer")]
