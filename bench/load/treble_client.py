"""How peers of the load generator join Treble: WHIP and WHEP, or the WebSocket as the page does."""

import contextlib
import io
import itertools
from pathlib import Path

import httpx
import trio

from bench.load import sdp
from bench.load.load import Load, LoadPeer
from bench.signalling import Session
from treble.api import PublishedTrack, SlotPair, Source


class Refused(Exception):
    """The server said no; the text is its reason."""


def token(data: Path, room: str, name: str, role: str) -> str:
    """What `treble token` prints, without a process for each of two hundred."""
    from treble.cli import main

    out = io.StringIO()
    command = ["token", "--data", str(data), "--room", room, "--name", name, "--role", role]
    with contextlib.redirect_stdout(out):
        main(command)
    return out.getvalue().strip().splitlines()[-1]


class Client:
    """One room of one server. Sessions of WebSocket participants last as long as the nursery."""

    def __init__(
        self, address: str, port: int, data: Path, nursery: trio.Nursery, http: httpx.AsyncClient
    ) -> None:
        self._address, self._port, self._data = address, port, data
        self._nursery = nursery
        self._http = http
        self._room = "bench"
        self._names = (f"bench {number}" for number in itertools.count(1))

    async def _token(self, role: str) -> str:
        return await trio.to_thread.run_sync(token, self._data, self._room, next(self._names), role)

    async def _post(self, kind: str, offer: str, bearer: str) -> str:
        url = f"https://{self._address}:{self._port}/{kind}/{self._room}"
        headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/sdp"}
        response = await self._http.post(url, content=offer, headers=headers)
        if response.status_code != 201:
            raise Refused(f"{kind}: {response.status_code} {response.text[:200]}")
        return response.text

    async def publish(self, load: Load) -> LoadPeer:
        """A WHIP publisher (RFC 9725)."""
        bearer = await self._token("host")
        return await load.offer(lambda offer: self._post("whip", offer, bearer), load.source_lines())

    async def subscribe(self, load: Load) -> LoadPeer:
        """A WHEP viewer."""
        bearer = await self._token("viewer")
        return await load.offer(lambda offer: self._post("whep", offer, bearer), load.slot_lines(1))

    async def participate(self, load: Load, others: int) -> LoadPeer:
        """A participant over the WebSocket, publishing and receiving all others on one connection."""
        bearer = await self._token("speaker")
        session = Session(f"https://{self._address}:{self._port}", bearer)
        await session.log_in(self._nursery)
        sources = load.source_lines()
        pairs = load.slot_lines(others, len(sources))

        async def exchange(offer: str) -> str:
            return await session.offer(offer, published(sources), slots(pairs))

        return await load.offer(exchange, [*sources, *pairs])


def published(lines: list[sdp.Line]) -> list[PublishedTrack]:
    source = {"audio": Source.MICROPHONE, "video": Source.CAMERA}
    return [PublishedTrack(mid=line.mid, source=source[line.kind]) for line in lines]


def slots(lines: list[sdp.Line]) -> list[SlotPair]:
    """Recvonly m-lines in pairs, in order; audio alone where there is no video."""
    audio = [line.mid for line in lines if line.kind == "audio"]
    video = [line.mid for line in lines if line.kind == "video"]
    pairs = itertools.zip_longest(audio, video)
    return [SlotPair(slot=index, audio_mid=a, video_mid=v) for index, (a, v) in enumerate(pairs)]
