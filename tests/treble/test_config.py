from pathlib import Path

import pytest
import tomli

from treble.config import ConfigError, describe, load_config
from treble.keys import KEYS
from treble.values import NotAllowed


def load(text="", environment=None, folder=None, **flags):
    path = None
    if text:
        path = folder / "treble.toml"
        path.write_text(text)
    return load_config(path, environment or {}, flags)


def test_flags_beat_the_environment_which_beats_the_file_which_beats_the_defaults(tmp_path):
    text = 'port = 1\nmedia_port = 2\nissuer = "file"\n'
    environment = {"TREBLE_PORT": "11", "TREBLE_MEDIA_PORT": "12"}
    config = load(text, environment, tmp_path, port="111")
    values = [(config[name], config.source(name)) for name in ("port", "media_port", "issuer", "host")]
    assert values == [
        (111, "flag --port"),
        (12, "environment TREBLE_MEDIA_PORT"),
        ("file", f"file {tmp_path}/treble.toml"),
        ("0.0.0.0", "default"),
    ]


def test_the_defaults_of_the_plan():
    config = load()
    assert [config[name] for name in ("host", "port", "media_port", "data")] == [
        "0.0.0.0",
        8443,
        7882,
        Path("data"),
    ]


def test_the_file_in_the_working_folder_is_read_without_being_asked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "treble.toml").write_text("port = 5")
    assert load()["port"] == 5


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("prot = 1", ["prot: unknown key", "treble.toml", "did you mean port?"]),
        ("[gateway]\nport = 1", ["gateway: unknown key"]),
        ('port = "abc"', ["port: 'abc'", "treble.toml", "a port from 1 to 65535"]),
        ("port = 65536", ["port: 65536", "allowed: a port"]),
        ("port = -1", ["port: -1"]),
        ("port = true", ["port: True"]),
        ("port = 1.5", ["port: 1.5"]),
        ("port = [1]", ["port: [1]"]),
        ('host = "example.org"', ["host: 'example.org'", "an IP address"]),
        ("media_tcp = 2", ["media_tcp: 2", "true or false"]),
        ('origins = ["http://a.test"]', ["origins:", "https://host"]),
        ('origins = ["https://a.test/path"]', ["origins:"]),
        ('embed_origins = ["http://localhost.evil.test"]', ["embed_origins:", "http://localhost"]),
        ('embed_origins = ["*"]', ["embed_origins:"]),
        ('embed_origins = ["https://a.test; script-src *"]', ["embed_origins:"]),
        ('ice_servers = ["http://a"]', ["ice_servers:", "stun:"]),
        ("ice_credential = 5", ["ice_credential: that value"]),
        ('database = "postgres://u:hush@h/d"', ["database: that value", "postgresql://"]),
        ('database = "postgresql://host"', ["database:"]),
        ('database = "mysql"', ["database:", "sqlite"]),
        ('log_level = "loud"', ["log_level: 'loud'", "debug, info, warning or error"]),
        ('room_address = "nowhere"', ["room_address:", "host:port"]),
        ('certificate = "a.pem"', ["key: missing", "certificate is set in file"]),
        ('issuer = ""', ["issuer: ''"]),
        ('issuer = "a\\nb"', ["issuer:"]),
        ("port = ", ["not TOML", "Invalid value"]),
        ("port = 1\nport = 2", ["not TOML"]),
    ],
)
def test_what_is_wrong_is_named_with_its_place_and_what_is_allowed(tmp_path, text, parts):
    with pytest.raises(ConfigError) as caught:
        load(text, folder=tmp_path)
    for part in parts:
        assert part in str(caught.value)


def test_a_bad_variable_and_a_bad_flag_name_themselves():
    with pytest.raises(ConfigError, match="port: 'x' in environment TREBLE_PORT is not allowed"):
        load(environment={"TREBLE_PORT": "x"})
    with pytest.raises(ConfigError, match="media_port: 'x' in flag --media-port is not allowed"):
        load(media_port="x")


def test_a_mistyped_variable_is_an_error_and_a_stranger_is_not():
    with pytest.raises(ConfigError, match=r"TREBLE_PROT: unknown variable.*did you mean TREBLE_PORT"):
        load(environment={"TREBLE_PROT": "1"})
    load(environment={"TREBLE_DEBUG": "1", "TREBLE_ONLY": "packet"})


def test_a_missing_or_unreadable_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"absent.toml: No such file"):
        load_config(tmp_path / "absent.toml", {}, {})
    (tmp_path / "latin.toml").write_bytes(b'issuer = "\xe9"')
    with pytest.raises(ConfigError, match=r"latin.toml: not TOML"):
        load_config(tmp_path / "latin.toml", {}, {})
    (tmp_path / "big.toml").write_bytes(b"#" * 300_000)
    with pytest.raises(ConfigError, match="longer than"):
        load_config(tmp_path / "big.toml", {}, {})


def test_the_environment_gives_lists_and_booleans():
    config = load(
        environment={"TREBLE_ORIGINS": "https://a.test, https://b.test:1", "TREBLE_MEDIA_TCP": "no"}
    )
    assert config["origins"] == ("https://a.test", "https://b.test:1")
    assert config["media_tcp"] is False


def test_pages_of_this_machine_need_no_tls(tmp_path):
    assert load('origins = ["http://localhost:5173"]', folder=tmp_path)["origins"] == (
        "http://localhost:5173",
    )


def test_the_description_is_toml_that_gives_the_same_configuration(tmp_path):
    config = load('announce = ["192.0.2.1"]\nissuer = "a \\"b\\""', folder=tmp_path)
    text = describe(config)
    assert "# default" in text
    assert f"# file {tmp_path}/treble.toml" in text
    again = load(text, folder=tmp_path)
    assert {name: again[name] for name in KEYS} == {name: config[name] for name in KEYS}


def test_secrets_are_not_shown(tmp_path):
    text = describe(load('ice_credential = "hush"', folder=tmp_path))
    assert "hush" not in text
    assert tomli.loads(text)["ice_credential"] == "********"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite", "sqlite"),
        ("postgresql://u@h:5432/d", "postgresql://u@h:5432/d"),
        ("postgresql://u:hush@h/d?sslmode=require", "postgresql://u:********@h/d?sslmode=require"),
        ("postgresql://u:hush@/d?host=/run/postgresql", "postgresql://u:********@/d?host=/run/postgresql"),
    ],
)
def test_a_database_is_shown_without_its_password(tmp_path, url, shown):
    config = load(f'database = "{url}"', folder=tmp_path)
    assert config["database"] == url
    assert tomli.loads(describe(config))["database"] == shown


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        (
            "public_url",
            ["https://meet.example.org", "https://[::1]:8443", ""],
            ["http://meet.example.org", "https://meet.example.org/path", "meet.example.org"],
        ),
        (
            "smtp_url",
            ["smtp://mail", "smtps://u:p%40@mail.example.org:465", ""],
            ["http://mail", "smtp://", "smtp://mail/path", "smtp://mail:99999"],
        ),
        (
            "mail_from",
            ["meet@example.org", "Treble <meet@example.org>"],
            ["", "meet", "Treble <meet@example.org>\nBcc: x@y", "a@b, c@d"],
        ),
        (
            "google_issuer",
            ["https://accounts.google.com", "http://127.0.0.1:9400/google"],
            ["http://accounts.google.com", "ftp://x", "https://", "https://u@host", ""],
        ),
    ],
)
def test_addresses_of_mails_and_providers(key, good, bad):
    for given in good:
        assert KEYS[key].parse(given) == given
    for given in bad:
        with pytest.raises(NotAllowed):
            KEYS[key].parse(given)


def test_a_mail_servers_password_is_not_shown(tmp_path):
    text = describe(load('smtp_url = "smtps://treble:hush@mail.example.org"', folder=tmp_path))
    assert "hush" not in text
    assert "smtps://treble:********@mail.example.org" in text


@pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.name)
def test_each_default_is_allowed(key):
    default = "" if key.default is None else str(key.default) if key.name == "data" else key.default
    assert key.parse(default) == key.default
