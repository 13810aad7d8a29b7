"""The receiving half of a synthetic browser: one `Reception` per Slot finds gaps, asks again, notices repeats."""

from dataclasses import dataclass

from tests.sim.clock import MS
from tests.sim.media import VP8, Stamp, unwrap

MAX_TRIES = 10  # libwebrtc's bound
GIVE_UP_NS = 1000 * MS


@dataclass(slots=True)
class Missing:
    since_ns: int
    asked_ns: int = 0
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Arrived:
    sequence: int
    """Unwrapped."""
    timestamp: int
    stamp: Stamp
    arrival_ns: int
    picture_id: int
    repaired: bool


class Reception:
    def __init__(self, ssrc: int, codec: int, rtx_ssrc: int = 0, *, nack: bool = True) -> None:
        self.ssrc = ssrc
        self.codec = codec
        self.rtx_ssrc = rtx_ssrc
        self.nack = nack
        self.arrived: dict[int, Arrived] = {}
        self.missing: dict[int, Missing] = {}
        self.repeated = 0
        self.spare = 0
        """Repairs of what was there and was never asked for: probes of the server's."""
        self._asked: set[int] = set()
        self.first_had: dict[tuple[int, int, int, int], int] = {}
        """When each frame came first, in its own packet or repeated by another, by `Stamp.identity`."""
        self.given_up = 0
        self.highest: int | None = None
        self.wants_keyframe = False
        self.sender_reports: list[tuple[int, int, int]] = []
        """(arrival, NTP, RTP timestamp)."""

    def unwrap(self, sequence: int) -> int:
        return sequence if self.highest is None else unwrap(self.highest, sequence)

    def take(self, packet: Arrived) -> None:
        if packet.sequence in self.arrived:
            if packet.repaired and packet.sequence not in self._asked:
                self.spare += 1
            else:
                self.repeated += 1
            return
        self.arrived[packet.sequence] = packet
        self.missing.pop(packet.sequence, None)
        if self.highest is None:
            self.highest = packet.sequence
            self.wants_keyframe = self.codec == VP8 and not packet.stamp.begins_keyframe
        for lost in range(self.highest + 1, packet.sequence):
            self.missing[lost] = Missing(packet.arrival_ns)
        self.highest = max(self.highest, packet.sequence)

    def new_nacks(self, now_ns: int) -> list[int]:
        """What was found missing just now."""
        return self._ask([s for s, entry in self.missing.items() if not entry.tries], now_ns)

    def nacks_due(self, now_ns: int, retry_ns: int) -> list[int]:
        """Again after `retry_ns`, at the ticks of a timer; what cannot be had is given up for a keyframe."""
        for sequence, entry in list(self.missing.items()):
            if entry.tries >= MAX_TRIES or now_ns - entry.since_ns > GIVE_UP_NS:
                del self.missing[sequence]
                self.given_up += 1
                self.wants_keyframe = True
        return self._ask(
            [s for s, entry in self.missing.items() if now_ns - entry.asked_ns >= retry_ns], now_ns
        )

    def _ask(self, due: list[int], now_ns: int) -> list[int]:
        self._asked.update(due)
        for sequence in due:
            self.missing[sequence].asked_ns = now_ns
            self.missing[sequence].tries += 1
        return sorted(due)

    def in_order(self) -> list[Arrived]:
        return [self.arrived[sequence] for sequence in sorted(self.arrived)]
