"""The HTTP side of a Treble server; everything here raises `TrebleError` only."""

import ssl
from typing import Any, Final, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from treble.client.errors import TrebleError

T = TypeVar("T")

TIMEOUT_S: Final = 15.0
_OF_STATUS: Final = {429: "auth.slow", 403: "auth.wrong", 404: "auth.wrong"}


class RoomMade(msgspec.Struct, frozen=True):
    room: str
    password: str  # empty where the room has none
    token: str  # the host's


class Entered(msgspec.Struct, frozen=True):
    token: str
    room: str = ""


async def create_room(
    server: str,
    name: str,
    *,
    bearer: str | None = None,
    ssl_context: ssl.SSLContext | None = None,
    **wishes: Any,
) -> RoomMade:
    """Make a room; its maker is the host. `bearer`: the maker's account token; `wishes`: title, alias, settings."""
    body = {"name": name, **wishes}
    return await _post(server, "/api/rooms", body, bearer, ssl_context, RoomMade)


async def enter_room(
    server: str,
    room: str,
    password: str,
    name: str,
    *,
    bearer: str | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> Entered:
    """Enter a room as a guest, or with an account token as whom one is; `Room.connect` takes the token."""
    path = f"/api/rooms/{quote(room, safe='')}/enter"
    return await _post(server, path, {"password": password, "name": name}, bearer, ssl_context, Entered)


async def _post(
    server: str,
    path: str,
    body: dict[str, Any],
    bearer: str | None,
    ssl_context: ssl.SSLContext | None,
    answer: type[T],
) -> T:
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    try:
        async with httpx.AsyncClient(verify=ssl_context or True, timeout=TIMEOUT_S) as http:
            response = await http.post(server.rstrip("/") + path, json=body, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise TrebleError("gone", str(error) or type(error).__name__) from None
    if response.is_success:
        try:
            return msgspec.json.decode(response.content, type=answer)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise TrebleError("gone", f"not a Treble server: {error}") from None
    raise _refusal(response)


class _Refused(msgspec.Struct, frozen=True):
    code: str
    detail: str = ""
    retry_after: float | None = None


def _refusal(response: httpx.Response) -> TrebleError:
    try:
        said = msgspec.json.decode(response.content, type=_Refused)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return TrebleError(_OF_STATUS.get(response.status_code, "gone"), f"HTTP {response.status_code}")
    return TrebleError(said.code, said.detail, said.retry_after)
