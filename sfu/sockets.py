"""The Worker's sockets: one UDP socket per address, and a TCP listener beside each on the same port (RFC 6544)."""

import contextlib
import errno
import ipaddress
import socket
from dataclasses import dataclass, field
from typing import Final

from aioice.ice import get_host_addresses

from sfu.config import MediaConfig

# 4 MB are 2,700 packets of 1,500 bytes with the kernel's overhead: 100 ms of 30,000 packets a second while
# the engine thread waits for its core.
SOCKET_BUFFER: Final = 4 * 1024 * 1024
MAX_ADDRESSES: Final = 16  # of the engine
_LISTEN_BACKLOG: Final = 256
# Numbers tried with port 0.
CHOICES: Final = 20


class MediaSocketError(Exception):
    """A socket cannot be had; the text names the configuration key to change."""


@dataclass(slots=True)
class MediaSockets:
    """Open, non-blocking, in the order of `addresses`."""

    port: int
    addresses: list[str] = field(default_factory=list)
    udp: list[socket.socket] = field(default_factory=list)
    tcp: list[socket.socket] = field(default_factory=list)

    def close(self) -> None:
        for each in (*self.udp, *self.tcp):
            each.close()


def local_addresses(host: str) -> list[str]:
    """The addresses to bind. All of this machine's for a wildcard, never loopback or link-local ones among them."""
    try:
        given = ipaddress.ip_address(host)
    except ValueError:
        raise MediaSocketError(f"host: {host!r} is no IP address") from None
    if not given.is_unspecified:
        return [str(given)]
    found = [ipaddress.ip_address(each) for each in get_host_addresses(use_ipv4=True, use_ipv6=True)]
    usable = [each for each in found if not (each.is_loopback or each.is_link_local)]
    if not usable:
        raise MediaSocketError("host: this machine has only a loopback address; give 127.0.0.1 to use it")
    return [str(each) for each in sorted(dict.fromkeys(usable), key=lambda each: each.version)][
        :MAX_ADDRESSES
    ]


def open_sockets(config: MediaConfig) -> MediaSockets:
    """Bind everything, or nothing and raise `MediaSocketError`. With port 0 the first address chooses for all."""
    for _ in range(CHOICES if config.port == 0 else 0):
        with contextlib.suppress(MediaSocketError):  # the number that UDP was given may be taken elsewhere
            return _open_all(config)
    return _open_all(config)


def _open_all(config: MediaConfig) -> MediaSockets:
    sockets = MediaSockets(config.port)
    addresses = local_addresses(config.host)
    is_wildcard = ipaddress.ip_address(config.host).is_unspecified
    try:
        for address in addresses:
            try:
                _open(sockets, address, config.tcp)
            except OSError as error:
                # An IPv6 address may still be tentative: one of many may be missing.
                if not (is_wildcard and error.errno == errno.EADDRNOTAVAIL):
                    raise _explained(error, address, sockets.port) from error
        if not sockets.udp:
            raise MediaSocketError("host: none of this machine's addresses can be bound")
    except BaseException:
        sockets.close()
        raise
    return sockets


def _open(sockets: MediaSockets, address: str, with_tcp: bool) -> None:
    udp = _bound(address, sockets.port, socket.SOCK_DGRAM)
    sockets.udp.append(udp)
    sockets.port = udp.getsockname()[1]
    if with_tcp:
        tcp = _bound(address, sockets.port, socket.SOCK_STREAM)
        sockets.tcp.append(tcp)
        tcp.listen(_LISTEN_BACKLOG)
    sockets.addresses.append(address)


def _bound(address: str, port: int, kind: socket.SocketKind) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    each = socket.socket(family, kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        if family == socket.AF_INET6:
            each.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind == socket.SOCK_STREAM:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            _enlarge(each)
        each.bind((address, port))
    except BaseException:
        each.close()
        raise
    return each


def _enlarge(udp: socket.socket) -> None:
    """As large as the kernel allows: net.core.rmem_max may say less (deploy/ explains), root may pass it."""
    for option, forced in ((socket.SO_RCVBUF, 33), (socket.SO_SNDBUF, 32)):  # SO_RCVBUFFORCE, SO_SNDBUFFORCE
        try:
            udp.setsockopt(socket.SOL_SOCKET, forced, SOCKET_BUFFER)
        except OSError:
            with contextlib.suppress(OSError):
                udp.setsockopt(socket.SOL_SOCKET, option, SOCKET_BUFFER)


def _explained(error: OSError, address: str, port: int) -> MediaSocketError:
    if error.errno == errno.EADDRINUSE:
        return MediaSocketError(f"media_port: port {port} is already in use on {address}")
    if error.errno == errno.EACCES:
        return MediaSocketError(f"media_port: no permission for port {port}")
    if error.errno == errno.EADDRNOTAVAIL:
        return MediaSocketError(f"host: {address} is no address of this machine")
    return MediaSocketError(f"media_port: cannot use port {port} on {address}: {error.strerror}")
