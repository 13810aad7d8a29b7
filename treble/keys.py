"""The table of all settings: what each is called, its default, what is allowed, what it is for."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from treble import values

PREFIX: Final = "TREBLE_"


@dataclass(frozen=True, slots=True)
class Key:
    """One setting. `parse` takes what TOML gives, or a string from the environment or the command line.

    `mask`: how a secret value may be shown.
    """

    name: str
    default: Any
    allowed: str
    parse: values.Parser
    help: str
    secret: bool = False
    mask: Callable[[Any], str] = lambda value: "********" if value else ""

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")


def _provider_keys() -> list[Key]:
    """Signing in by Google or Facebook; their redirect is `<public_url>/api/oauth/<provider>/callback`."""
    url = "https://..., or http:// on this machine"
    return [
        Key(
            "google_client_id",
            "",
            "a name, or empty for none",
            values.optional(values.text),
            "our client id at Google",
        ),
        Key("google_client_secret", "", "a text", values.optional(values.text), "its secret", secret=True),
        Key(
            "google_issuer",
            "https://accounts.google.com",
            url,
            values.provider_url,
            "OpenID issuer of Google",
        ),
        Key(
            "facebook_client_id",
            "",
            "a name, or empty for none",
            values.optional(values.text),
            "our id at Facebook",
        ),
        Key("facebook_client_secret", "", "a text", values.optional(values.text), "its secret", secret=True),
        Key(
            "facebook_url",
            "https://www.facebook.com/v23.0",
            url,
            values.provider_url,
            "where Facebook asks the person",
        ),
        Key(
            "facebook_graph_url",
            "https://graph.facebook.com/v23.0",
            url,
            values.provider_url,
            "where Facebook's servers answer ours",
        ),
    ]


_PORT = values.integer(0, 65535)
_PORTS = "a port from 1 to 65535, or 0 for any free one"

KEYS: Final = {
    key.name: key
    for key in (
        Key(
            "host",
            "0.0.0.0",
            "an IP address; 0.0.0.0 is every address",
            values.address,
            "address to listen on",
        ),
        Key("port", 8443, _PORTS, _PORT, "TLS port: pages, API, WebSockets, WHIP, WHEP"),
        Key("media_port", 7882, _PORTS, _PORT, "UDP and TCP port for media"),
        Key("data", Path("data"), "a folder", values.path, "folder for database, keys and certificates"),
        Key(
            "database",
            "sqlite",
            "sqlite, or postgresql://user[:password]@host[:port]/name",
            values.database,
            "where rooms, accounts and messages are kept; sqlite is a file in the data folder",
            secret=True,
            mask=values.without_password,
        ),
        Key(
            "certificate",
            None,
            "a PEM file, or empty for the data folder's own CA",
            values.optional_path,
            "TLS certificate chain",
        ),
        Key("key", None, "a PEM file, or empty", values.optional_path, "TLS private key"),
        Key(
            "origins",
            (),
            "a list of https://host[:port] or http://localhost[:port]",
            values.list_of(values.page_origin),
            "origins of pages, beside our own, that may use this server",
        ),
        Key(
            "embed_origins",
            (),
            "a list of https://host[:port] or http://localhost[:port]",
            values.list_of(values.page_origin),
            "origins of pages that may show ours in a frame; nobody's where empty",
        ),
        Key(
            "announce",
            (),
            "a list of IP addresses",
            values.list_of(values.address),
            "addresses by which clients reach us and which no interface here has",
        ),
        Key("media_tcp", True, "true or false", values.boolean, "offer media over TCP beside UDP"),
        Key("issuer", "treble", "a name", values.text, "`iss` of our tokens, one for a deployment"),
        Key(
            "public_url",
            "",
            "https://host[:port], or empty for the host and port above",
            values.optional(values.origin),
            "how browsers reach us: for links in mails and the way back from Google and Facebook",
        ),
        Key(
            "smtp_url",
            "",
            "smtp://[user:password@]host[:port] (STARTTLS), smtps://..., or empty",
            values.optional(values.smtp_url),
            "mail server; without one mails are files in the data folder's outbox",
            secret=True,
            mask=values.without_password,
        ),
        Key(
            "mail_from",
            "treble@localhost",
            "an e-mail address, or Name <address>",
            values.mail_address,
            "sender of our mails",
        ),
        *_provider_keys(),
        Key(
            "max_participants",
            100,
            "a number from 1 to 10000",
            values.integer(1, 10_000),
            "participants a room may have",
        ),
        Key(
            "room_defaults",
            "safe",
            "safe or open",
            values.one_of("safe", "open"),
            "what a new room allows: safe asks the host before anybody enters or shares, open does not",
        ),
        Key(
            "retention_one_off_hours",
            24,
            "a number from 1 to 8760",
            values.integer(1, 8760),
            "hours that a one-off room and its messages stay after their last use",
        ),
        Key(
            "retention_persistent_days",
            30,
            "a number from 1 to 3650",
            values.integer(1, 3650),
            "days that a persistent room and its messages stay after their last use",
        ),
        Key(
            "retention_audit_days",
            30,
            "a number from 1 to 3650",
            values.integer(1, 3650),
            "days that a room's audit log is kept while the room lives",
        ),
        Key(
            "ice_servers",
            (),
            "a list of stun:, turn: or turns: URLs",
            values.list_of(values.ice_url),
            "STUN and TURN servers that clients are told of",
        ),
        Key(
            "ice_username",
            "",
            "a name, or empty",
            values.optional(values.text),
            "user name for the TURN servers",
        ),
        Key(
            "ice_credential",
            "",
            "a password, or empty",
            values.optional(values.text),
            "password for the TURN servers",
            secret=True,
        ),
        Key(
            "webhooks",
            (),
            "a list of https:// URLs (http:// too where webhook_private_addresses is set)",
            values.list_of(values.web_url),
            "who is told, signed, what happens in rooms (docs/admin.md)",
        ),
        Key(
            "webhook_secret",
            "",
            "16 to 256 letters, or empty",
            values.optional(values.long_secret),
            "what the webhooks of this configuration are signed with",
            secret=True,
        ),
        Key(
            "webhook_private_addresses",
            False,
            "true or false",
            values.boolean,
            "webhooks may go to this machine and its networks",
        ),
        Key(
            "max_connections",
            10_000,
            "a number from 10 to 1000000",
            values.integer(10, 1_000_000),
            "connections to the TLS port",
        ),
        Key(
            "max_connections_per_address",
            1_000,
            "a number from 1 to 1000000",
            values.integer(1, 1_000_000),
            "connections to the TLS port from one address",
        ),
        Key(
            "requests_per_minute",
            600,
            "a number from 1 to 1000000",
            values.integer(1, 1_000_000),
            "API, WHIP and WebSocket requests from one address",
        ),
        Key(
            "max_file_bytes",
            10_000_000,
            "a number from 1 to 100000000",
            values.integer(1, 100_000_000),
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
            values.one_of("debug", "info", "warning", "error"),
            "least important messages to log",
        ),
        Key(
            "gateway_address",
            "127.0.0.1:7901",
            "host:port",
            values.end_point,
            "where room servers reach the gateway (gRPC)",
        ),
        Key(
            "room_address",
            "127.0.0.1:7902",
            "host:port",
            values.end_point,
            "where gateways and media servers reach the room server (gRPC)",
        ),
        Key(
            "media_address",
            "127.0.0.1:7903",
            "host:port",
            values.end_point,
            "where room servers reach the media server (gRPC)",
        ),
    )
}
