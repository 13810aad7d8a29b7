"""The Trio shell of one connection: a UDP socket, the path that ICE found on it, DTLS, SRTP."""

import datetime
import errno
import socket
from collections.abc import Callable
from typing import Final, Self

import pylibsrtp
import trio

from _fastpath.srtp import create_session
from sfu.transport.certificate import Certificate, make_certificate
from treble.client.media.answer import Remote
from treble.client.media.dtls import DtlsClient, DtlsFailed
from treble.client.media.ice import Checks, Credentials
from treble.client.media.sending import TransportNumbers
from treble.client.media.uplink import Uplink
from treble.units import SECOND

OPEN_S: Final = 15.0
TICK_S: Final = 0.02
AT_ONCE: Final = 64  # datagrams between two turns of other tasks
MAX_DATAGRAM: Final = 2048
SEND_BUFFER: Final = 1 << 20
RECEIVE_BUFFER: Final = 1 << 21


def now_ns() -> int:
    return int(trio.current_time() * SECOND)


def new_certificate() -> Certificate:
    """One for each connection: to the server another certificate is another Peer."""
    return make_certificate(datetime.datetime.now(datetime.UTC))


class PathLost(Exception):
    """The media server cannot be reached, or no longer; the text says why."""


class Connection:
    """`seal` and `send` write; `run` reads and calls `take(plain packet, is_rtcp, now_ns)`."""

    def __init__(self, sock: socket.socket, checks: Checks, dtls: DtlsClient) -> None:
        self.numbers = TransportNumbers()
        self.uplink = Uplink(now_ns())
        self.unsent = 0  # datagrams for which the socket had no room
        self._socket, self._checks, self._dtls = sock, checks, dtls

    @classmethod
    async def open(cls, own: Credentials, certificate: Certificate, remote: Remote) -> Self:
        """Raises `PathLost` where the media server cannot be reached."""
        dtls = DtlsClient(certificate, remote.fingerprint)
        with trio.move_on_after(OPEN_S):
            sock, checks = await find_path(own, remote)
            connection = cls(sock, checks, dtls)
            try:
                await connection._handshake()
            except BaseException:
                sock.close()
                raise
            return connection
        raise PathLost("no way to the media server by UDP")

    async def _handshake(self) -> None:
        self._send_all(self._dtls.start(now_ns()))
        while self._dtls.keys is None:
            with trio.move_on_after(TICK_S):
                await trio.lowlevel.wait_readable(self._socket)
            for data in self._read():
                try:
                    self._take_control(data)
                except DtlsFailed as error:
                    raise PathLost(str(error)) from None
            self._send_all([*self._dtls.handle_timer(now_ns()), *self._checks.due(now_ns())])
        profile, sending, receiving = self._dtls.keys
        self._sending = create_session(profile, sending, False)
        self._receiving = create_session(profile, receiving, True)

    async def run(self, take: Callable[[bytes, bool, int], None]) -> PathLost:
        """Until the path is lost or the server closes; gives why."""
        while True:
            with trio.move_on_after(TICK_S):
                await trio.lowlevel.wait_readable(self._socket)
            now = now_ns()
            for data in self._read():
                if data[0] < 128:
                    self._take_control(data)
                else:
                    self._take_media(data, now, take)
            self._send_all(self._checks.due(now))
            if self._dtls.is_closed:
                return PathLost("the media server closed the connection")
            if self._checks.is_lost(now):
                return PathLost("the way to the media server is lost")

    def seal(self, packet: bytes) -> bytes:
        """Protect; it counts as sent under the last transport-wide number."""
        wire: bytes = self._sending.protect(packet)
        self.uplink.sent(self.numbers.last, len(wire), now_ns())
        return wire

    def send(self, datagram: bytes) -> None:
        """At once or never; nothing once it is closed."""
        if self._socket.fileno() < 0:
            return
        try:
            self._socket.send(datagram)
        except BlockingIOError:
            self.unsent += 1
        except OSError as error:
            if error.errno not in (errno.ECONNREFUSED, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENOBUFS):
                raise

    def send_rtcp(self, packet: bytes) -> None:
        self.send(self._sending.protect_rtcp(packet))

    def close(self) -> None:
        """Say so to the server, which frees the place at once."""
        try:
            self._send_all(self._dtls.close())
        except OSError:
            pass
        self._socket.close()

    def _take_media(self, data: bytes, now: int, take: Callable[[bytes, bool, int], None]) -> None:
        is_rtcp = len(data) > 1 and 192 <= data[1] <= 223
        try:
            plain = self._receiving.unprotect_rtcp(data) if is_rtcp else self._receiving.unprotect(data)
        except pylibsrtp.Error:  # replayed, or not the server's
            return
        take(plain, is_rtcp, now)

    def _take_control(self, data: bytes) -> None:
        if data[0] < 4:
            self._send_all(self._checks.handle(data, now_ns()))
        elif 20 <= data[0] < 64:
            self._send_all(self._dtls.handle(data, now_ns()))

    def _send_all(self, datagrams: list[bytes]) -> None:
        for datagram in datagrams:
            self.send(datagram)

    def _read(self) -> list[bytes]:
        return read_socket(self._socket)


def read_socket(sock: socket.socket) -> list[bytes]:
    """What has come, without waiting."""
    datagrams = []
    for _ in range(AT_ONCE):
        try:
            datagrams.append(sock.recv(MAX_DATAGRAM))
        except BlockingIOError:
            break
        except ConnectionRefusedError:  # of an earlier datagram of ours
            continue
    return [data for data in datagrams if data]


async def find_path(own: Credentials, remote: Remote) -> tuple[socket.socket, Checks]:
    """A socket to the first address that answers a check, tried all at once; waits for ever where none does."""
    found: list[tuple[socket.socket, Checks]] = []
    opened: list[socket.socket] = []

    async def try_one(address: tuple[str, int]) -> None:
        sock = open_socket(address)
        if sock is None:
            return
        opened.append(sock)
        checks = Checks(own, remote.ice, address, now_ns())
        while not checks.works:
            for request in checks.due(now_ns()):
                try:
                    sock.send(request)
                except OSError:
                    pass
            with trio.move_on_after(TICK_S):
                await trio.lowlevel.wait_readable(sock)
            for data in read_socket(sock):
                if data[0] < 4:
                    for answer in checks.handle(data, now_ns()):
                        sock.send(answer)
        found.append((sock, checks))
        nursery.cancel_scope.cancel()

    try:
        async with trio.open_nursery() as nursery:
            for address in remote.addresses:
                nursery.start_soon(try_one, address)
        if not found:
            await trio.sleep_forever()
        return found[0]
    finally:
        for sock in opened:
            if not found or sock is not found[0][0]:
                sock.close()


def open_socket(address: tuple[str, int]) -> socket.socket | None:
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
