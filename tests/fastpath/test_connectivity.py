"""Who may talk to the engine, and where it talks to."""

import os

import pytest
from hypothesis import given, settings, strategies as st

from _fastpath.engine import Engine, EventKind
from tests.fastpath.table import MILLISECOND, Table, binding_request, payload_of, rtp, sequence_of, vp8

SECOND = 1_000 * MILLISECOND
ELSEWHERE = (0, "198.51.100.7", 9)


def kinds(table: Table) -> list[EventKind]:
    return [event.kind for event in table.engine.poll()]


def test_a_check_with_a_wrong_password_gets_no_answer():
    table = Table()
    peer = table.peer(keyed=False)
    assert table.step((binding_request(peer.ufrag, b"x" * 24), peer.address)) == []
    assert table.step((binding_request(b"nobody00", peer.password), peer.address)) == []
    counters = table.engine.counters()
    assert (counters["drop_stun_integrity"], counters["drop_stun_unknown"]) == (1, 1)


def test_an_answer_is_never_longer_than_the_question():
    table = Table()
    peer = table.peer(keyed=False)
    request = peer.check()
    ((answer, address),) = table.step((request, peer.address))
    assert address == peer.address
    assert len(answer) <= len(request)


def test_dtls_is_heard_only_from_a_proven_address():
    table = Table()
    peer = table.peer(keyed=False)
    hello = b"\x16\xfe\xfd" + bytes(40)
    table.step((hello, peer.address))
    assert kinds(table) == []
    table.step((peer.check(), peer.address), (hello, peer.address), (hello, ELSEWHERE))
    assert kinds(table) == [EventKind.PATH, EventKind.DATAGRAM]


def test_media_from_elsewhere_or_with_a_wrong_tag_changes_nothing():
    table = Table()
    publisher, receiver = table.peer(), table.peer()
    row = table.video_row(receiver)
    table.engine.set_source(row, table.video(publisher), 0)
    good = publisher.seal.protect(rtp(1, 0, vp8(b"a", key=True)))
    table.step((good, ELSEWHERE), (good[:-1] + b"\xff", publisher.address))
    assert receiver.received == []
    assert table.engine.layer_stats(0, 0).packets == 0
    table.step((good, publisher.address), (good, publisher.address))
    assert len(receiver.received) == 1, "once, and not again when it is replayed"


def test_a_client_that_changes_its_address_is_followed_after_an_authentic_check():
    table = Table()
    publisher, receiver = table.peer(), table.peer()
    row = table.video_row(receiver)
    table.engine.set_source(row, table.video(publisher), 0)
    table.publish(publisher, rtp(1, 0, vp8(b"a", key=True)))
    old, new = receiver.address, (0, "203.0.113.5", 7777)
    table.peers[new] = receiver
    out = table.publish(publisher, rtp(2, 0, vp8(b"b")), after=1500 * MILLISECOND)
    assert old in [address for _, address in out]
    table.step((receiver.check(), new))
    out = table.publish(publisher, rtp(3, 0, vp8(b"c")))
    assert {address for data, address in out if data[1] & 0x7F == 120} == {new}


def test_an_ice_restart_keeps_the_old_credentials_until_the_new_ones_are_used():
    table = Table()
    peer = table.peer()
    table.engine.restart_ice(peer.endpoint, b"fresh001", b"fresh-password-000000000")
    assert len(table.step((peer.check(), peer.address))) == 1
    fresh = binding_request(b"fresh001", b"fresh-password-000000000")
    assert len(table.step((fresh, peer.address))) == 1
    assert table.step((peer.check(), peer.address)) == []


def test_silence_and_lost_consent_are_told():
    table = Table()
    peer = table.peer()
    table.engine.poll()
    for _ in range(12):
        table.step(after=250 * MILLISECOND)
    assert kinds(table) == [EventKind.SILENT]
    table.step((peer.check(), peer.address))
    assert kinds(table) == [EventKind.ALIVE]
    for _ in range(31):
        table.publish(peer, rtp(1, 0, b""), after=SECOND)
    assert EventKind.EXPIRED in kinds(table)


def test_a_removed_endpoint_is_gone_and_its_number_is_given_again():
    table = Table()
    peer, receiver = table.peer(), table.peer()
    track, row = table.video(peer), table.video_row(receiver)
    table.engine.set_source(row, track, 0)
    table.publish(peer, rtp(1, 0, vp8(b"a", key=True)))
    table.engine.remove_endpoint(peer.endpoint)
    assert table.step((peer.check(), peer.address)) == []
    assert table.engine.row_stats(row).track == -1
    with pytest.raises(KeyError):
        table.engine.set_gate(track, True)
    for _ in range(2):  # what was let go of comes back when the mailbox is empty
        table.engine.poll()
        table.step(after=MILLISECOND)
    table.engine.poll()
    assert table.engine.add_endpoint(b"another1", b"password-of-another-peer") == peer.endpoint


def test_a_publisher_that_comes_back_with_another_ssrc_is_seen_again():
    table = Table()
    publisher, receiver = table.peer(), table.peer()
    row = table.video_row(receiver)
    table.engine.set_source(row, table.video(publisher), 0)
    table.publish(publisher, rtp(1, 0, vp8(b"a", key=True)))
    table.publish(
        publisher, rtp(40000, 9, vp8(b"b"), ssrc=555), rtp(40001, 10, vp8(b"c", key=True), ssrc=555)
    )
    assert [payload_of(p)[7:] for p in receiver.received] == [b"a", b"c"]
    assert (sequence_of(receiver.received[1]) - sequence_of(receiver.received[0])) & 0xFFFF == 1


def test_unknown_ssrcs_cost_nothing():
    table = Table()
    publisher = table.peer()
    table.video(publisher)
    for ssrc in range(2000):
        table.publish(publisher, rtp(1, 0, b"x", ssrc=ssrc + 1, mid=b"7"))
    assert table.engine.counters()["drop_ssrc"] == 2000


@settings(max_examples=200)
@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=300)), max_size=20))
def test_garbage_is_counted_and_nothing_comes_back(datagrams):
    table = Table()
    peer = table.peer()
    before = table.engine.counters()["received_packets"]
    out = table.step(*[(data, peer.address if known else ELSEWHERE) for known, data in datagrams])
    assert out == []
    assert table.engine.counters()["received_packets"] == before


def test_every_first_byte_and_length_is_survived():
    table = Table()
    peer = table.peer()
    table.video(peer)
    for first in range(256):
        table.step(*[(bytes([first]) + os.urandom(size), peer.address) for size in range(0, 120, 7)])


def test_a_full_engine_says_so():
    engine = Engine(max_endpoints=2)
    for number in range(2):
        engine.add_endpoint(b"user%04d" % number, b"a-password-of-24-letters")
    with pytest.raises(BlockingIOError, match="2 Endpoints"):
        engine.add_endpoint(b"user0009", b"a-password-of-24-letters")
