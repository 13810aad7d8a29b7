"""End-to-end encrypted rooms among Python clients: who sends, who reads, and what is said where nothing can be sent."""

import msgspec
import pytest
import trio

from tests.browser.clip import make_clip
from tests.treble.client.house import PATIENCE_S, hear, open_house, until
from tests.treble.client.sources import bars, tone
from treble.api import Source
from treble.client import MediaFile, TrebleError
from treble.client.bot import Bot
from treble.client.link import Invitation

SECRET = "a secret of this room"


@pytest.fixture
async def house(tmp_path):
    async with open_house(tmp_path) as house:
        yield house


async def take(track, count):
    with trio.fail_after(PATIENCE_S), track.frames() as reader:
        for _ in range(count):
            await anext(reader)


async def test_sound_and_pictures_are_read_by_who_has_the_secret_and_by_nobody_else(house):
    ada = await house.found(
        "Ada", sealed=True, camera=bars(), microphone=tone(), secret=SECRET, video_codec="h264"
    )
    async with ada.joined() as host:
        bea, cyd = await house.guest("Bea", secret=SECRET), await house.guest("Cyd", secret="a guess")
        async with bea.joined() as reader, cyd.joined() as stranger:
            await take(reader.find("Ada").camera, 3)
            await take(reader.find("Ada").microphone, 25)
            host_id = host.local_participant.id
            await until(lambda: reader.encryption.of(host_id) == "verified")
            await until(lambda: host.encryption.of(stranger.local_participant.id) == "other-key")
            assert await host.encryption.safety_code() == await reader.encryption.safety_code()
            async with trio.open_nursery() as nursery:
                with stranger.find("Ada").microphone.frames() as frames:
                    nursery.start_soon(anext, frames)
                    await until(lambda: stranger.encryption.fails(host_id, Source.MICROPHONE))
                    assert stranger.encryption.dropped > 0
                    nursery.cancel_scope.cancel()


class Microphone:
    """Counts what it has given."""

    def __init__(self):
        self.given = 0

    async def __aiter__(self):
        async for sound in tone():
            self.given += 1
            yield sound


async def test_who_has_the_secret_sends_nothing_in_clear_unless_it_agrees(house):
    microphone = Microphone()
    ada = await house.found("Ada", sealed=True, microphone=microphone, secret=SECRET)
    async with ada.joined() as host:
        bea = await house.guest("Bea", secret=SECRET)
        async with bea.joined() as reader:
            await take(reader.find("Ada").microphone, 25)
            settings = host.meeting.about.settings
            with host.listen("encryption_changed") as changed:
                await host.meeting.configure(msgspec.structs.replace(settings, e2ee=False), "")
                await hear(changed, lambda: host.encryption.state == "alone")
            with pytest.raises(TrebleError, match="go_without") as refused:
                await host.local_participant.set_microphone_enabled(True)
            assert refused.value.code == "e2ee.alone"
            given, track = microphone.given, host.local_participant.track(Source.MICROPHONE)
            await until(lambda: microphone.given > given + 1)  # the one before is sent
            sent = track.frames_sent
            reader.encryption.go_without()
            await until(lambda: microphone.given > given + 15)
            assert track.frames_sent == sent
            host.encryption.go_without()
            await take(reader.find("Ada").microphone, 25)

            await host.meeting.configure(msgspec.structs.replace(settings, e2ee=True), "")
            await until(lambda: host.encryption.state == reader.encryption.state == "on")
            await take(reader.find("Ada").microphone, 25)
            assert reader.encryption.is_on


async def test_who_came_while_the_room_was_in_clear_gets_and_gives_keys_when_it_is_encrypted_again(house):
    ada = await house.found("Ada", sealed=True, microphone=tone(), secret=SECRET)
    async with ada.joined() as host:
        settings = host.meeting.about.settings
        await host.meeting.configure(msgspec.structs.replace(settings, e2ee=False), "")
        await until(lambda: host.encryption.state == "alone")
        host.encryption.go_without()
        bea = await house.guest("Bea", secret=SECRET)
        async with bea.joined() as guest:
            guest.encryption.go_without()
            await take(guest.find("Ada").microphone, 5)
            await host.meeting.configure(msgspec.structs.replace(settings, e2ee=True), "")
            await until(lambda: host.encryption.state == guest.encryption.state == "on")
            await guest.local_participant.set_microphone_enabled(True, tone())
            await take(guest.find("Ada").microphone, 25)
            await take(host.find("Bea").microphone, 25)


async def test_a_bot_without_the_secret_says_what_it_lacks(house, tmp_path):
    ada = await house.found("Ada", sealed=True, media=False)
    clip = await trio.to_thread.run_sync(make_clip, tmp_path / "clip.mp4", 1)
    invitation = Invitation(house.url, house.room, house.password)
    async with ada.joined():
        bot = Bot(invitation, MediaFile(clip), "Bot", ssl_context=house.context)
        with pytest.raises(TrebleError, match="end-to-end encrypted: give the secret"):
            await bot.run()
