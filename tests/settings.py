"""Settings of the test run: the product's own, on a database and folders that are thrown away.

``ZHICUNBAO_TEST_DB`` chooses ``sqlite`` (the default) or ``postgres``.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from tests import postgres

_folder = Path(tempfile.mkdtemp(prefix="zhicunbao-tests-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
_database = os.environ.get("ZHICUNBAO_TEST_DB", "sqlite")

# The product reads its choices from the environment when it is imported, below.
_FOR_TESTS = {"ZHICUNBAO_TEST_DB", "ZHICUNBAO_LEDGER_OPERATIONS", "ZHICUNBAO_LEDGER_SEED"}
for _name in {n for n in os.environ if n.startswith("ZHICUNBAO_")} - _FOR_TESTS:
    del os.environ[_name]
os.environ |= {
    "ZHICUNBAO_VAR": str(_folder),
    "ZHICUNBAO_SECRET_KEY": "for-tests-only-" + "0" * 40,
    "ZHICUNBAO_SECURE_COOKIES": "0",
    "ZHICUNBAO_HOSTS": "testserver,127.0.0.1,localhost",
}
if _database == "postgres":
    postgres.ensure()
elif _database == "sqlite":
    os.environ["DATABASE_URL"] = ""
else:
    raise SystemExit(f"ZHICUNBAO_TEST_DB must be sqlite or postgres, not {_database!r}")

from zhicunbao.config.settings import *  # noqa: E402, F403 -- after the environment is set
from zhicunbao.config.settings import DATABASES, STATIC_ROOT, STORAGES  # noqa: E402 -- the same

if _database == "sqlite":
    DATABASES["default"] |= {
        "ENGINE": "tests.sqlite3",
        # A file, as in production: in memory, threads would share one connection.
        "TEST": {"NAME": str(_folder / "test.sqlite3")},
    }
# The real hashers are slow by design; sign-in itself is tested with them by its own test.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# No collectstatic before tests.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_ROOT.mkdir()
