"""Sessions on WebSockets: hello, requests, pushes, and each way a socket ends."""

import pytest
import trio
import trio.testing
from trio_websocket import ConnectionRejected

from signaling import session_socket, web_socket_stream
from signaling.messages import (
    MAX_MESSAGE_BYTES,
    Changed,
    Done,
    Ended,
    Hello,
    Leave,
    Mute,
    Offer,
    Participant,
    Ping,
    Slots,
    Speakers,
    View,
    encode,
)
from signaling.send_queue import MAX_QUEUED
from signaling.session_socket import MAX_BAD_MESSAGES, MAX_HELLO_BYTES, REQUEST_BURST
from signaling.web_socket_stream import MAX_AT_ONCE
from tests.signaling.gateway_world import (
    HUNG_SECONDS,
    closed_with,
    exchange,
    hear,
    hear_failed,
    say,
    until,
    world,
)
from treble.api import ApiError, Deliver, EndSession, OpenSession, Role, SessionRequest, SlotState, Source


@pytest.fixture
async def server(tmp_path):
    async with world(tmp_path) as served:
        yield served


async def lost(server, session):
    with trio.fail_after(HUNG_SECONDS):
        await server.rooms.lost[session].wait()


async def deaf_session(server):
    """A Session whose client never reads."""
    raw = await server.raw()
    await raw.send_all(
        b"GET /ws HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        b"Sec-WebSocket-Protocol: treble.v1\r\n\r\n"
    )
    hello = encode(Hello(id=1, token="good"))
    await raw.send_all(bytes((0x81, 0x80 | len(hello), 0, 0, 0, 0)) + hello)


# --- the door -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": ""}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "https://evil.test"}, 403),
        ({"origin": "", "authorization": "Basic abc"}, 403),
        ({"origin": "", "cookie": "session=abc"}, 403),
        ({"origin": "", "authorization": "Bearer abc"}, None),
        ({"origin": "https://meet.example.org"}, None),
        ({}, None),
    ],
)
async def test_origins(tmp_path, headers, status):
    async with world(tmp_path, origins=("https://meet.example.org",)) as served:
        if status is None:
            assert (await served.socket(**headers)).subprotocol == "treble.v1"
        else:
            with pytest.raises(ExceptionGroup) as caught:
                async with trio.open_nursery() as served.nursery:
                    await served.socket(**headers)
            assert caught.group_contains(ConnectionRejected)
            assert served.gateway.counters.get("sockets refused", "origin") == 1
        await served.is_well()


async def test_no_compression_is_agreed_to(server):
    socket = await server.socket(**{"sec-websocket-extensions": "permessage-deflate"})
    assert not [name for name, _ in socket.handshake_headers if name == b"sec-websocket-extensions"]


async def test_too_many_sockets_of_an_address_are_told_to_wait(tmp_path):
    async with world(tmp_path, requests_per_minute=2) as served:
        await served.socket()
        await served.socket()
        with pytest.raises(ExceptionGroup):
            async with trio.open_nursery() as served.nursery:
                await served.socket()
        assert served.gateway.counters.get("sockets refused", "rate") == 1


# --- hello ----------------------------------------------------------------------------------------------------


async def test_hello_opens_a_session_and_is_answered_by_the_welcome(server):
    socket = await server.socket()
    await say(socket, Hello(id=7, token="good", resume="old"))
    welcome = await hear(socket)
    assert (welcome.re, welcome.session) == (7, "s1")
    assert server.rooms.said == [
        OpenSession(gateway="", token="good", resume="old", address="127.0.0.1", re=7)
    ]


async def test_a_refused_hello_says_why_and_closes(server):
    socket = await server.socket()
    await say(socket, Hello(id=7, token="bad"))
    failed = await hear_failed(socket)
    assert (failed.re, failed.code) == (7, "auth.wrong")
    assert await closed_with(socket) == 1008


@pytest.mark.parametrize(
    ("sent", "re"),
    [
        (encode(Ping(id=3)).decode(), 3),
        ('{"type": "hello", "id": 4, "token": 5}', 4),
        ("no JSON", 0),
        ('{"id": -1}', 0),
        (b"\xff\xfe", 0),
        ("[" * 5000, 0),
    ],
)
async def test_another_first_message_is_refused(server, sent, re):
    socket = await server.socket()
    await socket.send_message(sent)
    failed = await hear_failed(socket)
    assert (failed.re, failed.code) == (re, "bad.message")
    assert await closed_with(socket) == 1008
    assert server.rooms.said == []


async def test_a_hello_that_does_not_come_ends_the_socket(server, monkeypatch):
    monkeypatch.setattr(session_socket, "HELLO_SECONDS", 0.1)
    socket = await server.socket()
    assert (await hear_failed(socket)).detail == "no hello within 5 s"
    assert await closed_with(socket) == 1008


async def test_a_stranger_may_send_small_messages_only(server):
    socket = await server.socket()
    await say(socket, Hello(id=1, token="x" * MAX_HELLO_BYTES))
    assert await closed_with(socket) == 1009


async def test_pushes_that_overtake_the_welcome_come_after_it(server):
    async def push(session):
        await server.gateway.deliver(Deliver(sessions=[session], message=encode(Slots(slots=[]))))

    server.rooms.on_open = push
    socket = await server.session()
    assert isinstance(await hear(socket), Slots)


# --- requests -------------------------------------------------------------------------------------------------


async def test_requests_are_answered_once_and_in_order(server):
    socket = await server.session()
    asked = [
        Offer(id=2, sdp="v=0"),
        View(id=3, tiles=[]),
        Mute(id=4, source=Source.CAMERA, muted=True),
        Ping(id=5),
        View(id=6, tiles=[]),
    ]
    for request in asked:
        await say(socket, request)
    assert [(await hear(socket)).re for _ in asked] == [2, 3, 4, 5, 6]
    carried = [each for each in server.rooms.said if isinstance(each, SessionRequest)]
    assert [each.message for each in carried] == [
        encode(each) for each in asked if not isinstance(each, Ping)
    ]


async def test_a_refusal_is_a_failed_with_its_code(server):
    socket = await server.session()
    server.rooms.failure = ApiError("full", "no room", retry_after=2.5)
    await say(socket, Offer(id=2, sdp="v=0"))
    failed = await hear_failed(socket)
    assert (failed.re, failed.code, failed.detail, failed.retry_after) == (2, "full", "no room", 2.5)


async def test_a_failing_room_server_fails_the_request_and_not_the_socket(server):
    socket = await server.session()
    server.rooms.failure = KeyError("a bug")
    await say(socket, Offer(id=2, sdp="v=0"))
    failed = await hear_failed(socket)
    assert (failed.code, failed.detail) == ("server.error", "")  # nothing of the bug is told
    server.rooms.failure = None
    await say(socket, View(id=3, tiles=[]))
    assert await hear(socket) == Done(re=3)


async def test_a_silent_room_server_is_busy(server, monkeypatch):
    socket = await server.session()
    monkeypatch.setattr(session_socket, "REQUEST_SECONDS", 0.05)
    server.rooms.gate = trio.Event()
    await say(socket, Offer(id=2, sdp="v=0"))
    assert (await hear_failed(socket)).code == "busy"


async def test_leave_is_answered_and_closes_without_a_loss(server):
    socket = await server.session()
    await say(socket, Leave(id=2))
    assert await hear(socket) == Done(re=2)
    assert await closed_with(socket) == 1000
    assert not server.rooms.lost["s1"].is_set()


# --- bad and too much -----------------------------------------------------------------------------------------


async def test_a_bad_message_is_told_where_it_is_wrong(server):
    socket = await server.session()
    await socket.send_message('{"type": "view", "id": 9, "tiles": [{"participant": "p", "width": -1}]}')
    failed = await hear_failed(socket)
    assert (failed.re, failed.code) == (9, "bad.message")
    assert "$.tiles[0].width" in failed.detail
    await say(socket, Hello(id=10, token="again"))
    assert (await hear_failed(socket)).re == 10
    await say(socket, Ping(id=11))
    assert await hear(socket) == Done(re=11)


async def test_too_many_bad_messages_end_the_socket(server):
    socket = await server.session()
    for _ in range(MAX_BAD_MESSAGES + 1):
        await socket.send_message("{}")
    codes = [(await hear_failed(socket)).code for _ in range(MAX_BAD_MESSAGES + 1)]
    assert set(codes) == {"bad.message"}
    assert await closed_with(socket) == 1008
    await lost(server, "s1")


async def test_requests_beyond_the_rate_are_refused_with_the_time_to_wait(server, monkeypatch):
    monkeypatch.setattr(session_socket, "REQUESTS_PER_SECOND", 0.001)  # none is earned meanwhile
    socket = await server.session()
    for number in range(REQUEST_BURST + 10):
        await say(socket, Ping(id=number))
    answers = [await hear(socket) for _ in range(REQUEST_BURST + 10)]
    refused = [answer for answer in answers if not isinstance(answer, Done)]
    assert [answer.re for answer in refused] == [REQUEST_BURST + number for number in range(10)]
    assert {(answer.code, 900 < answer.retry_after <= 1000) for answer in refused} == {("slow", True)}


async def test_who_never_slows_down_is_sent_away(server, monkeypatch):
    monkeypatch.setattr(session_socket, "MAX_OVER_RATE", 10)
    socket = await server.session()
    try:
        for number in range(400):
            await say(socket, Ping(id=number))
    except Exception:
        pass
    assert await closed_with(socket) == 1008


async def test_a_message_over_the_limit_is_too_big(server):
    socket = await server.session()
    try:
        await socket.send_message("x" * (MAX_MESSAGE_BYTES + 1))
    except Exception:
        pass
    assert await closed_with(socket) == 1009
    await lost(server, "s1")
    await server.is_well()


async def test_a_big_offer_within_the_limit_passes(server):
    socket = await server.session()
    await say(socket, Offer(id=2, sdp="v=0\r\n" + "a=x\r\n" * 60_000))
    assert await hear(socket) == Done(re=2)


async def test_a_flood_of_pings_ends_the_socket(server):
    socket = await server.session()
    try:
        for _ in range(50):
            await socket.pong(b"unasked")
    except Exception:
        pass
    assert await closed_with(socket) == 1008


@pytest.mark.parametrize(
    "frames",
    [
        b"\x83\x80\0\0\0\0",  # a reserved opcode
        b"\xf1\x80\0\0\0\0",  # reserved bits
        b"\x81\x01x",  # not masked
        b"\x80\x80\0\0\0\0",  # a continuation of nothing
        b"\x89\xfe\x01\x00" + bytes(4 + 256),  # a long ping
        b"\x81\x81\0\0\0\0\xff",  # no UTF-8
        b"\x88\x81\0\0\0\0x",  # a close frame of one byte
        bytes(range(200, 256)),
    ],
)
async def test_garbage_frames_end_one_socket(server, frames):
    socket = await server.session()
    await socket._stream.send_all(frames)  # what the client library would never send
    await closed_with(socket)
    await lost(server, "s1")
    await server.is_well()
    assert not server.gateway.counters.get("connections failed", "LocalProtocolError")


# --- pushes ---------------------------------------------------------------------------------------------------


async def test_one_push_reaches_many_and_nobody_else(server):
    sockets = [await server.session() for _ in range(3)]
    await server.gateway.deliver(
        Deliver(sessions=["s1", "s3", "unknown"], message=encode(Speakers(speakers=[])))
    )
    await server.gateway.deliver(Deliver(sessions=["s2"], message=encode(Slots(slots=[]))))
    assert [type(await hear(socket)) for socket in sockets] == [Speakers, Slots, Speakers]


async def test_the_room_server_ends_a_session_with_its_last_words(server):
    socket = await server.session()
    await server.gateway.end_session(
        EndSession(session="s1", code=4001, message=encode(Ended(reason="removed")))
    )
    assert await hear(socket) == Ended(reason="removed")
    assert await closed_with(socket) == 4001
    assert not server.rooms.lost["s1"].is_set()


def person(number):
    """Too large to be written at once: pushes of it wait for the writer."""
    return Participant(
        id=f"p{number}",
        name="n" * MAX_AT_ONCE,
        role=Role.SPEAKER,
        guest=True,
        connection="joining",
        tracks=[],
    )


async def test_a_reader_who_is_too_slow_gets_the_latest_state(server):
    """The writer does not run between these pushes, so they all wait."""
    socket = await server.session()
    await server.gateway.deliver(Deliver(sessions=["s1"], message=encode(Changed(participant=person(1)))))
    for number in range(5 * MAX_QUEUED):
        message = encode(Slots(slots=[SlotState(slot=number)]))
        await server.gateway.deliver(Deliver(sessions=["s1"], message=message))
    assert isinstance(await hear(socket), Changed)
    slots = await hear(socket)
    while slots.slots[0].slot != 5 * MAX_QUEUED - 1:
        slots = await hear(socket)


async def test_a_full_queue_closes_with_1013_and_the_session_may_resume(server):
    socket = await server.session()
    for number in range(MAX_QUEUED + 1):
        await server.gateway.deliver(
            Deliver(sessions=["s1"], message=encode(Changed(participant=person(number))))
        )
    assert await closed_with(socket) == 1013
    await lost(server, "s1")
    assert server.gateway.counters.get("sockets closed", "queue full") == 1


async def test_a_reader_who_takes_nothing_is_cut_off(server, monkeypatch):
    monkeypatch.setattr("signaling.web_socket_stream.SEND_SECONDS", 0.2)
    await deaf_session(server)
    await until(lambda: server.rooms.sessions)
    big = encode(Ended(reason="x" * 400_000))
    with trio.fail_after(HUNG_SECONDS):
        while not server.rooms.lost["s1"].is_set():
            await server.gateway.deliver(Deliver(sessions=["s1"], message=big))
            await trio.sleep(0.05)
    await server.is_well()


# --- the ways out ---------------------------------------------------------------------------------------------


async def test_a_lost_socket_is_told_to_the_room_server(server):
    socket = await server.session()
    await trio.aclose_forcefully(socket._stream)
    await lost(server, "s1")


async def test_a_socket_that_dies_silently_is_found_by_pings(server, monkeypatch):
    monkeypatch.setattr(session_socket, "PING_SECONDS", 0.1)
    monkeypatch.setattr(session_socket, "PONG_SECONDS", 6)  # enough for who answers, also on a busy machine
    await server.session()
    await deaf_session(server)
    await until(lambda: len(server.rooms.sessions) == 2)
    await lost(server, "s2")
    assert not server.rooms.lost["s1"].is_set()  # whose client answers


async def test_only_who_is_silent_is_pinged(server, monkeypatch):
    monkeypatch.setattr(session_socket, "PING_SECONDS", 60.0)
    monkeypatch.setattr(session_socket, "PONG_SECONDS", 10.0)
    await server.session()
    (socket,) = server.gateway._running
    heard_at = socket._stream.heard_at
    put = []
    monkeypatch.setattr(socket, "put", put.append)
    assert socket.is_alive(heard_at + 59.9)
    socket._stream.heard_at += 50.0
    assert socket.is_alive(heard_at + 100.0)
    assert not put
    assert socket.is_alive(heard_at + 111.0)
    assert len(put) == 1
    socket._stream.heard_at = heard_at + 111.1
    assert socket.is_alive(heard_at + 122.0)
    assert len(put) == 1
    assert socket.is_alive(heard_at + 172.0)
    assert len(put) == 2
    assert not socket.is_alive(heard_at + 183.0)


async def test_a_request_under_way_is_finished_when_its_socket_is_lost(server):
    socket = await server.session()
    server.rooms.gate = trio.Event()
    await say(socket, Offer(id=2, sdp="v=0"))
    await until(lambda: len(server.rooms.said) == 2)
    await trio.aclose_forcefully(socket._stream)
    await trio.testing.wait_all_tasks_blocked(0.02)
    assert not server.rooms.lost["s1"].is_set()
    server.rooms.gate.set()
    await lost(server, "s1")


async def test_going_down_says_so_with_1012(server):
    socket = await server.session()
    server.stop.cancel()
    assert await hear(socket) == Ended(reason="shutdown")
    assert await closed_with(socket) == 1012
    await server.stopped.wait()
    assert not server.rooms.lost["s1"].is_set()


async def test_going_down_does_not_wait_for_who_does_not_read(server, monkeypatch):
    monkeypatch.setattr(web_socket_stream, "SEND_SECONDS", 60)
    await deaf_session(server)
    await until(lambda: server.rooms.sessions)
    for _ in range(8):
        message = encode(Ended(reason="x" * 500_000))
        await server.gateway.deliver(Deliver(sessions=["s1"], message=message))
    await trio.sleep(0.05)
    server.stop.cancel()
    with trio.fail_after(30):  # without them a minute
        await server.stopped.wait()


async def test_going_down_does_not_wait_for_a_room_server_that_is_stuck(server, monkeypatch):
    monkeypatch.setattr(session_socket, "REQUEST_SECONDS", 60)
    socket = await server.session()
    server.rooms.gate = trio.Event()
    await say(socket, Offer(id=2, sdp="v=0"))
    await until(lambda: len(server.rooms.said) == 2)
    server.stop.cancel()
    with trio.fail_after(30):
        await server.stopped.wait()


@pytest.mark.parametrize("missing", [b"Sec-WebSocket-Key", b"Sec-WebSocket-Version", b"Connection"])
async def test_half_a_handshake_is_refused(server, monkeypatch, missing):
    monkeypatch.setattr("signaling.gateway.HELLO_SECONDS", 0.2)
    lines = [
        b"GET /ws HTTP/1.1",
        b"Host: x",
        b"Authorization: Bearer x",
        b"Connection: Upgrade",
        b"Upgrade: websocket",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        b"Sec-WebSocket-Protocol: treble.v1",
    ]
    kept = [line for line in lines if not line.startswith(missing)]
    answer = await exchange(server, b"\r\n".join(kept) + b"\r\n\r\n")
    assert answer.split(b" ", 2)[1] in (b"400", b"426")
    await server.is_well()
    assert not server.gateway.counters.get("connections failed", "AssertionError")
