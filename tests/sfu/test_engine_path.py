"""The Worker over the real engine, stepped by hand: ICE, DTLS and media of one client reach another."""

import random
import re
from collections import deque

from _fastpath.engine import Engine
from sfu.effects import Acknowledged, Effect, TellPeerState, TellSlots
from sfu.peer import Site
from sfu.transport.certificate import make_certificate
from sfu.worker import Worker
from tests.sfu.room_rig import NOW, TRACKS, certificate, context, pairs
from tests.sfu.wire_client import WireClient
from treble.api import OpenPeer, PeerState, Reason, SetMuted, SlotState, Source
from treble.units import MILLISECOND, SECOND

# A VP8 key frame of one packet: payload descriptor with a 15-bit picture id, then the frame header of 16x16.
KEYFRAME = (
    bytes.fromhex("9080 8001") + bytes.fromhex("10 02 00 9d012a 1000 1000".replace(" ", "")) + bytes(200)
)
OPUS = bytes([0x78]) + bytes(60)


class World:
    """Two ends of the wire and no time but its own."""

    def __init__(self) -> None:
        self.now_ns = 10 * SECOND
        self.engine = Engine()
        self.clients: dict[str, WireClient] = {}
        self.addresses: dict[str, tuple[int, str, int]] = {}
        self.states: list[tuple[str, PeerState]] = []
        self.acknowledged: set[int] = set()
        self.tables: dict[str, list[SlotState]] = {}
        self.told_after_ns = 0
        self._told: list[tuple[int, str, int]] = []
        self._to_engine: deque[tuple[bytes, tuple[int, str, int]]] = deque()
        self.worker = Worker(
            Site(self.engine, context(), certificate().fingerprint, (), random.Random(3).randbytes)
        )

    def join(self, name: str, fixture: str = "chromium_slots3", without: str = "") -> str:
        """`without`: codecs, as a pattern, that this one does not offer."""
        client = WireClient(make_certificate(NOW), ufrag=f"user{name}", fixture=fixture)
        self.clients[name] = client
        self.addresses[name] = (0, "192.0.2.7", 5000 + len(self.clients))
        sdp = re.sub(rf"({without})/90000", "unknown/90000", client.offer()) if without else client.offer()
        request = OpenPeer(
            room="r", participant=name.upper(), peer=name, sdp=sdp, tracks=TRACKS, slots=pairs(3)
        )
        answer = self.worker.handle_open_peer(request, self.now_ns).sdp
        self.send(name, *client.start(answer))
        self.run()
        return answer

    def send(self, name: str, *datagrams: bytes) -> None:
        self._to_engine.extend((data, self.addresses[name]) for data in datagrams)

    def run(self, steps: int = 12) -> None:
        """Carry what is under way to and fro, a millisecond a step."""
        owners = {address[1:]: name for name, address in self.addresses.items()}
        for _ in range(steps):
            self.now_ns += MILLISECOND
            waiting, self._to_engine = list(self._to_engine), deque()
            for data, address in self.engine.step(waiting, self.now_ns):
                name = owners[address[1:]]
                self.send(name, *self.clients[name].handle(data))
            self.worker.handle_events(self.engine.poll(), self.now_ns)
            timer = self.worker.next_timer()
            if timer is not None and timer <= self.now_ns:
                self.worker.handle_timer(self.now_ns)
            self._settle()

    def _settle(self) -> None:
        while True:
            for effect in (effects := self.worker.settle(self.now_ns)):
                self._carry_out(effect)
            told = [each for each in self._told if each[0] <= self.now_ns]
            for each in told:
                self._told.remove(each)
                self.worker.handle_slots_told(each[1], each[2], True, self.now_ns)
            if not effects and not told:
                return

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Acknowledged(number):
                self.acknowledged.add(number)
            case TellPeerState(event):
                self.states.append((event.peer, event.state))
            case TellSlots(event, revision):
                self.tables[event.peer] = event.slots
                self._told.append((self.now_ns + self.told_after_ns, event.peer, revision))


def media(client: WireClient) -> list[bytes]:
    """What it received, without the padding that probes its bandwidth."""
    return [packet for packet in client.received if not packet[0] & 0x20]


def test_what_one_client_sends_another_receives_by_its_own_names() -> None:
    world = World()
    world.join("a")
    answer = world.join("b", "firefox_slots3")
    assert [client.is_keyed for client in world.clients.values()] == [True, True]
    assert [state for peer, state in world.states if peer == "a"] == [
        PeerState.CHECKING,
        PeerState.SECURING,
        PeerState.CONNECTED,
    ]
    a, b = world.clients["a"], world.clients["b"]
    for number in range(20):
        stamp = number * 3000
        world.send("a", a.rtp(111, 333608565, 100 + number, number * 960, OPUS, mid="0"))
        world.send("a", a.rtp(96, 77, 200 + number, stamp, KEYFRAME, mid="1", rid="h"))
        world.run(4)
    payload_types = {packet[1] & 0x7F for packet in media(b)}
    assert payload_types == {109, 120}  # as Firefox numbers Opus and VP8
    ssrcs = {int.from_bytes(packet[8:12], "big") for packet in media(b)}
    assert all(f"a=ssrc:{ssrc} cname:slot0" in answer for ssrc in ssrcs)
    assert world.tables["b"][0].participant == "A"
    assert a.received == []


def test_the_first_word_of_somebody_without_a_slot_is_heard() -> None:
    """Three Slots, four others; telling the receiver takes 80 ms."""
    world = World()
    for name in "abcde":
        world.join(name)
    a, e = world.clients["a"], world.clients["e"]
    assert [state.participant for state in world.tables["a"]] == ["B", "C", "D"]
    world.told_after_ns = 80 * MILLISECOND
    for number in range(60):
        is_word = number >= 30
        payload = OPUS + bytes([number])
        level = 25 if is_word else 90
        world.send("e", e.rtp(111, 333608565, 100 + number, number * 960, payload, mid="0", level=level))
        world.run(20)
    heard = [packet[-1] for packet in a.received if packet[1] & 0x7F == 111]  # the others are probes
    assert heard == list(range(heard[0], 60)), "in order, nothing left out"
    assert 25 <= heard[0] <= 30
    assert "E" in [state.participant for state in world.tables["a"]]


def test_a_muted_track_stops_at_the_gate() -> None:
    world = World()
    world.join("a")
    world.join("b")
    a, b = world.clients["a"], world.clients["b"]
    number = world.worker.handle_set_muted(SetMuted(peer="a", source=Source.MICROPHONE, muted=True))
    world.run(2)
    assert number in world.acknowledged
    for sequence in range(10):
        world.send("a", a.rtp(111, 333608565, sequence, sequence * 960, OPUS, mid="0"))
        world.run(2)
    assert b.received == []


def test_a_picture_that_cannot_be_decoded_is_explained_by_its_codec() -> None:
    world = World()
    world.join("a", without="VP8|VP9|AV1")
    world.join("b", "firefox_slots3")
    a, b = world.clients["a"], world.clients["b"]
    idr = bytes.fromhex("65b80004") + bytes(200)
    for number in range(10):
        world.send("a", a.rtp(108, 77, 200 + number, number * 3000, idr, mid="1", rid="h"))
        world.run(40)
    assert media(b) == []
    assert (world.tables["b"][0].reason, world.tables["b"][0].codec) == (Reason.CODEC, "H264")


def test_close_notify_ends_the_peer_and_frees_the_slot() -> None:
    world = World()
    world.join("a")
    world.join("b")
    assert world.tables["a"][0].participant == "B"
    world.send("b", *world.clients["b"].close())
    world.run()
    assert world.states[-1] == ("b", PeerState.CLOSED)
    assert world.tables["a"][0].participant is None


def test_our_close_reaches_the_client() -> None:
    world = World()
    world.join("a")
    world.worker.handle_shutdown()
    world.run()
    assert world.clients["a"].was_closed
    assert world.worker.rooms == {}


def test_a_stranger_with_another_certificate_gets_no_further() -> None:
    world = World()
    client = WireClient(make_certificate(NOW), ufrag="good")
    request = OpenPeer(room="r", participant="A", peer="a", sdp=client.offer(), tracks=TRACKS, slots=pairs(3))
    answer = world.worker.handle_open_peer(request, world.now_ns).sdp
    thief = WireClient(make_certificate(NOW), ufrag="good")
    world.clients["a"], world.addresses["a"] = thief, (0, "192.0.2.7", 5001)
    thief.handle = lambda data: _ignoring_alerts(WireClient.handle, thief, data)  # type: ignore[method-assign]
    world.send("a", *thief.start(answer))
    world.run()
    assert not thief.is_keyed
    assert world.states[-1] == ("a", PeerState.CLOSED)


def _ignoring_alerts(handle, client: WireClient, data: bytes) -> list[bytes]:  # type: ignore[no-untyped-def]
    from OpenSSL import SSL

    try:
        return handle(client, data)
    except SSL.Error:
        return []


def test_silence_is_noticed_and_consent_expires() -> None:
    world = World()
    world.join("a")
    world.join("b")
    for _ in range(40):
        world.send("a", world.clients["a"].check())
        world.now_ns += SECOND
        world.run(1)
    told = [state for peer, state in world.states if peer == "b"]
    assert told[-2:] == [PeerState.SILENT, PeerState.CLOSED]
    assert world.tables["a"][0].participant is None
    assert [state for peer, state in world.states if peer == "a"][-1] in (
        PeerState.CONNECTED,
        PeerState.SILENT,
    )
