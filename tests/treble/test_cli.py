"""The command as a person at a terminal meets it."""

import socket

import pytest
import structlog

from tests.treble.ports import HOST, free_media_port
from treble.cli import main


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("treble.telemetry.configure_logging", lambda level: None)
    structlog.configure(processors=[_drop])
    yield
    structlog.reset_defaults()


def _drop(logger, method, event):
    raise structlog.DropEvent


def run(capsys, *arguments):
    try:
        status = main(arguments)
    except SystemExit as exit_:
        status = exit_.code
    said = capsys.readouterr()
    return status, said.out, said.err


def test_version(capsys):
    status, out, _ = run(capsys, "--version")
    assert status == 0
    assert out.startswith("treble ")


def test_config_shows_values_and_where_they_come_from(capsys, monkeypatch):
    monkeypatch.setenv("TREBLE_MEDIA_PORT", "5")
    status, out, err = run(capsys, "config", "--port", "7")
    assert (status, err) == (0, "")
    assert "port = 7" in out
    assert "# flag --port" in out
    assert "# environment TREBLE_MEDIA_PORT" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["config", "--port", "x"], "treble: port: 'x' in flag --port is not allowed; allowed: a port"),
        (["config", "--config", "absent.toml"], "treble: file absent.toml: No such file"),
        (["dev", "--host", "no address"], "treble: host: 'no address' in flag --host"),
        (["token", "--room", "/", "--name", "A", "--role", "host"], "treble: a room's id is"),
    ],
)
def test_mistakes_are_one_line_and_status_2(capsys, arguments, said):
    status, out, err = run(capsys, *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(said)


def test_mistakes_in_arguments_are_status_2_too(capsys):
    for arguments in ([], ["fly"], ["token", "--room", "r"], ["dev", "--prot", "1"]):
        status, _, err = run(capsys, *arguments)
        assert status == 2
        assert "Traceback" not in err


@pytest.mark.parametrize(("flag", "kind"), [("port", socket.SOCK_STREAM), ("media-port", socket.SOCK_DGRAM)])
def test_a_busy_port_is_named_with_its_key(capsys, flag, kind):
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind((HOST, 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        ports = {"port": "0", "media-port": str(free_media_port()), flag: str(port)}
        flags = [each for name, value in ports.items() for each in (f"--{name}", value)]
        status, out, err = run(capsys, "dev", "--host", HOST, "--data", "data", *flags)
    assert (status, out) == (2, "")
    assert f"treble: {flag.replace('-', '_')}: port {port} is already in use on {HOST}" in err
    assert "Traceback" not in err


def test_a_data_folder_that_cannot_be_is_named(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    arguments = ["--host", HOST, "--port", "0", "--media-port", str(free_media_port()), "--data", "file/data"]
    status, out, err = run(capsys, "dev", *arguments)
    assert (status, out) == (2, "")
    assert "file" in err
    assert "Traceback" not in err


def test_a_token_is_one_line(capsys):
    arguments = ["--data", "data", "--room", "r1", "--name", "Ann", "--role", "speaker"]
    status, out, err = run(capsys, "token", *arguments)
    assert (status, err) == (0, "")
    assert out.count("\n") == 1
    assert out.count(".") == 4


def test_our_own_failure_says_so_without_a_traceback(capsys, monkeypatch):
    def fail(*arguments):
        raise KeyError("ours")

    monkeypatch.setattr("treble.commands.effective_config.describe", fail)
    status, _, err = run(capsys, "config")
    assert status == 1
    assert "treble: internal error: KeyError" in err
