"""A real server in the test's own loop, and people who come by the Python client."""

import socket
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass

import trio

from sfu.server import MediaShell
from signaling.gateway import GatewayShell
from signaling.room_server import RoomShell
from tests.treble.ports import HOST, free_media_port
from treble.client import Room, create_room, enter_room
from treble.config import load_config
from treble.shells import gateway_config, media_config, room_config

PATIENCE_S = 60  # nothing is measured by it: a busy machine may take its time


@dataclass
class House:
    """A server and one room in it."""

    url: str
    context: ssl.SSLContext
    room: str = ""
    password: str = ""

    async def found(self, name="Ada", *, sealed=False, **options):
        """The host of a new room, not yet in it. `sealed`: an end-to-end encrypted one."""
        wishes = {"settings": {"e2ee": True}} if sealed else {}
        made = await create_room(self.url, name, ssl_context=self.context, **wishes)
        self.room, self.password = made.room, made.password
        return Guest(self, Room(ssl_context=self.context, **options), made.token)

    async def guest(self, name, **options):
        entered = await enter_room(self.url, self.room, self.password, name, ssl_context=self.context)
        return Guest(self, Room(ssl_context=self.context, **options), entered.token)


@dataclass
class Guest:
    house: House
    room: Room
    token: str

    def joined(self):
        return self.room.joined(self.house.url, self.token)


@asynccontextmanager
async def open_house(data, defaults="open"):
    flags = {"host": HOST, "port": "0", "media_port": str(free_media_port()), "data": str(data)}
    config = load_config(None, {}, {**flags, "room_defaults": defaults})
    rooms = RoomShell(room_config(config))
    media = MediaShell(media_config(config), rooms)
    gateway = GatewayShell(gateway_config(config), rooms, rooms.accounts, rooms.admin)
    rooms.media, rooms.gateway = media, gateway
    async with trio.open_nursery() as nursery:
        for shell in (rooms, media, gateway):
            await nursery.start(shell.run)
        context = ssl.create_default_context(cafile=gateway.authority_path)
        with trio.fail_after(2 * PATIENCE_S):
            yield House(f"https://{HOST}:{gateway.port}", context)
        nursery.cancel_scope.cancel()


async def cut(room):
    """The socket's connection goes, as when a network does; until there is another one."""
    with room.listen("reconnected") as heard:
        room._signal._socket._stream.transport_stream.socket.shutdown(socket.SHUT_RDWR)
        await hear(heard)


async def until(condition):
    with trio.fail_after(PATIENCE_S):
        while not condition():  # noqa: ASYNC110
            await trio.sleep(0.01)


async def hear(inbox, condition=lambda *_: True):
    """The next event that is so."""
    with trio.fail_after(PATIENCE_S):
        async for name, *arguments in inbox:
            if condition(*arguments):
                return name, *arguments
    raise AssertionError("nothing more is heard")
