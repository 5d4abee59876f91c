"""The documents tell the truth: settings and commands are explained, the reference is the code's,
links lead somewhere.
"""

import re

from django.core.management import get_commands

from scripts import reference
from tests import repository
from tests.repository import ROOT, source

OPERATING = ROOT / "docs" / "operating.md"
SETTING = re.compile(r"\bZHICUNBAO_[A-Z_]*[A-Z]\b|\bDATABASE_URL\b")
FOR_TESTS = {"ZHICUNBAO_TEST_DB"}
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:|#)([^)#\s]+)")
MADE_BY_MAKE = re.compile(r"`make ([a-z]+)")


def settings_read() -> set[str]:
    """Return every environment variable that the product or its deployment reads."""
    read = set()
    for path in repository.files(".py", ".service", ".conf", ".yml", ".sh", ".env"):
        if path.parts[len(ROOT.parts)] in ("zhicunbao", "deploy"):
            read |= set(SETTING.findall(source(path)))
    return read - FOR_TESTS


def test_every_setting_is_explained_and_no_other() -> None:
    explained = set(SETTING.findall(source(OPERATING)))
    assert settings_read() - explained == set(), "explain them in docs/operating.md"
    assert explained - settings_read() - FOR_TESTS == set(), "docs/operating.md explains the absent"


def test_every_command_is_explained() -> None:
    own = {n for n, app in get_commands().items() if app.startswith("zhicunbao.")}
    silent = {n for n in own if f"manage.py {n}" not in source(OPERATING)}
    assert silent == set(), "explain them in docs/operating.md"


def test_reference_is_what_the_code_announces() -> None:
    assert source(reference.PAGE) == reference.text(), "run: make reference"


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in repository.files(".md")
        for target in LINK.findall(source(path))
        if not (path.parent / target).exists()
    ]
    assert not broken, "\n".join(broken)


def test_every_make_target_that_is_spoken_of_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", source(ROOT / "Makefile"), re.MULTILINE))
    spoken = {t for path in repository.files(".md") for t in MADE_BY_MAKE.findall(source(path))}
    assert spoken - targets == set()


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = source(folder / "README.md")
    records = sorted(p.name for p in folder.glob("[0-9]*.md"))
    assert [name for name in records if f"]({name})" not in index] == []
    assert [name[:4] for name in records] == [f"{n:04d}" for n in range(1, len(records) + 1)]
