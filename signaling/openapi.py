"""The OpenAPI 3.1 document of everything under `/api`, made from the types that the server decodes and encodes.

docs/openapi.json is this document, written by docs/make_openapi.py.
"""

import re
from collections.abc import Iterator
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final

import msgspec

from signaling.accounts.cookies import SESSION
from signaling.openapi_routes import DESCRIBED, Described, Security

_REFERENCE: Final = "#/components/schemas/{name}"
_JSON: Final = "application/json"
_SECURITY: Final = {
    Security.ADMIN: {
        "type": "http",
        "scheme": "bearer",
        "description": "`treble admin-key create` makes one.",
    },
    Security.ACCOUNT: {
        "type": "http",
        "scheme": "bearer",
        "description": "From `/api/session`, for 10 minutes.",
    },
    Security.ROOM: {"type": "http", "scheme": "bearer", "description": "From entering; for 10 minutes."},
    Security.COOKIE: {"type": "apiKey", "in": "cookie", "name": SESSION},
}


class Error(msgspec.Struct, frozen=True, omit_defaults=True):
    """`code` is for programs and does not change; `detail` is for people. `retry_after` in seconds."""

    code: str
    detail: str
    retry_after: float | None = None


def document() -> dict[str, Any]:
    """Ready for JSON; the same every time."""
    types = list(dict.fromkeys(kind for each in DESCRIBED for kind in _types(each)))
    schemas, components = msgspec.json.schema_components([*types, Error], ref_template=_REFERENCE)
    schema_of = dict(zip([*types, Error], schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for each in DESCRIBED:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Treble",
            "version": version("treble"),
            "description": "Meetings from the browser. Times are Unix seconds unless a name says otherwise.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SECURITY},
    }


def _types(each: Described) -> Iterator[Any]:
    yield from (kind for kind in (each.body, each.answer) if kind is not None)
    yield from (field.type for field in each.query)


def _operation(each: Described, schema_of: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _name(each),
        "tags": [each.tag],
        "summary": each.summary,
        "parameters": [*_path_parameters(each), *_query_parameters(each, schema_of)],
        "responses": {str(each.status): _answer(each, schema_of), "default": _refusal(schema_of)},
        "security": [{name: []} for name in each.security],
    }
    if each.detail:
        operation["description"] = each.detail
    if each.body is not None:
        content = {_JSON: {"schema": schema_of[each.body]}}
        operation["requestBody"] = {"required": True, "content": content}
    elif each.sends:
        operation["requestBody"] = {"required": True, "content": {each.sends: {}}}
    return operation


def _answer(each: Described, schema_of: dict[Any, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": HTTPStatus(each.status).phrase}
    if each.answer is not None:
        answer["content"] = {_JSON: {"schema": schema_of[each.answer]}}
    elif each.media:
        answer["content"] = {each.media: {}}
    return answer


def _refusal(schema_of: dict[Any, Any]) -> dict[str, Any]:
    return {"description": "A refusal", "content": {_JSON: {"schema": schema_of[Error]}}}


def _path_parameters(each: Described) -> list[dict[str, Any]]:
    schema = {"type": "string", "maxLength": 64}
    names = re.findall(r"\{([a-z]+)\}", each.path)
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]


def _query_parameters(each: Described, schema_of: dict[Any, Any]) -> list[dict[str, Any]]:
    return [
        {"name": field.name, "in": "query", "required": field.required, "schema": schema_of[field.type]}
        for field in each.query
    ]


def _name(each: Described) -> str:
    """Unlike any other's: method and path."""
    words = re.sub(r"[^a-z]+", "_", each.path.removeprefix("/api").lower()).strip("_")
    return f"{each.method.lower()}_{words}"
