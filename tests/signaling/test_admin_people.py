"""Participants by the operators' API, and what commands beside a running server take back."""

from pathlib import Path

import msgspec

from signaling.admin.local import local_admin
from signaling.door_messages import Admitted, Refused, Waiting
from signaling.host_messages import Applied, Lock, RoomState, Verdicts
from signaling.messages import Ended, decode_server
from signaling.room_config import RoomConfig
from signaling.settings import RoomDefaults
from signaling.storage.people import State
from tests.signaling.admin_world import AdminWorld, admin_world
from tests.signaling.gateway_world import until
from tests.signaling.world import WALL_NS
from treble.admin_requests import (
    By,
    ChangeParticipant,
    ChangeRoom,
    DeleteRoom,
    ParticipantChange,
    RevokeToken,
    RoomChange,
)
from treble.api import ApiError, ClosePeer, OpenSession, Role, SetMuted, Source


async def two(world: AdminWorld):
    room = await world.rooms.create("Ann")
    ann = await world.rooms.join(room.token)
    bob = await world.rooms.join(await world.rooms.enter(room, "Bob"))
    return room, ann, bob


async def test_a_muted_participant_is_shut_at_the_media_server(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        room, ann, bob = await two(world)
        for client in (ann, bob):
            await client.connect(Source.MICROPHONE)
        path = f"/rooms/{room.room}/participants/{bob.id}"
        assert await world.ask("POST", f"{path}/mute", json={}) == {"stored": True}
        muted = [call for call in world.rooms.media.of(SetMuted) if call.muted]
        assert [(call.peer, call.source) for call in muted] == [(bob.peer, Source.MICROPHONE)]
        assert (await world.ask("GET", path))["tracks"] == [{"source": "microphone", "muted": True}]
        await world.ask("POST", f"/rooms/{room.room}/mute", json={"source": "microphone"})
        host = await world.ask("GET", f"/rooms/{room.room}/participants/{ann.id}")
        assert host["tracks"] == [{"source": "microphone", "muted": False}]
        assert ("admin: Nightly", "mute", "Bob") in await world.audit(room.room)


async def test_roles_and_removal(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        room, _, bob = await two(world)
        await bob.connect(Source.CAMERA)
        path = f"/rooms/{room.room}/participants/{bob.id}"
        await world.ask("PATCH", path, json={"role": "co-host"})
        await until(lambda: bob.pushes(Verdicts))
        assert bob.pushes(Verdicts)[-1].role == "co-host"
        peer = bob.peer
        await world.ask("DELETE", path, params={"ban": "true"})
        await until(lambda: bob.pushes(Ended))
        assert bob.pushes(Ended)[0].reason == "removed"
        assert peer in [call.peer for call in world.rooms.media.of(ClosePeer)]
        assert (await world.ask("GET", path))["state"] == "banned"
        await world.ask("DELETE", path)  # not there any more: again, and nothing else happens
        await world.ask("PATCH", path, json={"role": "viewer"})
        assert (await world.ask("GET", path))["role"] == "viewer"
        await world.ask("POST", f"{path}/mute", json={}, status=404)


async def test_who_knocks_is_admitted_or_refused(tmp_path: Path) -> None:
    async with admin_world(tmp_path, room_defaults=RoomDefaults.SAFE) as world:
        room = await world.rooms.create("Ann")
        await world.rooms.join(room.token)
        waiters = {}
        for name in ("Bob", "Cid"):
            token = await world.rooms.enter(room, name)
            opened = await world.rooms.shell.open_session(OpenSession(gateway="g", token=token, re=1))
            assert isinstance(decode_server(opened.welcome), Waiting)
            waiters[name] = opened.session
        found = (await world.ask("GET", f"/rooms/{room.room}/participants"))["participants"]
        ids = {each["name"]: each["id"] for each in found if each["connection"] == "waiting"}
        assert ids.keys() == waiters.keys()
        assert (await world.ask("GET", f"/rooms/{room.room}"))["waiting"] == 2
        sent = world.rooms.gateway.sent
        await world.ask("POST", f"/rooms/{room.room}/participants/{ids['Bob']}/refuse")
        await until(lambda: any(isinstance(each, Refused) for each in sent[waiters["Bob"]]))
        await world.ask("POST", f"/rooms/{room.room}/admit", status=204)
        await until(lambda: any(isinstance(each, Admitted) for each in sent[waiters["Cid"]]))
        again = f"/rooms/{room.room}/participants/{ids['Cid']}/admit"
        assert (await world.ask("POST", again, status=404))["code"] == "not.found"


async def test_what_a_command_takes_back_beside_the_server_ends_there_too(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        token = await world.ask("POST", "/tokens", status=201, json={"room": "daily", "name": "Zoe"})
        zoe = await world.rooms.join(token["token"])
        room, ann, _ = await two(world)
        await world.rooms.shell.admin._opened.watch.once()
        async with local_admin(RoomConfig(data=tmp_path)) as command:
            await command.revoke_token(RevokeToken(by=By(), token=token["id"]))
            await command.delete_room(DeleteRoom(by=By(), room=room.room))
        await world.rooms.shell.admin._opened.watch.once()
        await until(lambda: zoe.pushes(Ended) and ann.pushes(Ended))
        assert zoe.pushes(Ended)[0].reason == "removed"
        assert ann.pushes(Ended)[0].reason == "ended"


async def test_what_a_command_changes_beside_the_server_reaches_the_meeting(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        room, ann, bob = await two(world)
        watch = world.rooms.shell.admin._opened.watch
        live = world.rooms.opened().rooms.get(room.room)
        settings = msgspec.structs.replace(live.machine.settings, wait_for_host=True)
        async with local_admin(RoomConfig(data=tmp_path)) as command:
            change = RoomChange(title="Review", locked=True, settings=settings)
            await command.change_room(ChangeRoom(by=By(), room=room.room, body=change))
            body = ParticipantChange(role=Role.COHOST)
            await command.change_participant(
                ChangeParticipant(by=By(), room=room.room, participant=bob.id, body=body)
            )
        await watch.once()
        await until(lambda: any(each.title == "Review" for each in bob.pushes(RoomState)))
        state = bob.pushes(RoomState)[-1]
        assert (state.locked, live.machine.settings.wait_for_host) == (True, True)
        assert live.machine.member(bob.id).role is Role.COHOST
        database = world.rooms.opened().pending._database  # as by a command: their clock is the real one
        await database.write(
            lambda connection: database.people.put_out(connection, bob.id, State.REMOVED, WALL_NS)
        )
        await watch.once()
        await until(lambda: bob.pushes(Ended))
        assert ann.pushes(Ended) == []


async def failing(work):
    raise ApiError("busy", "disk full")


async def test_what_a_host_does_is_not_undone_by_what_is_still_stored(tmp_path: Path) -> None:
    async with admin_world(tmp_path) as world:
        room, ann, _ = await two(world)
        watch, live = world.rooms.shell.admin._opened.watch, world.rooms.opened().rooms.get(room.room)
        database = world.rooms.opened().pending._database
        write, database.write = database.write, failing
        assert isinstance(await ann.ask(Lock(id=1, locked=True)), Applied)
        await watch.once()
        assert live.machine.locked
        database.write = write
        with live.changing():
            live.feed(live.machine.handle_settings, live.machine.settings, "Draft")
            await watch.once()
            assert live.machine.title == "Draft"
