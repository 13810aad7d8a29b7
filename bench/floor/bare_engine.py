"""`python -m bench.floor.bare_engine HOST PORT PARTICIPANTS fanout|meeting KINDS PROFILE`: the engine alone.

No SDP, no DTLS, no rooms: everybody's ICE credentials and SRTP keys follow from their number (`credentials`,
`material`), so that client and server need not talk. What lies between this and `treble` is the price of the
control plane.
"""

import hashlib
import select
import socket
import sys

from _fastpath.engine import Codec, Engine, EventKind, Extension, Kind, PayloadType, Profile, RowCodec
from bench import rig
from bench.load import sdp

PROFILES = {"AEAD_AES_128_GCM": Profile.AEAD_AES_128_GCM, "AES128_CM_SHA1_80": Profile.AES128_CM_SHA1_80}
SALT = {"AEAD_AES_128_GCM": 12, "AES128_CM_SHA1_80": 14}
EXTENSIONS = {
    sdp.EXTENSION_IDS["mid"]: Extension.MID,
    sdp.EXTENSION_IDS["abs_send_time"]: Extension.ABS_SEND_TIME,
    sdp.EXTENSION_IDS["transport"]: Extension.TRANSPORT_SEQUENCE,
    sdp.EXTENSION_IDS["level"]: Extension.AUDIO_LEVEL,
}
PAYLOAD_TYPES = (
    PayloadType(sdp.VP8, Codec.VP8, 90000),
    PayloadType(sdp.VP8_RTX, Codec.VP8, 90000, sdp.VP8),
    PayloadType(sdp.OPUS, Codec.OPUS, 48000),
)


def credentials(number: int) -> tuple[str, str]:
    return f"peer{number:06d}", hashlib.sha256(b"%d" % number).hexdigest()[:24]


def material(number: int, profile: str) -> bytes:
    """Exported keys of a participant as DTLS would give them: client key, server key, client salt, server
    salt."""
    return hashlib.sha512(b"keys %d" % number).digest()[: 2 * (16 + SALT[profile])]


def add_endpoint(engine: Engine, number: int, profile: str) -> int:
    ufrag, password = credentials(number)
    endpoint = engine.add_endpoint(ufrag.encode(), password.encode())
    keys, salt = material(number, profile), SALT[profile]
    salts = keys[32:]
    engine.set_keys(endpoint, PROFILES[profile], keys[:16] + salts[:salt], keys[16:32] + salts[salt:])
    engine.set_payload_types(endpoint, PAYLOAD_TYPES)
    engine.set_extensions(endpoint, EXTENSIONS)
    return endpoint


def add_tracks(engine: Engine, endpoint: int, kinds: list[str]) -> list[tuple[int, str]]:
    tracks = []
    for index, kind in enumerate(kinds):
        track = engine.add_track(endpoint, Kind.VIDEO if kind == "video" else Kind.AUDIO)
        engine.add_layer(track, 0, mid=str(index).encode())
        tracks.append((track, kind))
    return tracks


def add_row(engine: Engine, endpoint: int, kind: str, track: int, number: int, mid: int) -> None:
    video = kind == "video"
    codec = (
        RowCodec(Codec.VP8, sdp.VP8, 90000, sdp.VP8_RTX) if video else RowCodec(Codec.OPUS, sdp.OPUS, 48000)
    )
    row = engine.add_row(
        endpoint,
        Kind.VIDEO if video else Kind.AUDIO,
        ssrc=0x20000000 + 2 * number,
        rtx_ssrc=0x20000001 + 2 * number if video else 0,
        mid=str(mid).encode(),
        cname=b"bench",
        codecs=[codec],
        extensions=[Extension.MID, Extension.ABS_SEND_TIME, Extension.TRANSPORT_SEQUENCE],
    )
    engine.set_source(row, track, 0)


def furnish(engine: Engine, participants: int, meeting: bool, kinds: list[str], profile: str) -> None:
    """Everybody's endpoint, Tracks and Rows; commands are taken up as the ring has room."""
    endpoints = [add_endpoint(engine, number, profile) for number in range(participants)]
    tracks = [add_tracks(engine, endpoint, kinds) for endpoint in (endpoints if meeting else endpoints[:1])]
    number = 0
    for receiver, endpoint in enumerate(endpoints):
        for sender, published in enumerate(tracks):
            if sender == receiver:
                continue
            for track, kind in published:
                add_row(engine, endpoint, kind, track, number, 10 + number)
                number += 1
        drain(engine, 0.002)


def drain(engine: Engine, seconds: float) -> None:
    if select.select([engine.event_fd], [], [], seconds)[0]:
        for event in engine.poll():
            if event.kind == EventKind.UNDECODABLE:
                print("undecodable", event, file=sys.stderr)


def main() -> None:
    host, port, participants, shape, kinds, profile = sys.argv[1:]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rig.BUFFER_BYTES)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, rig.BUFFER_BYTES)
        sock.bind((host, int(port)))
        engine = Engine()
        engine.listen([sock.fileno()])
        engine.start()
        try:
            furnish(engine, int(participants), shape == "meeting", kinds.split(","), profile)
            print(f"ready {host}:{port}", flush=True)
            while True:
                drain(engine, 1.0)
        finally:
            engine.stop()
            print(engine.counters(), flush=True)


if __name__ == "__main__":
    main()
