"""The Trio shell of one connection: the path that ICE found, DTLS, SRTP."""

import datetime
import errno
from collections.abc import Callable, Sequence
from typing import Final, Self

import pylibsrtp
import trio

from _fastpath.srtp import create_session
from sfu.transport.certificate import Certificate, make_certificate
from treble.client.media.answer import Remote
from treble.client.media.dtls import DtlsClient, DtlsFailed
from treble.client.media.ice import Checks, Credentials
from treble.client.media.paths import Path, Search, now_ns
from treble.client.media.sending import TransportNumbers
from treble.client.media.turn import RelayServer
from treble.client.media.uplink import Uplink

OPEN_S: Final = 15.0
PASSING: Final = (errno.ECONNREFUSED, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENOBUFS)


def new_certificate() -> Certificate:
    """One for each connection: to the server another certificate is another Peer."""
    return make_certificate(datetime.datetime.now(datetime.UTC))


class PathLost(Exception):
    """The media server cannot be reached, or no longer; the text says why."""


class Connection:
    """`seal` and `send` write; `run` reads and calls `take(plain packet, is_rtcp, now_ns)`."""

    def __init__(self, path: Path, checks: Checks, dtls: DtlsClient) -> None:
        self.numbers = TransportNumbers()
        self.uplink = Uplink(now_ns())
        self.unsent = 0  # datagrams for which the socket had no room
        self._path, self._checks, self._dtls = path, checks, dtls

    @classmethod
    async def open(
        cls, own: Credentials, certificate: Certificate, remote: Remote, relays: Sequence[RelayServer] = ()
    ) -> Self:
        """Raises `PathLost` where the media server cannot be reached."""
        dtls = DtlsClient(certificate, remote.fingerprint)
        search = Search(own, remote, relays)
        with trio.move_on_after(OPEN_S):
            path, checks = await search.run()
            connection = cls(path, checks, dtls)
            try:
                await connection._handshake()
            except BaseException:
                path.close()
                raise
            return connection
        raise PathLost("; ".join(["no way to the media server by UDP", *search.failures]))

    async def _handshake(self) -> None:
        self._send_all(self._dtls.start(now_ns()))
        while self._dtls.keys is None:
            await self._path.wait()
            self._path.keep()
            for data in self._path.read():
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
            await self._path.wait()
            self._path.keep()
            now = now_ns()
            for data in self._path.read():
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
        if self._path.is_closed:
            return
        try:
            self._path.send(datagram)
        except BlockingIOError:
            self.unsent += 1
        except OSError as error:
            if error.errno not in PASSING:
                raise

    def send_rtcp(self, packet: bytes) -> None:
        self.send(self._sending.protect_rtcp(packet))

    def close(self) -> None:
        """Say so to the server, which frees the place at once."""
        try:
            self._send_all(self._dtls.close())
        except OSError:
            pass
        self._path.close()

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
