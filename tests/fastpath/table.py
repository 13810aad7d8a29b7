"""An engine in step mode and peers of one line each: packets in clear on this side, SRTP on the other."""

from dataclasses import dataclass, field

from aioice import stun
from pylibsrtp import Policy, Session

from _fastpath.engine import (
    Address,
    Codec,
    Datagram,
    Engine,
    Extension,
    Kind,
    PayloadType,
    Profile,
    RowCodec,
)

MILLISECOND = 1_000_000
IDS = {
    1: Extension.MID,
    2: Extension.ABS_SEND_TIME,
    3: Extension.TRANSPORT_SEQUENCE,
    4: Extension.AUDIO_LEVEL,
    12: Extension.DEPENDENCY,
}
TYPES = [
    PayloadType(96, Codec.VP8, 90000),
    PayloadType(97, Codec.VP8, 90000, rtx_for=96),
    PayloadType(102, Codec.VP9, 90000),
    PayloadType(45, Codec.AV1, 90000),
    PayloadType(111, Codec.OPUS, 48000),
    PayloadType(98, Codec.RED, 90000),
    PayloadType(63, Codec.RED, 48000),
    PayloadType(99, Codec.RED, 90000, rtx_for=98),
    PayloadType(100, Codec.ULPFEC, 90000),
]


def rtp(
    sequence: int,
    timestamp: int = 0,
    payload: bytes = b"",
    *,
    payload_type: int = 96,
    ssrc: int = 1000,
    mid: bytes = b"1",
    marker: bool = False,
    padding: int = 0,
    level: int | None = None,
) -> bytes:
    """A packet of a publisher; `padding` bytes of padding behind the payload."""
    extension = bytes([0x10 | (len(mid) - 1)]) + mid if mid else b""
    extension += bytes([0x40, level]) if level is not None else b""
    extension += bytes(-len(extension) % 4)
    block = b"\xbe\xde" + (len(extension) // 4).to_bytes(2, "big") + extension if mid else b""
    first = 0x80 | (0x10 if block else 0) | (0x20 if padding else 0)
    head = bytes([first, (marker << 7) | payload_type]) + (sequence & 0xFFFF).to_bytes(2, "big")
    head += (timestamp & 0xFFFFFFFF).to_bytes(4, "big") + ssrc.to_bytes(4, "big")
    tail = bytes(padding - 1) + bytes([padding]) if padding else b""
    return head + block + payload + tail


def vp8(content: bytes, *, key: bool = False, picture: int = 0, tl0: int = 0) -> bytes:
    """The start of a VP8 frame with 15-bit picture id and TL0PICIDX (RFC 7741)."""
    return (
        bytes([0x90, 0xE0])
        + (picture | 0x8000).to_bytes(2, "big")
        + bytes([tl0, 0x00, 0x00 if key else 0x01])
    ) + content


def binding_request(ufrag: bytes, password: bytes, *, nominate: bool = True) -> bytes:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = ufrag.decode() + ":peer"
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLING"] = 1
    if nominate:
        message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(password)
    message.add_fingerprint()
    return bytes(message)


@dataclass
class Peer:
    endpoint: int
    address: Address
    ufrag: bytes
    password: bytes
    seal: Session
    unseal: Session
    received: list[bytes] = field(default_factory=list)
    control: list[bytes] = field(default_factory=list)

    def check(self, *, nominate: bool = True) -> bytes:
        return binding_request(self.ufrag, self.password, nominate=nominate)


def session(key: bytes, profile: Profile, kind: int) -> Session:
    policy = Policy(key=key, ssrc_type=kind, srtp_profile=int(profile))
    policy.window_size = 1024
    policy.allow_repeat_tx = True
    return Session(policy)


class Table:
    """One engine, its clock, and what each peer got (decrypted)."""

    def __init__(self, profile: Profile = Profile.AEAD_AES_128_GCM) -> None:
        self.engine = Engine(max_endpoints=64)
        self.profile = profile
        self.now = 1_000 * MILLISECOND
        self.peers: dict[Address, Peer] = {}

    def peer(self, *, keyed: bool = True) -> Peer:
        number = len(self.peers) + 1
        ufrag, password = b"user%04d" % number, b"password-of-%010d" % number
        endpoint = self.engine.add_endpoint(ufrag, password)
        size = 28 if self.profile == Profile.AEAD_AES_128_GCM else 30
        upward, downward = bytes([number]) * size, bytes([number + 100]) * size
        peer = Peer(
            endpoint,
            (0, f"192.0.2.{number}", 4000 + number),
            ufrag,
            password,
            session(upward, self.profile, Policy.SSRC_ANY_OUTBOUND),
            session(downward, self.profile, Policy.SSRC_ANY_INBOUND),
        )
        self.peers[peer.address] = peer
        self.engine.set_extensions(endpoint, IDS)
        self.engine.set_payload_types(endpoint, TYPES)
        if keyed:
            self.engine.set_keys(endpoint, self.profile, upward, downward)
            self.step((peer.check(), peer.address))
        return peer

    def video(self, peer: Peer, mid: bytes = b"1") -> int:
        track = self.engine.add_track(peer.endpoint, Kind.VIDEO)
        self.engine.add_layer(track, 0, mid=mid)
        return track

    def audio(self, peer: Peer, mid: bytes = b"0") -> int:
        track = self.engine.add_track(peer.endpoint, Kind.AUDIO)
        self.engine.add_layer(track, 0, mid=mid)
        return track

    def video_row(self, peer: Peer, *, ssrc: int = 7000, rtx: bool = True, **protection: int) -> int:
        return self.engine.add_row(
            peer.endpoint,
            Kind.VIDEO,
            ssrc=ssrc,
            rtx_ssrc=ssrc + 1 if rtx else 0,
            mid=b"9",
            cname=b"slot0",
            codecs=[
                RowCodec(codec, number, 90000, number + 1 if rtx else -1)
                for codec, number in ((Codec.VP8, 120), (Codec.VP9, 112), (Codec.AV1, 114))
            ],
            extensions=[
                Extension.MID,
                Extension.ABS_SEND_TIME,
                Extension.TRANSPORT_SEQUENCE,
                Extension.DEPENDENCY,
            ],
            **protection,
        )

    def audio_row(self, peer: Peer, *, ssrc: int = 8000, red: int = -1) -> int:
        return self.engine.add_row(
            peer.endpoint,
            Kind.AUDIO,
            ssrc=ssrc,
            mid=b"8",
            cname=b"slot0",
            codecs=[
                RowCodec(Codec.OPUS, 109, 48000),
                RowCodec(Codec.G722, 9, 8000),
                RowCodec(Codec.PCMU, 0, 8000),
                RowCodec(Codec.PCMA, 8, 8000),
            ],
            extensions=[Extension.MID, Extension.TRANSPORT_SEQUENCE, Extension.AUDIO_LEVEL],
            red=red,
        )

    def step(self, *datagrams: Datagram, after: int = 0) -> list[Datagram]:
        """One step; what comes out is decrypted into the peers' lists."""
        self.now += after
        out = self.engine.step(datagrams, self.now)
        for data, address in out:
            peer = self.peers.get(address)
            if peer is None or not 128 <= data[0] < 192:
                continue
            if 192 <= data[1] <= 223:
                peer.control.append(peer.unseal.unprotect_rtcp(data))
            else:
                peer.received.append(peer.unseal.unprotect(data))
        return out

    def publish(self, peer: Peer, *packets: bytes, after: int = 0) -> list[Datagram]:
        return self.step(*[(peer.seal.protect(packet), peer.address) for packet in packets], after=after)

    def report(self, peer: Peer, packet: bytes, after: int = 0) -> list[Datagram]:
        return self.step((peer.seal.protect_rtcp(packet), peer.address), after=after)


def sequence_of(packet: bytes) -> int:
    return int.from_bytes(packet[2:4], "big")


def timestamp_of(packet: bytes) -> int:
    return int.from_bytes(packet[4:8], "big")


def ssrc_of(packet: bytes) -> int:
    return int.from_bytes(packet[8:12], "big")


def payload_of(packet: bytes) -> bytes:
    size = 12 + 4 * (packet[0] & 0x0F)
    if packet[0] & 0x10:
        size += 4 + 4 * int.from_bytes(packet[size + 2 : size + 4], "big")
    return packet[size:]


def nack(media: int, *sequences: int) -> bytes:
    items = b"".join((s & 0xFFFF).to_bytes(2, "big") + b"\0\0" for s in sequences)
    return (
        b"\x81\xcd"
        + (2 + len(sequences)).to_bytes(2, "big")
        + (1).to_bytes(4, "big")
        + media.to_bytes(4, "big")
        + items
    )


def pli(media: int) -> bytes:
    return b"\x81\xce\x00\x02" + (1).to_bytes(4, "big") + media.to_bytes(4, "big")
