"""One stream of a Slot: packets into encoded frames, gaps into NACKs. Sans-I/O."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from treble.client.media import h264, vp8
from treble.client.media.order import Order
from treble.client.media.reception import Reception
from treble.units import MILLISECOND

PATIENCE_NS: Final = {"audio": 80 * MILLISECOND, "video": 500 * MILLISECOND}
CLOCK_RATE: Final = {"audio": 48_000, "video": 90_000}
MOST_PACKETS: Final = 2048  # of one picture

_JOIN: Final[dict[str, Callable[[Sequence[bytes]], bytes | None]]] = {"vp8": vp8.join, "h264": h264.join}
_IS_KEYFRAME: Final = {"vp8": vp8.is_keyframe, "h264": h264.is_keyframe}


class Packet(NamedTuple):
    codec: str
    timestamp: int
    marker: bool
    payload: bytes


@dataclass(frozen=True)
class Encoded:
    """One frame as it was sent. `after_gap`: something before it is missing."""

    codec: str
    data: bytes
    timestamp: int
    is_keyframe: bool
    after_gap: bool = False


class Receiver:
    def __init__(self, ssrc: int, slot: int, kind: str) -> None:
        self.ssrc, self.slot, self.kind = ssrc, slot, kind
        self.reception = Reception(ssrc, CLOCK_RATE[kind])
        self._order: Order[Packet] = Order(PATIENCE_NS[kind])
        self._picture: list[Packet] = []
        self._gap = False

    def put(self, sequence: int, packet: Packet, now_ns: int) -> None:
        self._order.put(sequence, packet, now_ns)

    def rest(self) -> None:
        """Nobody listens: begin anew with what comes when somebody does."""
        self._order.clear()
        self._picture = []

    def ask(self, now_ns: int) -> list[int]:
        return self._order.ask(now_ns)

    def frames(self, now_ns: int) -> list[Encoded]:
        """What is whole and in its turn."""
        found = []
        for after_gap, packet in self._order.take(now_ns):
            if after_gap:
                self._gap, self._picture = True, []
            if not packet.payload:
                continue  # padding: only its number counts
            frame = self._sound(packet) if self.kind == "audio" else self._add(packet)
            if frame:
                found.append(frame)
                self._gap = False
        return found

    def _sound(self, packet: Packet) -> Encoded:
        return Encoded(packet.codec, packet.payload, packet.timestamp, True, self._gap)

    def _add(self, packet: Packet) -> Encoded | None:
        """The picture that this packet is the last of."""
        if self._picture and self._picture[-1].timestamp != packet.timestamp:
            self._picture = []  # its last packet had no marker
        self._picture.append(packet)
        if not packet.marker or packet.codec not in _JOIN:
            del self._picture[MOST_PACKETS:]
            return None
        picture, self._picture = self._picture, []
        data = _JOIN[packet.codec]([each.payload for each in picture])
        if data is None:
            self._gap = True
            return None
        return Encoded(packet.codec, data, packet.timestamp, _IS_KEYFRAME[packet.codec](data), self._gap)
