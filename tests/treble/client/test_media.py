"""Sound and pictures from one Python client to another through a real server."""

import pytest
import trio

from tests.browser.clip import HEIGHT, WIDTH
from tests.treble.client.house import PATIENCE_S, hear, open_house, until
from tests.treble.client.sources import bars, tone
from treble.api import Source
from treble.client import TrebleError
from treble.client.media.session import Media


@pytest.fixture
async def house(tmp_path):
    async with open_house(tmp_path) as house:
        yield house


async def take(track, count):
    """So many decoded frames."""
    frames = []
    with trio.fail_after(PATIENCE_S), track.frames((WIDTH, HEIGHT)) as reader:
        async for frame in reader:
            frames.append(frame)
            if len(frames) == count:
                return frames
    raise AssertionError(f"the track ended after {len(frames)} frames")


@pytest.mark.parametrize("codec", ["vp8", "h264"])
async def test_sound_and_pictures_arrive_until_they_are_muted_and_the_track_ends(house, codec):
    ada = await house.found("Ada", camera=bars(), video_codec=codec)
    async with ada.joined() as room:
        bea = await house.guest("Bea")
        async with bea.joined() as other:
            host = other.find("Ada")
            await room.local_participant.set_microphone_enabled(True, tone())
            await until(lambda: host.is_camera_enabled and host.is_microphone_enabled)
            pictures = await take(host.camera, 10)
            assert room.local_participant.connection == host.connection == "connected"
            assert {(each.width, each.height) for each in pictures} == {(WIDTH, HEIGHT)}
            stamps = [each.pts for each in pictures]
            assert stamps == sorted(stamps)
            assert min(max(bytes(each.planes[0])) for each in pictures) > 200, "bars, not grey"
            sounds = await take(host.microphone, 25)
            await until(lambda: host in other.active_speakers and host.audio_level > 0)
            assert {(each.sample_rate, each.samples) for each in sounds} == {(48_000, 960)}
            assert max(abs(value) for each in sounds for value in each.to_ndarray().flat) > 4_000

            with other.listen("track_muted") as muted:
                await room.local_participant.set_camera_enabled(False)
                assert (await hear(muted))[1:] == (host.camera, host)
            with other.listen("participant_disconnected") as gone:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(room.disconnect)
                    with host.microphone.frames() as reader:
                        async for _ in reader:
                            pass
                await hear(gone)


async def test_what_is_lost_on_the_way_is_sent_again(house, monkeypatch):
    ada = await house.found("Ada", camera=bars())
    async with ada.joined():
        bea = await house.guest("Bea")
        async with bea.joined() as other:
            await take(other.find("Ada").camera, 3)
            take_rtp, count = Media._take_rtp, 0

            def lossy(self, data, now):
                nonlocal count
                count += 1
                if self is not other._peer.media or count % 7:
                    take_rtp(self, data, now)

            monkeypatch.setattr(Media, "_take_rtp", lossy)
            await take(other.find("Ada").camera, 20)
            assert count > 20


async def test_a_host_stops_a_microphone_and_it_stays_off(house):
    ada = await house.found("Ada")
    async with ada.joined() as room:
        bea = await house.guest("Bea", microphone=tone())
        async with bea.joined() as other:
            await until(lambda: room.find("Bea") and not room.find("Bea").microphone.is_muted)
            with other.listen("stopped") as heard:
                await room.meeting.stop(Source.MICROPHONE, [room.find("Bea").id])
                assert await hear(heard) == ("stopped", Source.MICROPHONE, "Ada")
            assert not other.local_participant.is_microphone_enabled
            await until(lambda: room.find("Bea").microphone.is_muted)


async def test_frames_end_and_there_is_nothing_to_send(house):
    ada = await house.found("Ada")
    async with ada.joined() as room:
        with pytest.raises(TrebleError, match=r"dev\.none"):
            await room.local_participant.set_camera_enabled(True)
        with room.listen("local_track_unpublished") as ended:
            await room.local_participant.set_camera_enabled(True, bars(3))
            assert (await hear(ended))[1].source is Source.CAMERA
        assert not room.local_participant.is_camera_enabled


async def test_a_lost_media_connection_is_replaced(house):
    ada = await house.found("Ada", microphone=tone())
    async with ada.joined() as room:
        bea = await house.guest("Bea")
        async with bea.joined() as other:
            await take(other.find("Ada").microphone, 5)
            with other.listen("reconnected") as heard:
                other._peer.media.connection._dtls.is_closed = (
                    True  # as when the media server says close_notify
                )
                await hear(heard)
            assert other.state == "connected"
            await take(
                room.remote_participants[other.local_participant.id] and other.find("Ada").microphone, 5
            )


async def test_muting_oneself_is_told_as_in_the_web_sdk(house):
    ada = await house.found("Ada", microphone=tone())
    async with ada.joined() as room:
        own, told = room.local_participant, []
        for name in ("local_track_published", "track_muted", "track_unmuted"):
            room.on(
                name, lambda track, who, name=name: told.append((name, track.source, track.is_muted, who))
            )
        await own.set_microphone_enabled(False)
        await own.set_microphone_enabled(True)
        await own.set_microphone_enabled(True)
        await own.set_camera_enabled(True, bars())
        assert told == [
            ("track_muted", Source.MICROPHONE, True, own),
            ("track_unmuted", Source.MICROPHONE, False, own),
            ("local_track_published", Source.CAMERA, False, own),
        ]
