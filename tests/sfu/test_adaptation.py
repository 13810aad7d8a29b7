"""What a receiver notices of its bandwidth and its tiles, and what a publisher is asked for."""

import random

import pytest

from _fastpath.engine import Codec, EventKind
from tests.sfu.offers import offer, with_pairs
from tests.sfu.room_rig import Rig, pairs
from treble.api import LayerShape, NetworkLevel, Reason, SetLayers, Source, Tile

CAMERA, MICROPHONE = Source.CAMERA, Source.MICROPHONE
LAYERS = ((100,), (300,), (1000,))
L1T3 = (30, 25, 35)


def meeting(*publishers: str) -> Rig:
    """ "a" receives the others, whose Layers have 100, 300 and 1000 kbit/s."""
    rig = Rig()
    rig.join("a")
    for name in publishers or "b":
        rig.join(name)
    for name in publishers or "b":
        rig.rates(name, *LAYERS)
    return rig


def told(rig: Rig, slot: int = 0) -> tuple[int | None, str]:
    rig.advance(0.3)
    state = rig.tables["a"][slot]
    return state.layer, state.reason.value


# --- bandwidth


@pytest.mark.parametrize(
    ("kbps", "sent", "reason"),
    [
        (3000, "2", Reason.VIEWPORT),
        (1000, "2", Reason.VIEWPORT),  # a swing
        (900, "1", Reason.BANDWIDTH),
        (400, "1", Reason.BANDWIDTH),
        (300, "0", Reason.BANDWIDTH),
        (130, "0", Reason.BANDWIDTH),  # nearly: better than nothing
        (90, "-", Reason.BANDWIDTH),
    ],
)
def test_a_drop_is_followed_at_once_and_told_within_a_quarter_second(
    kbps: int, sent: str, reason: Reason
) -> None:
    rig = meeting()
    rig.estimate("a", kbps)
    assert rig.sent("a", 0) == sent
    assert told(rig) == (None if sent == "-" else int(sent), reason)


def test_the_top_layer_is_back_soon_after_the_bandwidth_is() -> None:
    rig = meeting()
    rig.estimate("a", 300)
    rig.advance(30)
    for kbps in (450, 700, 1050, 1500, 2400):
        rig.estimate("a", kbps)
        rig.event(EventKind.LAYER_STARTED, track=rig.track("b", CAMERA), layer=1)
        rig.advance(0.5)
    assert rig.peer("b").tracks
    rig.advance(1)
    assert rig.sent("a", 0) == "2"
    assert told(rig) == (2, "viewport")


def test_a_trembling_estimate_moves_a_tile_at_most_twice_a_minute() -> None:
    rig = meeting()
    chance = random.Random(4)
    moves = rig.engine.count("set_source")
    for _ in range(600):
        rig.estimate("a", 1150 * chance.uniform(0.92, 1.08))
        rig.advance(0.1)
    assert rig.engine.count("set_source") - moves <= 2


def test_a_link_that_cannot_hold_the_next_layer_is_tried_less_and_less() -> None:
    """Each time it rises, the estimate falls to what the lower one needs, and then climbs again."""
    rig = meeting()
    falls = 0
    kbps = 1300.0
    for _ in range(1200):
        if rig.sent("a", 0) == "2" and kbps > 1250:
            kbps, falls = 700.0, falls + 1
        kbps = min(1300, kbps * 1.02)
        rig.estimate("a", kbps)
        rig.advance(0.1)
    assert falls <= 6


def test_audio_comes_first() -> None:
    rig = meeting("b", "c")
    voices = [rig.track(name, MICROPHONE) for name in "bc"]
    rig.estimate("a", 750)
    assert [rig.sent("a", slot) for slot in (0, 1)] == ["1", "1"] or rig.sent("a", 0) == "1"
    for voice in voices:
        rig.engine.rates[voice, 0] = ((250_000,),)
    rig.advance(1)
    assert [rig.sent("a", slot) for slot in (0, 1)] == ["0", "-"] or rig.sent("a", 1) == "-"
    assert [rig.engine.sources[rig.peer("a").table.slots[slot].audio.row][0] for slot in (0, 1)] == voices


def test_protection_has_its_share() -> None:
    rig = meeting()
    rig.estimate("a", 1120)
    assert rig.sent("a", 0) == "2"
    rig.engine.paths[rig.peer("a").endpoint.id] = {"loss": 0.2}
    rig.advance(2)
    assert rig.sent("a", 0) == "2"
    rig.advance(2)
    assert rig.sent("a", 0) == "1"


def test_lost_audio_is_repeated_where_the_receiver_takes_red() -> None:
    rig = meeting()
    peer = rig.peer("a")
    assert peer.receiver.has_red
    peer.receiver.has_red = False
    rig.engine.paths[peer.endpoint.id] = {"loss": 0.05}
    rig.advance(0.5)
    assert peer.endpoint.id not in rig.engine.doses
    peer.receiver.has_red = True
    rig.advance(0.5)
    assert rig.engine.doses[peer.endpoint.id] == (0, 1)
    assert peer.receiver.audio_bps > 60_000
    rig.engine.paths.clear()
    rig.advance(0.5)
    assert rig.engine.doses[peer.endpoint.id] == (0, 0)


def test_lost_pictures_are_protected_where_retransmissions_come_late() -> None:
    rig = meeting()
    peer = rig.peer("a")
    rig.estimate("a", 1100)
    peer.receiver.has_red = False
    rig.engine.paths[peer.endpoint.id] = {"loss": 0.05, "rtt_ns": 50_000_000}
    rig.advance(0.5)
    assert peer.endpoint.id not in rig.engine.doses
    rig.engine.paths[peer.endpoint.id] = {"loss": 0.05, "rtt_ns": 250_000_000}
    rig.advance(0.5)
    fec, red = rig.engine.doses[peer.endpoint.id]
    assert 15 <= fec <= 35
    assert red == 0
    assert rig.sent("a", 0) == "1", "it is paid for by the picture's size"
    peer.receiver.has_fec = False
    rig.advance(0.5)
    assert rig.engine.doses[peer.endpoint.id] == (0, 0)


def test_a_receiver_that_tells_nothing_is_sent_everything() -> None:
    rig = Rig()
    rig.open("a", offer("chromium_slots3").replace("transport-wide-cc", "nothing").replace("goog-remb", "x"))
    peer = rig.peer("a")
    assert not peer.receiver.gives_feedback
    peer.receiver.estimate_bps = None
    rig.connect("a")
    peer.receiver.estimate_bps = None
    rig.join("b")
    assert rig.sent("a", 0) == "2"


def test_before_the_first_feedback_little_is_sent_and_without_it_everything() -> None:
    rig = Rig()
    rig.join("a")
    rig.peer("a").receiver.estimate_bps = None
    rig.join("b")
    assert rig.sent("a", 0) == "1"
    rig.advance(3.3)
    assert rig.sent("a", 0) == "2"


def test_what_a_receiver_could_use_is_told_to_the_engine() -> None:
    rig = meeting("b", "c")
    endpoint = rig.peer("a").endpoint.id
    assert 2_000_000 < rig.engine.wishes[endpoint] < 3_500_000
    rig.view("a", Tile(participant="B", height=180))
    assert 100_000 < rig.engine.wishes[endpoint] < 350_000
    rig.view("a")
    assert rig.engine.wishes[endpoint] < 150_000


def test_one_bad_receiver_costs_the_others_nothing() -> None:
    rig = meeting("b", "c")
    rig.advance(6)
    others = [rig.peer(name).table.slots[slot].video.row for name in "bc" for slot in (0, 1)]
    before = [rig.engine.sources[row] for row in others]
    commands, demands = len(rig.engine.commands), dict(rig.demands)
    chance = random.Random(5)
    for _ in range(300):
        rig.estimate("a", chance.uniform(50, 400))
        rig.advance(0.1)
    assert [rig.engine.sources[row] for row in others] == before
    moved = [each for name, each in rig.engine.commands[commands:] if name == "set_source"]
    assert {each["row"] for each in moved}.isdisjoint(others)
    assert rig.demands == demands


def test_twenty_people_at_one_megabit() -> None:
    rig = Rig()
    names = [f"p{number}" for number in range(19)]
    rig.join("a", with_pairs(offer("chromium_slots3"), 19), slots=pairs(19))
    for name in names:
        rig.join(name, slots=[])
    for name in names:
        rig.worker.handle_set_layers(
            SetLayers(peer=name, source=CAMERA, layers=[LayerShape(width=320, height=180)]), rig.now_ns
        )
        rig.engine.rates[rig.track(name, CAMERA), 0] = (tuple(1000 * each for each in L1T3),)
    tiles = [Tile(participant=name.upper(), width=320, height=180) for name in names]
    tiles[4] = Tile(participant="P4", width=320, height=180, priority=1)
    rig.view("a", *tiles)
    rig.estimate("a", 1000)
    rig.advance(4)
    chance = random.Random(6)
    moves = rig.engine.count("set_source")
    seconds = 60
    for _ in range(10 * seconds):
        rig.estimate("a", 1000 * chance.uniform(0.93, 1.02))
        rig.advance(0.1)
        sent = [rig.sent("a", slot) for slot in range(19)]
        assert "-" not in sent
        assert sent[4] == "0"
    assert rig.engine.count("set_source") - moves <= 2 * 19
    total = sum(state.bitrate or 0 for state in rig.tables["a"])
    assert 0.85 * 930_000 <= total + 50_000 <= 1_000_000
    assert {state.temporal for state in rig.tables["a"]} <= {None, 0, 1}
    assert {state.height for state in rig.tables["a"]} == {180}


# --- tiles


def test_an_enlarged_tile_gets_its_layer_at_once() -> None:
    rig = meeting()
    rig.view("a", Tile(participant="B", width=320, height=180))
    assert rig.sent("a", 0) == "0"
    rig.view("a", Tile(participant="B", width=1280, height=720))
    assert rig.sent("a", 0) == "2"


def test_the_users_cap_is_kept_and_named() -> None:
    rig = meeting()
    rig.view("a", Tile(participant="B", width=1280, height=720, cap=360))
    assert rig.sent("a", 0) == "1"
    assert told(rig) == (1, "cap")


def test_what_is_sent_is_told_with_its_size() -> None:
    rig = meeting()
    sides = (180, 360, 720)
    shapes = [LayerShape(width=side * 16 // 9, height=side) for side in sides]
    rig.worker.handle_set_layers(SetLayers(peer="b", source=CAMERA, layers=shapes), rig.now_ns)
    rig.settle()
    rig.advance(0.5)
    state = rig.tables["a"][0]
    assert (state.layer, state.height, state.temporal) == (2, 720, None)
    assert state.bitrate == pytest.approx(1_040_000, rel=0.05)


def test_a_hidden_tile_is_sent_nothing_and_a_paused_one_says_why() -> None:
    rig = meeting("b", "c")
    rig.view("a", Tile(participant="B", priority=1), Tile(participant="C"))
    rig.estimate("a", 160)
    assert [rig.sent("a", slot) for slot in (0, 1)] == ["0", "-"]
    assert told(rig, 1) == (None, "bandwidth")
    rig.view("a", Tile(participant="B"))
    assert told(rig, 1) == (None, "hidden")


# --- SVC


def svc_meeting(
    receiver: str = "chromium_slots3", codec: Codec = Codec.VP9, *, key_only: bool = False
) -> Rig:
    """ "a" receives "b", whose spatial layers have 100, 200 and 700 kbit/s."""
    rig = Rig()
    rig.join("a", offer(receiver))
    text = offer("chromium_slots3")
    without_rids = "\r\n".join(
        line for line in text.split("\r\n") if not line.startswith(("a=rid:", "a=simulcast:"))
    )
    rig.join("b", without_rids)
    track = rig.track("b", CAMERA)
    rig.engine.codecs[track] = codec
    rig.engine.key_only |= {track} if key_only else set()
    rig.engine.rates[track, 0] = ((60_000, 40_000), (120_000, 80_000), (400_000, 300_000))
    shapes = [LayerShape(width=side * 16 // 9, height=side) for side in (180, 360, 720)]
    rig.worker.handle_set_layers(SetLayers(peer="b", source=CAMERA, layers=shapes), rig.now_ns)
    rig.advance(4)
    return rig


def test_spatial_layers_of_one_stream_are_chosen_and_told() -> None:
    rig = svc_meeting()
    assert rig.sent("a", 0) == "2"
    rig.estimate("a", 500)
    assert rig.sent("a", 0) == "1"
    rig.estimate("a", 140)
    assert rig.sent("a", 0) == "0/0"
    rig.advance(0.3)
    state = rig.tables["a"][0]
    assert (state.layer, state.temporal, state.height) == (0, 0, 180)
    rig.advance(6)
    assert rig.demands["b"][-1] == [True, False, False]


@pytest.mark.parametrize(("key_only", "sent"), [(False, "1"), (True, "2")])
def test_a_spatial_layer_costs_those_below_only_where_it_brings_them(key_only: bool, sent: str) -> None:
    rig = svc_meeting(key_only=key_only)
    rig.estimate("a", 850)  # 700 kbit/s and audio, but not 1000
    assert rig.sent("a", 0) == sent


@pytest.mark.parametrize(
    ("receiver", "codec", "layer", "reason"),
    [
        ("chromium_slots3", Codec.AV1, 2, "viewport"),
        ("firefox_slots3", Codec.VP9, 2, "viewport"),
        ("firefox_slots3", Codec.AV1, 0, "codec"),
    ],
)
def test_av1_without_the_dependency_descriptor_is_the_lowest_spatial_layer(
    receiver: str, codec: Codec, layer: int, reason: str
) -> None:
    rig = svc_meeting(receiver, codec)
    assert told(rig) == (layer, reason)
    assert rig.tables["a"][0].codec == ("AV1" if reason == "codec" else None)
    rig.advance(6)
    assert rig.demands.get("b", []) == ([[True, False, False]] if layer == 0 else [])


# --- the publisher


def test_layers_that_nobody_receives_are_told_off_after_five_seconds_and_on_at_once() -> None:
    rig = meeting()
    rig.view("a", Tile(participant="B", width=320, height=180))
    rig.advance(4)
    assert [True, False, False] not in rig.demands["b"]
    rig.advance(1.5)
    assert rig.demands["b"].pop() == [True, False, False]
    rig.demands["b"].clear()
    stop(rig, 1, 2)
    assert told(rig) == (0, "viewport")
    rig.view("a", Tile(participant="B", width=1280, height=720))
    assert rig.demands["b"] == [[True, False, True]]
    assert rig.sent("a", 0) == "0"
    assert told(rig) == (0, "publisher")
    start(rig, 2)
    assert rig.sent("a", 0) == "2"
    assert told(rig) == (2, "viewport")


def test_the_smallest_layer_is_always_wanted() -> None:
    rig = Rig()
    rig.join("b")
    rig.advance(10)
    assert rig.demands["b"] == [[True, False, False]]
    rig.join("a")
    assert rig.demands["b"][-1] == [True, False, True]
    assert all(layers[0] for layers in rig.demands["b"])


def test_a_layer_that_does_not_come_is_given_up_but_stays_wanted() -> None:
    rig = meeting()
    rig.view("a", Tile(participant="B", width=320, height=180))
    rig.advance(6)
    stop(rig, 1, 2)
    rig.view("a", Tile(participant="B", width=1280, height=720))
    rig.advance(4)
    assert rig.demands["b"][-1][2]
    assert told(rig)[1] == "publisher"
    start(rig, 1)
    assert rig.sent("a", 0) == "1"
    assert told(rig) == (1, "publisher")
    rig.advance(20)
    assert rig.demands["b"][-1] == [True, True, True]
    start(rig, 2)
    assert rig.sent("a", 0) == "2"


def test_a_publisher_under_pressure_is_followed_and_not_told_off() -> None:
    rig = meeting()
    stop(rig, 2)
    assert rig.sent("a", 0) == "1"
    assert told(rig) == (1, "publisher")
    rig.advance(10)
    assert "b" not in rig.demands
    start(rig, 2)
    assert rig.sent("a", 0) == "2"
    assert told(rig) == (2, "viewport")


def test_a_drop_finds_the_lowest_layer_flowing() -> None:
    rig = meeting()
    rig.advance(6)
    assert rig.demands["b"] == [[True, False, True]]
    stop(rig, 1)
    rig.estimate("a", 500)
    assert rig.sent("a", 0) == "0"
    assert told(rig) == (0, "bandwidth")
    rig.advance(1)
    assert rig.sent("a", 0) == "0"
    assert rig.demands["b"][-1] == [True, True, True]
    start(rig, 1)
    assert rig.sent("a", 0) == "1"


def test_demand_that_could_not_be_told_is_told_again() -> None:
    rig = Rig()
    rig.join("b")
    rig.advance(5.3)
    assert rig.demands["b"] == [[True, False, False]]
    rig.worker.handle_demand_untold("b", CAMERA)
    rig.worker.handle_demand_untold("nobody", CAMERA)
    rig.advance(0.3)
    assert rig.demands["b"] == [[True, False, False]] * 2
    rig.advance(5)
    assert len(rig.demands["b"]) == 2


def test_what_is_not_offered_is_not_waited_for() -> None:
    rig = meeting()
    shapes = [LayerShape(width=320, height=180), LayerShape(width=640, height=360)]
    rig.worker.handle_set_layers(SetLayers(peer="b", source=CAMERA, layers=shapes), rig.now_ns)
    rig.settle()
    stop(rig, 2)
    assert rig.sent("a", 0) == "1"
    rig.view("a", Tile(participant="B", width=640, height=360))
    assert told(rig) == (1, "viewport")


# --- networks


def test_networks_are_told_on_change_at_most_every_two_seconds() -> None:
    rig = meeting()
    rig.advance(4)
    assert rig.networks == {"A": NetworkLevel.EXCELLENT, "B": NetworkLevel.EXCELLENT}
    rig.engine.paths[rig.peer("a").endpoint.id] = {"loss": 0.2}
    rig.advance(2.3)
    assert rig.networks == {"A": NetworkLevel.POOR, "B": NetworkLevel.EXCELLENT}
    rig.engine.paths.clear()
    rig.advance(2.1)
    assert rig.networks["A"] == NetworkLevel.FAIR
    rig.advance(4)
    assert rig.networks["A"] == NetworkLevel.EXCELLENT


def test_an_uplink_that_loses_is_seen() -> None:
    rig = meeting()
    layer = (rig.track("b", CAMERA), 2)
    for step in range(1, 5):
        rig.engine.counts[layer] = (1000 * step, 60 * step)
        rig.advance(2.1)
    assert rig.networks == {"A": NetworkLevel.EXCELLENT, "B": NetworkLevel.FAIR}


def stop(rig: Rig, *layers: int) -> None:
    for layer in layers:
        rig.event(EventKind.LAYER_STOPPED, track=rig.track("b", CAMERA), layer=layer)


def start(rig: Rig, *layers: int) -> None:
    for layer in layers:
        rig.event(EventKind.LAYER_STARTED, track=rig.track("b", CAMERA), layer=layer)
