"""The TLS port against peers that do not behave, over real sockets."""

import errno
import random
import socket
import ssl
import struct

import pytest
import trio
import trio.testing

from signaling import listener
from signaling.certificates import load_or_create, server_certificate
from signaling.listener import ListenError, open_listeners
from tests.signaling.gateway_world import HOST, all_of, exchange, until, world

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\0\0\0\x04\0\0\0\0\0"
# HEADERS of a POST on stream 1 without its end, then (late) DATA: what ended a Trio worker of Hypercorn 0.18.
HEADERS = b"\0\0\x05\x01\x04\0\0\0\x01\x83\x84\x87\x41\x00"
LATE_BODY = b"\0\0\x04\0\x01\0\0\0\x01late"
HEALTH = b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n"
H2C = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n\r\n"
H2C_WITH_BODY = H2C.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\nContent-Length: 4\r\n\r\nbody")


def status_of(answer):
    return answer.split(b" ", 2)[1] if answer else b""


@pytest.fixture
async def server(tmp_path):
    async with world(tmp_path) as served:
        yield served


# --- HTTP/2 in all its disguises ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_bytes",
    [
        PREFACE,
        PREFACE + SETTINGS + HEADERS + LATE_BODY,
        H2C,
        H2C_WITH_BODY,
        H2C + PREFACE + SETTINGS + LATE_BODY,
        b"GET / HTTP/2.0\r\nHost: x\r\n\r\n",
    ],
)
async def test_http2_is_refused_as_the_first_request(server, request_bytes):
    assert status_of(await exchange(server, request_bytes)) == b"505"
    await server.is_well()


@pytest.mark.parametrize(
    "request_bytes",
    [PREFACE, PREFACE + SETTINGS + HEADERS + LATE_BODY, H2C, H2C_WITH_BODY, H2C + PREFACE + SETTINGS],
)
async def test_http2_is_refused_as_a_later_request(server, request_bytes):
    answer = await exchange(server, HEALTH, request_bytes)
    first, _, rest = answer.partition(b'"version"')
    assert status_of(first) == b"200"
    assert b"HTTP/1.1 505" in rest
    assert b"101" not in rest.split(b"\r\n")[0]
    await server.is_well()


async def test_a_late_http2_body_on_first_and_second_request_leaves_the_server_alive(server):
    for before in (b"", HEALTH):
        stream = await server.raw()
        if before:
            await stream.send_all(before)
            await stream.receive_some()
        await stream.send_all(PREFACE + SETTINGS + HEADERS)
        await trio.testing.wait_all_tasks_blocked(0.02)
        try:
            await stream.send_all(LATE_BODY)
        except (trio.BrokenResourceError, ssl.SSLError):
            pass
        await trio.aclose_forcefully(stream)
    await server.is_well()


async def test_a_websocket_on_a_used_connection_is_refused_and_the_server_lives(server):
    upgrade = b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    answer = await exchange(server, HEALTH, upgrade)
    assert b"HTTP/1.1 400" in answer
    await server.is_well()


async def test_alpn_offers_http1_only(server):
    server.context.set_alpn_protocols(["h2", "http/1.1"])
    stream = await server.raw()
    assert stream.selected_alpn_protocol() == "http/1.1"
    await trio.aclose_forcefully(stream)


# --- heads --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\r\n\r\n", b"400"),
        (b"GET\r\n\r\n", b"400"),
        (bytes(range(256)) + b"\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 4000, b"431"),
        (b"A" * 20_000, b"431"),
    ],
)
async def test_bad_heads_get_an_answer_and_the_end(server, sent, status):
    assert status_of(await exchange(server, sent)) == status
    await server.is_well()


async def test_a_head_may_come_byte_by_byte(server):
    pieces = [bytes((each,)) for each in HEALTH.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")]
    assert b'"ok"' in await exchange(server, *pieces)


async def test_pipelined_requests_are_answered_in_order(server):
    close = HEALTH.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    assert (await exchange(server, HEALTH + HEALTH + close)).count(b'"ok"') == 3


async def test_a_head_that_does_not_come_ends_the_connection(server, monkeypatch):
    monkeypatch.setattr(listener, "HEAD_SECONDS", 0.1)
    assert await exchange(server) == b""
    assert await exchange(server, b"GET / HTTP/1.1\r\nHos") == b""
    assert server.gateway.counters.get("heads refused", "too slow") == 2


async def test_a_handshake_that_does_not_come_ends_the_connection(server, monkeypatch):
    monkeypatch.setattr(listener, "HANDSHAKE_SECONDS", 0.1)
    for sent in (b"", b"\x16\x03\x01"):
        stream = await trio.open_tcp_stream(HOST, server.gateway.port)
        if sent:
            await stream.send_all(sent)
        assert await all_of(stream) == b""
        await stream.aclose()
    assert server.gateway.counters.get("connections lost", "TooSlowError") == 2


async def test_who_speaks_plain_http_is_told_to_use_https(server):
    stream = await trio.open_tcp_stream(HOST, server.gateway.port)
    await stream.send_all(HEALTH)
    assert b"write https://" in await all_of(stream)
    await stream.aclose()


# --- many -----------------------------------------------------------------------------------------------------


async def test_500_garbage_connections_do_not_hurt(server):
    rng = random.Random(20261123)

    async def garbage(number):
        stream = await trio.open_tcp_stream(HOST, server.gateway.port)
        try:
            await stream.send_all(
                (b"\x16\x03\x01" if number % 2 else b"") + rng.randbytes(rng.randint(1, 400))
            )
            if number % 3 == 0:  # a reset instead of an end
                stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif number % 3 == 1:
                await all_of(stream)
        except (trio.BrokenResourceError, OSError):
            pass
        finally:
            await trio.aclose_forcefully(stream)

    async with trio.open_nursery() as nursery:
        for number in range(500):
            nursery.start_soon(garbage, number)
        await server.is_well()  # also in the middle of it
    await server.is_well()
    assert not server.gateway.counters.get("connections failed")


async def test_one_address_has_its_share_of_connections(tmp_path):
    async with world(tmp_path, max_connections_per_address=2) as served:
        first, second = await served.raw(), await served.raw()
        with pytest.raises((trio.BrokenResourceError, ssl.SSLError)):
            await served.raw()
        assert served.gateway.counters.get("connections refused", "too many of address") == 1
        await trio.aclose_forcefully(first)
        await trio.aclose_forcefully(second)
        await until(lambda: served.gateway.listener.connections == 0)
        await served.is_well()


async def test_there_is_a_bound_for_all(tmp_path):
    async with world(tmp_path, max_connections=1) as served:
        held = await served.raw()
        with pytest.raises((trio.BrokenResourceError, ssl.SSLError)):
            await served.raw()
        assert served.gateway.counters.get("connections refused", "too many") == 1
        await trio.aclose_forcefully(held)


async def test_a_process_without_file_descriptors_goes_on_accepting_later(server, monkeypatch):
    accept = trio.SocketListener.accept
    failures = [errno.EMFILE, errno.ENFILE]

    async def short_of_files(self):
        if failures:
            raise OSError(failures.pop(), "too many open files")
        return await accept(self)

    monkeypatch.setattr(trio.SocketListener, "accept", short_of_files)
    await server.is_well()  # taken by the accept that was waiting; the next ones fail
    await server.is_well()
    assert not failures


async def test_our_own_failure_ends_one_connection_and_is_counted(server, monkeypatch):
    async def fail(arrival):
        raise KeyError("ours")

    monkeypatch.setattr(server.gateway.listener, "_serve", fail)
    assert await exchange(server, HEALTH) == b""
    monkeypatch.undo()
    assert server.gateway.counters.get("connections failed", "KeyError") == 1
    await server.is_well()


# --- addresses and certificates -------------------------------------------------------------------------------


async def test_a_busy_port_names_itself_and_its_setting(server):
    with pytest.raises(ListenError, match=rf"^port: port {server.gateway.port} is already in use"):
        await open_listeners(HOST, server.gateway.port)


async def test_an_address_of_somebody_else_names_its_setting():
    with pytest.raises(ListenError, match=r"^host: cannot listen on 192\.0\.2\.1"):
        await open_listeners("192.0.2.1", 0)


async def test_every_address_means_both_families():
    listeners = await open_listeners("0.0.0.0", 0)
    ports = {each.socket.getsockname()[1] for each in listeners}
    assert len(ports) == 1
    assert listeners[0].socket.family == socket.AF_INET
    assert [each.socket.family for each in listeners[1:]] == [socket.AF_INET6] * socket.has_dualstack_ipv6()
    for each in listeners:
        await each.aclose()


async def test_new_connections_get_the_new_certificate(tmp_path):
    authority = load_or_create(tmp_path)
    certificate, key = server_certificate(authority, ["localhost", HOST])
    async with world(tmp_path, certificate=certificate, key=key) as served:
        served.context.load_verify_locations(authority.path)
        old = await served.raw()
        serial = old.getpeercert()["serialNumber"]
        server_certificate(authority, ["localhost", HOST, "new.test"])
        served.gateway.reload_certificate()
        new = await served.raw()
        assert new.getpeercert()["serialNumber"] != serial
        assert ("DNS", "new.test") in new.getpeercert()["subjectAltName"]
        await old.send_all(HEALTH)  # the old connection goes on
        assert b"200" in await old.receive_some()
        for each in (old, new):
            await trio.aclose_forcefully(each)
