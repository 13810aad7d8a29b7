"""The Python client in an end-to-end encrypted meeting with a real browser: both read each other, or nothing is sent."""

import ssl
from typing import Any

import pytest
import trio

from tests.browser.chromium import OpenChromium
from tests.browser.clip import HEIGHT, WIDTH
from tests.browser.person import Person
from tests.browser.sealed import safety_code, start_sealed
from tests.browser.server import Server
from tests.treble.client.house import until
from tests.treble.client.sources import bars, tone
from treble.client import RemoteTrack, Room, TrebleError, enter_room, read_invitation

pytestmark = pytest.mark.browser

SECONDS = 60  # of patience on a busy machine
LOUD = 1_000  # of 32,768: the browser's beeps, no noise of frames that were not decrypted


async def take(track: RemoteTrack, count: int) -> list[Any]:
    frames: list[Any] = []
    with trio.fail_after(SECONDS), track.frames() as reader:
        async for frame in reader:
            frames.append(frame)
            if len(frames) == count:
                break
    return frames


async def loudest(track: RemoteTrack) -> None:
    """Until something is heard."""
    with trio.fail_after(SECONDS), track.frames() as reader:
        async for frame in reader:
            if abs(frame.to_ndarray().astype(int)).max() > LOUD:
                return


async def test_a_program_and_a_browser_read_each_other_and_without_the_secret_nothing_is_sent(
    server: Server, open_chromium: OpenChromium
) -> None:
    ada = await start_sealed(await open_chromium("ada"), server, "Ada")
    url, room_id, password, secret = read_invitation(await ada.invitation())
    context = ssl.create_default_context(cafile=str(server.data / "ca" / "ca.pem"))
    entered = await enter_room(url, room_id, password, "Pip", ssl_context=context)
    room = Room(camera=bars(), ssl_context=context)
    with room.listen("withheld") as withheld:
        async with room.joined(url, entered.token):
            assert await anext(withheld) == ("withheld", "camera", "e2ee.secret")
            assert room.encryption.state == "needs-secret"
            with pytest.raises(TrebleError, match=r"e2ee=.*passphrase") as refused:
                await room.local_participant.set_microphone_enabled(True, tone())
            assert refused.value.code == "e2ee.secret"
            await ada.until("treble.room.remoteParticipants.size === 1")

            room.encryption.set_secret(secret)
            await room.local_participant.set_microphone_enabled(True, tone())
            await room.local_participant.set_camera_enabled(True)
            await ada.sees("Pip", frames=20, seconds=SECONDS)
            await ada.sees_size("Pip", WIDTH, HEIGHT, SECONDS)
            await reads(room, ada)


async def reads(room: Room, ada: Person) -> None:
    participant = room.find("Ada")
    assert participant is not None
    await until(lambda: room.encryption.of(participant.id) == "verified")
    pictures = await take(participant.camera, 10)
    green = bytes(pictures[-1].reformat(format="rgb24", width=16, height=16).planes[0])[1::3]
    assert min(green) > 100, "the green of Chromium's camera, not noise"
    await loudest(participant.microphone)
    assert await room.encryption.safety_code() == await safety_code(ada, 1)
