"""A whole meeting on the virtual clock: the real Worker, Rooms and engine, synthetic browsers, emulated paths.

As in production, but for three things: Endpoints get their keys without DTLS, the engine runs by `Engine.step`, and
signalling is a delay: a Slot table is acknowledged after a round trip, a demand for Layers reaches the publisher half a
round trip later. Same seed, same run.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from _fastpath.engine import Engine, Event, Profile
from sfu.effects import (
    Acknowledged,
    Effect,
    RoomFailed,
    TellDemand,
    TellNetworks,
    TellPeerState,
    TellSlots,
    TellSpeakers,
)
from sfu.peer import Peer, Site
from sfu.worker import Worker
from tests.sfu.room_rig import certificate, context
from tests.sim.clock import MS, SECOND, Clock
from tests.sim.keyed import Keys, keyed
from tests.sim.link import GOOD, Conditions, Link
from tests.sim.offer import Shape, read_answer
from tests.sim.path import Path
from tests.sim.person import Person
from tests.sim.record import Record
from treble.api import LayerShape, NetworksChanged, OpenPeer, PeerState, SetLayers, SetView, Source, Tile

ROOM = "room"
SIMULCAST = (100_000, 300_000, 1_000_000)
VOICE_BPS = 40_000
T0_SHARE = 0.4
MIN_STEP_NS = 100_000  # what is due again at once waits this long, so that time goes on
SIGNALLING_NS = 25 * MS  # one way, WSS beside the media


class WithoutFec:
    """The engine, but for video FEC, which stays off."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def set_protection(self, endpoint: int, *, fec: int, red: int) -> None:
        self._engine.set_protection(endpoint, fec=0, red=red)


class Meeting:
    def __init__(
        self,
        seed: int,
        *,
        signalling_ns: int = SIGNALLING_NS,
        down: Conditions = GOOD,
        server_fec: bool = True,
    ) -> None:
        self.seed = seed
        self.clock = Clock()
        self.start_ns = self.clock.now_ns
        self.engine = Engine(max_endpoints=64, ssrc_seed=seed + 1)
        self.people: dict[str, Person] = {}
        self.up: dict[str, Link] = {}
        self.down: dict[str, Path] = {}
        self.events: list[tuple[int, Event]] = []
        self.speakers: list[tuple[int, list[str]]] = []
        self.networks: list[tuple[int, NetworksChanged]] = []
        self.records: dict[str, Record] = {}
        self._default_down = down
        self._signalling_ns = signalling_ns
        self._rng = random.Random(seed)
        self._by_address: dict[tuple[int, str, int], Person] = {}
        self._by_ufrag: dict[str, Person] = {}
        self._inbox: list[tuple[bytes, tuple[int, str, int]]] = []
        self._step_at: int | None = None
        site = Site(
            engine=self.engine if server_fec else WithoutFec(self.engine),  # type: ignore[arg-type]
            context=context(),
            fingerprint=certificate().fingerprint,
            candidates=(),
            entropy=random.Random(seed).randbytes,
            make_endpoint=keyed(self._keys_of),
        )
        self.worker = Worker(site)

    # --- people

    def join(
        self,
        shape: Shape = Shape(),  # noqa: B008 (frozen)
        *,
        up: Conditions = GOOD,
        down: Conditions | Path | None = None,
        camera: Sequence[int] = SIMULCAST,
        t0_share: float = T0_SHARE,
        voice_bps: int = VOICE_BPS,
        dtx: bool = False,
    ) -> Person:
        """Returns at once; media flows when ICE is through and the room server has been told.

        `down`: a path of its own, or one that is shared.
        """
        number = len(self.people) + 1
        if shape.layers:
            shape = replace(shape, layers=len(camera))
        person = Person(self.clock, number, ROOM, self._rng, replace(shape, ssrc=number * 1000))
        address = person.address
        self.people[person.name] = self._by_address[address] = self._by_ufrag[person.ufrag] = person
        if not isinstance(down, Path):
            down = Path(self.clock, f"{self.seed} down {number}", down or self._default_down)
        self.down[person.name] = down
        self.up[person.name] = Link(
            self.clock, f"{self.seed} up {number}", up, lambda data: self._inject(data, address)
        )
        person.send_datagram = self.up[person.name].send
        person.publisher.retransmit_ns = 40 * MS
        opened = self.worker.handle_open_peer(
            OpenPeer(
                room=ROOM,
                participant=person.name,
                peer=person.name,
                sdp=person.offer(),
                tracks=shape.tracks,
                slots=shape.pairs,
            ),
            self.clock.now_ns,
        )
        person.take_answer(read_answer(opened.sdp))
        self._settle()
        if shape.layers:
            person.add_camera(tuple(camera), t0_share)
            self._tell_layers(person, camera)
        if shape.microphone:
            person.add_voice(voice_bps, dtx)
        person.start()
        return person

    def _tell_layers(self, person: Person, bitrates: Sequence[int]) -> None:
        """The client says what it publishes: the largest Layer has 720 lines, or the only one 180."""
        heights = [720 >> len(bitrates) - 1 - layer for layer in range(len(bitrates))]
        if len(bitrates) == 1:
            heights = [180]
        shapes = [
            LayerShape(width=height * 16 // 9, height=height, bitrate=bitrate)
            for height, bitrate in zip(heights, bitrates, strict=True)
        ]
        request = SetLayers(peer=person.name, source=Source.CAMERA, layers=shapes)

        def arrive() -> None:
            self.worker.handle_set_layers(request, self.clock.now_ns)
            self._settle()

        self.clock.after(2 * self._signalling_ns, arrive)

    def set_view(self, person: Person, tiles: Sequence[Tile]) -> None:
        """The client says what it shows."""
        request = SetView(peer=person.name, tiles=list(tiles))

        def arrive() -> None:
            self.worker.handle_set_view(request)
            self._settle()

        self.clock.after(self._signalling_ns, arrive)

    def watch(self, person: Person) -> Record:
        """Note this Person's figures ten times a second."""
        record = Record(self.engine, self.clock, person, self.peer(person), self.down[person.name])
        self.records[person.name] = record
        self.clock.every(100 * MS, record.note)
        return record

    def peer(self, person: Person) -> Peer:
        return self.worker.rooms[ROOM].peers[person.name]

    def track(self, person: Person, source: Source = Source.CAMERA) -> int:
        track = self.peer(person).find_track(source)
        assert track is not None
        return track.id

    def _keys_of(self, ufrag: str) -> Keys:
        person = self._by_ufrag[ufrag]
        return Profile(person.profile), person.upstream_key, person.downstream_key

    # --- time

    @property
    def now_s(self) -> float:
        return (self.clock.now_ns - self.start_ns) / SECOND

    def run(self, seconds: float) -> None:
        self._wake(self.clock.now_ns)
        self.clock.run_until(self.clock.now_ns + int(seconds * SECOND))

    def at(self, seconds: float, action: object) -> None:
        """`action()` so many seconds after the start."""
        self.clock.at(self.start_ns + int(seconds * SECOND), action)  # type: ignore[arg-type]

    def change_down(self, person: Person, seconds: float, **changes: object) -> None:
        """The downlink's conditions change at that time."""
        link = self.down[person.name].link

        def change() -> None:
            link.conditions = replace(link.conditions, **changes)  # type: ignore[arg-type]

        self.at(seconds, change)

    def _inject(self, data: bytes, address: tuple[int, str, int]) -> None:
        self._inbox.append((data, address))
        self._wake(self.clock.now_ns)

    def _wake(self, when_ns: int) -> None:
        if self._step_at is None or when_ns < self._step_at:
            self._step_at = when_ns
            self.clock.at(when_ns, lambda: self._step(when_ns))

    def _step(self, when_ns: int) -> None:
        if self._step_at != when_ns:  # another one came first
            return
        self._step_at = None
        inbox, self._inbox = self._inbox, []
        now = self.clock.now_ns
        for data, address in self.engine.step(inbox, now):
            person = self._by_address[address]
            self.down[person.name].send(data, person.handle)
        events = self.engine.poll()
        timer = self.worker.next_timer()
        is_due = timer is not None and timer <= now
        if events:
            self.events += [(now, event) for event in events]
            self.worker.handle_events(events, now)
        if is_due:
            self.worker.handle_timer(now)
        if events or is_due:
            self._settle()
        timer = self.worker.next_timer()
        due = self.engine.next_timer() if timer is None else min(timer, self.engine.next_timer())
        self._wake(max(due, now + MIN_STEP_NS))

    # --- what the Worker says

    def _settle(self) -> None:
        """Carry out the effects; the engine's commands that came of it are taken by the next step."""
        for effect in self.worker.settle(self.clock.now_ns):
            self._carry_out(effect)
        self._wake(self.clock.now_ns + MIN_STEP_NS)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case TellSlots(event, revision):
                self.clock.after(
                    self._signalling_ns, lambda: self._tell_slots(event.peer, event.slots, revision)
                )
            case TellPeerState(event):
                if event.state is PeerState.CONNECTED:
                    person = self.people[event.peer]
                    self.clock.after(self._signalling_ns, lambda: setattr(person, "is_muted", False))
            case TellSpeakers(event):
                self.speakers.append((self.clock.now_ns, [each.participant for each in event.speakers]))
            case RoomFailed(_, error):
                raise error
            case TellDemand(event):
                self.clock.after(self._signalling_ns, lambda: self.people[event.peer].demand(event.layers))
            case TellNetworks(event):
                self.networks.append((self.clock.now_ns, event))
            case Acknowledged():
                pass

    def _tell_slots(self, name: str, slots: list, revision: int) -> None:  # type: ignore[type-arg]
        self.people[name].slots = {state.slot: state for state in slots}

        def told() -> None:
            self.worker.handle_slots_told(name, revision, True, self.clock.now_ns)
            self._settle()

        self.clock.after(self._signalling_ns, told)
