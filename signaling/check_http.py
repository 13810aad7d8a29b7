"""The connection test over HTTP: begin one, offer paths, end it. The check's id is the right to all of it."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from signaling.counters import Counters
from signaling.http_api import HttpApi, client_address
from signaling.http_common import MAX_SDP_BYTES, guarded, json_response, read_body
from signaling.whip import SDP, sdp_text
from treble.api import BeginCheck, CheckPath, EndCheck, RoomServer


class CheckHttp:
    def __init__(self, rooms: RoomServer, api: HttpApi) -> None:
        self._rooms = rooms
        self._api = api

    def routes(self, counters: Counters) -> list[Route]:
        return [
            Route("/api/check", guarded(self.begin_check, counters), methods=["POST"]),
            Route("/api/check/{check}", guarded(self.check_path, counters), methods=["POST"]),
            Route("/api/check/{check}", guarded(self.end_check, counters), methods=["DELETE"]),
        ]

    async def begin_check(self, request: Request) -> Response:
        self._api.admit(request)
        return json_response(await self._rooms.begin_check(BeginCheck(address=client_address(request))), 201)

    async def check_path(self, request: Request) -> Response:
        self._api.admit(request)
        sdp = sdp_text(await read_body(request, SDP, MAX_SDP_BYTES))
        answer = await self._rooms.check_path(CheckPath(check=request.path_params["check"], sdp=sdp))
        return Response(answer.sdp, 201, {"cache-control": "no-store", "content-type": SDP})

    async def end_check(self, request: Request) -> Response:
        self._api.admit(request)
        await self._rooms.end_check(EndCheck(check=request.path_params["check"]))
        return json_response({})
