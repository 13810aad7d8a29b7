"""Clock, engine, links and Browsers joined: the whole of a simulated meeting, from one seed.

The engine is the real one, driven by `Engine.step` (no thread, no socket). Same seed, same run, to the last bit.
"""

import random
from collections import Counter

from _fastpath.engine import Codec, Engine, Event, Extension, Kind, PayloadType, Profile, RowCodec
from tests.sim import media
from tests.sim.browser import GCM, Browser
from tests.sim.checks import Egress, RowLog
from tests.sim.clock import MS, Clock
from tests.sim.link import GOOD, Conditions, Link
from tests.sim.media import OPUS, VP8
from tests.sim.publisher import Stream, VideoLayer
from tests.sim.receiver import Reception

PAYLOADS = [
    PayloadType(96, Codec.VP8, 90000),
    PayloadType(97, Codec.VP8, 90000, rtx_for=96),
    PayloadType(111, Codec.OPUS, 48000),
]
ROW_VIDEO = [RowCodec(Codec.VP8, 120, 90000, 121)]
ROW_AUDIO = [RowCodec(Codec.OPUS, 109, 48000)]
ROW_EXTENSIONS = [Extension.MID, Extension.ABS_SEND_TIME, Extension.TRANSPORT_SEQUENCE]
WISH_BPS = 3_000_000  # nobody allocates here: stories choose Layers themselves
MIN_TIMER_NS = 100_000  # a timer that is due again at once waits this long, so that time goes on


class Camera:
    """A published video Track and its Layers."""

    def __init__(self, track: int, layers: list[VideoLayer]) -> None:
        self.track = track
        self.layers = layers


class Slot:
    """A Row of a receiver: what the engine sent for it, and what arrived."""

    def __init__(self, row: int, reception: Reception, log: RowLog) -> None:
        self.row = row
        self.reception = reception
        self.log = log


class World:
    def __init__(self, seed: int, conditions: Conditions = GOOD) -> None:
        self.seed = seed
        self.conditions = conditions
        self.clock = Clock()
        self.engine = Engine(max_endpoints=64, ssrc_seed=seed + 1)
        self.browsers: dict[tuple[int, str, int], Browser] = {}
        self.endpoints: dict[int, int] = {}
        self.up: dict[int, Link] = {}
        self.down: dict[int, Link] = {}
        self.rooms: dict[int, str] = {}
        self.egress = Egress(self.rooms)
        self.events: list[tuple[int, Event]] = []
        self._inbox: list[tuple[bytes, tuple[int, str, int]]] = []
        self._step_at: int | None = None
        self._rng = random.Random(seed)
        self._mids: Counter[int] = Counter()

    # --- people

    def join(
        self,
        room: str = "room",
        *,
        up: Conditions | None = None,
        down: Conditions | None = None,
        profile: int = GCM,
        keyed: bool = True,
    ) -> Browser:
        """Returns when the ICE check is through and, as after DTLS, keys are set on both sides."""
        number = len(self.rooms) + 1
        up, down = up or self.conditions, down or self.conditions
        retry_ns = up.delay_ns + down.delay_ns + up.jitter_ns + down.jitter_ns + 7 * MS
        browser = Browser(self.clock, number, room, self._rng, profile=profile, retry_ns=retry_ns)
        browser.publisher.retransmit_ns = up.delay_ns + down.delay_ns
        self.rooms[number] = room
        self.browsers[browser.address] = browser
        self.egress.watch(browser)
        address = browser.address
        self.up[number] = Link(
            self.clock, f"{self.seed} up {number}", up, lambda data: self.inject(data, address)
        )
        self.down[number] = Link(self.clock, f"{self.seed} down {number}", down, browser.handle)
        browser.send_datagram = self.up[number].send
        endpoint = self.engine.add_endpoint(browser.server_ufrag, browser.server_password)
        self.endpoints[number] = endpoint
        self.engine.set_payload_types(endpoint, PAYLOADS)
        self.engine.set_extensions(
            endpoint, {number: Extension(kind) for number, kind in media.EXTENSION_KINDS.items()}
        )
        browser.start()
        while not browser.checks_answered:
            self.run(10 * MS)
        if keyed:
            self.set_keys(browser)
            browser.is_muted = False
        self.run(0)
        return browser

    def set_keys(self, browser: Browser) -> None:
        self.engine.set_keys(
            self.endpoints[browser.number],
            Profile(browser.profile),
            browser.upstream_key,
            browser.downstream_key,
        )

    def leave(self, browser: Browser) -> None:
        browser.die()
        self.engine.remove_endpoint(self.endpoints[browser.number])

    def camera(self, browser: Browser, *bitrates_bps: int, fps: int = 30) -> Camera:
        """Several bitrates: simulcast, the smallest first, found by MID and RID; one: found by SSRC."""
        track = self.engine.add_track(self.endpoints[browser.number], Kind.VIDEO)
        layers = []
        mid = self._next_mid(browser)
        for index, bitrate in enumerate(bitrates_bps):
            rid = b"qhf"[index : index + 1] if len(bitrates_bps) > 1 else b""
            ssrc = browser.number << 16 | track << 8 | index << 1
            stream = Stream(VP8, ssrc, 96, 90000, mid, rid, rtx_ssrc=ssrc | 1, rtx_payload_type=97)
            if rid:
                self.engine.add_layer(track, index, mid=mid, rid=rid)
            else:
                self.engine.add_layer(track, index, mid=mid, ssrc=ssrc, rtx_ssrc=ssrc | 1)
            layers.append(browser.publish_video(stream, index, bitrate, fps))
        return Camera(track, layers)

    def microphone(self, browser: Browser) -> int:
        track = self.engine.add_track(self.endpoints[browser.number], Kind.AUDIO)
        ssrc = browser.number << 16 | track << 8 | 0x80
        mid = self._next_mid(browser)
        self.engine.add_layer(track, 0, mid=mid, ssrc=ssrc)
        browser.publish_audio(Stream(OPUS, ssrc, 111, 48000, mid))
        return track

    def slot(self, browser: Browser, kind: Kind = Kind.VIDEO, *, red: int = -1) -> Slot:
        mid = self._next_mid(browser)
        ssrc = 0x5000_0000 | browser.number << 16 | self._mids[browser.number] << 1
        is_video = kind == Kind.VIDEO
        rtx_ssrc = ssrc | 1 if is_video else 0
        codec = VP8 if is_video else OPUS
        row = self.engine.add_row(
            self.endpoints[browser.number],
            kind,
            ssrc=ssrc,
            rtx_ssrc=rtx_ssrc,
            mid=mid,
            cname=b"row%d" % ssrc,
            codecs=ROW_VIDEO if is_video else ROW_AUDIO,
            extensions=[*ROW_EXTENSIONS, *([] if is_video else [Extension.AUDIO_LEVEL])],
            red=red,
        )
        self.engine.set_wish(self.endpoints[browser.number], WISH_BPS)
        self.egress.add_row(browser, codec, ssrc, rtx_ssrc)
        reception = Reception(ssrc, codec, rtx_ssrc)
        return Slot(row, browser.receive(reception), self.egress.rows[browser.number, ssrc])

    def show(self, slot: Slot, camera: Camera, layer: int = 0, from_rtp_timestamp: int = -1) -> None:
        self.engine.set_source(slot.row, camera.track, layer, from_rtp_timestamp)

    def _next_mid(self, browser: Browser) -> bytes:
        self._mids[browser.number] += 1
        return b"%d" % self._mids[browser.number]

    # --- time

    def inject(self, data: bytes, address: tuple[int, str, int]) -> None:
        """A datagram reaches the server now."""
        self._inbox.append((data, address))
        self._wake(self.clock.now_ns)

    def run(self, duration_ns: int) -> None:
        self._wake(self.clock.now_ns)
        self.clock.run_until(self.clock.now_ns + duration_ns)

    def settle(self, duration_ns: int = 1500 * MS) -> None:
        """Stop all media, let repairs finish, then hold every Row against the invariants."""
        for browser in self.browsers.values():
            browser.is_muted = True
        self.run(duration_ns)
        self.egress.finish()

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
            browser = self.browsers[address]
            self.egress.see(browser, data, now)
            self.down[browser.number].send(data)
        self.events += [(now, event) for event in self.engine.poll()]
        self._wake(max(self.engine.next_timer(), now + MIN_TIMER_NS))

    # --- figures

    def events_of(self, kind: int) -> list[tuple[int, Event]]:
        return [(when, event) for when, event in self.events if event.kind == kind]

    def link_of(self, browser: Browser) -> tuple[Link, Link]:
        return self.up[browser.number], self.down[browser.number]
