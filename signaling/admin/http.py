"""`/api/admin`: the operators' HTTP API, served from the table of `treble/admin_routes.py`.

Whoever has no key in force gets the same answer whatever they ask: for a request that cannot be understood the key
is checked before that is said, and addresses that lead nowhere are answered here too.
"""

import re
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from signaling.counters import Counters
from signaling.gateway_config import GatewayConfig
from signaling.http_api import HttpApi, client_address
from signaling.http_common import Handler, guarded, json_response, read_json
from signaling.openapi import document
from signaling.origin import bearer_token
from treble.admin_api import Admin
from treble.admin_requests import Asked, By
from treble.admin_routes import OPERATIONS, PREFIX, Operation
from treble.api import ApiError

MAX_KEY_LETTERS: Final = 256
ALL_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_STATUSES: Final = {"auth.wrong": 401}
_WRONG_KEY: Final = "This is no key in force: see `treble admin-key`."


class AdminHttp:
    """`api` admits requests: origin and rate."""

    def __init__(self, config: GatewayConfig, admin: Admin, api: HttpApi) -> None:
        self._admin = admin
        self._api = api
        self._document: bytes | None = None

    def routes(self, counters: Counters) -> list[Route]:
        routes = [
            Route(
                PREFIX + each.path, guarded(self._handler(each), counters, _STATUSES), methods=[each.method]
            )
            for each in OPERATIONS
        ]
        nowhere = guarded(self._nowhere, counters, _STATUSES)
        described = Route("/api/openapi.json", guarded(self._openapi, counters), methods=["GET"])
        return [described, *routes, Route(PREFIX + "{path:path}", nowhere, methods=list(ALL_METHODS))]

    def _handler(self, operation: Operation) -> Handler:
        async def handle(request: Request) -> Response:
            by = self._by(request)
            try:
                asked = await _request(operation, request, by)
                answer = await getattr(self._admin, operation.name)(asked)
            except ApiError as error:
                raise await self._said(error, by) from None
            if operation.answer is None:
                return Response(status_code=204, headers={"cache-control": "no-store"})
            return json_response(answer, operation.status)

        handle.__name__ = f"admin_{operation.name}"
        return handle

    async def _nowhere(self, request: Request) -> Response:
        """No such address, or not with this method."""
        by = self._by(request)
        methods = _methods(request.url.path)
        error = ApiError("bad.method", f"Use {', '.join(methods)}.") if methods else ApiError("not.found")
        raise await self._said(error, by)

    async def _openapi(self, request: Request) -> Response:
        if self._document is None:
            self._document = msgspec.json.encode(document())
        return Response(self._document, media_type="application/json")

    def _by(self, request: Request) -> By:
        self._api.admit(request)
        key = bearer_token(request.headers.get("authorization"))
        if key is None:
            raise ApiError(
                "auth.missing", "Send Authorization: Bearer <admin key>; `treble admin-key` makes one."
            )
        return By(key=key[:MAX_KEY_LETTERS], address=client_address(request))

    async def _said(self, error: ApiError, by: By) -> ApiError:
        """A refusal that says something about the request is for those with a key."""
        if error.code == "auth.wrong":
            return ApiError("auth.wrong", _WRONG_KEY)
        if error.code not in ("auth.slow", "slow", "busy"):
            try:
                await self._admin.check_key(Asked(by=by))
            except ApiError as refused:
                return ApiError(
                    refused.code,
                    _WRONG_KEY if refused.code == "auth.wrong" else refused.detail,
                    refused.retry_after,
                )
        return error


async def _request(operation: Operation, request: Request, by: By) -> msgspec.Struct:
    """What the Protocol takes, from path, query and body; `ApiError("bad.request")` names what is wrong."""
    values: dict[str, Any] = {"by": by}
    for name in operation.path_names:
        value = request.path_params[name]
        if len(value) > 64:
            raise ApiError("not.found")
        values[name] = value
    known = {field.name: field for field in operation.query}
    for name, text in request.query_params.multi_items():
        if name not in known or name in values:
            raise ApiError("bad.request", f"query parameter {name[:64]}: unknown, or given twice")
        try:
            values[name] = msgspec.convert(text, known[name].type, strict=False)
        except msgspec.ValidationError as error:
            raise ApiError("bad.request", f"query parameter {name}: {error}") from None
    if operation.body is not None:
        values["body"] = await read_json(request, operation.body)
    return operation.request(**values)


def _methods(path: str) -> list[str]:
    """By which methods something can be asked at this address."""
    return [each.method for each in OPERATIONS if _pattern(each).fullmatch(path)]


def _pattern(operation: Operation) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{[a-z]+\}", "[^/]+", PREFIX + operation.path))
