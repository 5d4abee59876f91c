"""What a feature announces is there and is used: no right without a door, no verb never written."""

import ast
from collections.abc import Iterator

import pytest
from django.urls import reverse
from django.utils.module_loading import import_string

from tests import repository
from tests.repository import PACKAGE, at
from zhicunbao.base import feature, roles
from zhicunbao.base.templatetags.look import ICONS
from zhicunbao.kernel.flow import Flow, Right

FEATURES = list(feature.all_features())
each = pytest.mark.parametrize("config", FEATURES, ids=[c.label for c in FEATURES])
ASKING = ("may", "require", "reach", "right")


def strings() -> Iterator[tuple[str, str]]:
    """Yield the strings of the product's code, announcements left out, with their place."""
    for path in repository.python_files():
        if path.is_relative_to(PACKAGE) and path.name != "apps.py":
            for node in ast.walk(repository.tree(path)):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value, at(path, node.lineno)


def flows(config: feature.FeatureConfig) -> list[Flow]:
    return [import_string(name) for name in config.flows]


@each
def test_dotted_names_lead_to_something_callable(config: feature.FeatureConfig) -> None:
    names = [*config.ticks, config.area_figures, config.transfer_links, config.holder_notes]
    names += [*(entry.count for entry in config.menu), *config.case_faces.values()]
    for name in filter(None, names):
        assert callable(import_string(name)), name
    for flow in flows(config):
        assert isinstance(flow, Flow)
        assert flow.name.split(".")[0] == config.label


@each
def test_menu_leads_to_pages_with_known_icons_and_rights(config: feature.FeatureConfig) -> None:
    for entry in config.menu:
        assert reverse(entry.url_name)
        assert entry.icon in ICONS
        assert not entry.right or entry.right in feature.all_rights()


@each
def test_rights_name_known_roles_and_are_asked_for(config: feature.FeatureConfig) -> None:
    asked = {text for text, _ in strings()} | {e.right for c in FEATURES for e in c.menu}
    for right in config.rights:
        assert set(right.roles) <= set(roles.ROLES), right.name
        assert right.name in asked, f"{right.name} opens nothing"


@each
def test_audit_verbs_are_written_somewhere(config: feature.FeatureConfig) -> None:
    written = {text for text, _ in strings()}
    # A flow's verbs are written by casework, as the flow's name and the verb.
    assert {v for v in config.audit_verbs if v not in written} == set()


def test_flows_ask_announced_rights() -> None:
    asked = {
        t.by.name
        for config in FEATURES
        for flow in flows(config)
        for t in flow.transitions
        if isinstance(t.by, Right)
    }
    asked |= {name for config in FEATURES for flow in flows(config) for name in flow.known_by}
    assert asked - set(feature.all_rights()) == set()


def test_code_asks_announced_rights() -> None:
    unknown = [
        f"{at(path, call.lineno)} asks {name}"
        for path in repository.python_files()
        if path.is_relative_to(PACKAGE)
        for call in ast.walk(repository.tree(path))
        if isinstance(call, ast.Call) and _name(call.func) in ASKING
        for name in _literals(call)
        if name not in feature.all_rights()
    ]
    assert not unknown, "\n".join(unknown)


def _name(function: ast.expr) -> str:
    return ast.unparse(function).rsplit(".", maxsplit=1)[-1]


def _literals(call: ast.Call) -> list[str]:
    values = [a.value for a in call.args if isinstance(a, ast.Constant)]
    return [v for v in values if isinstance(v, str)]
