"""Reads the repository itself, for the guards: its files, its packages, its floors."""

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "zhicunbao"


@cache
def files(*suffixes: str) -> tuple[Path, ...]:
    """Return the files under version control, or about to be, with one of ``suffixes``."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return tuple(p for p in paths if p.is_file() and (not suffixes or p.suffix in suffixes))


def python_files() -> tuple[Path, ...]:
    """Return our own Python, without the migrations that Django writes."""
    return tuple(p for p in files(".py") if "migrations" not in p.parts)


@cache
def source(path: Path) -> str:
    """Return a file's text."""
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """Return a Python file's syntax tree."""
    return ast.parse(source(path), str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method of a Python file."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def at(path: Path, line: int = 0) -> str:
    """Return how a finding names its place."""
    return f"{path.relative_to(ROOT)}:{line}" if line else str(path.relative_to(ROOT))


@cache
def floors() -> dict[str, int]:
    """Return each package's floor, 0 at the ground, from the contract that import-linter checks."""
    settings = tomllib.loads(source(ROOT / "pyproject.toml"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    [house] = [c for c in contracts if c.get("exhaustive")]
    return {
        name.strip().strip("()"): floor
        for floor, layer in enumerate(reversed(house["layers"]))
        for name in layer.split("|")
    }


def may_lean_on(package: str, other: str) -> bool:
    """Say whether ``package`` may use ``other``: itself, or anything on a lower floor."""
    return package == other or floors()[other] < floors()[package]
