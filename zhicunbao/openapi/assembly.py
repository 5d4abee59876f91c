"""Puts the routers that the features announce under one address, and writes their description as
OpenAPI. No feature is named here, and no operation has its place here.
"""

import json
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from django.utils.module_loading import import_string
from ninja import NinjaAPI
from ninja.operation import Operation
from ninja.renderers import JSONRenderer

from zhicunbao.base import feature
from zhicunbao.base.api import SessionCookie, problems
from zhicunbao.base.problem import MEDIA_TYPE
from zhicunbao.openapi.apps import OpenapiConfig

SUMMARY: Final = (
    "The same actions as the pages. Sign in on the pages; the session's cookie opens this door, "
    "and every POST brings the token of `GET /me` as `X-CSRFToken` and an `Idempotency-Key`. "
    "Refusals are `application/problem+json` and change nothing."
)
SHAPES: Final = "#/components/schemas/"
REFUSAL: Final = {
    "description": "Refused; nothing changed.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": f"{SHAPES}Problem"}}},
}
TOKEN: Final = {"type": "apiKey", "in": "header", "name": "X-CSRFToken"}


class Plain(JSONRenderer):
    """Chinese as it is: half the bytes, and readable as it comes."""

    json_dumps_params: Mapping[str, Any] = {"ensure_ascii": False}


class Door(NinjaAPI):
    """Ninja's assembly with the names of operations as their addresses have them."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Return the name of the operation's address: short, and ours to keep stable."""
        return operation.url_name


@cache
def door() -> Door:
    """Return the assembled door; every operation needs a session unless it says otherwise."""
    api = Door(
        title="治村宝 Zhicunbao",
        version="1",
        description=SUMMARY,
        urls_namespace="openapi",
        # Ninja's own pages load their scripts from elsewhere; ours is served by ``pages``.
        openapi_url=None,
        docs_url=None,
        auth=SessionCookie(),
        renderer=Plain(),
    )
    for config in feature.all_features():
        if config.api:
            api.add_router("", import_string(f"{config.api}.router"))
    for kind, answering in problems.answers().items():
        api.add_exception_handler(kind, answering)
    return api


@cache
def description() -> str:
    """Return the OpenAPI description as text, in an order that does not change by itself."""
    schema = door().get_openapi_schema(path_prefix=f"/{OpenapiConfig.pages_at}")
    # Once through JSON, so that Ninja's own kinds of mapping and number keys are plain.
    plain: dict[str, Any] = json.loads(json.dumps(schema))
    plain["components"]["schemas"]["Problem"] = problems.Problem.model_json_schema()
    plain["components"]["securitySchemes"]["CsrfToken"] = TOKEN
    for operations in plain["paths"].values():
        for method, operation in operations.items():
            _retell(method, operation)
    _prune(plain)
    return json.dumps(plain, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _prune(plain: dict[str, Any]) -> None:
    """Leave out the shapes that nothing refers to: Ninja spreads query shapes into parameters."""
    shapes = plain["components"]["schemas"]
    known = None
    while known != set(shapes):
        known = set(shapes)
        text = json.dumps(plain)
        for name in known:
            if f'"{SHAPES}{name}"' not in text:
                del shapes[name]


def _retell(method: str, operation: dict[str, Any]) -> None:
    """Split the docstring into the summary and the rest; say what a POST brings and how the
    operation refuses.
    """
    summary, _, rest = operation.pop("description", "").partition("\n\n")
    operation["summary"] = " ".join(summary.split())
    if rest:
        operation["description"] = rest
    for status, response in operation["responses"].items():
        response["description"] = HTTPStatus(int(status)).phrase
    operation["responses"]["default"] = REFUSAL
    if method == "post":
        for way in operation["security"]:
            way["CsrfToken"] = []
