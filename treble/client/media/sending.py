"""One stream that we send: its numbers, what can be sent again, and its sender reports. Sans-I/O.

Every packet carries the next transport-wide number. What is asked for again goes out as RTX (RFC 4588) where that was
negotiated, else byte for byte as it was: a second text under the same SRTP nonce would give the key away.
"""

import secrets
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from _fastpath import rtcp
from _fastpath.values import Extension
from treble.client.media.rtp import write_packet
from treble.units import SECOND

HISTORY: Final = 1024  # packets that can be sent again; a second of video
NTP_EPOCH_S: Final = 2_208_988_800  # from 1900 to 1970
REPORT_BYTES: Final = 1200


class TransportNumbers:
    """One sequence for all packets of a connection."""

    def __init__(self) -> None:
        self.last = secrets.randbelow(2**15)

    def take(self) -> int:
        self.last = self.last + 1 & 0xFFFF
        return self.last


class Sealer(Protocol):
    """SRTP, and whoever keeps the books of what is sent."""

    numbers: TransportNumbers

    def seal(self, packet: bytes) -> bytes:
        """Protected, and counted as sent now under the last transport-wide number."""


@dataclass(frozen=True)
class Outlet:
    """What was negotiated for one m-line that sends."""

    mid: str
    payload_type: int
    clock_rate: int
    ssrc: int
    rtx_payload_type: int = -1
    rtx_ssrc: int = 0
    extensions: dict[Extension, int] = field(default_factory=dict)  # kind -> id


class _Sent(NamedTuple):
    plain: tuple[int, bool, bytes]  # timestamp, marker, payload
    wire: bytes


class SendStream:
    def __init__(self, outlet: Outlet, sealer: Sealer, cname: str) -> None:
        self.outlet = outlet
        self.wants_keyframe = False
        self.packets = self.octets = self.resent = 0
        self.first_timestamp = secrets.randbelow(2**32)
        self._sealer = sealer
        self._cname = cname.encode()
        self._sequence = secrets.randbelow(2**15)
        self._rtx_sequence = secrets.randbelow(2**15)
        self._sent: OrderedDict[int, _Sent] = OrderedDict()
        self._last: tuple[int, int] | None = None  # timestamp, when its packets were made

    def write(
        self, payloads: Sequence[bytes], timestamp: int, now_ns: int, *, level: int | None = None
    ) -> Iterator[bytes]:
        """SRTP packets of one frame, each made when it is taken; of video the last has the marker.

        `level`: of audio, in -dBov (RFC 6464).
        """
        self._last = (timestamp, now_ns)
        for index, payload in enumerate(payloads):
            marker = index == len(payloads) - 1 and level is None
            self._sequence = self._sequence + 1 & 0xFFFF
            wire = self._sealer.seal(
                write_packet(
                    self.outlet.payload_type,
                    self._sequence,
                    timestamp,
                    self.outlet.ssrc,
                    payload,
                    marker=marker,
                    extensions=self._extensions(level),
                )
            )
            self.packets += 1
            self.octets += len(payload)
            self._sent[self._sequence] = _Sent((timestamp, marker, payload), wire)
            if len(self._sent) > HISTORY:
                self._sent.popitem(last=False)
            yield wire

    def resend(self, sequence: int) -> bytes | None:
        """An SRTP packet; None where it is forgotten."""
        sent = self._sent.get(sequence)
        if sent is None:
            return None
        self.resent += 1
        if not self.outlet.rtx_ssrc:
            return sent.wire
        timestamp, marker, payload = sent.plain
        self._rtx_sequence = self._rtx_sequence + 1 & 0xFFFF
        return self._sealer.seal(
            write_packet(
                self.outlet.rtx_payload_type,
                self._rtx_sequence,
                timestamp,
                self.outlet.rtx_ssrc,
                sequence.to_bytes(2, "big") + payload,
                marker=marker,
                extensions=self._extensions(None),
            )
        )

    def report(self, now_ns: int, unix_ns: int) -> bytes:
        """Sender report and name, b"" before the first packet: the timestamp of now, counted on from the last frame's."""
        if self._last is None:
            return b""
        timestamp, since_ns = self._last
        now_timestamp = timestamp + (now_ns - since_ns) * self.outlet.clock_rate // SECOND
        ntp = (unix_ns + NTP_EPOCH_S * SECOND) * 2**32 // SECOND
        report = rtcp.sender_report(
            REPORT_BYTES,
            self.outlet.ssrc,
            ntp & 0xFFFFFFFFFFFFFFFF,
            now_timestamp & 0xFFFFFFFF,
            self.packets & 0xFFFFFFFF,
            self.octets & 0xFFFFFFFF,
        )
        return report + rtcp.sdes_cname(REPORT_BYTES, self.outlet.ssrc, self._cname)

    def _extensions(self, level: int | None) -> dict[int, bytes]:
        ids = self.outlet.extensions
        made = {}
        if number := ids.get(Extension.MID):
            made[number] = self.outlet.mid.encode()
        if number := ids.get(Extension.TRANSPORT_SEQUENCE):
            made[number] = self._sealer.numbers.take().to_bytes(2, "big")
        if level is not None and (number := ids.get(Extension.AUDIO_LEVEL)):
            made[number] = bytes([level & 0x7F])
        return made
