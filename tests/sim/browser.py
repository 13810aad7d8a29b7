"""A synthetic WebRTC peer on the wire: ICE checks, SRTP with fixed keys (no DTLS), a publisher, Receptions."""

import random
from collections.abc import Callable

from aioice import stun
from pylibsrtp import Error as SrtpError, Policy, Session

from _fastpath import packet as rtp, payload as payloads, rtcp, twcc
from tests.sim import media
from tests.sim.clock import MS, SECOND, Clock
from tests.sim.media import VP8
from tests.sim.publisher import Publisher, Stream, VideoLayer, ntp
from tests.sim.receiver import Arrived, Reception

CHECK_NS = 2500 * MS  # consent checks (RFC 7675: about 5 s; Chromium: 2.5 s)
FIRST_CHECK_NS = 50 * MS
NACK_TICK_NS = 20 * MS  # libwebrtc's NackRequester
FEEDBACK_NS = 50 * MS
REPORT_NS = SECOND
PLI_NS = 300 * MS
WINDOW = 1024  # SRTP replay window, packets

GCM, CM_SHA1 = 7, 1
PROFILES = {GCM: Policy.SRTP_PROFILE_AEAD_AES_128_GCM, CM_SHA1: Policy.SRTP_PROFILE_AES128_CM_SHA1_80}
KEY_SIZES = {GCM: 28, CM_SHA1: 30}

Address = tuple[int, str, int]


def session(profile: int, key: bytes, *, inbound: bool) -> Session:
    kind = Policy.SSRC_ANY_INBOUND if inbound else Policy.SSRC_ANY_OUTBOUND
    policy = Policy(key=key, ssrc_type=kind, srtp_profile=PROFILES[profile])
    policy.window_size = WINDOW
    return Session(policy)


class Browser:
    def __init__(
        self,
        clock: Clock,
        number: int,
        room: str,
        rng: random.Random,
        *,
        profile: int = GCM,
        retry_ns: int = 60 * MS,
    ) -> None:
        self.number = number
        self.room = room
        self.address: Address = (0, f"192.0.2.{number}", 5000 + number)
        self.server_ufrag = b"srv%d" % number
        self.server_password = rng.randbytes(12).hex().encode()
        self.profile = profile
        self.upstream_key = rng.randbytes(KEY_SIZES[profile])
        self.downstream_key = rng.randbytes(KEY_SIZES[profile])
        self.send_datagram: Callable[[bytes], None] = lambda datagram: None
        self.publisher = Publisher(number, rng, self._send_rtp, lambda: clock.now_ns)
        self.receptions: dict[int, Reception] = {}
        self.is_alive = True
        self.is_muted = True
        """Sends no media: not connected yet, or told so."""
        self.checks_sent = 0
        self.checks_answered = 0
        self.undecryptable = 0
        self.wire_repeats = 0
        """Packets that SRTP's replay window refused: the very same packet twice."""
        self._clock = clock
        self._rng = rng
        self._retry_ns = retry_ns
        self._send_session = session(profile, self.upstream_key, inbound=False)
        self._receive_session = session(profile, self.downstream_key, inbound=True)
        self._by_rtx: dict[int, Reception] = {}
        self._feedback = twcc.Arrivals()
        self._transactions: dict[bytes, int] = {}
        self._last_pli_ns = 0
        self._last_sr: dict[int, tuple[int, int]] = {}
        self.rtcp_ssrc = 0x7000_0000 + number

    # --- life

    def start(self) -> None:
        for action, period in (
            (self._check, CHECK_NS),
            (self._ask_again, NACK_TICK_NS),
            (self._send_feedback, FEEDBACK_NS),
            (self._report, REPORT_NS),
        ):
            self._clock.every(period, action)

    def die(self) -> None:
        """As a killed browser: no word to anybody."""
        self.is_alive = False

    @property
    def may_send(self) -> bool:
        return self.is_alive and not self.is_muted

    def publish_video(self, stream: Stream, layer: int, bitrate_bps: int, fps: int = 30) -> VideoLayer:
        video = self.publisher.add_layer(stream, layer, bitrate_bps, fps)
        offset = self._rng.randrange(video.period_ns)

        def frame() -> bool:
            if self.may_send and video.bitrate_bps:
                self.publisher.send_frame(video)
            return self.is_alive

        self._clock.after(offset, lambda: self._clock.every(video.period_ns, frame))
        return video

    def publish_audio(self, stream: Stream) -> Stream:
        self.publisher.add_stream(stream)

        def talk() -> bool:
            if self.may_send:
                self.publisher.send_audio(stream)
            return self.is_alive

        self._clock.after(self._rng.randrange(20 * MS), lambda: self._clock.every(20 * MS, talk))
        return stream

    def receive(self, reception: Reception) -> Reception:
        self.receptions[reception.ssrc] = reception
        if reception.rtx_ssrc:
            self._by_rtx[reception.rtx_ssrc] = reception
        return reception

    # --- out

    def _send_rtp(self, data: bytes) -> None:
        self.send_datagram(self._send_session.protect(data))

    def send_rtcp(self, data: bytes) -> None:
        self.send_datagram(self._send_session.protect_rtcp(data))

    def _check(self) -> bool:
        if not self.is_alive:
            return False
        if not self.checks_answered:
            self._clock.after(FIRST_CHECK_NS, self._check_first)
        message = stun.Message(
            stun.Method.BINDING, stun.Class.REQUEST, transaction_id=self._rng.randbytes(12)
        )
        message.attributes["USERNAME"] = f"{self.server_ufrag.decode()}:peer{self.number}"
        message.attributes["PRIORITY"] = 1845501695
        message.attributes["ICE-CONTROLLING"] = self.number
        message.attributes["USE-CANDIDATE"] = None
        message.add_message_integrity(self.server_password)
        message.add_fingerprint()
        self._transactions[message.transaction_id] = self._clock.now_ns
        self.checks_sent += 1
        self.send_datagram(bytes(message))
        return True

    def _check_first(self) -> None:
        if not self.checks_answered:
            self._check()

    def _ask_again(self) -> bool:
        if not self.is_alive:
            return False
        for reception in self.receptions.values():
            if reception.nack:
                self._send_nack(reception, reception.nacks_due(self._clock.now_ns, self._retry_ns))
            if reception.wants_keyframe and self._clock.now_ns - self._last_pli_ns > PLI_NS:
                reception.wants_keyframe = False
                self.request_keyframe(reception)
        return True

    def request_keyframe(self, reception: Reception) -> None:
        self._last_pli_ns = self._clock.now_ns
        self.send_rtcp(rtcp.pli(12, self.rtcp_ssrc, reception.ssrc))

    def _send_nack(self, reception: Reception, sequences: list[int]) -> None:
        if sequences:
            lost = [sequence & 0xFFFF for sequence in sequences]
            self.send_rtcp(rtcp.nack(1200, self.rtcp_ssrc, reception.ssrc, lost))

    def _send_feedback(self) -> bool:
        while self.is_alive and self._feedback.pending:
            self.send_rtcp(self._feedback.write(1100, self.rtcp_ssrc, next(iter(self.receptions))))
        return self.is_alive

    def _report(self) -> bool:
        if not self.is_alive:
            return False
        for report in self.publisher.reports():
            self.send_rtcp(report)
        blocks = [self._block(reception) for reception in self.receptions.values() if reception.arrived]
        if blocks:
            self.send_rtcp(rtcp.receiver_report(1200, self.rtcp_ssrc, blocks[:31]))
        return True

    def _block(self, reception: Reception) -> tuple[int, int, int, int, int, int, int]:
        last_sr, arrival = self._last_sr.get(reception.ssrc, (0, self._clock.now_ns))
        delay = ((self._clock.now_ns - arrival) << 16) // SECOND if last_sr else 0
        highest = (reception.highest or 0) & 0xFFFFFFFF
        return reception.ssrc, 0, len(reception.missing), highest, 0, last_sr, delay

    # --- in

    def handle(self, datagram: bytes) -> None:
        if not self.is_alive:
            return
        if datagram[0] < 4:
            self._handle_stun(datagram)
        elif rtcp.looks_like_rtcp(datagram):
            self._handle_rtcp(self._receive_session.unprotect_rtcp(datagram))
        else:
            self._handle_rtp(datagram)

    def _handle_stun(self, datagram: bytes) -> None:
        message = stun.parse_message(datagram)
        assert message.message_class == stun.Class.RESPONSE
        assert message.check_message_integrity(self.server_password)
        assert message.attributes["XOR-MAPPED-ADDRESS"] == self.address[1:]
        if self._transactions.pop(message.transaction_id, None) is not None:
            self.checks_answered += 1

    def _handle_rtp(self, datagram: bytes) -> None:
        try:
            data = self._receive_session.unprotect(datagram)
        except SrtpError:
            self.undecryptable += 1
            return
        parsed = rtp.parse(data, media.EXTENSION_KINDS)
        assert parsed is not None
        number = parsed["extensions"].get(media.TRANSPORT_SEQUENCE)
        if number is not None:
            self._feedback.arrived(int.from_bytes(number, "big"), self._clock.now_ns)
        payload = data[parsed["header_size"] :][: parsed["payload_size"]]
        sequence = parsed["sequence"]
        repaired = parsed["ssrc"] in self._by_rtx
        if repaired:
            reception = self._by_rtx[parsed["ssrc"]]
            sequence, payload = int.from_bytes(payload[:2], "big"), payload[2:]
            if not payload:  # nothing to repair: the number stays unused
                reception.missing.pop(reception.unwrap(sequence), None)
                return
        else:
            reception = self.receptions[parsed["ssrc"]]
        if not payload:  # padding: the number is used, nothing is missing
            reception.skip(reception.unwrap(sequence), self._clock.now_ns)
            return
        *earlier, payload = media.audio_frames(parsed["payload_type"], payload)
        for frame in (*earlier, payload):
            reception.first_had.setdefault(
                media.read_stamp(reception.codec, frame).identity, self._clock.now_ns
            )
        picture = payloads.parse(VP8, payload) if reception.codec == VP8 else None
        reception.take(
            Arrived(
                reception.unwrap(sequence),
                parsed["timestamp"],
                media.read_stamp(reception.codec, payload),
                self._clock.now_ns,
                picture["picture_id"] if picture else 0,
                repaired,
            )
        )
        if reception.missing and reception.nack:
            self._send_nack(reception, reception.new_nacks(self._clock.now_ns))

    def _handle_rtcp(self, data: bytes) -> None:
        parts, whole = rtcp.parse(data)
        assert whole
        for part in parts:
            media_ssrc = part.get("feedback", (0, 0))[1]
            if (part["kind"], part["count"]) == (205, 15):
                self.publisher.handle_transport_feedback(data)
            if part["nack"]:
                self.publisher.handle_nack(media_ssrc, part["nack"])
            elif (part["kind"], part["count"]) == (206, 1):
                self.publisher.handle_keyframe_request(media_ssrc)
            for ssrc in part["fir"]:
                self.publisher.handle_keyframe_request(ssrc)
            if "sender_info" in part:
                ssrc, ntp_time, timestamp, _, _ = part["sender_info"]
                self._last_sr[ssrc] = (ntp_time >> 16 & 0xFFFFFFFF, self._clock.now_ns)
                self.receptions[ssrc].sender_reports.append((self._clock.now_ns, ntp_time, timestamp))


__all__ = ["CM_SHA1", "GCM", "Browser", "ntp", "session"]
