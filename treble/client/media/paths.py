"""Ways to the media server: its own UDP addresses, and relays where none of those answers."""

import socket
from collections.abc import Sequence
from typing import Final

import trio

from treble.client.media.answer import Remote
from treble.client.media.ice import Checks, Credentials
from treble.client.media.turn import Allocation, RelayServer
from treble.units import SECOND

TICK_S: Final = 0.02
RELAY_AFTER_S: Final = 0.5  # so long the server's own addresses are tried alone
AT_ONCE: Final = 64  # datagrams between two turns of other tasks
MAX_DATAGRAM: Final = 2048
SEND_BUFFER: Final = 1 << 20
RECEIVE_BUFFER: Final = 1 << 21

Address = tuple[str, int]


def now_ns() -> int:
    return int(trio.current_time() * SECOND)


class Path:
    """A UDP socket to an address of the media server."""

    is_ready = True  # datagrams reach the media server, if it is there
    failure = ""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    @property
    def is_closed(self) -> bool:
        return self._socket.fileno() < 0

    def send(self, datagram: bytes) -> None:
        """Raises `OSError`."""
        self._socket.send(datagram)

    async def wait(self) -> None:
        """Until something has come, at most a tick."""
        with trio.move_on_after(TICK_S):
            await trio.lowlevel.wait_readable(self._socket)

    def read(self) -> list[bytes]:
        """What has come, without waiting."""
        datagrams = []
        for _ in range(AT_ONCE):
            try:
                datagrams.append(self._socket.recv(MAX_DATAGRAM))
            except BlockingIOError:
                break
            except ConnectionRefusedError:  # of an earlier datagram of ours
                continue
        return [data for data in datagrams if data]

    def keep(self) -> None:
        """Upkeep, each tick."""

    def close(self) -> None:
        self._socket.close()


class RelayedPath(Path):
    """A UDP socket to a relay that has an allocation there."""

    def __init__(self, sock: socket.socket, allocation: Allocation) -> None:
        super().__init__(sock)
        self._allocation = allocation

    @property
    def is_ready(self) -> bool:  # type: ignore[override]
        return self._allocation.is_open

    @property
    def failure(self) -> str:  # type: ignore[override]
        return self._allocation.failure

    def send(self, datagram: bytes) -> None:
        super().send(self._allocation.wrap(datagram))

    def read(self) -> list[bytes]:
        now = now_ns()
        datagrams = [self._allocation.handle(data, now) for data in super().read()]
        return [data for data in datagrams if data]

    def keep(self) -> None:
        self._tell(self._allocation.due(now_ns()))

    def close(self) -> None:
        self._tell(self._allocation.release())
        super().close()

    def _tell(self, requests: list[bytes]) -> None:
        """What cannot be sent now is sent again, or not needed."""
        try:
            for request in requests:
                super().send(request)
        except OSError:
            pass


class Search:
    """`run` finds the first path on which a check is answered; `failures`: what relays said."""

    def __init__(self, own: Credentials, remote: Remote, relays: Sequence[RelayServer]) -> None:
        self.failures: list[str] = []
        self._own, self._remote, self._relays = own, remote, relays
        self._found: tuple[Path, Checks] | None = None
        self._opened: list[Path] = []

    async def run(self) -> tuple[Path, Checks]:
        """Waits for ever where there is none."""
        try:
            async with trio.open_nursery() as self._nursery:
                for address in self._remote.addresses:
                    self._nursery.start_soon(self._try_direct, address)
                if self._relays:
                    self._nursery.start_soon(self._try_relays)
            if not self._found:
                await trio.sleep_forever()
            assert self._found is not None
            return self._found
        finally:
            for path in self._opened:
                if not self._found or path is not self._found[0]:
                    path.close()

    async def _try_direct(self, address: Address) -> None:
        if sock := open_socket(address):
            await self._try(Path(sock), address)

    async def _try_relays(self) -> None:
        """Relays have IPv4 addresses unless asked for others."""
        await trio.sleep(RELAY_AFTER_S)
        for relay in self._relays:
            for address in self._remote.addresses:
                if ":" not in address[0]:
                    self._nursery.start_soon(self._try_relay, relay, address)

    async def _try_relay(self, relay: RelayServer, address: Address) -> None:
        try:
            found = await trio.socket.getaddrinfo(relay.host, relay.port, type=socket.SOCK_DGRAM)
        except OSError as error:
            self.failures.append(f"{relay.host}: {error}")
            return
        if sock := open_socket((str(found[0][4][0]), relay.port)):
            path = RelayedPath(sock, Allocation(relay, address, now_ns()))
            await self._try(path, address)
            if path.failure:
                self.failures.append(f"{relay.host}: {path.failure}")

    async def _try(self, path: Path, address: Address) -> None:
        self._opened.append(path)
        checks = Checks(self._own, self._remote.ice, address, now_ns())
        while not (checks.works or path.failure):
            try:
                path.keep()
                if path.is_ready:
                    for request in checks.due(now_ns()):
                        path.send(request)
                await path.wait()
                for data in path.read():
                    if data[0] < 4:
                        for answer in checks.handle(data, now_ns()):
                            path.send(answer)
            except OSError:  # no way there now
                await trio.sleep(TICK_S)
        if checks.works:
            self._found = (path, checks)
            self._nursery.cancel_scope.cancel()


def open_socket(address: Address) -> socket.socket | None:
    """None where this machine has no way there."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    except OSError:
        return None
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        sock.connect(address)
    except OSError:
        sock.close()
        return None
    return sock
