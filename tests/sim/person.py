"""A participant of a simulated meeting: a synthetic browser that offers, publishes, watches and listens."""

from __future__ import annotations

import random

from pylibsrtp import Error as SrtpError

from _fastpath import packet as rtp, rtcp
from tests.oracle.fec import read_flexfec, read_ulpfec, without_red
from tests.oracle.red import parse as split_red
from tests.sim import media, offer as offers
from tests.sim.browser import Browser
from tests.sim.clock import MS, SECOND, Clock
from tests.sim.encoder import LayeredVideo, Studio
from tests.sim.lane import AudioLane, Lane, VideoLane
from tests.sim.media import OPUS, VP8
from tests.sim.offer import Answered, Shape
from tests.sim.publisher import Stream
from treble.api import SlotState

AUDIO_NS = 20 * MS
FPS = 30
NACKS_A_PACKET = 250  # no packet may exceed the path


class Person(Browser):
    def __init__(self, clock: Clock, number: int, room: str, rng: random.Random, shape: Shape) -> None:
        super().__init__(clock, number, room, rng)
        self.name = f"p{number}"
        self.shape = shape
        self.ufrag = f"peer{number}"
        self.publisher = self.studio = Studio(clock, number, rng, self._send_rtp)
        self.video: dict[int, VideoLane] = {}
        """By Slot."""
        self.audio: dict[int, AudioLane] = {}
        self.slots: dict[int, SlotState] = {}
        """As last told."""
        self.rtt_ns = 100 * MS
        self.received_octets = 0
        self.repeats = 0
        self.padding = 0
        self.copies = 0
        """Video packets that came though they were there."""
        self._lanes: dict[int, Lane] = {}
        self._by_rtx_ssrc: dict[int, VideoLane] = {}
        self._by_flexfec: dict[int, VideoLane] = {}

    # --- negotiation

    def offer(self) -> str:
        return offers.write_offer(self.shape, self.ufrag, "p" * 24)

    def take_answer(self, answered: Answered) -> None:
        self.server_ufrag = answered.ufrag.encode()
        self.server_password = answered.password.encode()
        for pair in self.shape.pairs:
            audio, video = answered.line(pair.audio_mid or ""), answered.line(pair.video_mid or "")
            ear = AudioLane(self._clock, audio.ssrcs[0], self.shape.audio_nack and "nack" in audio.feedback)
            eye = VideoLane(self._clock, video.ssrcs[0], "nack" in video.feedback)
            names = set(video.formats.values())
            eye.is_protected = bool(names & {"ulpfec", "flexfec-03"})
            eye.display.delay.waits_for_repair = not eye.is_protected
            self.audio[pair.slot], self.video[pair.slot] = ear, eye
            self._lanes |= {ear.ssrc: ear, eye.ssrc: eye}
            if video.rtx_ssrc:
                self._by_rtx_ssrc[video.rtx_ssrc] = eye
            if video.flexfec_ssrc:
                self._by_flexfec[video.flexfec_ssrc] = eye

    def add_camera(self, bitrates_bps: tuple[int, ...], t0_share: float) -> None:
        base = self.shape.ssrc
        for layer, bitrate in enumerate(bitrates_bps):
            rid = offers.RIDS[layer].encode() if len(bitrates_bps) > 1 else b""
            ssrc = base + 2 * layer
            stream = Stream(
                VP8, ssrc, offers.VP8, 90_000, b"1", rid, rtx_ssrc=ssrc + 1, rtx_payload_type=offers.RTX
            )
            self.studio.add_stream(stream)
            video = LayeredVideo(self._clock, stream, self.number, layer, bitrate, FPS, t0_share)
            self.studio.video.append(video)
            self.studio.layers.append(video)

        def picture() -> bool:
            if self.may_send:
                self.studio.send_picture()
            return self.is_alive

        self._clock.after(
            self._rng.randrange(SECOND // FPS), lambda: self._clock.every(SECOND // FPS, picture)
        )

    def add_voice(self, bitrate_bps: int, dtx: bool) -> None:
        stream = self.studio.add_stream(Stream(OPUS, self.shape.ssrc + 10, offers.OPUS, 48_000, b"0"))
        self.studio.dtx = dtx
        octets = bitrate_bps // 50 // 8

        def talk() -> bool:
            if self.may_send:
                self.studio.speak(stream, octets)
            return self.is_alive

        self._clock.after(self._rng.randrange(AUDIO_NS), lambda: self._clock.every(AUDIO_NS, talk))

    def demand(self, layers: list[bool]) -> None:
        """The server says which encodings are wanted."""
        for video, wanted in zip(self.studio.video, layers, strict=False):
            video.switch(wanted, self._clock.now_ns)

    # --- out

    def _ask_again(self) -> bool:
        now = self._clock.now_ns
        for lane in self._lanes.values():
            self._ask_for(lane)
            if isinstance(lane, VideoLane) and lane.packets and lane.wants_keyframe(now):
                self.send_rtcp(rtcp.pli(12, self.rtcp_ssrc, lane.ssrc))
        return self.is_alive

    def _ask_for(self, lane: Lane) -> None:
        if lane.gaps:
            due = lane.nacks(self._clock.now_ns, self.rtt_ns)
            for start in range(0, len(due), NACKS_A_PACKET):
                part = due[start : start + NACKS_A_PACKET]
                self.send_rtcp(rtcp.nack(1200, self.rtcp_ssrc, lane.ssrc, part))

    def _send_feedback(self) -> bool:
        while self.is_alive and self._feedback.pending:
            self.send_rtcp(self._feedback.write(1100, self.rtcp_ssrc, next(iter(self._lanes))))
        return self.is_alive

    def _report(self) -> bool:
        if not self.is_alive:
            return False
        for report in self.publisher.reports():
            self.send_rtcp(report)
        lanes = [lane for lane in self._lanes.values() if lane.packets]
        for start in range(0, len(lanes), 30):
            blocks = [self._report_block(lane) for lane in lanes[start : start + 30]]
            self.send_rtcp(rtcp.receiver_report(1200, self.rtcp_ssrc, blocks))
        return True

    def _report_block(self, lane: Lane) -> tuple[int, int, int, int, int, int, int]:
        last_sr, arrival = self._last_sr.get(lane.ssrc, (0, self._clock.now_ns))
        delay = ((self._clock.now_ns - arrival) << 16) // SECOND if last_sr else 0
        highest = (lane.highest or 0) & 0xFFFFFFFF
        return lane.ssrc, lane.fraction_lost(), lane.missed, highest, 0, last_sr, delay

    # --- in

    def _handle_stun(self, datagram: bytes) -> None:
        sent = self._transactions.get(datagram[8:20])
        super()._handle_stun(datagram)
        if sent is not None:
            rtt = self._clock.now_ns - sent
            self.rtt_ns = rtt if self.checks_answered == 1 else (self.rtt_ns + rtt) // 2
            for lane in self.video.values():
                lane.display.delay.rtt_ns = self.rtt_ns

    def _handle_rtp(self, datagram: bytes) -> None:
        try:
            data = self._receive_session.unprotect(datagram)
        except SrtpError:
            self.repeats += 1
            return
        parsed = rtp.parse(data, media.EXTENSION_KINDS)
        assert parsed is not None
        now = self._clock.now_ns
        self.received_octets += len(datagram)
        extensions = parsed["extensions"]
        number = extensions.get(media.TRANSPORT_SEQUENCE)
        if number is not None:
            self._feedback.arrived(int.from_bytes(number, "big"), now)
        start = parsed["header_size"]
        payload = data[start : start + parsed["payload_size"]]
        ssrc, sequence = parsed["ssrc"], parsed["sequence"]
        if (repaired := self._by_rtx_ssrc.get(ssrc)) is not None:
            self._handle_rtx(repaired, payload, parsed["timestamp"])
        elif (protected := self._by_flexfec.get(ssrc)) is not None:
            self._recover(protected, protected.fec.take(read_flexfec(payload)))
        else:
            lane = self._lanes[ssrc]
            if not payload:
                self.padding += 1
                lane.note(lane.unwrap(sequence), now)
            elif isinstance(lane, AudioLane):
                self._handle_audio(lane, sequence, parsed, payload)
            else:
                assert isinstance(lane, VideoLane)
                self._handle_video_packet(lane, data, parsed, payload)
            self._ask_for(lane)

    def _handle_video_packet(self, lane: VideoLane, data: bytes, parsed: rtp.Packet, payload: bytes) -> None:
        number = parsed["sequence"]
        sequence = lane.unwrap(number)
        if parsed["payload_type"] == offers.VIDEO_RED:
            if payload[0] == offers.ULPFEC:  # takes a number of the media
                lane.note(sequence, self._clock.now_ns)
                self._recover(lane, lane.fec.take(read_ulpfec(payload[1:])))
                return
            data, payload = without_red(data), payload[1:]
        self._handle_video(lane, sequence, parsed["timestamp"], payload, False)
        if lane.is_protected:
            self._recover(lane, lane.fec.keep(number, data))

    def _recover(self, lane: VideoLane, packets: list[bytes]) -> None:
        for data in packets:
            parsed = rtp.parse(data, media.EXTENSION_KINDS)
            assert parsed is not None, "parity gives back no packet"
            start = parsed["header_size"]
            payload = data[start : start + parsed["payload_size"]]
            self._handle_video(lane, lane.unwrap(parsed["sequence"]), parsed["timestamp"], payload, False)

    def _handle_rtx(self, lane: VideoLane, payload: bytes, timestamp: int) -> None:
        if len(payload) < 2:
            self.padding += 1
            return
        sequence = lane.unwrap(int.from_bytes(payload[:2], "big"))
        if len(payload) == 2:
            lane.forget(sequence)
        else:
            self._handle_video(lane, sequence, timestamp, payload[2:], True)

    def _handle_video(
        self, lane: VideoLane, sequence: int, timestamp: int, payload: bytes, repaired: bool
    ) -> None:
        if not lane.note(sequence, self._clock.now_ns):
            self.copies += 1
            return
        stamp = media.read_stamp(VP8, payload)
        temporal = payload[5] >> 6
        lane.octets[stamp.publisher, stamp.layer, temporal] += len(payload)
        lane.display.packet(stamp, temporal, lane.time_ns(timestamp), repaired)

    def _handle_audio(self, lane: AudioLane, number: int, parsed: rtp.Packet, payload: bytes) -> None:
        sequence = lane.unwrap(number)
        timestamp = parsed["timestamp"]
        if parsed["payload_type"] == offers.AUDIO_RED:
            blocks = split_red(payload)
            assert blocks is not None, "malformed RED"
            for back, (_, offset, block) in enumerate(reversed(blocks)):
                self._hear(lane, sequence - back, timestamp - offset, block, is_copy=back > 0)
        else:
            self._hear(lane, sequence, timestamp, payload, is_copy=False)

    def _hear(self, lane: AudioLane, sequence: int, timestamp: int, payload: bytes, is_copy: bool) -> None:
        in_order = not is_copy and (lane.highest is None or sequence > lane.highest)
        now = self._clock.now_ns
        if is_copy and (lane.highest is None or sequence < lane.first):
            return
        if is_copy and sequence not in lane.gaps and sequence <= lane.highest:  # type: ignore[operator]
            return
        gap = lane.gaps.get(sequence)
        was_lost = gap is not None and gap.counted
        if lane.note(sequence, now) and not was_lost:
            lane.octets[0, 0, 0] += len(payload)
            lane.ear.arrived(lane.time_ns(timestamp & 0xFFFFFFFF), now, in_order)

    def _handle_rtcp(self, data: bytes) -> None:
        self.receptions = self._lanes  # type: ignore[assignment]
        super()._handle_rtcp(data)
