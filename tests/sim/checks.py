"""Invariants of everything that leaves the engine, looked at before the network can spoil it.

Each datagram is checked when it leaves (rooms, nonces, repairs, numbering of transport and RTX); each Row as a whole at
the end (`finish`): no gap, timestamps and picture ids that never go back, a keyframe first after each change of source.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from pylibsrtp import Error as SrtpError, Session

from _fastpath import packet as rtp, payload as payloads, rtcp
from tests.sim import media
from tests.sim.browser import Browser, session
from tests.sim.clock import MS
from tests.sim.media import VP8, Stamp, unwrap
from tests.sim.publisher import VideoLayer

UNREPAIRED_NS = 500 * MS


class Violation(AssertionError):
    pass


def demand(condition: bool, what: str) -> None:
    if not condition:
        raise Violation(what)


@dataclass(frozen=True, slots=True)
class Sent:
    timestamp: int
    stamp: Stamp
    picture_id: int
    marker: int
    when_ns: int

    @property
    def source(self) -> tuple[int, int]:
        return self.stamp.publisher, self.stamp.layer


@dataclass
class RowLog:
    """What one Row sent, by unwrapped sequence number."""

    name: str
    codec: int
    sent: dict[int, Sent] = field(default_factory=dict)
    empty: set[int] = field(default_factory=set)
    """Numbers under which padding went: nothing else will."""
    thinned: bool = False
    """Frames of upper temporal layers are left out, and picture ids close the gap."""
    repairs: int = 0
    highest: int = 0
    rtx_highest: int | None = None

    def in_order(self) -> list[tuple[int, Sent]]:
        return sorted(self.sent.items())

    @property
    def ends(self) -> list[int]:
        """The last number before each change of source, and before the same source begins again."""
        return [
            number
            for (number, last), (_, sent) in itertools.pairwise(self.in_order())
            if last.source != sent.source
            or (sent.stamp.begins_keyframe and sent.stamp.frame - last.stamp.frame > 1)
        ]

    @property
    def sources(self) -> list[tuple[int, int]]:
        """(publisher, layer), each change once."""
        found: list[tuple[int, int]] = []
        for _, sent in self.in_order():
            if not found or found[-1] != sent.source:
                found.append(sent.source)
        return found


def undecodable(log: RowLog, video: VideoLayer) -> list[int]:
    """Frames sent whole to this Row whose references were not, of one Layer."""
    counts: dict[int, int] = {}
    whole = set()
    for _, sent in log.in_order():
        frame = sent.stamp.frame
        counts[frame] = counts.get(frame, 0) + 1
        if counts[frame] == sent.stamp.count:
            whole.add(frame)
    return sorted(frame for frame in whole if not whole.issuperset(video.references[frame]))


class Egress:
    """The tap: a second SRTP session per Browser, and a log per Row."""

    def __init__(self, rooms: dict[int, str]) -> None:
        self.rooms = rooms
        """Of every publisher's number: shared with the world, which fills it."""
        self.rows: dict[tuple[int, int], RowLog] = {}
        self._sessions: dict[int, Session] = {}
        self._rtx: dict[tuple[int, int], RowLog] = {}
        self._transport: dict[int, int] = {}

    def watch(self, browser: Browser) -> None:
        self._sessions[browser.number] = session(browser.profile, browser.downstream_key, inbound=True)

    def add_row(self, browser: Browser, codec: int, ssrc: int, rtx_ssrc: int) -> RowLog:
        log = RowLog(f"peer {browser.number} ssrc {ssrc:#x}", codec)
        self.rows[browser.number, ssrc] = log
        if rtx_ssrc:
            self._rtx[browser.number, rtx_ssrc] = log
        return log

    def see(self, browser: Browser, datagram: bytes, now_ns: int) -> None:
        demand(len(datagram) <= 1500, "a datagram larger than the path")
        if datagram[0] < 128 or rtcp.looks_like_rtcp(datagram):
            return
        try:
            data = self._sessions[browser.number].unprotect(datagram)
        except SrtpError:
            self._see_repeat(browser, datagram)
            return
        parsed = rtp.parse(data, media.EXTENSION_KINDS)
        demand(parsed is not None, "malformed RTP")
        assert parsed is not None
        self._check_transport(browser, parsed["extensions"])
        payload = data[parsed["header_size"] :][: parsed["payload_size"]]
        key = (browser.number, parsed["ssrc"])
        if key in self._rtx:
            self._see_rtx(self._rtx[key], parsed["sequence"], payload, parsed["timestamp"])
            return
        demand(key in self.rows, f"peer {browser.number} gets SSRC {parsed['ssrc']:#x} that no Row has")
        self._see_media(browser, self.rows[key], parsed, payload, now_ns)

    def _see_repeat(self, browser: Browser, datagram: bytes) -> None:
        """Without RTX a retransmission is the very same packet, so the second session refuses it."""
        ssrc = int.from_bytes(datagram[8:12], "big")
        log = self.rows.get((browser.number, ssrc))
        demand(
            log is not None and log.codec != VP8, f"peer {browser.number}: a packet twice on SSRC {ssrc:#x}"
        )
        assert log is not None
        sequence = unwrap(log.highest, int.from_bytes(datagram[2:4], "big"))
        demand(sequence in log.sent, f"{log.name}: {sequence} cannot be decrypted")
        log.repairs += 1

    def _check_transport(self, browser: Browser, extensions: dict[int, bytes]) -> None:
        if media.TRANSPORT_SEQUENCE not in extensions:
            return
        number = int.from_bytes(extensions[media.TRANSPORT_SEQUENCE], "big")
        last = self._transport.get(browser.number, number - 1)
        demand((number - last) % 65536 == 1, f"peer {browser.number}: transport {last} then {number}")
        self._transport[browser.number] = number

    def _see_media(
        self, browser: Browser, log: RowLog, parsed: rtp.Packet, payload: bytes, now_ns: int
    ) -> None:
        if not payload:
            sequence = unwrap(log.highest, parsed["sequence"])
            demand(sequence not in log.sent, f"{log.name}: padding under {sequence}, which is taken")
            log.empty.add(sequence)
            return
        payload = media.audio_frames(parsed["payload_type"], payload)[-1]
        stamp = media.read_stamp(log.codec, payload)
        demand(
            stamp.publisher != browser.number and self.rooms.get(stamp.publisher) == browser.room,
            f"{log.name} in room {browser.room} gets peer {stamp.publisher}",
        )
        sequence = unwrap(log.highest, parsed["sequence"]) if log.sent else parsed["sequence"]
        demand(sequence not in log.sent, f"{log.name}: sequence {sequence} twice")
        demand(sequence not in log.empty, f"{log.name}: sequence {sequence} had padding")
        log.highest = max(log.highest, sequence) if log.sent else sequence
        picture = payloads.parse(VP8, payload) if log.codec == VP8 else None
        timestamp, picture_id = parsed["timestamp"], picture["picture_id"] if picture else 0
        log.sent[sequence] = Sent(timestamp, stamp, picture_id, parsed["marker"], now_ns)

    def _see_rtx(self, log: RowLog, number: int, payload: bytes, timestamp: int) -> None:
        expected = number if log.rtx_highest is None else (log.rtx_highest + 1) % 65536
        demand(number == expected, f"{log.name}: RTX {log.rtx_highest} then {number}")
        log.rtx_highest = number
        original = unwrap(log.highest, int.from_bytes(payload[:2], "big"))
        if not payload[2:]:  # says that a hole of a former source stays one
            demand(original not in log.sent, f"{log.name}: {original} is no hole")
            return
        stamp = media.read_stamp(log.codec, payload[2:])
        demand(original in log.sent, f"{log.name}: repairs {original}, which was never sent")
        first = log.sent[original]
        demand(
            (first.stamp, first.timestamp) == (stamp, timestamp),
            f"{log.name}: repairs {original} with another",
        )
        log.repairs += 1

    # --- at the end

    def finish(self) -> None:
        for log in self.rows.values():
            packets = log.in_order()
            if packets and log.codec == VP8:  # lost audio stays lost on the way to the server: no RTX
                self._check_numbers(log, [sequence for sequence, _ in packets])
            if packets:
                self._check_order(log, [sent for _, sent in packets])

    def _check_numbers(self, log: RowLog, sequences: list[int]) -> None:
        missing = sorted(set(range(sequences[0], sequences[-1])) - set(sequences) - log.empty)
        ends = log.ends if missing else []
        missing = [sequence for sequence in missing if not self._excused(log, sequence, ends)]
        demand(not missing, f"{log.name}: {len(missing)} numbers never used: {missing[:5]}")

    def _excused(self, log: RowLog, hole: int, ends: list[int]) -> bool:
        """What was still being repaired when the Row left its source stays away."""
        before = max(sequence for sequence in log.sent if sequence < hole)
        end = min((sequence for sequence in ends if sequence >= before), default=None)
        return end is not None and log.sent[end].when_ns - log.sent[before].when_ns < UNREPAIRED_NS

    def _check_order(self, log: RowLog, packets: list[Sent]) -> None:
        first = packets[0]
        demand(log.codec != VP8 or first.stamp.begins_keyframe, f"{log.name}: begins without a keyframe")
        for last, packet in itertools.pairwise(packets):
            step = unwrap(0, (packet.timestamp - last.timestamp) % 2**32, 32)
            demand(step >= 0, f"{log.name}: timestamp goes back by {-step}")
            if last.source != packet.source:
                self._check_switch(log, last, packet, step)
            elif log.codec == VP8:
                self._check_frames(log, last, packet, step)

    def _check_switch(self, log: RowLog, last: Sent, packet: Sent, step: int) -> None:
        demand(step > 0, f"{log.name}: two sources under one timestamp")
        if log.codec != VP8:
            return
        demand(packet.stamp.begins_keyframe, f"{log.name}: a switch without a keyframe")
        pictures = (packet.picture_id - last.picture_id) % 2**15
        demand(
            pictures == 1, f"{log.name}: picture id {last.picture_id} then {packet.picture_id} at a switch"
        )

    def _check_frames(self, log: RowLog, last: Sent, packet: Sent, step: int) -> None:
        frames = packet.stamp.frame - last.stamp.frame
        pictures = (packet.picture_id - last.picture_id) % 2**15
        demand(frames >= 0, f"{log.name}: frame {last.stamp.frame} then {packet.stamp.frame}")
        demand((step == 0) == (frames == 0), f"{log.name}: {frames} frames on, timestamp {step} on")
        if frames > 1 and packet.stamp.begins_keyframe:  # interrupted, then begun again
            frames = 1
        if log.thinned and frames:  # one that came late as a whole has left its picture id open
            demand(1 <= pictures <= frames, f"{log.name}: {frames} frames on, picture id {pictures} on")
            return
        demand(pictures == frames, f"{log.name}: {frames} frames on, picture id {pictures} on")
