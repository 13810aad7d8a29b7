"""`/api/rooms/{room}/files` and `/api/rooms/{room}/chat`: files in the chat, and the chat as a file.

All want `Authorization: Bearer` with the Room's token. Files pass through part by part; only a picture is held as a whole,
to be drawn anew. Nothing that somebody sent is ever shown as a page: files are attachments, pictures are WebP of ours.
"""

import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Final
from urllib.parse import quote, unquote

import msgspec
import trio
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from signaling.chat.export import as_json, as_text
from signaling.chat.pictures import TYPE, redrawn
from signaling.chat_messages import SharedFile
from signaling.counters import Counters
from signaling.http_api import HttpApi
from signaling.http_common import guarded, json_response
from signaling.origin import bearer_token
from treble.api import (
    FILE_PART_BYTES,
    ApiError,
    BeginFile,
    ChatExported,
    ExportChat,
    FilePart,
    GetFilePart,
    PutFilePart,
    RoomServer,
)

UPLOADS: Final = 32  # at once, 1 MB each
PICTURES: Final = 2  # at once, held as a whole and drawn anew in a thread
UPLOAD_SECONDS: Final = 300.0
MAX_PICTURE_BYTES: Final = 10_000_000
ANY_TYPE: Final = "application/octet-stream"
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FORMATS: Final = {"text": ("text/plain; charset=utf-8", as_text), "json": ("application/json", as_json)}
_HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
}


class ChatHttp:
    """`api` admits requests: origin and rate."""

    def __init__(self, rooms: RoomServer, api: HttpApi, max_file_bytes: int) -> None:
        self._rooms = rooms
        self._api = api
        self._max_file_bytes = max_file_bytes
        self._uploads = trio.CapacityLimiter(UPLOADS)
        self._pictures = trio.CapacityLimiter(PICTURES)

    def routes(self, counters: Counters) -> list[Route]:
        files = "/api/rooms/{room}/files"
        return [
            Route(files, guarded(self.upload, counters), methods=["POST"]),
            Route(f"{files}/{{file}}", guarded(self.download, counters), methods=["GET"]),
            Route("/api/rooms/{room}/chat", guarded(self.export, counters), methods=["GET"]),
        ]

    async def upload(self, request: Request) -> Response:
        """The raw body is the file; `X-File-Name` (percent-encoded) or `Content-Disposition` its name."""
        room, token = self._admit(request)
        media_type = _media_type(request)
        begin = BeginFile(
            token=token,
            room=room,
            name=_file_name(request),
            media_type=ANY_TYPE if media_type.startswith("image/") else media_type,
            size=self._size(request),
        )
        try:
            self._uploads.acquire_on_behalf_of_nowait(request)
        except trio.WouldBlock:
            raise ApiError("busy", "Too many uploads at once.", 2.0) from None
        try:
            with trio.fail_after(UPLOAD_SECONDS):
                if media_type.startswith("image/") and begin.size <= MAX_PICTURE_BYTES:
                    return json_response(await self._picture(request, begin), 201)
                return json_response(await self._send(begin, _parts(request, begin.size)), 201)
        except trio.TooSlowError:
            raise ApiError("too.slow", f"The body did not arrive within {UPLOAD_SECONDS:.0f} s.") from None
        finally:
            self._uploads.release_on_behalf_of(request)

    async def download(self, request: Request) -> Response:
        room, token = self._admit(request)
        file = request.path_params["file"]
        if not _ID.fullmatch(file):
            raise ApiError("not.found")
        first = await self._rooms.file_part(GetFilePart(token=token, room=room, file=file, number=0))
        headers = {
            **_HEADERS,
            "content-length": str(first.size),
            "content-disposition": _disposition(first.name, is_shown=first.media_type == TYPE),
        }
        body = self._rest(token, room, file, first)
        return StreamingResponse(body, 200, headers, first.media_type)

    async def export(self, request: Request) -> Response:
        """`?format=text` (as is without) or `json`."""
        room, token = self._admit(request)
        try:
            media_type, write = _FORMATS[request.query_params.get("format", "text")]
        except KeyError:
            raise ApiError("bad.request", "format: text or json") from None
        first = await self._rooms.export_chat(ExportChat(token=token, room=room, after=0))
        ending = "json" if media_type == "application/json" else "txt"
        headers = {**_HEADERS, "content-disposition": _disposition(f"chat.{ending}", is_shown=False)}
        pages = self._pages(token, room, first)
        return StreamingResponse(write(pages), 200, headers, media_type)

    # --- inside

    def _admit(self, request: Request) -> tuple[str, str]:
        """Room and token."""
        self._api.admit(request)
        token = bearer_token(request.headers.get("authorization"))
        if token is None:
            raise ApiError("auth.missing", "Send Authorization: Bearer with the room's token.")
        room = request.path_params["room"]
        if not _ID.fullmatch(room):
            raise ApiError("not.found")
        return room, token

    def _size(self, request: Request) -> int:
        given = request.headers.get("content-length", "")
        if not re.fullmatch("[0-9]{1,12}", given):
            raise ApiError("bad.request", "Send Content-Length.")
        size = int(given)
        if not 0 < size <= self._max_file_bytes:
            raise ApiError("bad.size", f"A file may have 1 to {self._max_file_bytes} bytes.")
        return size

    async def _send(self, begin: BeginFile, parts: AsyncIterator[bytes]) -> SharedFile:
        begun = await self._rooms.begin_file(begin)
        number = sent = 0
        async with aclosing(parts):  # type: ignore[type-var]
            async for part in parts:
                put = PutFilePart(
                    token=begin.token, room=begin.room, file=begun.file, number=number, data=part
                )
                await self._rooms.put_file_part(put)
                number, sent = number + 1, sent + len(part)
        if sent != begin.size:
            raise ApiError("bad.size", "The body is shorter than it says.")
        return SharedFile(file=begun.file, name=begun.name, media_type=begin.media_type, size=begin.size)

    async def _picture(self, request: Request, begin: BeginFile) -> SharedFile:
        """Drawn anew; what is no picture by its content stays a file that is never shown."""
        await self._rooms.begin_file(_changed(begin, size=0))  # may one at all, before it is held
        async with self._pictures:
            upload = b"".join([part async for part in _parts(request, begin.size)])
            picture = await trio.to_thread.run_sync(redrawn, upload)
        if picture is None or len(picture) > self._max_file_bytes:
            return await self._send(begin, _cut(upload))
        name = f"{begin.name.rpartition('.')[0] or begin.name}.webp"
        begin = _changed(begin, name=name, media_type=TYPE, size=len(picture))
        return await self._send(begin, _cut(picture))

    async def _rest(self, token: str, room: str, file: str, first: FilePart) -> AsyncIterator[bytes]:
        yield first.data
        for number in range(1, first.parts):
            request = GetFilePart(token=token, room=room, file=file, number=number)
            yield (await self._rooms.file_part(request)).data

    async def _pages(self, token: str, room: str, page: ChatExported) -> AsyncIterator[list[bytes]]:
        yield page.events
        while page.more:
            page = await self._rooms.export_chat(ExportChat(token=token, room=room, after=page.through))
            yield page.events


async def _parts(request: Request, size: int) -> AsyncIterator[bytes]:
    """The body in parts of `FILE_PART_BYTES`; `bad.size` where it is longer than it says."""
    waiting, total = bytearray(), 0
    async with aclosing(request.stream()) as chunks:
        async for chunk in chunks:
            total += len(chunk)
            if total > size:
                raise ApiError("bad.size", "The body is longer than it says.")
            waiting += chunk
            while len(waiting) >= FILE_PART_BYTES:
                yield bytes(waiting[:FILE_PART_BYTES])
                del waiting[:FILE_PART_BYTES]
    if waiting:
        yield bytes(waiting)


async def _cut(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), FILE_PART_BYTES):
        yield data[start : start + FILE_PART_BYTES]


def _changed(begin: BeginFile, **fields: object) -> BeginFile:
    return msgspec.structs.replace(begin, **fields)


def _media_type(request: Request) -> str:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return given if _TYPE.fullmatch(given) else ANY_TYPE


def _file_name(request: Request) -> str:
    """As it was sent; the room server cleans it."""
    given = request.headers.get("x-file-name")
    if given is None:
        found = re.search(
            r"filename\*=utf-8''([^;]+)|filename=\"?([^\";]+)",
            request.headers.get("content-disposition", ""),
            re.IGNORECASE,
        )
        given = (found[1] or found[2]) if found else "file"
    return unquote(given[:1024], errors="replace")


def _disposition(name: str, *, is_shown: bool) -> str:
    """RFC 6266 section 4.3: a name for old clients, and the whole name."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    kind = "inline" if is_shown else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
