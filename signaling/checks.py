"""The connection test: a client's own Peers in a room of the media server that nobody else is in.

What a check offers is answered like any offer, so that a page finds out which paths carry media to this server and
how much of it. Whoever asks needs no account, so a check is short, small, and rare for an address; a page that sends
is shown to the page itself and to nobody else. There is no participant, no row in the database and no event.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import trio

from signaling.attempts import Buckets, network
from signaling.calls import Others
from signaling.messages import IceServer
from signaling.offers import check_sdp, sends_media
from treble.api import (
    ApiError,
    BeginCheck,
    CheckBegun,
    CheckPath,
    CheckServer,
    EndCheck,
    OpenPeer,
    PathChecked,
    Role,
    SetView,
    Source,
    Tile,
)
from treble.ids import new_id
from treble.units import SECOND

CHECK_SECONDS: Final = 60  # three paths of 8 s side by side, 8 s of media, and time for a slow network
MAX_CHECKS: Final = 20  # at once; each may send and receive 3 Mbit/s for some seconds
MAX_PATHS: Final = 8  # UDP, TCP, relay, sending, receiving, and a few tries again
# Of one address: this many at once, and as many again within the minute.
CHECKS_OF_ADDRESS: Final = 4
_MINUTE_NS: Final = 60 * SECOND
_SWEEP_SECONDS: Final = 1.0
_SIZE: Final = (1280, 720)  # asked for, so that the best layer that the path carries is sent


@dataclass(slots=True)
class Check:
    """`room`: on the media server; no id of a Room looks like it. `sender`: the participant that sends, if one does."""

    room: str
    ends_ns: int
    peers: list[str] = field(default_factory=list)
    sender: str | None = None


class Checks:
    """`close(peer)` closes a Peer without waiting for it. `now_ns` is monotonic."""

    def __init__(
        self,
        others: Others,
        close: Callable[[str], None],
        ice_servers: tuple[IceServer, ...],
        now_ns: Callable[[], int],
    ) -> None:
        self._others = others
        self._close = close
        self._servers = [
            CheckServer(urls=list(each.urls), username=each.username, credential=each.credential)
            for each in ice_servers
        ]
        self._now_ns = now_ns
        self._checks: dict[str, Check] = {}
        self._of_address = Buckets(CHECKS_OF_ADDRESS, _MINUTE_NS)

    def begin(self, request: BeginCheck) -> CheckBegun:
        """`slow` for an address that asks too often, `busy` while too many run."""
        key, now_ns = network(request.address), self._now_ns()
        wait_s = self._of_address.wait_s(key, now_ns)
        if wait_s > 0:
            raise ApiError("slow", "Too many connection tests from your address: wait.", wait_s)
        if len(self._checks) >= MAX_CHECKS:
            raise ApiError("busy", "Too many connection tests run now.", CHECK_SECONDS / 2)
        self._of_address.change(key, -1, now_ns)
        self._others.counters.count("checks", "begun")
        check = new_id(os.urandom)
        self._checks[check] = Check(f"check:{new_id(os.urandom)}", now_ns + CHECK_SECONDS * SECOND)
        return CheckBegun(check=check, ice_servers=self._servers, seconds=CHECK_SECONDS)

    async def open_path(self, request: CheckPath) -> PathChecked:
        """`gone` for a check that is over, `full` for one that has had its paths, `bad.sdp`."""
        check = self._find(request.check)
        check_sdp(Role.SPEAKER, request.sdp)
        if len(check.peers) >= MAX_PATHS:
            raise ApiError("full", "This connection test has had all its paths.")
        media, peer = self._others.media_server(), new_id(os.urandom)
        check.peers.append(peer)  # before it is there, so that it goes with the check in any case
        offer = OpenPeer(room=check.room, participant=peer, peer=peer, sdp=request.sdp)
        opened = await self._others.ask("open check", media.open_peer(offer))
        if request.check not in self._checks:
            self._close(peer)
            raise ApiError("gone")
        if sends_media(request.sdp):
            check.sender = peer
        elif check.sender is not None:
            width, height = _SIZE
            tile = Tile(participant=check.sender, source=Source.CAMERA, width=width, height=height)
            await self._others.ask("view of check", media.set_view(SetView(peer=peer, tiles=[tile])))
        return PathChecked(sdp=opened.sdp)

    def end(self, request: EndCheck) -> None:
        """Idempotent."""
        check = self._checks.pop(request.check, None)
        if check is not None:
            for peer in check.peers:
                self._close(peer)

    def holds(self, room: str) -> bool:
        """Whether this room of the media server is one of ours."""
        return any(check.room == room for check in self._checks.values())

    async def run(self) -> None:
        """End what is over, until cancelled."""
        while True:
            await trio.sleep(_SWEEP_SECONDS)
            now_ns = self._now_ns()
            for name in [name for name, check in self._checks.items() if check.ends_ns <= now_ns]:
                self.end(EndCheck(check=name))

    def _find(self, name: str) -> Check:
        check = self._checks.get(name)
        if check is None or check.ends_ns <= self._now_ns():
            raise ApiError("gone", "This connection test is over.")
        return check
