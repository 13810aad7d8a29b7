"""The operators' API of a running server, asked over HTTPS: an `Admin` like the room server's own."""

import ssl
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote

import httpx
import msgspec

from treble.admin_api import Admin
from treble.admin_routes import OPERATIONS, PREFIX, Operation
from treble.api import ApiError, Done

TIMEOUT_S: Final = 30.0


class _Refusal(msgspec.Struct, frozen=True):
    code: str
    detail: str = ""
    retry_after: float | None = None


def remote_admin(server: str, key: str, authority: Path | None) -> Admin:
    """Its methods raise `ApiError`: what the server said, or `unreachable`. `aclose` lets go of the connection."""
    return cast(Admin, _Remote(server, key, authority))


class _Remote:
    def __init__(self, server: str, key: str, authority: Path | None) -> None:
        context = ssl.create_default_context(cafile=authority)
        headers = {"authorization": f"Bearer {key}"}
        self._http = httpx.AsyncClient(base_url=server, headers=headers, verify=context, timeout=TIMEOUT_S)
        for operation in OPERATIONS:
            setattr(self, operation.name, self._caller(operation))

    async def aclose(self) -> None:
        await self._http.aclose()

    def _caller(self, operation: Operation) -> Any:
        async def call(request: msgspec.Struct) -> Any:
            path = operation.path
            for name in operation.path_names:
                path = path.replace(f"{{{name}}}", quote(getattr(request, name), safe=""))
            query = {
                field.name: _as_text(value)
                for field in operation.query
                if (value := getattr(request, field.name)) is not None
            }
            given: dict[str, Any] = {"params": query}
            if operation.body is not None:
                given["content"] = msgspec.json.encode(getattr(request, "body", None))
                given["headers"] = {"content-type": "application/json"}
            try:
                answer = await self._http.request(operation.method, PREFIX + path, **given)
            except httpx.HTTPError as error:
                raise ApiError(
                    "unreachable", f"{self._http.base_url}: {str(error) or type(error).__name__}"
                ) from None
            return _decoded(operation, answer)

        return call


def _decoded(operation: Operation, answer: httpx.Response) -> Any:
    try:
        if answer.is_success:
            return (
                Done()
                if operation.answer is None
                else msgspec.json.decode(answer.content, type=operation.answer)
            )
        refusal = msgspec.json.decode(answer.content, type=_Refusal)
    except msgspec.DecodeError:
        raise ApiError(
            "unreachable", f"{answer.url} answers {answer.status_code}, not as Treble does"
        ) from None
    raise ApiError(refusal.code, refusal.detail, refusal.retry_after)


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
