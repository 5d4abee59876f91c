"""The numbers and habits of docs/STYLE.md that no linter knows."""

import ast
import io
import re
import statistics
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import repository
from tests.repository import ROOT, at, python_files, source

FILE_LINES_MAX = 600
STYLE_SHEET_LINES_MAX = 900
FUNCTION_LINES_MAX = 70
FUNCTION_LINES_P95 = 40

TEXT = (".py", ".html", ".js", ".css", ".md", ".txt", ".in", ".toml", ".sh", ".yml", ".yaml", "")
EMPTY_NAMES = ("helper", "manager", "util", "utils", "handler", "service", "services", "data")
"""Words that say nothing about what a thing is, as a whole name or as its last part."""
DJANGO_NAMES = ("process_exception", "get_context_data", "has_changed_data")
FIRST_PARTY = ("zhicunbao", "tests")
# Written in two parts, so that this file does not contain what it looks for.
NOT_OURS = tuple(
    first + second
    for first, second in (
        ("pypi", ".org"),
        ("files.python", "hosted.org"),
        ("registry.npm", "js.org"),
        ("deb.", "debian.org"),
        ("security.", "debian.org"),
        ("/work", "/main"),
        ("/work", "/shared"),
        ("/work", "/."),
        ("/ro", "ot/"),
        ("/tm", "p/"),
        ("/Us", "ers/"),
    )
)
LATER = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")))


def assert_none(findings: Iterator[str]) -> None:
    found = list(findings)
    assert not found, "\n" + "\n".join(found)


def test_files_are_short() -> None:
    def long() -> Iterator[str]:
        for path in repository.files(".py", ".html", ".js", ".css"):
            if "migrations" in path.parts:
                continue
            lines = len(source(path).splitlines())
            limit = STYLE_SHEET_LINES_MAX if path.suffix == ".css" else FILE_LINES_MAX
            if lines > limit:
                yield f"{at(path)} has {lines} lines, at most {limit}: split it by noun"

    assert_none(long())


def test_functions_are_short() -> None:
    lengths = {
        f"{at(path, node.lineno)} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in python_files()
        for node in repository.functions(path)
    }
    long = {where: n for where, n in lengths.items() if n > FUNCTION_LINES_MAX}
    assert not long, f"more than {FUNCTION_LINES_MAX} lines: {long}"
    p95 = statistics.quantiles(lengths.values(), n=20)[-1]
    assert p95 <= FUNCTION_LINES_P95


def comments(path: Path) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source(path)).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def test_every_exception_from_a_linter_has_its_reason() -> None:
    noqa = re.compile(r"# noqa: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* -- \w.{3,}")
    # mypy takes nothing but another comment after its bracket.
    ignored = re.compile(r"# type: ignore\[[a-z-]+(, ?[a-z-]+)*\]  # \w.{3,}")

    def bare() -> Iterator[str]:
        for path in python_files():
            for line, comment in comments(path):
                if "noqa" in comment and not noqa.match(comment):
                    yield f"{at(path, line)}: write `# noqa: CODE -- reason`"
                if comment.startswith("# type:") and not ignored.match(comment):
                    yield f"{at(path, line)}: write `# type: ignore[code]  # reason`"
                if re.search(r"pragma: no cover|fmt: off|isort:", comment):
                    yield f"{at(path, line)}: {comment} is not used here"

    assert_none(bare())


def test_every_module_says_what_it_is_for() -> None:
    def silent() -> Iterator[str]:
        for path in python_files():
            # An empty __init__.py marks a folder and has nothing to say.
            if source(path).strip() and not ast.get_docstring(repository.tree(path)):
                yield f"{at(path)}: open with what it is for and what it is not for"

    assert_none(silent())


def test_first_party_imports_stand_at_the_top() -> None:
    def late() -> Iterator[str]:
        for path in python_files():
            for function in repository.functions(path):
                for node in ast.walk(function):
                    if isinstance(node, ast.ImportFrom):
                        names = [node.module or ""]
                    elif isinstance(node, ast.Import):
                        names = [alias.name for alias in node.names]
                    else:
                        continue
                    if any(name.split(".")[0] in FIRST_PARTY for name in names):
                        yield f"{at(path, node.lineno)}: an import cycle hides behind this import"

    assert_none(late())


def last_word(name: str) -> str:
    """Return ``manager`` of ``BaseUserManager[Person]``."""
    parts: list[str] = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name.split("[", maxsplit=1)[0])
    return parts[-1].lower() if parts else ""


def test_names_say_what_a_thing_is() -> None:
    def empty() -> Iterator[str]:
        for path in python_files():
            for part in (path.stem, path.parent.name):
                if part in (*EMPTY_NAMES, "info", "process"):
                    yield f"{at(path)}: name it after what is in it"
            for node in ast.walk(repository.tree(path)):
                if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                    last = last_word(node.name)
                    # Django's own word for its own thing: class PersonManager(BaseUserManager).
                    inherited = {last_word(ast.unparse(b)) for b in getattr(node, "bases", ())}
                    allowed = node.name in DJANGO_NAMES or last in inherited
                    if last in EMPTY_NAMES and not allowed:
                        yield f"{at(path, node.lineno)}: {last} of what?"

    assert_none(empty())


def test_no_registry_and_no_machine_is_named() -> None:
    def named() -> Iterator[str]:
        for path in repository.files():
            if path.suffix in TEXT and path.parent.name != "data":
                text = source(path)
                yield from (f"{at(path)} names {n}" for n in NOT_OURS if n in text)

    assert_none(named())


def test_nothing_is_left_for_later() -> None:
    def left() -> Iterator[str]:
        for path in repository.files():
            if path.suffix in TEXT and path.parent.name != "data":
                for number, line in enumerate(source(path).splitlines(), 1):
                    if LATER.search(line):
                        yield f"{at(path, number)}: {line.strip()[:80]}"

    assert_none(left())


def spoken() -> Iterator[tuple[str, str]]:
    """Yield what people may read: strings of Python and templates, without our own notes."""
    for path in repository.files(".py", ".html", ".js"):
        if not path.is_relative_to(repository.PACKAGE):
            continue
        if path.suffix == ".py":
            notes = docstrings(path)
            for node in ast.walk(repository.tree(path)):
                if not isinstance(node, ast.Constant) or id(node) in notes:
                    continue
                if isinstance(node.value, str):
                    yield at(path, node.lineno), node.value
        else:
            noted = r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}|/\*.*?\*/|^\s*//.*?$"
            yield at(path), re.sub(noted, "", source(path), flags=re.DOTALL | re.MULTILINE)


def docstrings(path: Path) -> set[int]:
    """Return the strings that stand alone as a statement: docstrings, of constants too."""
    return {
        id(node.value)
        for node in ast.walk(repository.tree(path))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def test_chinese_is_polite_and_uses_its_own_punctuation() -> None:
    half_width = re.compile(r"[一-鿿](?:[,;?!](?=\s*[一-鿿])|\.{3}|\.(?=[\s\"'<]|$))", re.MULTILINE)

    def wrong() -> Iterator[str]:
        for where, text in spoken():
            if "你" in text:
                yield f"{where}: 您, not 你"
            yield from (f"{where}: full-width after {m[0]}" for m in half_width.finditer(text))

    assert_none(wrong())


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"(--[\w-]+|color-scheme):\s*([^;]+);", block))


def test_both_dark_themes_are_alike() -> None:
    sheet = source(ROOT / "zhicunbao/base/static/base/tokens.css")
    block = r'^( *)\[data-theme="{}"\] \{{(.*?)^\1\}}'
    chosen, followed = (
        re.search(block.format(theme), sheet, re.DOTALL | re.MULTILINE)
        for theme in ("dark", "auto")
    )
    assert chosen, 'no [data-theme="dark"] block'
    assert followed, 'no [data-theme="auto"] block'
    assert tokens(chosen[2])
    assert tokens(chosen[2]) == tokens(followed[2])


@pytest.mark.parametrize("folder", sorted(p.name for p in (ROOT / "tests").iterdir() if p.is_dir()))
def test_test_folders_are_packages(folder: str) -> None:
    holds_python = any((ROOT / "tests" / folder).glob("*.py"))
    assert not holds_python or (ROOT / "tests" / folder / "__init__.py").exists()
