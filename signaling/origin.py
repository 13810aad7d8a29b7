"""Which web page may speak to us with a person's browser (contracts 1; cross-site WebSocket hijacking).

Browsers send `Origin` with every WebSocket and every cross-origin request and no page can change it. Programs
send none; those must carry an `Authorization` header, which a foreign page cannot make a browser send. A
cookie alone never opens anything.
"""

from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

PORTS: Final = {"https": 443, "http": 80}
LOCAL: Final = ("localhost", "127.0.0.1", "::1")


def is_allowed(
    origin: str | None, host: str | None, authorization: str | None, allowed: Collection[str]
) -> bool:
    """`host` is the Host header; `allowed` the configured origins, as `normal_origin` gives them."""
    if origin is None:
        return is_bearer(authorization)
    normal = normal_origin(origin)
    if normal is None:
        return False
    return normal in allowed or (host is not None and normal == normal_origin(f"https://{host}"))


def is_bearer(authorization: str | None) -> bool:
    """An `Authorization: Bearer` header with something in it (RFC 6750 section 2.1)."""
    return bearer_token(authorization) is not None


def bearer_token(authorization: str | None) -> str | None:
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and token and " " not in token else None


def normal_origin(origin: str) -> str | None:
    """`https://host:port` in lower case with its port always said; None for anything else, `null` too. Without TLS
    only this machine itself, which browsers trust.
    """
    try:
        parts = urlsplit(origin)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    if parts.scheme not in PORTS or not parts.hostname or parts.path or parts.query or parts.fragment:
        return None
    if "@" in parts.netloc or any(not "!" <= letter <= "~" for letter in origin):
        return None
    if parts.scheme == "http" and parts.hostname not in LOCAL:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}"
