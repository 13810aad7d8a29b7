"""The head of a connection: what the listener must know before it chooses who serves it.

Only enough is read here to choose; whoever serves the connection (wsproto, h11) parses the same bytes again
and is the judge of the grammar. So this parser refuses what it does not understand, and lets pass nothing
that the two could read differently in a way that matters: no bare CR or LF, no folded lines, no header twice
among those it looks at (RFC 9112 sections 2.2, 5.2).
"""

from dataclasses import dataclass
from typing import Final

MAX_HEAD_BYTES: Final = 16 * 1024
END_OF_HEAD: Final = b"\r\n\r\n"
HTTP2_PREFACE: Final = b"PRI * HTTP/2.0\r\n"

_ONCE: Final = frozenset({b"host", b"origin", b"authorization", b"upgrade"})


class BadHead(Exception):
    """Not the head of an HTTP/1.1 request; `reason` is for counters."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class RequestHead:
    """`path` is the target without its query. Header names are in lower case; values as they came."""

    method: bytes
    path: bytes
    headers: dict[bytes, bytes]

    def get(self, name: bytes) -> str | None:
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def is_websocket(self) -> bool:
        return b"websocket" in _tokens(self.headers.get(b"upgrade", b""))


def is_http2_preface(received: bytes) -> bool:
    """True as soon as nothing else can follow: a prefix of four bytes is enough (RFC 9113 section 3.4)."""
    return len(received) >= 4 and HTTP2_PREFACE.startswith(received[: len(HTTP2_PREFACE)])


def asks_for_http2(upgrade: bytes, http_version: bytes) -> bool:
    """`Upgrade: h2c` (RFC 7540 section 3.2), alone or in a list, or a request line that says HTTP/2."""
    return bool(_tokens(upgrade) & {b"h2c", b"h2"}) or not http_version.startswith(b"1.")


def parse_head_untrusted(head: bytes) -> RequestHead:
    """Parse a whole head, its empty line included; raises `BadHead` only."""
    lines = head[: -len(END_OF_HEAD)].split(b"\r\n")
    if any(b"\n" in line or b"\r" in line or b"\0" in line for line in lines):
        raise BadHead("line")
    method, path, version = _request_line(lines[0])
    headers: dict[bytes, bytes] = {}
    for line in lines[1:]:
        name, value = _header(line)
        if name in headers and name in _ONCE:
            raise BadHead("header twice")
        headers[name] = value
    if asks_for_http2(headers.get(b"upgrade", b""), version):
        raise BadHead("http2")
    return RequestHead(method, path, headers)


def _request_line(line: bytes) -> tuple[bytes, bytes, bytes]:
    parts = line.split(b" ")
    if len(parts) != 3 or not parts[0].isalpha() or not parts[2].startswith(b"HTTP/") or not parts[1]:
        raise BadHead("request line")
    return parts[0], parts[1].partition(b"?")[0], parts[2][len(b"HTTP/") :]


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon or not name or name != name.strip():  # a folded line begins with a blank
        raise BadHead("header")
    return name.lower(), value.strip(b" \t")


def _tokens(value: bytes) -> set[bytes]:
    return {token.strip().lower() for token in value.split(b",")}
