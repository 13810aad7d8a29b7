"""By which names and addresses this machine may be asked for."""

import ipaddress
import re
import socket
from typing import Final

from aioice.ice import get_host_addresses

ALWAYS: Final = ("localhost", "127.0.0.1", "::1")
_HOST_NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
)


def local_names(host: str) -> list[str]:
    """Names for a certificate: `host`, this machine's names and all its addresses; always in the same order."""
    names = [*ALWAYS, *_own_names(), *sorted(_addresses())]
    if host not in ("0.0.0.0", "::"):
        names.insert(0, host)
    return list(dict.fromkeys(name for name in names if _is_usable(name)))


def _own_names() -> list[str]:
    name = socket.gethostname().lower()
    return [name, f"{name}.local"] if "." not in name else [name]


def _addresses() -> list[str]:
    return [
        address
        for address in get_host_addresses(use_ipv4=True, use_ipv6=True)
        if not ipaddress.ip_address(address).is_link_local
    ]


def _is_usable(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return bool(_HOST_NAME.fullmatch(name))
    return True
