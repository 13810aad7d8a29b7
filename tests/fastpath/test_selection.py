"""Which layers a receiver gets, and that nothing it can see shows what was left out."""

import itertools
import random
from dataclasses import dataclass, field

import pytest
from hypothesis import example, given, settings, strategies as st

from _fastpath import dependency, payload as payloads
from tests.fastpath.layered import AV1, BARE_VP8, VP8, VP9, Piece, identity_of, stream, wire
from tests.fastpath.table import MILLISECOND, Table, nack, payload_of, sequence_of, ssrc_of, timestamp_of

ONE = {VP8, BARE_VP8}
"""With one spatial layer."""
KEYS = frozenset({40, 80, 120})
few = settings(deadline=None, max_examples=25, derandomize=True)  # each plays five seconds
PICTURE = 33 * MILLISECOND
MODES = [
    pytest.param(VP8, False, id="VP8 L1T3"),
    pytest.param(BARE_VP8, False, id="VP8 L1T3 by dependency descriptor"),
    pytest.param(VP9, False, id="VP9 L3T3"),
    pytest.param(VP9, True, id="VP9 L3T3_KEY"),
    pytest.param(AV1, False, id="AV1 L3T3"),
    pytest.param(AV1, True, id="AV1 L3T3_KEY"),
]


@dataclass
class Show:
    """One publisher, one receiver, and a way to play."""

    codec: int
    key_only: bool
    table: Table = field(default_factory=Table)
    position: int = 0

    def __post_init__(self) -> None:
        self.publisher, self.receiver = self.table.peer(), self.table.peer()
        self.track, self.row = self.table.video(self.publisher), self.table.video_row(self.receiver)
        self.pieces = stream(self.codec, 160, key_only=self.key_only, keys=KEYS)
        self.aim()

    def aim(self, spatial: int = 7, temporal: int = 7) -> None:
        self.table.engine.set_source(self.row, self.track, 0, spatial=spatial, temporal=temporal)

    def play(self, until: int, *, late: "random.Random | None" = None) -> None:
        """Pictures up to this one; with `late` some packets come up to ten packets late."""
        order: list[tuple[int, int, Piece]] = []
        while self.position < len(self.pieces) and self.pieces[self.position].frame.picture < until:
            delay = late.choice([0] * 8 + [3, 10]) if late else 0
            order.append((self.position + delay, self.position, self.pieces[self.position]))
            self.position += 1
        order.sort()
        for _, sequence, piece in order:
            packet = wire(piece, self.codec, 60000 + sequence)
            self.table.publish(self.publisher, packet, after=PICTURE // 6)

    @property
    def media(self) -> list[bytes]:
        return sorted(
            (packet for packet in self.receiver.received if ssrc_of(packet) == 7000),
            key=lambda packet: (sequence_of(packet) - sequence_of(self.receiver.received[0]) + 100) & 0xFFFF,
        )

    @property
    def full(self) -> list[bytes]:
        return [packet for packet in self.media if not packet[0] & 0x20]

    def layers_of(self, first: int, until: int) -> set[tuple[int, int]]:
        """(spatial, temporal) received of these pictures."""
        found = (identity_of(packet) for packet in self.full)
        return {(spatial, temporal) for picture, spatial, temporal in found if first <= picture < until}


def check_stream(show: Show) -> None:
    numbers = [sequence_of(packet) for packet in show.media]
    assert all((b - a) & 0xFFFF == 1 for a, b in itertools.pairwise(numbers)), "a gap, or a number twice"
    pieces = {piece.frame.identity: piece.frame for piece in show.pieces}
    got: dict[tuple[int, int], int] = {}
    for packet in show.full:
        identity = identity_of(packet)[:2]
        got[identity] = got.get(identity, 0) + 1
    assert set(got.values()) == {2}, "half a frame"
    for identity in got:
        missing = pieces[identity].references - set(got)
        assert not missing, f"{identity} refers to {missing}, which the receiver has not got"
    for _, group in itertools.groupby(show.full, key=timestamp_of):
        markers = [packet[1] >> 7 for packet in group]
        assert markers == [0] * (len(markers) - 1) + [1], (
            "a picture ends with its last packet and nowhere else"
        )


def check_picture_ids(show: Show) -> None:
    ids = []
    for _, group in itertools.groupby(show.full, key=timestamp_of):
        found = payloads.parse(1, payload_of(next(iter(group))))
        assert found is not None
        ids.append(found["picture_id"])
    assert all((b - a) & 0x7FFF == 1 for a, b in itertools.pairwise(ids))


@pytest.mark.parametrize(("codec", "key_only"), MODES)
def test_everything_goes_where_nothing_limits_it(codec: int, key_only: bool) -> None:
    show = Show(codec, key_only)
    show.play(30)
    check_stream(show)
    spatial = {0} if codec in ONE else {2} if key_only else {0, 1, 2}
    assert show.layers_of(10, 30) == {(s, t) for s in spatial for t in range(3)}


@pytest.mark.parametrize(("codec", "key_only"), MODES)
def test_temporal_layers_go_at_once_and_come_back_without_a_keyframe(codec: int, key_only: bool) -> None:
    show = Show(codec, key_only)
    show.play(9)
    show.aim(temporal=0)
    show.play(20)
    show.aim(temporal=1)
    show.play(28)
    show.aim()
    show.play(40)
    check_stream(show)
    top = 0 if codec in ONE else 2
    assert {t for _, t in show.layers_of(9, 20)} == {0}
    assert {t for _, t in show.layers_of(24, 28)} == {0, 1}
    assert (top, 2) in show.layers_of(36, 40)
    stats = show.table.engine.row_stats(show.row)
    assert (stats.spatial, stats.temporal) == (top, 2)
    if codec == VP8:
        check_picture_ids(show)


@pytest.mark.parametrize(("codec", "key_only"), MODES[2:])
def test_fewer_spatial_layers(codec: int, key_only: bool) -> None:
    """At the next picture where they stand on each other, else at the next key picture, with less until then."""
    show = Show(codec, key_only)
    show.play(20)
    show.aim(spatial=0)
    show.play(60)
    check_stream(show)
    assert {s for s, _ in show.layers_of(20, 40)} == ({2} if key_only else {0})
    assert not key_only or {t for _, t in show.layers_of(21, 40)} == {0}
    assert show.layers_of(42, 60) == {(0, 0), (0, 1), (0, 2)}
    assert show.table.engine.row_stats(show.row).spatial == 0


@pytest.mark.parametrize(("codec", "key_only"), MODES[2:])
def test_more_spatial_layers_come_with_a_key_picture_that_is_asked_for(codec: int, key_only: bool) -> None:
    show = Show(codec, key_only)
    show.aim(spatial=1)
    show.play(20)
    asked = show.table.engine.layer_stats(show.track, 0)
    show.table.step(after=1500 * MILLISECOND)
    show.aim()
    show.play(60)
    check_stream(show)
    stats = show.table.engine.layer_stats(show.track, 0)
    assert asked is not None
    assert stats is not None
    assert stats.keyframe_requests > asked.keyframe_requests
    assert {s for s, _ in show.layers_of(5, 40)} == ({1} if key_only else {0, 1})
    assert max(s for s, _ in show.layers_of(42, 60)) == 2


@st.composite
def plans(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """(picture, spatial, temporal) of each change."""
    pictures = sorted(draw(st.lists(st.integers(1, 150), max_size=12)))
    return [(p, draw(st.sampled_from([0, 1, 2, 7])), draw(st.sampled_from([0, 1, 2, 7]))) for p in pictures]


@pytest.mark.parametrize(("codec", "key_only"), MODES)
@few
@given(plan=plans())
@example(plan=[(1, 1, 1), (81, 0, 0), (82, 1, 1)])  # down and up again before the key picture
def test_whatever_is_asked_for_can_be_decoded(
    codec: int, key_only: bool, plan: list[tuple[int, int, int]]
) -> None:
    show = Show(codec, key_only)
    for picture, spatial, temporal in plan:
        show.play(picture)
        show.aim(spatial, temporal)
    show.play(160)
    check_stream(show)
    if codec == VP8:
        check_picture_ids(show)
    if plan and plan[-1][0] < 120:
        _, spatial, temporal = plan[-1]
        top = 0 if codec in ONE else min(spatial, 2)
        assert max(show.layers_of(130, 160)) == (top, min(temporal, 2))


@pytest.mark.parametrize(("codec", "key_only"), MODES)
@few
@given(plan=plans(), seed=st.integers(0, 2**32))
def test_late_packets_leave_no_gap_and_no_half_frames(
    codec: int, key_only: bool, plan: list[tuple[int, int, int]], seed: int
) -> None:
    show = Show(codec, key_only)
    late = random.Random(seed)
    show.play(2)
    for picture, spatial, temporal in plan:
        show.play(picture, late=late)
        show.aim(spatial, temporal)
    show.play(160, late=late)
    check_stream(show)


def test_a_receiver_is_told_of_the_targets_that_it_gets() -> None:
    show = Show(AV1, False)
    show.aim(spatial=1, temporal=1)
    show.play(6)
    show.aim(spatial=0)
    show.play(12)
    reader, told, frames = dependency.Reader(), [], []
    for packet in show.full:
        found = reader.parse(descriptor_of(packet))
        assert found is not None
        if found["frame_start"]:
            frames.append(found["frame_number"])
        if found["active"] is not None:
            told.append(found["active"])
    assert told == [0b000011011, 0b000000111]
    assert all((b - a) & 0xFFFF in range(1, 20) for a, b in itertools.pairwise(frames))


def descriptor_of(packet: bytes) -> bytes:
    two = packet[12:14] == b"\x10\x00"
    at, end = 16, 16 + 4 * int.from_bytes(packet[14:16], "big")
    while at < end:
        if packet[at] == 0:
            at += 1
            continue
        number, size, skip = (
            (packet[at], packet[at + 1], 2) if two else (packet[at] >> 4, (packet[at] & 15) + 1, 1)
        )
        if number == 12:
            return packet[at + skip : at + skip + size]
        at += skip + size
    raise AssertionError("no dependency descriptor")


def test_what_is_sent_again_is_the_same() -> None:
    """Also its marker and its picture id."""
    show = Show(VP8, False)
    show.aim(temporal=0)
    show.play(20)
    for packet in show.full[-6:]:
        show.table.report(show.receiver, nack(7000, sequence_of(packet)), after=100 * MILLISECOND)
        again = show.receiver.received[-1]
        assert ssrc_of(again) == 7001
        assert again[1] >> 7 == packet[1] >> 7
        assert payload_of(again)[2:] == payload_of(packet)


def test_padding_under_a_number_left_open_can_be_asked_for() -> None:
    show = Show(VP8, False)
    show.aim(temporal=0)
    show.play(4)
    t2 = [index for index, piece in enumerate(show.pieces) if piece.frame.temporal == 2]
    held = next(index for index in t2 if index >= show.position)
    for index in (*range(show.position, held), held + 1, held + 2, held):  # its first packet comes last
        show.table.publish(show.publisher, wire(show.pieces[index], VP8, 60000 + index), after=MILLISECOND)
    padding = show.receiver.received[-1]
    assert padding[0] & 0x20
    show.table.report(show.receiver, nack(7000, sequence_of(padding)), after=100 * MILLISECOND)
    answer = show.receiver.received[-1]
    assert ssrc_of(answer) == 7001
    assert payload_of(answer) == padding[2:4]


def test_rates_are_told_by_layer() -> None:
    show = Show(VP9, False)
    show.play(60)
    stats = show.table.engine.layer_stats(show.track, 0)
    assert stats is not None
    assert [len(rates) for rates in stats.rates] == [3, 3, 3]
    everything = sum(map(sum, stats.rates))
    assert everything == pytest.approx(stats.bitrate_bps, rel=0.2)
    assert stats.rates[0][2] > stats.rates[0][1]


@pytest.mark.parametrize("key_only", [False, True])
@pytest.mark.parametrize("codec", [VP9, AV1])
def test_layers_that_go_without_those_below_are_told(codec: int, key_only: bool) -> None:
    show = Show(codec, key_only)
    for until in range(2, 60):  # also while another key picture has come and no other yet
        show.play(until)
        stats = show.table.engine.layer_stats(show.track, 0)
        assert stats is not None
        assert stats.key_only is key_only


def test_a_layer_that_stops_is_told_within_seven_tenths_of_a_second() -> None:
    show = Show(VP8, False)
    show.play(10)
    show.table.engine.poll()
    for _ in range(14):
        show.table.step(after=50 * MILLISECOND)
    assert [event.kind.name for event in show.table.engine.poll() if event.track == show.track] == [
        "LAYER_STOPPED"
    ]


def test_one_keyframe_request_a_second_reaches_the_publisher() -> None:
    show = Show(VP8, False)
    show.play(1)
    for _ in range(50):
        show.table.engine.request_keyframe(show.track, 0)
        show.table.step(after=100 * MILLISECOND)
    requests = sum(packet[:2] == b"\x81\xce" for packet in show.publisher.control)
    assert requests in {5, 6}
