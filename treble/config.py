"""The configuration: strict TOML, environment, flags; frozen; each value knows where it came from.

One table (`keys.py`) says everything about a key. A value is looked for on the command line, then in the environment
(`TREBLE_MEDIA_PORT` for `media_port`), then in the file, then the default holds. What is not in the table, or
not what the table allows, is an error that names the key, where it stood, and what is allowed.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import tomli

from treble.keys import KEYS, PREFIX, Key
from treble.values import NotAllowed

DEFAULT_FILE: Final = "treble.toml"
MAX_FILE_BYTES: Final = 256 * 1024


class ConfigError(Exception):
    """A key or a value is wrong; the text names the key, where it stands, and what is allowed."""


@dataclass(frozen=True, slots=True)
class Value:
    """`source`: `default`, `file <path>`, `environment <variable>` or `flag <flag>`."""

    value: Any
    source: str


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
    except NotAllowed:
        shown = "that value" if key.secret else repr(given)[:80]
        raise ConfigError(f"{key.name}: {shown} in {where} is not allowed; allowed: {key.allowed}") from None


def _check_together(values: Mapping[str, Value]) -> None:
    for one, other in (("certificate", "key"), ("key", "certificate")):
        if values[one].value is not None and values[other].value is None:
            raise ConfigError(f"{other}: missing, while {one} is set in {values[one].source}")
    if values["webhooks"].value and not values["webhook_secret"].value:
        raise ConfigError(f"webhook_secret: missing, while webhooks is set in {values['webhooks'].source}")


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
        shown = _toml(key.mask(value) if key.secret else value)
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
