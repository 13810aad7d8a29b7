"""The Python client against a real server: the roster, the chat, the door, and sockets that are lost."""

import pytest
import trio
import trio.testing

from signaling.messages import Speakers
from tests.treble.client.house import cut, hear, open_house, until
from treble.api import Role, Speaker
from treble.client import Room, TrebleError, enter_room, read_invitation


@pytest.fixture
async def house(tmp_path):
    async with open_house(tmp_path) as house:
        yield house


async def test_people_see_each_other_come_rise_their_hand_and_go(house):
    ada = await house.found("Ada", media=False)
    async with ada.joined() as room:
        assert (room.state, room.name, room.local_participant.role) == ("connected", house.room, Role.HOST)
        with room.listen("participant_connected", "participant_changed", "participant_disconnected") as heard:
            bea = await house.guest("Bea", media=False)
            async with bea.joined() as other:
                name, participant = await hear(heard)
                assert (name, participant.name, participant.guest) == ("participant_connected", "Bea", True)
                assert other.find("Ada").role is Role.HOST
                await other.meeting.raise_hand()
                await hear(heard, lambda *told: told[0].hand is not None)
            name, participant, reason = await hear(heard, lambda *told: len(told) == 2)
            assert (name, participant.name, reason) == ("participant_disconnected", "Bea", "left")
        assert room.remote_participants == {}
    assert room.state == "disconnected"
    assert (await room.wait_disconnected()).code == "left"


async def test_refusals_have_codes(house):
    await house.found()
    with pytest.raises(TrebleError) as refused:
        await enter_room(house.url, house.room, "wrong", "Bea", ssl_context=house.context)
    assert refused.value.code == "auth.wrong"
    with pytest.raises(TrebleError) as refused:
        async with Room.connect(house.url, "no-token", ssl_context=house.context):
            raise AssertionError("let in")
    assert refused.value.code.startswith("auth.")
    with pytest.raises(ValueError, match="not an invitation"):
        read_invitation("http://host/r/room")
    assert read_invitation("https://host:8443/r/a%20b?x#p-w") == ("https://host:8443", "a b", "p-w", "")
    assert read_invitation("https://host/r/room#p%23w&e2ee=a%2Fs")[2:] == ("p#w", "a/s")


async def test_what_goes_wrong_in_the_block_comes_out_as_it_is(house):
    ada = await house.found(media=False)
    with pytest.raises(ZeroDivisionError):
        async with ada.joined():
            raise ZeroDivisionError
    with pytest.raises(ValueError, match="no event"):
        ada.room.on("participantConnected", print)


async def test_chat_is_written_edited_answered_and_erased(house):
    ada = await house.found("Ada", media=False)
    async with ada.joined() as room:
        before = await room.chat.say("before Bea came")
        bea = await house.guest("Bea", media=False)
        async with bea.joined() as other:
            with other.listen("chat_message") as heard:
                said = await room.chat.say("Hello", to=other.local_participant.id)
                _, message = await hear(heard)
            assert (message.text, message.seq, message.name) == ("Hello", said.seq, "Ada")
            await other.chat.react(said.seq, "👍")
            await room.chat.edit(said.seq, "Hello, Bea")
            await until(lambda: other.chat.messages[-1].text == "Hello, Bea")
            await until(lambda: other.chat.messages[-1].reactions)
            with pytest.raises(TrebleError):
                await other.chat.edit(said.seq, "not mine")
            assert not await other.chat.load_earlier()
            assert [each.seq for each in other.chat.messages] == [before.seq, said.seq]
            await room.chat.erase(said.seq)
            await until(lambda: other.chat.messages[-1].erased)


async def test_a_program_that_answers_each_message_does_not_answer_itself(house):
    ada = await house.found("Ada", media=False)
    async with ada.joined() as room:
        bea = await house.guest("Bea", media=False)
        async with bea.joined() as other:
            with other.listen("chat_message") as heard, other.listen("chat_changed") as changed:
                await other.chat.say("mine")
                await hear(changed)  # its echo is here
                assert [each.text for each in other.chat.messages] == ["mine"]
                await room.chat.say("yours")
                assert (await hear(heard))[1].text == "yours"


async def test_connected_is_told_once_per_entry(house):
    ada = await house.found("Ada", media=False)
    told = []
    for name in ("connected", "reconnected"):
        ada.room.on(name, lambda name=name: told.append((name, ada.room.state)))
    async with ada.joined() as room:
        assert told == [("connected", "connected")]
        await cut(room)
        assert told == [("connected", "connected"), ("reconnected", "connected")]


@pytest.mark.parametrize("how", ["an error", "a cancelled task"])
async def test_the_others_see_at_once_that_a_block_has_gone_wrong(house, how):
    ada = await house.found("Ada", media=False)
    async with ada.joined() as room:
        bea = await house.guest("Bea", media=False)

        async def come(end):
            async with bea.joined():
                await until(lambda: room.find("Bea"))  # who comes and goes in a moment is not told of
                await end()

        async def fail():
            raise ZeroDivisionError

        with room.listen("participant_disconnected") as heard:
            if how == "an error":
                with pytest.raises(ZeroDivisionError):
                    await come(fail)
            else:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(come, trio.sleep_forever)
                    await until(lambda: room.find("Bea"))
                    nursery.cancel_scope.cancel()
            _, gone, reason = await hear(heard)
        assert (gone.name, reason) == ("Bea", "left")  # not "lost", half a minute later
        assert (bea.room.state, bea.room.server) == ("disconnected", house.url)


async def test_a_room_is_joined_once(house):
    ada = await house.found(media=False)
    async with ada.joined():
        pass
    with pytest.raises(TrebleError, match="used"):
        async with ada.joined():
            raise AssertionError("joined again")


async def test_reactions_and_names_as_in_the_web_sdk(house):
    ada = await house.found("Ada", media=False)
    async with ada.joined() as room:
        own = room.local_participant
        with room.listen("emoted") as heard:
            await room.meeting.emote("🎉")
            _, [emotion] = await hear(heard)
            assert (emotion.participant, emotion.emoji) == (own.id, "🎉")
        assert not await own.set_name("Ada Lovelace")
        await room.meeting.raise_hand()
        await until(lambda: own.name == "Ada Lovelace" and own.hand is not None)
        await room.meeting.raise_hand(False)
        await until(lambda: own.hand is None)
        with pytest.raises(TrebleError):
            await room.meeting.set_picture("none of hers")
        room.on_push(Speakers(speakers=[Speaker(participant=own.id, level=0)]))
        assert (own.audio_level, own.is_speaking) == (1.0, True)
        room.on_push(Speakers(speakers=[]))
        assert (own.audio_level, own.is_speaking, own.connection) == (0.0, False, "joining"), "without media"


async def test_captions_are_started_said_and_read(house):
    ada = await house.found("Ada", media=False)
    async with ada.joined() as room:
        with pytest.raises(TrebleError, match=r"captions\.off"):
            await room.captions.say("too early")
        bea = await house.guest("Bea", media=False)
        async with bea.joined() as other:
            await room.captions.start("en")
            await until(lambda: other.captions.language == "en")
            with pytest.raises(TrebleError, match="forbidden"):
                await other.captions.say("not allowed")
            await other.captions.want()
            with other.listen("transcription_received") as heard:
                key = await room.captions.say("Good mor", participant=other.local_participant.id, final=False)
                _, [begun], speaker = await hear(heard)
                await room.captions.say("Good morning.", participant=speaker.id, key=key)
                _, [line], _ = await hear(heard)
            assert speaker is other.local_participant
            assert (begun.text, begun.final, line.text, line.final) == (
                "Good mor",
                False,
                "Good morning.",
                True,
            )
            assert (line.id, line.language, line.by) == (begun.id, "en", room.local_participant.id)
            await room.captions.stop()
            await until(lambda: other.captions.language is None)


async def test_every_message_is_said_once_over_sockets_that_are_lost(house):
    ada = await house.found("Ada", media=False)
    async with ada.joined() as room:
        bea = await house.guest("Bea", media=False)
        async with bea.joined() as other:
            texts = [f"message {number}" for number in range(8)]  # no more at once than people may say
            async with trio.open_nursery() as nursery:
                for index, text in enumerate(texts):
                    nursery.start_soon(other.chat.say, text)
                    if index in (2, 5):  # while answers are on their way
                        await trio.testing.wait_all_tasks_blocked()
                        await cut(other)
            await until(lambda: len(room.chat.messages) >= len(texts))
            await cut(room)
            await room.chat.say("the last")
            for each in (room, other):
                await until(lambda one=each: one.chat.messages[-1].text == "the last")
            assert sorted(each.text for each in room.chat.messages) == sorted([*texts, "the last"])
            assert [each.seq for each in other.chat.messages] == [each.seq for each in room.chat.messages]


async def test_a_knock_is_answered(tmp_path):
    async with open_house(tmp_path, "safe") as house:
        ada = await house.found("Ada", media=False)
        bea = await house.guest("Bea", media=False)
        cleo = await house.guest("Cleo", media=False)
        is_in = trio.Event()
        connected = []
        bea.room.on("connected", lambda: connected.append(bea.room.state))
        with bea.room.listen("waiting") as bea_waits, cleo.room.listen("refused") as refused:

            async def come(guest):
                async with guest.joined() as room:
                    assert room.find("Ada")
                    is_in.set()
                    await trio.sleep_forever()

            async with trio.open_nursery() as nursery:
                nursery.start_soon(come, bea)
                assert (await hear(bea_waits))[1] == "host"
                async with ada.joined() as room:
                    assert (await hear(bea_waits))[1] == "knock"
                    nursery.start_soon(come, cleo)
                    await until(lambda: len(room.meeting.waiters) == 2)
                    waiters = {waiter.name: waiter.participant for waiter in room.meeting.waiters}
                    await room.meeting.refuse([waiters["Cleo"]])
                    assert (await hear(refused))[1] > 0, "seconds until she may knock again"
                    assert cleo.room.state == "waiting"
                    assert connected == []
                    await room.meeting.admit([waiters["Bea"]])
                    await is_in.wait()
                    assert connected == ["connected"]
                    await until(lambda: room.find("Bea"))
                    assert room.find("Cleo") is None
                nursery.cancel_scope.cancel()


async def test_whoever_is_removed_learns_why(house):
    ada = await house.found("Ada", media=False)
    async with ada.joined() as room:
        bea = await house.guest("Bea", media=False)
        async with bea.joined() as other:
            await until(lambda: room.find("Bea"))
            await room.meeting.remove(room.find("Bea").id)
            assert (await other.wait_disconnected()).code == "removed"
            with pytest.raises(TrebleError) as refused:
                await other.chat.say("still here")
            assert refused.value.code == "closed"
            assert [event async for event in _all(other)] == []


async def _all(room):
    with room.listen("chat_message") as heard:
        async for event in heard:
            yield event
