"""Who was removed has to be let in again, whatever made them come in before; who was banned is refused."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from trio.testing import MockClock

from signaling.admin.local import local_admin
from signaling.door_messages import Admit, Admitted, Waiters, Waiting
from signaling.host_messages import Lock, Remove, Renew, Renewed, SetRole
from signaling.messages import Done, Joined
from signaling.room_config import RoomConfig
from tests.signaling.tokens_made_beside import create_token
from tests.signaling.world import SEND, Client, World, code_of, open_world
from treble.admin_requests import By, RevokeToken
from treble.api import ApiError, EnterRoom, OpenResource, ResourceOpened, Role


@pytest.fixture
async def world(tmp_path: Path, mock_clock: MockClock) -> AsyncIterator[World]:
    # `create_token` reads the real clock
    async with open_world(tmp_path, mock_clock, time.time_ns()) as world:
        yield world


async def put_out(ann: Client, who: str, *, ban: bool = False) -> None:
    assert await ann.ask(Remove(id=1, participant=who, ban=ban)) == Done(re=1)
    ann.world.wall["ns"] += 1


async def publish(world: World, token: str) -> ResourceOpened:
    return await world.shell.open_resource(OpenResource(token=token, room="studio", sdp=SEND, publish=True))


async def test_a_removed_co_host_knocks(world: World, mock_clock: MockClock) -> None:
    room = await world.create("Ann")
    ann = await world.join(room.token)
    account = world.account("Bob")
    token = await world.enter(room, "Bob", account)
    bob = await (await world.hello(token)).come_in()
    assert await ann.ask(SetRole(id=2, participant=bob.id, role=Role.COHOST)) == Done(re=2)
    await put_out(ann, bob.id)
    with pytest.raises(ApiError, match=r"auth\.wrong"):  # not without the password
        await world.shell.enter_room(EnterRoom(room=room.room, password="", name="Bob", account=account))
    back = await world.hello(token)
    assert back.is_waiting
    await world.attended()
    assert ann.pushes(Waiters)[-1].waiters[0].participant == bob.id
    assert await ann.ask(Admit(id=3)) == Done(re=3)
    await world.pass_time(0.3)
    assert back.pushes(Admitted)
    back = await back.come_in()
    assert (await world.hello(token)).is_waiting is False


async def test_a_removed_holder_of_a_token_knocks(world: World, mock_clock: MockClock) -> None:
    ann = await world.join(create_token(world.data, "studio", "Ann", Role.HOST))
    token = create_token(world.data, "studio", "Bob", Role.COHOST)
    bob = await world.join(token)
    await put_out(ann, bob.id)
    assert isinstance((await world.hello(token)).welcome, Waiting)
    assert await ann.ask(Lock(id=2, locked=True)) == Done(re=2)
    with pytest.raises(ApiError, match="locked"):
        await world.hello(token)


async def test_the_owner_stays_the_owner(world: World, mock_clock: MockClock) -> None:
    room = await world.create("Ann")
    ann = await world.join(room.token)
    live = world.opened().rooms.get(room.room)
    await world.opened().hosting.moderation.put_out(live, live.machine.member(ann.id), "operator")
    world.wall["ns"] += 1
    assert not (await world.hello(room.token)).is_waiting


@pytest.mark.parametrize("ban", [False, True])
async def test_the_token_of_a_publisher_that_was_put_out_opens_nothing(
    world: World, mock_clock: MockClock, ban: bool
) -> None:
    ann = await world.join(create_token(world.data, "studio", "Ann", Role.HOST))
    token = create_token(world.data, "studio", "Camera 1", Role.SPEAKER)
    await publish(world, token)
    await world.pass_time(0.3)
    await put_out(ann, ann.pushes(Joined)[0].participant.id, ban=ban)
    with pytest.raises(ApiError, match=r"auth\.wrong" if ban else "removed"):
        await publish(world, token)
    if ban:
        with pytest.raises(ApiError, match=r"auth\.wrong"):
            await world.hello(token)
    else:
        assert (await world.hello(token)).is_waiting


async def test_a_publisher_let_in_again_publishes_again(world: World, mock_clock: MockClock) -> None:
    ann = await world.join(create_token(world.data, "studio", "Ann", Role.HOST))
    token = create_token(world.data, "studio", "Camera 1", Role.SPEAKER)
    await publish(world, token)
    await world.pass_time(0.3)
    await put_out(ann, ann.pushes(Joined)[0].participant.id)
    await world.hello(token)
    await world.attended()
    assert await ann.ask(Admit(id=2)) == Done(re=2)
    await publish(world, token)


async def test_a_token_that_was_renewed_goes_with_the_admission_that_is_revoked(
    world: World, mock_clock: MockClock
) -> None:
    token = create_token(world.data, "studio", "Bob", Role.SPEAKER)
    await world.join(create_token(world.data, "studio", "Ann", Role.HOST))
    bob = await world.join(token)
    renewed = await bob.ask(Renew(id=2))
    assert isinstance(renewed, Renewed)
    async with local_admin(RoomConfig(data=world.data)) as command:
        await command.revoke_token(RevokeToken(by=By(), token=bob.id))
    await world.shell.admin._opened.watch.once()
    await world.pass_time(0.3)
    for each in (token, renewed.token):
        assert await code_of(world.hello(each)) == "auth.wrong"
