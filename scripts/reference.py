"""Writes docs/reference.md: rights, flows, audit verbs and commands as the code announces them.
A guard compares the page with the code, so it never lies; what needs explaining is explained in
docs/operating.md and docs/ARCHITECTURE.md.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from django.core.management import get_commands, load_command_class
from django.utils.module_loading import import_string

from zhicunbao.base.feature import all_audit_verbs, all_features, all_rights
from zhicunbao.base.roles import ROLES
from zhicunbao.kernel.flow import Flow

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference.md"
HEAD = """\
# Reference

Made by `make reference` from what each feature announces. Do not edit: `tests/guards/test_docs.py`
compares it with the code.
"""


def text() -> str:
    """Return the whole page for the installed features."""
    parts = [HEAD, *_rights(), *_flows(), *_verbs(), *_commands()]
    return "\n".join(parts)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines) + "\n"


def _rights() -> Iterator[str]:
    yield "## Rights\n\nA right counts where the post lies, and below.\n"
    yield _table(
        ("right", "名称", "posts that carry it"),
        (
            (f"`{right.name}`", right.label, "、".join(ROLES[r].label for r in right.roles))
            for config in all_features()
            for right in config.rights
        ),
    )


def _flows() -> Iterator[str]:
    rights = all_rights()
    yield "## Flows\n"
    flows: list[Flow] = [import_string(name) for c in all_features() for name in c.flows]
    for flow in flows:
        starts = "，".join(f"{verb} → {flow.states[s].label}" for verb, s in flow.starts.items())
        yield f"### {flow.label} `{flow.name}`\n\nCase numbers begin with {flow.mark}. {starts}.\n"
        rows = []
        for t in flow.transitions:
            by = t.by if isinstance(t.by, str) else f"{rights[t.by.name].label} `{t.by.name}`"
            limits = [f"not who did {verb}" for verb in t.not_same_as]
            limits += [f"only who did {t.same_as}"] if t.same_as else []
            limits += ["with a reason"] if t.reason else []
            limits += ["also many at once"] if t.many else []
            limits += ["when its time has come"] if t.on_time else []
            names = (flow.states[t.source].label, flow.states[t.target].label)
            rows.append((names[0], f"{t.label} `{t.verb}`", names[1], by, "; ".join(limits)))
        yield _table(("from", "verb", "to", "by", "limits"), rows)


def _verbs() -> Iterator[str]:
    yield "## Audit verbs\n"
    yield _table(
        ("verb", "审计里读作"), ((f"`{v}`", label) for v, label in all_audit_verbs().items())
    )


def _commands() -> Iterator[str]:
    yield "## Commands\n\n`python manage.py <command> --help` tells the options.\n"
    own = {name: app for name, app in get_commands().items() if app.startswith("zhicunbao.")}
    rows = [(f"`{n}`", load_command_class(app, n).help) for n, app in sorted(own.items())]
    yield _table(("command", "what it does"), rows)


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
