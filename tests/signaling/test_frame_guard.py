import pytest
from hypothesis import given, strategies as st
from wsproto.frame_protocol import FrameProtocol

from signaling.frame_guard import MAX_CONTROL_FRAMES, MAX_PIECES, FrameGuard, text_frame


def frame(opcode, payload=b"", *, final=True, length=None):
    """A client's frame, masked with zeros."""
    length = len(payload) if length is None else length
    if length < 126:
        size = bytes((0x80 | length,))
    elif length < 1 << 16:
        size = b"\xfe" + length.to_bytes(2, "big")
    else:
        size = b"\xff" + length.to_bytes(8, "big")
    return bytes(((0x80 if final else 0) | opcode,)) + size + bytes(4) + payload


def test_messages_within_the_bound_pass_in_any_cutting():
    stream = b"".join(frame(1, bytes(size)) for size in (0, 1, 125, 126, 65535, 65536)) + frame(9, b"ping")
    for cut in (1, 7, 4096, len(stream)):
        guard = FrameGuard(70_000)
        pieces = [stream[at : at + cut] for at in range(0, len(stream), cut)]
        expected = "pieces" if cut in (1, 7) else None  # 65,536 bytes in so many pieces are too many
        assert next(filter(None, map(guard.feed, pieces)), None) == expected


def test_a_long_message_is_refused_by_its_header():
    assert FrameGuard(1000).feed(frame(1, length=1001)) == "message length"
    assert FrameGuard(1000).feed(frame(2, length=2**63)) == "message length"


def test_fragments_count_together():
    guard = FrameGuard(1000)
    assert guard.feed(frame(1, bytes(600), final=False)) is None
    assert guard.feed(frame(9)) is None  # a ping in between belongs to no message
    assert guard.feed(frame(0, bytes(600))) == "message length"


def test_empty_fragments_without_end_are_refused():
    guard = FrameGuard(1000)
    reasons = [guard.feed(frame(1 if at == 0 else 0, final=False)) for at in range(MAX_PIECES)]
    assert reasons[-1] == "pieces"


def test_a_message_that_trickles_in_is_refused():
    guard = FrameGuard(100_000)
    assert guard.feed(frame(1, length=90_000)) is None
    reasons = [guard.feed(b"x") for _ in range(MAX_PIECES)]
    assert reasons[-1] == "pieces"


def test_small_messages_may_go_on_for_ever():
    guard = FrameGuard(1000)
    assert not any(guard.feed(frame(1, bytes(900))) for _ in range(3 * MAX_PIECES))


def test_a_flood_of_pings_is_refused_and_a_few_now_and_then_are_not():
    guard = FrameGuard(1000)
    assert guard.feed(frame(9) * MAX_CONTROL_FRAMES) is None
    guard.renew_control_frames()
    assert guard.feed(frame(10) * MAX_CONTROL_FRAMES) is None
    assert guard.feed(frame(9)) == "control frames"


@given(st.binary(max_size=300))
def test_noise_never_raises(noise):
    FrameGuard(1000).feed(noise)


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_our_frames_are_what_a_client_reads(size):
    protocol = FrameProtocol(client=True, extensions=[])
    protocol.receive_bytes(text_frame(b"x" * size))
    got = [received.payload for received in protocol.received_frames()]
    assert "".join(got) == "x" * size
