"""`python -m bench.micro`: nanoseconds per packet of the engine's stages, no sockets; medians of several
rounds."""

import itertools
import statistics
import struct
from collections.abc import Callable

from bench.micro import stages

stages.install()  # before the engine is imported

from aioice import stun  # noqa: E402
from pylibsrtp import Session  # noqa: E402

from _fastpath.engine import Datagram, Engine  # noqa: E402
from bench.floor import bare_engine  # noqa: E402
from bench.load import sdp, srtp  # noqa: E402

FAN_OUT = 50
BATCH = 4
"""Packets of one video frame at 1 Mbit/s, 30 fps."""
PAYLOAD = 1042
FRAMES, ROUNDS = 400, 5
GCM, CM = "AEAD_AES_128_GCM", "AES128_CM_SHA1_80"


def rtp(sequence: int, frame: int, part: int) -> bytes:
    """A packet of a VP8 frame with MID, abs-send-time and transport-wide number, as Chromium sends it."""
    ids = sdp.EXTENSION_IDS
    extensions = bytes([ids["mid"] << 4]) + b"0"
    extensions += bytes([ids["abs_send_time"] << 4 | 2]) + b"\0\0\0"
    extensions += bytes([ids["transport"] << 4 | 1]) + struct.pack("!H", sequence & 0xFFFF)
    extensions += bytes(-len(extensions) % 4)
    marker = 0x80 if part == BATCH - 1 else 0
    head = struct.pack("!BBHII", 0x90, sdp.VP8 | marker, sequence & 0xFFFF, frame * 3000 & 0xFFFFFFFF, 7)
    head += struct.pack("!HH", 0xBEDE, len(extensions) // 4) + extensions
    descriptor = struct.pack(
        "!BBHB", 0x90 if part == 0 else 0x80, 0xC0, 0x8000 | frame & 0x7FFF, frame & 0xFF
    )
    start = b"\x10\0\0\x9d\x01\x2a\x80\x02\x68\x01" if frame == 0 else b"\x11\0\0"
    return head + descriptor + (start if part == 0 else b"") + bytes(PAYLOAD - 15)


def check(number: int, remote: str = "bench") -> bytes:
    ufrag, password = bare_engine.credentials(number)
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, number.to_bytes(12, "big"))
    message.attributes["USERNAME"] = f"{ufrag}:{remote}"
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLING"] = 1
    message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(password.encode())
    message.add_fingerprint()
    return bytes(message)


class Fan:
    """One publisher and FAN_OUT receivers on an engine that is stepped."""

    def __init__(self, profile: str | None) -> None:
        stages.null_cipher(profile is None)
        self.engine = Engine()
        self._seal: Session | None = (
            srtp.sessions(profile, bare_engine.material(0, profile))[0] if profile else None
        )
        self._sequence, self._frame, self._now_ns = 1, 0, 1_000_000_000
        used = profile or GCM
        endpoints = [bare_engine.add_endpoint(self.engine, number, used) for number in range(FAN_OUT + 1)]
        [(track, kind)] = bare_engine.add_tracks(self.engine, endpoints[0], ["video"])
        for number, endpoint in enumerate(endpoints[1:]):
            bare_engine.add_row(self.engine, endpoint, kind, track, number, number)
        for number in range(FAN_OUT + 1):
            self.engine.step([(check(number), self.address(number))], self._now_ns)
        self.engine.poll()

    @staticmethod
    def address(number: int) -> tuple[int, str, int]:
        return (0, "10.0.0.1", 10_000 + number)

    def frame(self) -> int:
        """Forward one frame; returns how many packets left for receivers."""
        packets: list[Datagram] = []
        for part in range(BATCH):
            packet = rtp(self._sequence, self._frame, part)
            packets.append((self._seal.protect(packet) if self._seal else packet, self.address(0)))
            self._sequence += 1
        self._frame += 1
        self._now_ns += 33_333_333
        sent = self.engine.step(packets, self._now_ns)
        return sum(1 for data, _ in sent if len(data) > PAYLOAD)

    def measure(self) -> float:
        """ns of `run_batch` per forwarded packet."""
        for _ in range(50):
            self.frame()
        stages.take_spent()
        forwarded = sum(self.frame() for _ in range(FRAMES))
        if forwarded != FRAMES * BATCH * FAN_OUT:
            raise RuntimeError(f"{forwarded} packets left instead of {FRAMES * BATCH * FAN_OUT}")
        return float(stages.take_spent()[0]) / forwarded


def median(measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(ROUNDS))


def protect(profile: str) -> float:
    kept = [srtp.sessions(profile, bare_engine.material(number, profile))[0] for number in range(FAN_OUT)]
    addresses = [srtp.address(session) for session in kept]
    numbers = itertools.count()
    return float(stages.protect_ns(addresses, rtp(next(numbers), 1, 1), 2000))


def rows() -> list[tuple[str, float]]:
    extensions = {number: int(kind) for number, kind in bare_engine.EXTENSIONS.items()}
    made = [
        (
            "parse an RTP packet with three extensions",
            median(lambda: stages.parse_ns(rtp(1, 1, 0), extensions, 200_000)),
        ),
        (
            "check and answer a STUN binding request",
            median(lambda: stages.stun_ns(check(1), bare_engine.credentials(1)[1].encode(), 50_000)),
        ),
        (f"libsrtp protect, GCM, {FAN_OUT} keys", median(lambda: protect(GCM))),
        (f"libsrtp protect, CM-SHA1, {FAN_OUT} keys", median(lambda: protect(CM))),
    ]
    for name, profile in (("null cipher", None), ("GCM", GCM), ("CM-SHA1", CM)):
        fan = Fan(profile)
        made.append((f"whole pipeline per forwarded packet, fan-out {FAN_OUT}, {name}", median(fan.measure)))
    return made


def main() -> None:
    print(f"Packets of {len(rtp(1, 1, 1))} bytes, frames of {BATCH}, median of {ROUNDS}.\n")
    print("| stage | ns |\n| --- | ---: |")
    for name, ns in rows():
        print(f"| {name} | {ns:.0f} |")


if __name__ == "__main__":
    main()
