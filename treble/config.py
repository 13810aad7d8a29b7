"""The configuration: strict TOML, environment, flags; frozen; each value knows where it came from.

One table says everything about a key. A value is looked for on the command line, then in the environment
(`TREBLE_MEDIA_PORT` for `media_port`), then in the file, then the default holds. What is not in the table, or
not what the table allows, is an error that names the key, where it stood, and what is allowed.
"""

import difflib
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import tomli

PREFIX: Final = "TREBLE_"
DEFAULT_FILE: Final = "treble.toml"
MAX_FILE_BYTES: Final = 256 * 1024


class ConfigError(Exception):
    """A key or a value is wrong; the text names the key, where it stands, and what is allowed."""


class _NotAllowed(Exception):
    pass


Parser = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Key:
    """One setting. `parse` takes what TOML gives, or a string from the environment or the command line."""

    name: str
    default: Any
    allowed: str
    parse: Parser
    help: str
    secret: bool = False

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Value:
    """`source`: `default`, `file <path>`, `environment <variable>` or `flag <flag>`."""

    value: Any
    source: str


def _integer(low: int, high: int) -> Parser:
    def parse(given: Any) -> int:
        if isinstance(given, str) and re.fullmatch(r"-?[0-9]{1,18}", given):
            given = int(given)
        if not isinstance(given, int) or isinstance(given, bool) or not low <= given <= high:
            raise _NotAllowed
        return given

    return parse


def _boolean(given: Any) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if isinstance(given, str) and given.lower() in words:
        return words[given.lower()]
    if not isinstance(given, bool):
        raise _NotAllowed
    return given


def _text(given: Any) -> str:
    if not isinstance(given, str) or not given or not given.isprintable():
        raise _NotAllowed
    return given


def _one_of(*words: str) -> Parser:
    def parse(given: Any) -> str:
        if given not in words:
            raise _NotAllowed
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
        raise _NotAllowed from None


def _origin(given: Any) -> str:
    try:
        parts = urlsplit(_text(given))
        _ = parts.port
    except ValueError:
        raise _NotAllowed from None
    if parts.scheme != "https" or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise _NotAllowed
    return str(given)


def _end_point(given: Any) -> str:
    host, colon, port = _text(given).rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise _NotAllowed
    return str(given)


def _ice_url(given: Any) -> str:
    if not re.fullmatch(r"(stuns?|turns?):[!-~]+", _text(given)):
        raise _NotAllowed
    return str(given)


def _optional(parse: Parser) -> Parser:
    return lambda given: "" if given == "" else parse(given)


def _list_of(parse: Parser) -> Parser:
    """A TOML list, or words with commas between in the environment and on the command line."""

    def parse_list(given: Any) -> tuple[Any, ...]:
        if isinstance(given, str):
            given = [part.strip() for part in given.split(",") if part.strip()]
        if not isinstance(given, list | tuple) or len(given) > 64:
            raise _NotAllowed
        return tuple(parse(each) for each in given)

    return parse_list


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
            "a list of https://host[:port]",
            _list_of(_origin),
            "origins of pages, beside our own, that may use this server",
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
            "max_participants",
            100,
            "a number from 1 to 10000",
            _integer(1, 10_000),
            "participants a room may have",
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


@dataclass(frozen=True, slots=True)
class Config:
    """The effective configuration. `config["port"]` is a value, `config.source("port")` where it came from."""

    values: Mapping[str, Value]

    def __getitem__(self, name: str) -> Any:
        return self.values[name].value

    def source(self, name: str) -> str:
        return self.values[name].source


def load_config(file: Path | None, environment: Mapping[str, str], flags: Mapping[str, str | None]) -> Config:
    """`file` None: `treble.toml` in the working folder, if there is one. Raises `ConfigError`."""
    values = {name: Value(key.default, "default") for name, key in KEYS.items()}
    path = file or Path(DEFAULT_FILE)
    if file is not None or path.exists():
        values |= _from_file(path)
    values |= _from_environment(environment)
    for name, given in flags.items():
        if given is not None:
            values[name] = _checked(KEYS[name], given, f"flag {KEYS[name].flag}")
    _check_together(values)
    return Config(values)


def _from_file(path: Path) -> dict[str, Value]:
    where = f"file {path}"
    try:
        with open(path, "rb") as file:
            text = file.read(MAX_FILE_BYTES + 1)
        if len(text) > MAX_FILE_BYTES:
            raise ConfigError(f"{where}: longer than {MAX_FILE_BYTES} bytes")
        document = tomli.loads(text.decode())
    except OSError as error:
        raise ConfigError(f"{where}: {error.strerror}") from None
    except (tomli.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{where}: not TOML: {error}") from None
    for name in document:
        if name not in KEYS:
            raise ConfigError(f"{name}: unknown key in {where}{_suggestion(name)}")
    return {name: _checked(KEYS[name], given, where) for name, given in document.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, Value]:
    """Other programs have variables with our prefix too; one that is nearly ours is a mistake."""
    found = {}
    for variable, given in environment.items():
        name = variable.removeprefix(PREFIX).lower()
        if not variable.startswith(PREFIX):
            continue
        if variable.isupper() and (key := KEYS.get(name)):
            found[name] = _checked(key, given, f"environment {variable}")
        elif near := _near(name):
            raise ConfigError(f"{variable}: unknown variable; did you mean {KEYS[near].variable}?")
    return found


def _checked(key: Key, given: Any, where: str) -> Value:
    try:
        return Value(key.parse(given), where)
    except _NotAllowed:
        shown = "that value" if key.secret else repr(given)[:80]
        raise ConfigError(f"{key.name}: {shown} in {where} is not allowed; allowed: {key.allowed}") from None


def _check_together(values: Mapping[str, Value]) -> None:
    for one, other in (("certificate", "key"), ("key", "certificate")):
        if values[one].value is not None and values[other].value is None:
            raise ConfigError(f"{other}: missing, while {one} is set in {values[one].source}")


def _suggestion(name: str) -> str:
    near = _near(name)
    return f"; did you mean {near}?" if near else ""


def _near(name: str) -> str | None:
    return next(iter(difflib.get_close_matches(name, KEYS, 1, 0.7)), None)


def describe(config: Config) -> str:
    """The effective configuration as valid TOML, each line with where its value came from."""
    lines = []
    for name, key in KEYS.items():
        value = config[name]
        shown = '"********"' if key.secret and value else _toml(value)
        lines.append((f"{name} = {shown}", config.source(name)))
    width = min(60, max(len(line) for line, _ in lines))
    return "\n".join(f"{line:<{width}}  # {source}" for line, source in lines)


def _toml(value: Any) -> str:
    match value:
        case None:
            return '""'
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case tuple():
            return f"[{', '.join(_toml(each) for each in value)}]"
        case _:
            escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
