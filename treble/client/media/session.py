"""One media connection from offer to end: what we send, what the Slots bring, and the RTCP of both."""

import secrets
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final, Protocol

import trio

from _fastpath import packet as rtp, rtcp
from _fastpath.twcc import Arrivals
from _fastpath.values import Extension
from sfu.wire.sdp_model import BadSdp
from treble.api import PublishedTrack, SlotPair, Source
from treble.client.errors import TrebleError
from treble.client.media.answer import Answer, read_answer
from treble.client.media.connection import Connection, PathLost, new_certificate
from treble.client.media.ice import new_credentials
from treble.client.media.offer import KIND_OF, Sending, pairs_of, plan_lines, tracks_of, write_offer
from treble.client.media.paths import now_ns
from treble.client.media.receiving import Encoded, Packet, Receiver
from treble.client.media.sending import SendStream
from treble.client.media.turn import RelayServer
from treble.units import MILLISECOND

TICK_S: Final = 0.025
FEEDBACK_TICKS: Final = 2  # transport-wide feedback 20 times a second
REPORT_TICKS: Final = 40  # reports once a second
KEYFRAME_AGAIN_NS: Final = 300 * MILLISECOND
PACKET_BYTES: Final = 1200
MOST_BLOCKS: Final = 31

Exchange = Callable[[str, list[PublishedTrack], list[SlotPair]], Awaitable[str]]


class Hooks(Protocol):
    """Whom a `Media` asks and tells."""

    def is_wanted(self, slot: int, kind: str) -> bool: ...
    def on_frame(self, slot: int, kind: str, frame: Encoded) -> None: ...
    def on_media(self, media: "Media") -> None: ...


def _ssrc() -> int:
    return secrets.randbelow(2**32 - 1) + 1


class Media:
    """`senders` are there once it is open. `only`: no other codec of video is received. `relays`: gone through where the
    media server cannot be reached directly."""

    def __init__(
        self,
        sources: Sequence[Source],
        slots: int,
        video_codec: str,
        hooks: Hooks,
        *,
        only: bool = False,
        relays: Sequence[RelayServer] = (),
    ) -> None:
        self.video_codec = video_codec
        self.senders: dict[Source, SendStream] = {}
        self._hooks = hooks
        self._relays = relays
        self._lines = plan_lines([_sending(source) for source in sources], slots, video_codec, only=only)
        self._cname = secrets.token_urlsafe(9)
        self._own_ssrc = _ssrc()
        self._arrivals = Arrivals()
        self._receivers: dict[int, Receiver] = {}
        self._by_ssrc: dict[int, SendStream] = {}
        self._asked_ns: dict[int, int] = {}
        self._extensions: dict[int, int] = {}
        self._heard_ssrc = 0

    async def run(self, exchange: Exchange) -> PathLost:
        """Offer, connect, carry; gives why it ended. Raises `TrebleError` or `PathLost` where it could not begin."""
        own, certificate = new_credentials(), new_certificate()
        offer = write_offer(self._lines, own, certificate.fingerprint, self._cname)
        text = await exchange(offer, tracks_of(self._lines), pairs_of(self._lines))
        try:
            answer = read_answer(text, self._lines)
        except BadSdp as error:
            raise TrebleError("bad.sdp", str(error)) from None
        self.connection = await Connection.open(own, certificate, answer.remote, self._relays)
        try:
            return await self._carry(answer)
        finally:
            self.connection.close()

    async def _carry(self, answer: Answer) -> PathLost:
        self._answer = answer
        self._extensions = {number: int(kind) for number, kind in answer.extensions.items()}
        for ssrc, stream in answer.streams.items():
            if not stream.is_rtx:
                self._receivers[ssrc] = Receiver(ssrc, stream.slot, stream.kind)
        for name, outlet in answer.outlets.items():
            sender = SendStream(outlet, self.connection, self._cname)
            self.senders[Source(name)] = self._by_ssrc[outlet.ssrc] = sender
        self._hooks.on_media(self)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._tick)
            reason = await self.connection.run(self._take)
            nursery.cancel_scope.cancel()
        return reason

    def request_keyframe(self, slot: int) -> None:
        """At most three times a second."""
        now = now_ns()
        if now - self._asked_ns.get(slot, -KEYFRAME_AGAIN_NS) < KEYFRAME_AGAIN_NS:
            return
        self._asked_ns[slot] = now
        for receiver in self._receivers.values():
            if receiver.slot == slot and receiver.kind == "video":
                self._tell(rtcp.pli(PACKET_BYTES, self._own_ssrc, receiver.ssrc))

    # --- what comes

    def _take(self, data: bytes, is_rtcp: bool, now: int) -> None:
        if is_rtcp:
            self._take_rtcp(data, now)
        else:
            self._take_rtp(data, now)

    def _take_rtp(self, data: bytes, now: int) -> None:
        parsed = rtp.parse(data, self._extensions)
        if parsed is None:
            return None
        self._heard_ssrc = parsed["ssrc"]
        if number := parsed["extensions"].get(int(Extension.TRANSPORT_SEQUENCE)):
            self._arrivals.arrived(int.from_bytes(number, "big"), now)
        stream = self._answer.streams.get(parsed["ssrc"])
        if stream is None:
            return None
        start = parsed["header_size"]
        payload = data[start : start + parsed["payload_size"]]
        payload_type, sequence = parsed["payload_type"], parsed["sequence"]
        receiver = self._receivers.get(stream.media_ssrc)
        if receiver is None:
            return None
        if stream.is_rtx:
            if len(payload) < 2:
                return None  # a probe
            payload_type = self._answer.rtx_for.get(payload_type, -1)
            sequence, payload = int.from_bytes(payload[:2], "big"), payload[2:]
        else:
            receiver.reception.arrived(sequence, parsed["timestamp"], now)
        if not self._hooks.is_wanted(receiver.slot, receiver.kind):
            return receiver.rest()
        codec = self._answer.codecs.get(payload_type, "")
        packet = Packet(codec, parsed["timestamp"], bool(parsed["marker"]), payload)
        receiver.put(sequence, packet, now)
        return self._give(receiver, now)

    def _give(self, receiver: Receiver, now: int) -> None:
        for frame in receiver.frames(now):
            self._hooks.on_frame(receiver.slot, receiver.kind, frame)

    def _take_rtcp(self, data: bytes, now: int) -> None:
        at = 0
        for part in rtcp.parse(data)[0]:
            raw, at = data[at : at + part["size"]], at + part["size"]
            if (info := part.get("sender_info")) and (receiver := self._receivers.get(info[0])):
                receiver.reception.sender_reported(info[1], now)
            for block in part["blocks"]:
                if block[0] in self._by_ssrc:
                    self.connection.uplink.report(block[1], now)
            if feedback := part.get("feedback"):
                self._take_feedback(part, feedback[1], raw, now)

    def _take_feedback(self, part: "rtcp.Part", media_ssrc: int, raw: bytes, now: int) -> None:
        match part["kind"], part["count"]:
            case 205, 15:
                self.connection.uplink.feedback(raw, now)
            case 205, 1 if sender := self._by_ssrc.get(media_ssrc):
                for sequence in part["nack"]:
                    if again := sender.resend(sequence):
                        self.connection.send(again)
            case 206, 1 if sender := self._by_ssrc.get(media_ssrc):
                sender.wants_keyframe = True
            case 206, 4:
                for ssrc in part["fir"]:
                    if ssrc in self._by_ssrc:
                        self._by_ssrc[ssrc].wants_keyframe = True

    # --- what goes

    async def _tick(self) -> None:
        tick = 0
        while True:
            await trio.sleep(TICK_S)
            tick, now = tick + 1, now_ns()
            for receiver in self._receivers.values():
                if lost := receiver.ask(now):
                    self._tell(rtcp.nack(PACKET_BYTES, self._own_ssrc, receiver.ssrc, lost))
                self._give(receiver, now)
            if tick % FEEDBACK_TICKS == 0:
                while self._arrivals.pending:
                    self._tell(self._arrivals.write(PACKET_BYTES, self._own_ssrc, self._heard_ssrc))
            if tick % REPORT_TICKS == 0:
                self.connection.uplink.tick(now)
                for report in self._reports(now):
                    self._tell(report)

    def _reports(self, now: int) -> Iterator[bytes]:
        for sender in self.senders.values():
            if report := sender.report(now, time.time_ns()):
                yield report
        found = [receiver.reception.block(now) for receiver in self._receivers.values()]
        blocks = [block for block in found if block]
        for start in range(0, len(blocks), MOST_BLOCKS):
            report = rtcp.receiver_report(PACKET_BYTES, self._own_ssrc, blocks[start : start + MOST_BLOCKS])
            yield report + rtcp.sdes_cname(PACKET_BYTES, self._own_ssrc, self._cname.encode())

    def _tell(self, packet: bytes) -> None:
        if packet:
            self.connection.send_rtcp(packet)


def _sending(source: Source) -> Sending:
    return Sending(source, _ssrc(), _ssrc() if KIND_OF[source] == "video" else 0)
