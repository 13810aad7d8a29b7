"""The table of all settings: what each is called, its default, what is allowed, what it is for."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

PREFIX: Final = "TREBLE_"


class NotAllowed(Exception):
    """Raised by `Key.parse`; what is allowed is said by the key."""


Parser = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Key:
    """One setting. `parse` takes what TOML gives, or a string from the environment or the command line.

    `mask`: how a secret value may be shown.
    """

    name: str
    default: Any
    allowed: str
    parse: Parser
    help: str
    secret: bool = False
    mask: Callable[[Any], str] = lambda value: "********" if value else ""

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")


def _integer(low: int, high: int) -> Parser:
    def parse(given: Any) -> int:
        if isinstance(given, str) and re.fullmatch(r"-?[0-9]{1,18}", given):
            given = int(given)
        if not isinstance(given, int) or isinstance(given, bool) or not low <= given <= high:
            raise NotAllowed
        return given

    return parse


def _boolean(given: Any) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if isinstance(given, str) and given.lower() in words:
        return words[given.lower()]
    if not isinstance(given, bool):
        raise NotAllowed
    return given


def _text(given: Any) -> str:
    if not isinstance(given, str) or not given or not given.isprintable():
        raise NotAllowed
    return given


def _one_of(*words: str) -> Parser:
    def parse(given: Any) -> str:
        if given not in words:
            raise NotAllowed
        return str(given)

    return parse


def _path(given: Any) -> Path:
    return Path(_text(given)).expanduser()


def _optional_path(given: Any) -> Path | None:
    return None if given == "" else _path(given)


def _address(given: Any) -> str:
    try:
        return str(ipaddress.ip_address(_text(given)))
    except ValueError:
        raise NotAllowed from None


def _origin(given: Any) -> str:
    try:
        parts = urlsplit(_text(given))
        _ = parts.port
    except ValueError:
        raise NotAllowed from None
    if parts.scheme != "https" or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise NotAllowed
    return str(given)


def _page_origin(given: Any) -> str:
    """A developer's own machine needs no TLS: browsers trust it all the same."""
    if re.fullmatch(r"http://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", _text(given)):
        return str(given)
    if not re.fullmatch(r"[!-:<-~]+", _text(given)) or "," in given:
        raise NotAllowed  # it becomes part of a header
    return _origin(given)


def _end_point(given: Any) -> str:
    host, colon, port = _text(given).rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise NotAllowed
    return str(given)


def _database(given: Any) -> str:
    if given == "sqlite":
        return "sqlite"
    try:
        parts = urlsplit(_text(given))
        _ = parts.port
    except ValueError:
        raise NotAllowed from None
    if parts.scheme != "postgresql" or len(parts.path) < 2 or parts.fragment:
        raise NotAllowed
    return str(given)


def _without_password(url: str) -> str:
    password = urlsplit(url).password
    return url if password is None else url.replace(f":{password}@", ":********@", 1)


def _ice_url(given: Any) -> str:
    if not re.fullmatch(r"(stuns?|turns?):[!-~]+", _text(given)):
        raise NotAllowed
    return str(given)


def _web_url(given: Any) -> str:
    if not re.fullmatch(r"https?://[!-~]{1,1000}", _text(given)):
        raise NotAllowed
    return str(given)


def _long_secret(given: Any) -> str:
    if not 16 <= len(_text(given)) <= 256:
        raise NotAllowed
    return str(given)


_LOCAL: Final = ("localhost", "127.0.0.1", "::1")


def _provider_url(given: Any) -> str:
    """HTTPS; on this machine also without."""
    try:
        parts = urlsplit(_text(given))
        _ = parts.port
    except ValueError:
        raise NotAllowed from None
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)
    if not is_safe or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise NotAllowed
    return str(given).rstrip("/")


def _smtp_url(given: Any) -> str:
    try:
        parts = urlsplit(_text(given))
        _ = parts.port
    except ValueError:
        raise NotAllowed from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path or parts.query:
        raise NotAllowed
    return str(given)


def _mail_address(given: Any) -> str:
    if not re.fullmatch(r"([^<>@,;:\"]+ <)?[!-~]+@[A-Za-z0-9.-]+>?", _text(given)):
        raise NotAllowed
    return str(given)


def _optional(parse: Parser) -> Parser:
    return lambda given: "" if given == "" else parse(given)


def _list_of(parse: Parser) -> Parser:
    """A TOML list, or words with commas between in the environment and on the command line."""

    def parse_list(given: Any) -> tuple[Any, ...]:
        if isinstance(given, str):
            given = [part.strip() for part in given.split(",") if part.strip()]
        if not isinstance(given, list | tuple) or len(given) > 64:
            raise NotAllowed
        return tuple(parse(each) for each in given)

    return parse_list


def _provider_keys() -> list[Key]:
    """Signing in by Google or Facebook; their redirect is `<public_url>/api/oauth/<provider>/callback`."""
    url = "https://..., or http:// on this machine"
    return [
        Key("google_client_id", "", "a name, or empty for none", _optional(_text), "our client id at Google"),
        Key("google_client_secret", "", "a text", _optional(_text), "its secret", secret=True),
        Key("google_issuer", "https://accounts.google.com", url, _provider_url, "OpenID issuer of Google"),
        Key("facebook_client_id", "", "a name, or empty for none", _optional(_text), "our id at Facebook"),
        Key("facebook_client_secret", "", "a text", _optional(_text), "its secret", secret=True),
        Key(
            "facebook_url",
            "https://www.facebook.com/v23.0",
            url,
            _provider_url,
            "where Facebook asks the person",
        ),
        Key(
            "facebook_graph_url",
            "https://graph.facebook.com/v23.0",
            url,
            _provider_url,
            "where Facebook's servers answer ours",
        ),
    ]


_PORT = _integer(0, 65535)
_PORTS = "a port from 1 to 65535, or 0 for any free one"

KEYS: Final = {
    key.name: key
    for key in (
        Key("host", "0.0.0.0", "an IP address; 0.0.0.0 is every address", _address, "address to listen on"),
        Key("port", 8443, _PORTS, _PORT, "TLS port: pages, API, WebSockets, WHIP, WHEP"),
        Key("media_port", 7882, _PORTS, _PORT, "UDP and TCP port for media"),
        Key("data", Path("data"), "a folder", _path, "folder for database, keys and certificates"),
        Key(
            "database",
            "sqlite",
            "sqlite, or postgresql://user[:password]@host[:port]/name",
            _database,
            "where rooms, accounts and messages are kept; sqlite is a file in the data folder",
            secret=True,
            mask=_without_password,
        ),
        Key(
            "certificate",
            None,
            "a PEM file, or empty for the data folder's own CA",
            _optional_path,
            "TLS certificate chain",
        ),
        Key("key", None, "a PEM file, or empty", _optional_path, "TLS private key"),
        Key(
            "origins",
            (),
            "a list of https://host[:port] or http://localhost[:port]",
            _list_of(_page_origin),
            "origins of pages, beside our own, that may use this server",
        ),
        Key(
            "embed_origins",
            (),
            "a list of https://host[:port] or http://localhost[:port]",
            _list_of(_page_origin),
            "origins of pages that may show ours in a frame; nobody's where empty",
        ),
        Key(
            "announce",
            (),
            "a list of IP addresses",
            _list_of(_address),
            "addresses by which clients reach us and which no interface here has",
        ),
        Key("media_tcp", True, "true or false", _boolean, "offer media over TCP beside UDP"),
        Key("issuer", "treble", "a name", _text, "`iss` of our tokens, one for a deployment"),
        Key(
            "public_url",
            "",
            "https://host[:port], or empty for the host and port above",
            _optional(_origin),
            "how browsers reach us: for links in mails and the way back from Google and Facebook",
        ),
        Key(
            "smtp_url",
            "",
            "smtp://[user:password@]host[:port] (STARTTLS), smtps://..., or empty",
            _optional(_smtp_url),
            "mail server; without one mails are files in the data folder's outbox",
            secret=True,
            mask=_without_password,
        ),
        Key(
            "mail_from",
            "treble@localhost",
            "an e-mail address, or Name <address>",
            _mail_address,
            "sender of our mails",
        ),
        *_provider_keys(),
        Key(
            "max_participants",
            100,
            "a number from 1 to 10000",
            _integer(1, 10_000),
            "participants a room may have",
        ),
        Key(
            "room_defaults",
            "safe",
            "safe or open",
            _one_of("safe", "open"),
            "what a new room allows: safe asks the host before anybody enters or shares, open does not",
        ),
        Key(
            "retention_one_off_hours",
            24,
            "a number from 1 to 8760",
            _integer(1, 8760),
            "hours that a one-off room and its messages stay after their last use",
        ),
        Key(
            "retention_persistent_days",
            30,
            "a number from 1 to 3650",
            _integer(1, 3650),
            "days that a persistent room and its messages stay after their last use",
        ),
        Key(
            "retention_audit_days",
            30,
            "a number from 1 to 3650",
            _integer(1, 3650),
            "days that a room's audit log is kept while the room lives",
        ),
        Key(
            "ice_servers",
            (),
            "a list of stun:, turn: or turns: URLs",
            _list_of(_ice_url),
            "STUN and TURN servers that clients are told of",
        ),
        Key("ice_username", "", "a name, or empty", _optional(_text), "user name for the TURN servers"),
        Key(
            "ice_credential",
            "",
            "a password, or empty",
            _optional(_text),
            "password for the TURN servers",
            secret=True,
        ),
        Key(
            "webhooks",
            (),
            "a list of https:// URLs (http:// too where webhook_private_addresses is set)",
            _list_of(_web_url),
            "who is told, signed, what happens in rooms (docs/admin.md)",
        ),
        Key(
            "webhook_secret",
            "",
            "16 to 256 letters, or empty",
            _optional(_long_secret),
            "what the webhooks of this configuration are signed with",
            secret=True,
        ),
        Key(
            "webhook_private_addresses",
            False,
            "true or false",
            _boolean,
            "webhooks may go to this machine and its networks",
        ),
        Key(
            "max_connections",
            10_000,
            "a number from 10 to 1000000",
            _integer(10, 1_000_000),
            "connections to the TLS port",
        ),
        Key(
            "max_connections_per_address",
            1_000,
            "a number from 1 to 1000000",
            _integer(1, 1_000_000),
            "connections to the TLS port from one address",
        ),
        Key(
            "requests_per_minute",
            600,
            "a number from 1 to 1000000",
            _integer(1, 1_000_000),
            "API, WHIP and WebSocket requests from one address",
        ),
        Key(
            "max_file_bytes",
            10_000_000,
            "a number from 1 to 100000000",
            _integer(1, 100_000_000),
            "of one file in the chat",
        ),
        Key(
            "metrics_port",
            0,
            "a port from 1 to 65535, or 0 for none",
            _PORT,
            "Prometheus metrics on 127.0.0.1",
        ),
        Key(
            "log_level",
            "info",
            "debug, info, warning or error",
            _one_of("debug", "info", "warning", "error"),
            "least important messages to log",
        ),
        Key(
            "gateway_address",
            "127.0.0.1:7901",
            "host:port",
            _end_point,
            "where room servers reach the gateway (gRPC)",
        ),
        Key(
            "room_address",
            "127.0.0.1:7902",
            "host:port",
            _end_point,
            "where gateways and media servers reach the room server (gRPC)",
        ),
        Key(
            "media_address",
            "127.0.0.1:7903",
            "host:port",
            _end_point,
            "where room servers reach the media server (gRPC)",
        ),
    )
}
