"""Where webhooks may go: nowhere inside, unless the operator allows it.

A URL is checked when it is given, and again at each attempt after its name was resolved: the connection then goes to
the address that was checked, so a name that changes its mind in between gains nothing.
"""

import ipaddress
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from treble.api import ApiError

MAX_URL_LETTERS: Final = 1000
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Target(NamedTuple):
    """A webhook URL in parts. `path` holds the query too."""

    scheme: str
    host: str
    port: int
    path: str


def parse_url(url: str, *, private_allowed: bool) -> Target:
    """`ApiError("bad.url")` for what is no address of a receiver: https, or http where private ones are allowed."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ApiError("bad.url", "not a URL") from None
    if len(url) > MAX_URL_LETTERS or not url.isascii() or not url.isprintable() or " " in url:
        raise ApiError("bad.url", f"at most {MAX_URL_LETTERS} printable ASCII letters")
    schemes = ("https", "http") if private_allowed else ("https",)
    if parts.scheme not in schemes or not parts.hostname:
        raise ApiError("bad.url", f"begins with {' or '.join(f'{each}://' for each in schemes)} and a host")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ApiError("bad.url", "no user, password or fragment")
    if _is_private_text(parts.hostname) and not private_allowed:
        raise ApiError("bad.url", "a private address: see webhook_private_addresses")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80), path)


def choose(addresses: list[str], target: Target, *, private_allowed: bool) -> str | None:
    """The address to connect to; None if none may be. Plain http stays on private ones, in whatever name's clothes."""
    for address in addresses:
        is_outside = is_public(address)
        if (is_outside and target.scheme == "https") or (not is_outside and private_allowed):
            return address
    return None


def is_public(address: str) -> bool:
    """Whether this is on the internet: not this machine, not its networks, however it is written."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or _teredo(parsed) or _nat64(parsed)
        if inner is not None:
            return is_public(str(inner))
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


def _teredo(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    return None if address.teredo is None else address.teredo[1]


def _nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else None


def _is_private_text(host: str) -> bool:
    """An address or a name that says by itself that it is inside."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
    return not is_public(host)
