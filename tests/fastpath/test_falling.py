"""A Row on its way from a large simulcast Layer to a small one, for want of bandwidth."""

import pytest

from _fastpath.engine import Kind
from tests.fastpath.table import MILLISECOND, Table, rtp, ssrc_of, vp8

SMALL, LARGE = 1000, 1001
FRAME = 33 * MILLISECOND
VIDEO = 7000


def remb(bps: int) -> bytes:
    """draft-alvestrand-rmcat-remb-03, of a receiver without transport-wide feedback."""
    exponent = max(0, bps.bit_length() - 18)
    head = b"\x8f\xce\x00\x05" + (1).to_bytes(4, "big") + bytes(4) + b"REMB\x01"
    return head + (exponent << 18 | bps >> exponent).to_bytes(3, "big") + VIDEO.to_bytes(4, "big")


class Show:
    """One second of a large Layer of about 250 kbit/s, all of one temporal layer, beside a small one."""

    def __init__(self) -> None:
        self.table = Table()
        self.publisher, self.receiver = self.table.peer(), self.table.peer()
        self.track = self.table.engine.add_track(self.publisher.endpoint, Kind.VIDEO)
        for layer, ssrc in enumerate((SMALL, LARGE)):
            self.table.engine.add_layer(self.track, layer, mid=b"1", ssrc=ssrc)
        self.row = self.table.video_row(self.receiver, ssrc=VIDEO)
        self.table.engine.set_source(self.row, self.track, 1)
        self.sequence = 0
        for number in range(30):
            self.frame(LARGE, 1000, key=number == 0)

    def frame(self, ssrc: int, size: int, *, key: bool = False) -> int:
        """How many media packets left for it."""
        self.sequence += 1
        before = len(self.media)
        payload = vp8(bytes(size), key=key, picture=self.sequence)
        self.table.publish(
            self.publisher, rtp(self.sequence, self.sequence * 3000, payload, ssrc=ssrc), after=FRAME
        )
        return len(self.media) - before

    @property
    def media(self) -> list[bytes]:
        return [packet for packet in self.receiver.received if ssrc_of(packet) == VIDEO]


@pytest.mark.parametrize(("estimate", "goes_on"), [(60_000, False), (2_000_000, True)])
def test_the_old_layer_goes_on_only_where_it_can_arrive(estimate: int, goes_on: bool) -> None:
    """Else the small Layer's keyframe would wait behind it in a full queue."""
    show = Show()
    assert len(show.media) == 30
    show.table.report(show.receiver, remb(estimate))
    show.table.engine.set_source(show.row, show.track, 0)
    assert show.frame(LARGE, 1000) == goes_on
    assert show.frame(SMALL, 100, key=True) == 1
    assert show.table.engine.row_stats(show.row).layer == 0
