"""docs/openapi.json is what the code says, valid, and complete."""

import json
import re
from pathlib import Path

import httpx
from openapi_spec_validator import validate

from docs.make_openapi import PAGE, text
from signaling.openapi import document
from tests.signaling import gateway_world


def test_the_file_is_current() -> None:
    assert PAGE.read_text() == text(), "run docs/make_openapi.py"


def test_it_is_a_valid_openapi_document() -> None:
    validate(json.loads(text()))


def test_operation_ids_are_unlike_each_other() -> None:
    ids = [each["operationId"] for path in document()["paths"].values() for each in path.values()]
    assert len(ids) == len(set(ids))


async def test_every_operation_that_is_served_is_described_and_no_other(tmp_path: Path) -> None:
    async with gateway_world.world(tmp_path) as world:
        routes = world.gateway._make_http()._app.app.routes
    served = {
        (method, route.path)
        for route in routes
        for method in route.methods
        if route.path.startswith("/api/") and method != "HEAD" and not re.search(r"\{.*:path\}", route.path)
    }
    described = {
        (method.upper(), path) for path, methods in document()["paths"].items() for method in methods
    }
    assert served == described


async def test_it_is_served(tmp_path: Path) -> None:
    async with gateway_world.world(tmp_path) as world, world.http() as http:
        answer: httpx.Response = await http.get("/api/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == json.loads(text())
