"""The operators' commands, on a data folder and against a running server."""

import json
import time

import pytest
import trio

from tests.signaling.webhook_receiver import receiving
from tests.treble.ports import free_media_port
from tests.treble.test_cli import elsewhere, run
from tests.treble.test_processes import meet, running

__all__ = ["elsewhere"]  # a fixture: in a folder of its own


def told(capsys, *arguments):
    """What a command that went well prints, as JSON."""
    status, out, err = run(capsys, *arguments, "--json")
    assert (status, err) == (0, ""), err
    return json.loads(out) if out else None


def test_rooms_on_the_data_folder(capsys):
    made = told(capsys, "room", "create", "--title", "Stand-up", "--alias", "stand-up", "--capacity", "5")
    assert made["settings"]["capacity"] == 5
    assert made["settings"]["wait_for_host"] is True
    status, out, _ = run(capsys, "room", "list")
    assert status == 0
    assert out.splitlines()[0].split()[:3] == ["id", "title", "alias"]
    assert made["id"] in out
    changed = told(capsys, "room", "set", "stand-up", "--new-password", "--no-wait-for-host", "--lock")
    assert changed["password"] != made["password"]
    assert (changed["locked"], changed["settings"]["capacity"]) == (True, 5)
    assert changed["settings"]["wait_for_host"] is False
    assert told(capsys, "room", "show", made["id"]) == changed
    assert told(capsys, "room", "people", "stand-up")["participants"] == []
    assert run(capsys, "room", "delete", "stand-up")[0] == 0
    assert run(capsys, "room", "show", "stand-up") == (2, "", "treble: There is no such room.\n")


def test_tokens_keys_and_webhooks_on_the_data_folder(capsys):
    made = told(
        capsys, "token", "create", "--room", "r1", "--name", "Ann", "--role", "co-host", "--minutes", "5"
    )
    assert made["expires_at"] == made["created_at"] + 300
    (listed,) = told(capsys, "token", "list")["tokens"]
    assert listed["id"] == made["id"]
    assert run(capsys, "token", "revoke", made["id"])[0] == 0
    assert run(capsys, "token", "revoke", made["id"])[0] == 2
    key = told(capsys, "admin-key", "create", "Nightly", "--expires", "2")
    assert key["expires_at"] == key["created_at"] + 2 * 86_400
    (listed,) = told(capsys, "admin-key", "list")["keys"]
    assert "key" not in listed
    assert run(capsys, "admin-key", "revoke", key["id"])[0] == 0
    assert run(capsys, "admin-key", "revoke", key["id"])[0] == 2
    hook = told(capsys, "webhook", "add", "https://hooks.example.org/x", "--event", "room.started")
    assert told(capsys, "webhook", "list")["webhooks"][0]["events"] == ["room.started"]
    assert run(capsys, "webhook", "remove", hook["id"])[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["room", "show", "nope"], "treble: There is no such room."),
        (["room", "end", "nope"], "treble: There is no such room."),
        (["room", "create", "--alias", "A B"], "treble: 3 to 40 of a-z"),
        (["room", "create", "--settings", "{"], "treble: --settings:"),
        (["room", "create", "--settings", '{"capacity": 0}'], "treble: --settings:"),
        (["room", "list", "--cursor", "!"], "treble: cursor:"),
        (["room", "list", "--server", "https://127.0.0.1:1"], "treble: https://127.0.0.1:1: --key or TREBLE"),
        (["room", "list", "--server", "http://x", "--key", "k"], "treble: http://x: begins with https://"),
        (["room", "list", "--server", "https://127.0.0.1:1", "--key", "k"], "treble: https://127.0.0.1:1"),
        (["token", "--room", "r"], "treble: token: --name, --role missing"),
        (["webhook", "add", "http://127.0.0.1/"], "treble: begins with https://"),
        (["admin-key", "create", "\u202e"], "treble: control or direction character"),
    ],
)
def test_mistakes_are_one_line_and_status_2(capsys, arguments, said):
    status, out, err = run(capsys, *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1), err
    assert err.startswith(said)


def test_what_others_wrote_does_not_move_the_cursor(capsys):
    from treble.commands.operator import _cell

    assert _cell("title", "a\x1b[2Jb\n") == "a?[2Jb?"


@pytest.mark.slow
async def test_a_webhook_of_a_running_server(tmp_path, capsys, monkeypatch):
    data = ("--data", str(tmp_path / "data"))
    key = told(capsys, "admin-key", "create", "Nightly", *data)["key"]
    monkeypatch.setenv("TREBLE_ADMIN_KEY", key)
    flags = ("--webhook-private-addresses", "true", "--room-defaults", "open")
    ports = ("--port", "0", "--media-port", str(free_media_port()))
    async with receiving() as receiver, running(tmp_path, "dev", *ports, *flags) as dev:
        url = dev.lines[-1].removeprefix("ready ")
        hook = await trio.to_thread.run_sync(
            lambda: told(capsys, "webhook", "add", receiver.url, "--server", url, *data)
        )
        await meet(url, tmp_path / "data/ca/ca.pem")
        posts = await receiver.heard(4)  # the host may come back for 30 s
        assert receiver.events[:3] == ["room.started", "participant.joined", "participant.joined"]
        assert all(post.is_signed(hook["secret"], int(time.time())) for post in posts)
        await dev.stop()


@pytest.mark.slow
async def test_against_a_running_server(tmp_path, capsys, monkeypatch):
    data = ("--data", str(tmp_path / "data"))
    key = told(capsys, "admin-key", "create", "Nightly", *data)["key"]
    monkeypatch.setenv("TREBLE_ADMIN_KEY", key)
    async with running(tmp_path, "dev", "--port", "0", "--media-port", str(free_media_port())) as dev:
        url = dev.lines[-1].removeprefix("ready ")

        async def ask(*arguments):
            return await trio.to_thread.run_sync(lambda: told(capsys, *arguments, "--server", url, *data))

        made = await ask("room", "create", "--id", "daily", "--title", "Daily")
        assert (await ask("room", "show", "daily")) == made
        assert [each["id"] for each in (await ask("room", "list"))["rooms"]] == ["daily"]
        assert (await ask("room", "set", "daily", "--lock"))["locked"]
        token = await ask("token", "create", "--room", "daily", "--name", "Ann", "--role", "host")
        assert token["token"].count(".") == 4
        assert (await ask("room", "list", "--live"))["rooms"] == []
        # What is done on the data folder beside the server counts too.
        beside = await trio.to_thread.run_sync(lambda: told(capsys, "room", "show", "daily", *data))
        assert beside["locked"]
        await ask("token", "revoke", token["id"])
        await ask("room", "delete", "daily")
        monkeypatch.setenv("TREBLE_ADMIN_KEY", "x" * 43)
        status, _, err = await trio.to_thread.run_sync(
            lambda: run(capsys, "room", "list", "--server", url, *data)
        )
        assert (status, err) == (2, "treble: This is no key in force: see `treble admin-key`.\n")
        await dev.stop()
