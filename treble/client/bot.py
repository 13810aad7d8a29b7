"""`python -m treble.client.bot LINK FILE`: a guest that plays a file, greets in the chat, and leaves at the file's end.

It is an example too: all it does is what `treble.client` offers.
"""

import argparse
import signal
import ssl
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import trio

from treble.client import (
    MediaFile,
    RemoteParticipant,
    RemoteTrack,
    Room,
    TrebleError,
    enter_room,
    read_invitation,
)
from treble.client.link import Invitation
from treble.commands.bot import add_arguments

FAILED: Final = 2
TELL_S: Final = 1.0


@dataclass
class Bot:
    """`watch`: decode what the others send, and say each second how much that was."""

    invitation: Invitation
    file: MediaFile
    name: str
    say: str = ""
    watch: bool = False
    video_codec: str = "vp8"
    ssl_context: ssl.SSLContext | None = None

    async def run(self) -> None:
        """Until the file's end, or Ctrl-C."""
        with trio.CancelScope() as scope:
            trio.lowlevel.spawn_system_task(_cancel_on_interrupt, scope)
            await self._attend()

    async def _attend(self) -> None:
        server, room_id, password, secret = self.invitation
        entered = await enter_room(server, room_id, password, self.name, ssl_context=self.ssl_context)
        room = Room(video_codec=self.video_codec, secret=secret, ssl_context=self.ssl_context)
        room.on("waiting", lambda reason, _: print(f"waiting: {reason}", flush=True))
        async with room.joined(server, entered.token), trio.open_nursery() as nursery:
            print(f"joined {room.name}", flush=True)
            if self.watch:
                Watch(room, nursery).begin()
            if self.say:
                await room.chat.say(self.say)
            nursery.start_soon(self._play, room, nursery.cancel_scope)
            reason = await room.wait_disconnected()
            print(f"over: {reason.code}", flush=True)
            nursery.cancel_scope.cancel()

    async def _play(self, room: Room, scope: trio.CancelScope) -> None:
        playing = {track for track in (self.file.audio, self.file.video) if track}
        with room.listen("local_track_unpublished") as ended:
            if self.file.audio:
                await room.local_participant.set_microphone_enabled(True, self.file.audio)
            if self.file.video:
                await room.local_participant.set_camera_enabled(True, self.file.video)
            for _ in playing:
                await anext(ended)
        print("played", flush=True)
        scope.cancel()


async def _cancel_on_interrupt(scope: trio.CancelScope) -> None:
    """A `KeyboardInterrupt` may be raised in a callback of C code, which loses it."""
    with trio.open_signal_receiver(signal.SIGINT) as signals:
        await anext(signals)
    scope.cancel()


class Watch:
    """Reads everybody's camera and microphone."""

    def __init__(self, room: Room, nursery: trio.Nursery) -> None:
        self._room, self._nursery = room, nursery
        self._pictures: Counter[str] = Counter()
        self._samples: Counter[str] = Counter()

    def begin(self) -> None:
        self._room.on("participant_connected", self._follow)
        for participant in self._room.remote_participants.values():
            self._follow(participant)
        self._nursery.start_soon(self._tell)

    def _follow(self, participant: RemoteParticipant) -> None:
        self._nursery.start_soon(self._look, participant.name, participant.camera)
        self._nursery.start_soon(self._hear, participant.name, participant.microphone)

    async def _look(self, name: str, track: RemoteTrack) -> None:
        async for _ in track:
            self._pictures[name] += 1

    async def _hear(self, name: str, track: RemoteTrack) -> None:
        async for frame in track:
            self._samples[name] += frame.samples

    async def _tell(self) -> None:
        while True:
            await trio.sleep(TELL_S)
            for name in sorted({*self._pictures, *self._samples}):
                seconds = self._samples[name] / 48_000
                print(f"{name}: {self._pictures[name]} pictures, {seconds:.1f} s of sound", flush=True)


def run(given: argparse.Namespace) -> int:
    try:
        bot = Bot(
            read_invitation(given.link),
            MediaFile(given.file, loop=given.loop),
            given.name,
            given.say,
            given.watch,
            given.codec,
            _context(given),
        )
        trio.run(bot.run)
    except KeyboardInterrupt:
        pass  # before it has begun, or a second time
    except (TrebleError, ValueError, OSError) as error:
        print(f"bot: {error}", file=sys.stderr)
        return FAILED
    return 0


def _context(given: argparse.Namespace) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=given.ca)
    if given.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m treble.client.bot", description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
