"""What import-linter cannot see of the floors: foreign keys, templates, addresses, app configs."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import AppConfig, apps
from django.db.models import Field, Model
from django.db.models.fields.related import RelatedField

from tests import repository
from tests.repository import PACKAGE, at, floors, may_lean_on, source
from zhicunbao.base import feature

FOLDERS = sorted(p.parent.name for p in PACKAGE.glob("*/__init__.py"))
INCLUDE = re.compile(r"""\{%\s*(?:include|extends)\s+["']([^"']+)["']""")
ADDRESS = re.compile(r"""\{%\s*url\s+["'](\w+):""")
STATIC = re.compile(r"""\{%\s*static\s+["'](\w+)/""")
NAMED = re.compile(r"(\w+):[a-z_]+")


def own_configs() -> list[AppConfig]:
    return [c for c in apps.get_app_configs() if c.name.startswith("zhicunbao.")]


def package_of(model: type[Model]) -> str:
    module = model.__module__.split(".")
    return module[1] if module[0] == "zhicunbao" else ""


def relations() -> Iterator[tuple[type[Model], "Field[object, object]", type[Model]]]:
    for config in own_configs():
        for model in config.get_models(include_auto_created=True):
            for field in model._meta.get_fields():
                if isinstance(field, RelatedField) and isinstance(field.related_model, type):
                    yield model, field, field.related_model


def templates() -> Iterator[tuple[str, Path]]:
    for path in repository.files(".html"):
        if path.is_relative_to(PACKAGE):
            yield path.relative_to(PACKAGE).parts[0], path


def test_every_folder_has_a_floor() -> None:
    assert set(FOLDERS) <= set(floors())


def test_foreign_keys_go_down() -> None:
    found = [
        f"{model.__module__}.{model.__name__}.{field.name} points up or sideways at {target}"
        for model, field, target in relations()
        if (package_of(target) and not may_lean_on(package_of(model), package_of(target)))
    ]
    assert not found, "\n".join(found)


def test_templates_take_from_lower_floors() -> None:
    found = []
    for package, path in templates():
        for pattern, word in ((INCLUDE, "takes"), (STATIC, "shows"), (ADDRESS, "links to")):
            for name in pattern.findall(source(path)):
                other = name.split("/")[0]
                if other in floors() and not may_lean_on(package, other):
                    found.append(f"{at(path)} {word} {name}: let the page above hand it in")
    assert not found, "\n".join(found)


def test_addresses_in_python_are_of_lower_floors() -> None:
    found = []
    for path in repository.python_files():
        if not path.is_relative_to(PACKAGE):
            continue
        package = path.relative_to(PACKAGE).parts[0]
        for node in ast.walk(repository.tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                match = NAMED.fullmatch(node.value)
                other = match[1] if match else ""
                if other in floors() and not may_lean_on(package, other):
                    found.append(f"{at(path, node.lineno)} names {node.value}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("folder", sorted(p.parent.name for p in PACKAGE.glob("*/apps.py")))
def test_feature_announces_itself(folder: str) -> None:
    [config] = [c for c in own_configs() if c.name == f"zhicunbao.{folder}"]
    assert isinstance(config, feature.FeatureConfig), (
        f"zhicunbao/{folder}/apps.py: import the module `feature`, not the class; with two classes "
        "in sight Django takes neither"
    )
    assert config.title


@pytest.mark.parametrize("folder", sorted(p.parent.name for p in PACKAGE.glob("*/apps.py")))
def test_names_begin_with_the_feature(folder: str) -> None:
    config = apps.get_app_config(folder)
    assert isinstance(config, feature.FeatureConfig)
    names = [
        *(right.name.split(".")[0] for right in config.rights),
        *(verb.split(".")[0] for verb in config.audit_verbs),
        *(entry.url_name.split(":")[0] for entry in config.menu),
    ]
    assert set(names) <= {folder}


def test_the_guard_reads_something() -> None:
    assert list(relations())
    assert list(templates())
    assert floors()["kernel"] == 0
    assert not may_lean_on("base", "work")
    assert not may_lean_on("registry", "ledger")
    assert may_lean_on("work", "base")
