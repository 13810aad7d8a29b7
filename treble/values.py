"""What a setting may be: from what TOML gives, or a string from the environment or the command line, to its value."""

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

Parser = Callable[[Any], Any]


class NotAllowed(Exception):
    """Raised by a parser; what is allowed is said by the `Key`."""


def integer(low: int, high: int) -> Parser:
    def parse(given: Any) -> int:
        if isinstance(given, str) and re.fullmatch(r"-?[0-9]{1,18}", given):
            given = int(given)
        if not isinstance(given, int) or isinstance(given, bool) or not low <= given <= high:
            raise NotAllowed
        return given

    return parse


def boolean(given: Any) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if isinstance(given, str) and given.lower() in words:
        return words[given.lower()]
    if not isinstance(given, bool):
        raise NotAllowed
    return given


def text(given: Any) -> str:
    if not isinstance(given, str) or not given or not given.isprintable():
        raise NotAllowed
    return given


def one_of(*words: str) -> Parser:
    def parse(given: Any) -> str:
        if given not in words:
            raise NotAllowed
        return str(given)

    return parse


def path(given: Any) -> Path:
    return Path(text(given)).expanduser()


def optional_path(given: Any) -> Path | None:
    return None if given == "" else path(given)


def address(given: Any) -> str:
    try:
        return str(ipaddress.ip_address(text(given)))
    except ValueError:
        raise NotAllowed from None


def origin(given: Any) -> str:
    try:
        parts = urlsplit(text(given))
        _ = parts.port
    except ValueError:
        raise NotAllowed from None
    if parts.scheme != "https" or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise NotAllowed
    return str(given)


def page_origin(given: Any) -> str:
    """A developer's own machine needs no TLS: browsers trust it all the same."""
    if re.fullmatch(r"http://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", text(given)):
        return str(given)
    if not re.fullmatch(r"[!-:<-~]+", text(given)) or "," in given:
        raise NotAllowed  # it becomes part of a header
    return origin(given)


def end_point(given: Any) -> str:
    host, colon, port = text(given).rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise NotAllowed
    return str(given)


def database(given: Any) -> str:
    if given == "sqlite":
        return "sqlite"
    try:
        parts = urlsplit(text(given))
        _ = parts.port
    except ValueError:
        raise NotAllowed from None
    if parts.scheme != "postgresql" or len(parts.path) < 2 or parts.fragment:
        raise NotAllowed
    return str(given)


def without_password(url: str) -> str:
    password = urlsplit(url).password
    return url if password is None else url.replace(f":{password}@", ":********@", 1)


def ice_url(given: Any) -> str:
    if not re.fullmatch(r"(stuns?|turns?):[!-~]+", text(given)):
        raise NotAllowed
    return str(given)


def web_url(given: Any) -> str:
    if not re.fullmatch(r"https?://[!-~]{1,1000}", text(given)):
        raise NotAllowed
    return str(given)


def long_secret(given: Any) -> str:
    if not 16 <= len(text(given)) <= 256:
        raise NotAllowed
    return str(given)


_LOCAL: Final = ("localhost", "127.0.0.1", "::1")


def provider_url(given: Any) -> str:
    """HTTPS; on this machine also without."""
    try:
        parts = urlsplit(text(given))
        _ = parts.port
    except ValueError:
        raise NotAllowed from None
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)
    if not is_safe or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise NotAllowed
    return str(given).rstrip("/")


def smtp_url(given: Any) -> str:
    try:
        parts = urlsplit(text(given))
        _ = parts.port
    except ValueError:
        raise NotAllowed from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path or parts.query:
        raise NotAllowed
    return str(given)


def mail_address(given: Any) -> str:
    if not re.fullmatch(r"([^<>@,;:\"]+ <)?[!-~]+@[A-Za-z0-9.-]+>?", text(given)):
        raise NotAllowed
    return str(given)


def optional(parse: Parser) -> Parser:
    return lambda given: "" if given == "" else parse(given)


def list_of(parse: Parser) -> Parser:
    """A TOML list, or words with commas between in the environment and on the command line."""

    def parse_list(given: Any) -> tuple[Any, ...]:
        if isinstance(given, str):
            given = [part.strip() for part in given.split(",") if part.strip()]
        if not isinstance(given, list | tuple) or len(given) > 64:
            raise NotAllowed
        return tuple(parse(each) for each in given)

    return parse_list
