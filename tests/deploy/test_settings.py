"""The settings as an installation has them, before anybody has chosen anything but a key."""

import os
import subprocess
import sys
from pathlib import Path

from tests import repository


def test_the_check_before_deploying_finds_nothing(tmp_path: Path) -> None:
    chosen = {"ZHICUNBAO_SECRET_KEY": "0123456789" + "abcdefghij" * 5}
    asked = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=repository.ROOT,
        env={"PATH": os.environ["PATH"], "ZHICUNBAO_VAR": str(tmp_path), **chosen},
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
