"""What people in a room notice: who appears in their Slots, when, and why not."""

import pytest

from _fastpath.engine import NO_TRACK, Codec, EventKind, RowStats
from sfu.effects import RoomFailed
from sfu.room import AWAY_AFTER_NS
from tests.sfu.offers import offer
from tests.sfu.room_rig import TRACKS, Rig, pairs
from treble.api import ApiError, ClosePeer, OpenPeer, PeerState, PublishedTrack, Reason, Source, Tile
from treble.units import SECOND

CAMERA, MICROPHONE, SCREEN = Source.CAMERA, Source.MICROPHONE, Source.SCREEN


def test_two_people_see_each_other_and_not_themselves() -> None:
    rig = Rig()
    rig.join("a")
    rig.join("b")
    assert rig.seats("a") == ["B/camera", None, None]
    assert rig.seats("b") == ["A/camera", None, None]
    assert rig.carried("a", 0) == (rig.track("b", MICROPHONE), rig.track("b", CAMERA), 2)


def test_the_life_of_a_peer_is_told() -> None:
    rig = Rig()
    rig.join("a")
    endpoint = rig.peer("a").endpoint.id
    rig.event(EventKind.SILENT, endpoint=endpoint)
    rig.event(EventKind.ALIVE, endpoint=endpoint)
    rig.event(EventKind.SILENT, endpoint=endpoint)
    rig.event(EventKind.EXPIRED, endpoint=endpoint)
    assert [state.value for _, state, _ in rig.states] == [
        "checking",
        "securing",
        "connected",
        "silent",
        "connected",
        "silent",
        "closed",
    ]
    assert rig.states[-1][2] == "expired"
    assert rig.worker.rooms == {}
    assert rig.engine.endpoints == {}


def test_nobody_is_shown_before_being_connected() -> None:
    rig = Rig()
    rig.join("a")
    rig.open("b")
    assert rig.seats("a") == []
    rig.connect("b")
    assert rig.seats("a") == ["B/camera", None, None]


def test_rooms_do_not_see_each_other() -> None:
    rig = Rig()
    rig.join("a")
    rig.join("b", room="another")
    assert rig.seats("a") == []
    assert rig.seats("b") == []


def test_leaving_frees_the_slot_at_once() -> None:
    rig = Rig()
    rig.join("a")
    rig.join("b")
    rig.worker.handle_close_peer(ClosePeer(peer="b"))
    rig.settle()
    assert rig.seats("a") == [None, None, None]
    assert rig.carried("a", 0) == (NO_TRACK, NO_TRACK, 0)
    assert rig.states[-1] == ("b", PeerState.CLOSED, "closed")
    rig.worker.handle_close_peer(ClosePeer(peer="b"))  # twice is once


def test_whoever_sits_stays_when_others_come_and_go() -> None:
    rig = Rig()
    for name in "abcd":
        rig.join(name)
    assert rig.seats("a") == ["B/camera", "C/camera", "D/camera"]
    rig.worker.handle_close_peer(ClosePeer(peer="b"))
    rig.settle()
    assert rig.seats("a") == [None, "C/camera", "D/camera"]
    rig.join("e")
    assert rig.seats("a") == ["E/camera", "C/camera", "D/camera"]


def test_joining_and_leaving_negotiates_nothing_with_the_others() -> None:
    rig = Rig()
    rig.join("a")
    before = [rig.engine.count(name) for name in ("add_row", "restart_ice", "set_keys")]
    rig.join("b", offer("firefox_slots3"))
    rig.worker.handle_close_peer(ClosePeer(peer="b"))
    rig.settle()
    rows_of_b = 6
    assert [rig.engine.count(name) for name in ("add_row", "restart_ice", "set_keys")] == [
        before[0] + rows_of_b,
        0,
        0,
    ]


# --- a Slot never shows B under A's name


def test_the_engine_moves_only_after_the_table_was_told() -> None:
    rig = Rig(auto_tell=False)
    rig.join("a")
    rig.join("b")
    assert rig.seats("a") == ["B/camera", None, None]
    assert rig.carried("a", 0)[:2] == (NO_TRACK, NO_TRACK)
    rig.tell()
    assert rig.carried("a", 0)[:2] == (rig.track("b", MICROPHONE), rig.track("b", CAMERA))


def test_a_change_stops_the_old_picture_at_once_and_names_the_first_timestamp_of_the_new() -> None:
    rig = Rig()
    for name in "abc":
        rig.join(name)
    rig.view("a", Tile(participant="B", height=720, priority=1))
    rig.auto_tell = False
    row = rig.peer("a").table.slots[0].video.row
    last_ns = rig.now_ns - SECOND // 2
    rig.engine.stats[row] = RowStats(0, 0, 9, 9, 0, 0xFFFFF000, last_ns, 0, 0, 0, 90000)
    rig.worker.handle_close_peer(ClosePeer(peer="b"))
    rig.join("d")
    assert rig.carried("a", 0)[1] == NO_TRACK
    while rig.told:
        rig.tell()
    [state] = [state for state in rig.tables["a"] if state.participant == "D"]
    assert state.slot == 0
    assert state.from_rtp_timestamp == (0xFFFFF000 + 45_000 + 3000) % 2**32
    rig.view("a", Tile(participant="D", height=720))
    assert rig.engine.sources[row][0] == rig.track("d", CAMERA)


def test_a_table_that_changed_again_meanwhile_leaves_the_slot_empty_until_told() -> None:
    rig = Rig(auto_tell=False)
    rig.join("a")
    rig.join("b")
    rig.worker.handle_close_peer(ClosePeer(peer="b"))
    rig.join("c")
    assert rig.seats("a") == ["B/camera", None, None]  # under way
    rig.tell()
    assert rig.carried("a", 0)[:2] == (NO_TRACK, NO_TRACK)
    assert rig.seats("a") == ["C/camera", None, None]
    rig.tell()
    assert rig.carried("a", 0)[0] == rig.track("c", MICROPHONE)


def test_an_unreachable_room_server_is_told_again_and_the_slot_waits() -> None:
    rig = Rig(auto_tell=False)
    rig.join("a")
    rig.join("b")
    rig.tell(was_told=False)
    assert rig.told == []
    assert rig.carried("a", 0)[:2] == (NO_TRACK, NO_TRACK)
    rig.advance(1.3)
    assert rig.told
    rig.tell()
    assert rig.carried("a", 0)[0] == rig.track("b", MICROPHONE)


def test_a_late_answer_about_an_older_table_counts_for_nothing() -> None:
    rig = Rig(auto_tell=False)
    rig.join("a")
    rig.join("b")
    rig.worker.handle_slots_told("a", 99, True, rig.now_ns)
    rig.worker.handle_slots_told("nobody", 1, True, rig.now_ns)
    assert rig.carried("a", 0)[:2] == (NO_TRACK, NO_TRACK)


# --- silence


def test_a_lost_network_is_seen_and_its_slots_are_freed_within_ten_seconds() -> None:
    rig = Rig()
    rig.join("a")
    rig.join("b")
    rig.event(EventKind.SILENT, endpoint=rig.peer("b").endpoint.id)  # two seconds after the last packet
    assert rig.states[-1] == ("b", PeerState.SILENT, "")
    rig.advance(AWAY_AFTER_NS / SECOND - 0.5)
    assert rig.seats("a") == ["B/camera", None, None]
    rig.advance(1)
    assert rig.seats("a") == [None, None, None]
    rig.event(EventKind.ALIVE, endpoint=rig.peer("b").endpoint.id)
    assert rig.seats("a") == ["B/camera", None, None]


def test_a_peer_that_never_connects_is_closed_after_its_time() -> None:
    rig = Rig()
    rig.open("a")
    rig.advance(29)
    assert rig.worker.rooms
    rig.advance(2)
    assert rig.states[-1] == ("a", PeerState.CLOSED, "handshake timed out")
    assert rig.worker.rooms == {}
    assert rig.worker.next_timer() is None


# --- view, layers, reasons


def test_tiles_choose_layers_and_hidden_people_are_only_heard() -> None:
    rig = Rig()
    for name in "abcd":
        rig.join(name)
    rig.view(
        "a",
        Tile(participant="B", height=700),
        Tile(participant="C", height=400),
        Tile(participant="D", height=150),
    )
    assert [rig.carried("a", slot)[2] for slot in range(3)] == [2, 1, 0]
    rig.view("a", Tile(participant="B", height=150))
    rig.advance(0.5)
    assert [state.reason for state in rig.tables["a"]] == [Reason.VIEWPORT, Reason.HIDDEN, Reason.HIDDEN]
    assert [state.layer for state in rig.tables["a"]] == [0, None, None]
    assert rig.carried("a", 1)[:2] == (rig.track("c", MICROPHONE), NO_TRACK)


def test_a_layer_that_does_not_flow_is_replaced_by_the_next() -> None:
    rig = Rig()
    rig.join("a")
    rig.join("b")
    assert rig.carried("a", 0)[2] == 2
    rig.event(EventKind.LAYER_STOPPED, track=rig.track("b", CAMERA), layer=2)
    assert rig.carried("a", 0)[2] == 1
    rig.event(EventKind.LAYER_STARTED, track=rig.track("b", CAMERA), layer=2)
    assert rig.carried("a", 0)[2] == 2


def test_changes_of_layers_are_told_at_most_four_times_a_second() -> None:
    rig = Rig()
    rig.join("a")
    rig.join("b")
    rig.advance(1)
    told = []
    carry_out = rig._carry_out
    rig._carry_out = lambda effect: (told.append(effect), carry_out(effect))  # type: ignore[method-assign]
    for _ in range(10):
        rig.event(EventKind.LAYER_STOPPED, track=rig.track("b", CAMERA), layer=2)
        rig.event(EventKind.LAYER_STARTED, track=rig.track("b", CAMERA), layer=2)
        rig.advance(0.1)
    assert len(told) <= 5


def test_pinned_people_come_first_when_slots_are_few() -> None:
    rig = Rig()
    for name in "bcd":
        rig.join(name)
    rig.join("a", slots=pairs(1))
    rig.view("a", Tile(participant="B", priority=0), Tile(participant="D", priority=3))
    assert rig.seats("a") == ["D/camera"]


def test_a_loud_person_without_a_slot_takes_that_of_a_silent_hidden_one() -> None:
    rig = Rig()
    for name in "bcd":
        rig.join(name)
    rig.join("a", slots=pairs(2))
    rig.view("a", Tile(participant="B"))
    assert rig.seats("a") == ["B/camera", "C/camera"]
    rig.engine.levels = [(rig.track("d", MICROPHONE), 20)]
    rig.advance(1)
    assert rig.seats("a") == ["B/camera", "D/camera"]


def crowd() -> Rig:
    """Two Slots each and three others to hear; at a, d came last and has none."""
    rig = Rig()
    for name in "abcd":
        rig.join(name, slots=pairs(2))
    assert rig.seats("a") == ["B/camera", "C/camera"]
    return rig


def test_a_voice_gets_a_slot_at_once_and_plays_once_that_is_told() -> None:
    rig = crowd()
    rig.auto_tell = False
    rig.event(EventKind.VOICE, track=rig.track("d", MICROPHONE), value=30)
    assert "D/camera" in rig.seats("a")
    slot = rig.seats("a").index("D/camera")
    assert rig.carried("a", slot)[:2] == (NO_TRACK, NO_TRACK)
    rig.tell()
    assert rig.carried("a", slot)[0] == rig.track("d", MICROPHONE)


def test_who_was_silent_longest_gives_way_and_speakers_keep_their_place() -> None:
    rig = crowd()
    rig.event(EventKind.VOICE, track=rig.track("b", MICROPHONE), value=30)
    rig.advance(1)
    rig.event(EventKind.VOICE, track=rig.track("d", MICROPHONE), value=30)
    assert sorted(rig.seats("a")) == ["B/camera", "D/camera"]
    rig.advance(0.1)
    rig.event(EventKind.VOICE, track=rig.track("c", MICROPHONE), value=10)
    assert sorted(rig.seats("a")) == ["B/camera", "D/camera"], "both spoke less than two seconds ago"
    rig.advance(1.5)
    rig.event(EventKind.VOICE, track=rig.track("c", MICROPHONE), value=10)
    assert sorted(rig.seats("a")) == ["C/camera", "D/camera"]


def test_where_everybody_is_heard_a_voice_changes_nothing() -> None:
    rig = Rig()
    for name in "abc":
        rig.join(name)
    told = len(rig.engine.commands)
    rig.event(EventKind.VOICE, track=rig.track("b", MICROPHONE), value=10)
    assert len(rig.engine.commands) == told


def test_a_muted_or_departed_voice_is_nobodys() -> None:
    rig = crowd()
    rig.mute("d", MICROPHONE)
    rig.event(EventKind.VOICE, track=rig.track("d", MICROPHONE), value=30)
    rig.event(EventKind.VOICE, track=9999, value=30)
    assert rig.seats("a") == ["B/camera", "C/camera"]


def test_a_codec_that_the_receiver_lacks_is_named() -> None:
    rig = Rig()
    rig.join("a", offer("firefox_slots3"))
    rig.join("b")
    row = rig.peer("a").table.slots[0].video.row
    rig.event(EventKind.UNDECODABLE, row=row, track=rig.track("b", CAMERA), value=Codec.H264)
    rig.advance(0.5)
    assert (rig.tables["a"][0].reason, rig.tables["a"][0].codec) == (Reason.CODEC, "H264")
    rig.worker.handle_close_peer(ClosePeer(peer="b"))
    rig.join("c")
    rig.advance(0.5)
    assert rig.tables["a"][0].codec is None


# --- screen


SCREEN_TRACKS = [
    *TRACKS,
    PublishedTrack(mid="3", source=SCREEN),
    PublishedTrack(mid="2", source=Source.SCREEN_AUDIO),
]


def with_screen() -> str:
    """The first Slot pair as sendonly screen and screen audio: its m-lines are there from the start."""
    text = offer("chromium_slots3")
    at = text.index("a=mid:2")
    return text[:at] + text[at:].replace("a=recvonly", "a=sendonly", 2)


def test_a_screen_takes_a_slot_of_its_own_while_it_is_shared() -> None:
    rig = Rig()
    rig.join("a")
    rig.join("b", with_screen(), tracks=SCREEN_TRACKS, slots=[])
    assert rig.seats("a") == ["B/camera", None, None]
    rig.event(EventKind.LAYER_STARTED, track=rig.track("b", SCREEN), layer=0)
    assert rig.seats("a") == ["B/camera", "B/screen", None]
    assert rig.carried("a", 1)[:2] == (rig.track("b", Source.SCREEN_AUDIO), rig.track("b", SCREEN))
    rig.mute("b", SCREEN)
    assert rig.seats("a") == ["B/camera", None, None]


def test_a_still_screen_keeps_its_slot_for_a_while() -> None:
    rig = Rig()
    rig.join("a")
    rig.join("b", with_screen(), tracks=SCREEN_TRACKS, slots=[])
    rig.event(EventKind.LAYER_STARTED, track=rig.track("b", SCREEN), layer=0)
    rig.event(EventKind.LAYER_STOPPED, track=rig.track("b", SCREEN), layer=0)
    rig.advance(4)
    assert rig.seats("a") == ["B/camera", "B/screen", None]
    rig.advance(2)
    assert rig.seats("a") == ["B/camera", None, None]


# --- muting


def test_muting_shuts_the_gate_and_is_acknowledged_by_number() -> None:
    rig = Rig()
    rig.join("a")
    number = rig.mute("a", MICROPHONE)
    assert number is not None
    assert rig.engine.gates[rig.track("a", MICROPHONE)] is False
    rig.event(EventKind.ACK, value=number)
    assert [effect.number for effect in rig.others] == [number]  # type: ignore[union-attr]


def test_an_older_epoch_is_ignored() -> None:
    rig = Rig()
    rig.join("a")
    rig.mute("a", MICROPHONE, epoch=5)
    assert rig.mute("a", MICROPHONE, muted=False, epoch=4) is None
    assert rig.engine.gates[rig.track("a", MICROPHONE)] is False
    assert rig.mute("a", CAMERA, epoch=4) is not None
    assert rig.mute("a", MICROPHONE, muted=False, epoch=5) is not None


def test_a_track_that_was_muted_before_it_came_starts_shut() -> None:
    rig = Rig()
    rig.join("a", tracks=TRACKS[:1])
    assert rig.mute("a", CAMERA) is None
    rig.open("a")
    assert rig.engine.gates[rig.track("a", CAMERA)] is False


def test_a_muted_camera_is_said_to_be_off() -> None:
    rig = Rig()
    rig.join("a")
    rig.join("b")
    rig.mute("b", CAMERA)
    rig.advance(0.5)
    assert (rig.tables["a"][0].reason, rig.tables["a"][0].layer) == (Reason.PUBLISHER, None)


# --- offers again


def test_a_second_offer_keeps_slots_keys_and_tracks() -> None:
    rig = Rig()
    first = rig.join("a")
    rig.join("b")
    before, rows, tracks = rig.engine.sources.copy(), set(rig.engine.rows), set(rig.engine.layers)
    again = rig.open("a")
    assert rig.engine.sources == before
    assert (set(rig.engine.rows), set(rig.engine.layers)) == (rows, tracks)
    assert rig.engine.count("restart_ice") == 0

    def body(sdp: str) -> list[str]:
        return [line for line in sdp.split("\r\n") if not line.startswith("o=")]

    assert body(again.sdp) == body(first.sdp)
    assert first.sdp.split("\r\n")[1] != again.sdp.split("\r\n")[1]


def test_new_credentials_restart_ice_and_leave_dtls_alone() -> None:
    rig = Rig()
    rig.join("a")
    before = rig.engine.endpoints.copy()
    again = rig.open("a", offer("chromium_slots3").replace("a=ice-ufrag:", "a=ice-ufrag:x"))
    [(ufrag, password)] = rig.engine.endpoints.values()
    assert before != rig.engine.endpoints
    assert f"a=ice-ufrag:{ufrag.decode()}" in again.sdp
    assert f"a=ice-pwd:{password.decode()}" in again.sdp
    assert rig.states[-1][1] is PeerState.CONNECTED


def test_another_certificate_is_refused() -> None:
    rig = Rig()
    rig.join("a")
    with pytest.raises(ApiError, match="certificate"):
        rig.open("a", offer("chromium_publish"), slots=[])
    assert rig.worker.rooms


def test_more_slots_in_a_later_offer() -> None:
    rig = Rig()
    for name in "bcd":
        rig.join(name)
    rig.join("a", slots=pairs(1))
    assert rig.seats("a") == ["B/camera"]
    rig.open("a", slots=pairs(3))
    assert rig.seats("a") == ["B/camera", "C/camera", "D/camera"]


def test_a_slot_cannot_change_its_m_lines() -> None:
    rig = Rig()
    rig.join("a")
    moved = [pairs(3)[0].__class__(slot=0, audio_mid="4", video_mid="5")]
    with pytest.raises(ApiError, match="slot 0"):
        rig.open("a", slots=moved)


def test_a_stopped_track_is_gone_elsewhere() -> None:
    rig = Rig()
    rig.join("a")
    rig.join("b")
    camera = rig.track("b", CAMERA)
    text = offer("chromium_slots3")
    first, _, rest = text.partition("a=mid:1")
    rig.open("b", first + "a=mid:1" + rest.replace("a=sendonly", "a=inactive", 1))
    assert ("remove_track", {"track": camera}) in rig.engine.commands
    assert rig.carried("a", 0) == (rig.track("b", MICROPHONE), NO_TRACK, 0)


def test_a_peer_belongs_to_one_participant_and_room() -> None:
    rig = Rig()
    rig.join("a")
    for other in ({"participant": "X"}, {"room": "another"}):
        with pytest.raises(ApiError, match=r"bad\.request"):
            rig.open("a", **other)  # type: ignore[arg-type]


def test_two_peers_of_one_person_do_not_see_each_other() -> None:
    rig = Rig()
    rig.join("a", participant="P")
    rig.join("b", participant="P")
    rig.join("c")
    assert rig.seats("a") == ["C/camera", None, None]
    assert rig.seats("c") == ["P/camera", None, None]


def test_a_person_who_comes_back_by_a_new_peer_is_seen_through_the_old_one_until_connected() -> None:
    rig = Rig()
    rig.join("a")
    rig.join("b")
    old = rig.carried("a", 0)
    rig.open("b2", participant="B")
    assert rig.carried("a", 0) == old
    rig.connect("b2")
    assert rig.carried("a", 0)[0] == rig.track("b2", MICROPHONE)
    rig.worker.handle_close_peer(ClosePeer(peer="b"))
    rig.settle()
    assert rig.seats("a") == ["B/camera", None, None]


# --- ICE restart by fragment, speakers, unknown Peers, defects


def test_ice_restarts_by_fragment() -> None:
    rig = Rig()
    rig.join("a")
    from treble.api import RestartIce

    fragment = "a=ice-ufrag:newer\r\na=ice-pwd:0123456789abcdef0123456789\r\n"
    answer = rig.worker.handle_restart_ice(RestartIce(peer="a", sdp_fragment=fragment)).sdp_fragment
    [(ufrag, _)] = rig.engine.endpoints.values()
    assert f"a=ice-ufrag:{ufrag.decode()}\r\n" in answer
    assert "a=candidate:" in answer
    assert rig.worker.handle_restart_ice(RestartIce(peer="a", sdp_fragment="a=mid:0\r\n")).sdp_fragment == ""
    with pytest.raises(ApiError, match=r"bad\.sdp"):
        rig.worker.handle_restart_ice(RestartIce(peer="a", sdp_fragment="a=ice-ufrag:x\r\n"))


def test_speakers_are_told_loudest_first_without_flicker() -> None:
    rig = Rig()
    rig.join("a")
    rig.join("b")
    rig.engine.levels = [(rig.track("a", MICROPHONE), 40), (rig.track("b", MICROPHONE), 20)]
    rig.advance(2)
    assert [speaker.participant for speaker in rig.speakers[-1]] == ["B", "A"]
    told = len(rig.speakers)
    for _ in range(10):  # words and pauses
        rig.engine.levels = []
        rig.advance(0.4)
        rig.engine.levels = [(rig.track("a", MICROPHONE), 35), (rig.track("b", MICROPHONE), 22)]
        rig.advance(0.4)
    assert len(rig.speakers) == told
    rig.engine.levels = []
    rig.advance(4)
    assert rig.speakers[-1] == []


def test_unknown_peers_are_refused_and_stale_events_ignored() -> None:
    rig = Rig()
    with pytest.raises(ApiError, match="ended"):
        rig.view("nobody")
    rig.event(EventKind.DATAGRAM, endpoint=77)
    rig.event(EventKind.UNDECODABLE, row=5, track=6, value=1)
    rig.join("a")
    endpoint = rig.peer("a").endpoint.id
    for kind in (EventKind.LAYER_STARTED, EventKind.LAYER_STOPPED, EventKind.UNDECODABLE):
        rig.event(kind, endpoint=endpoint, row=777, track=777, layer=0, value=1)
    assert rig.others == []


def test_a_defect_takes_down_one_room() -> None:
    rig = Rig()
    rig.join("a")
    rig.join("b", room="another")
    rig.engine.broken = "set_gate"
    with pytest.raises(ApiError, match=r"server\.error"):
        rig.mute("a", MICROPHONE)
    rig.settle()
    [failed] = [effect for effect in rig.others if isinstance(effect, RoomFailed)]
    assert failed.room == "room"
    assert rig.states[-1] == ("a", PeerState.CLOSED, "closed")
    assert list(rig.worker.rooms) == ["another"]


def test_a_defect_in_a_new_room_leaves_nothing_behind() -> None:
    rig = Rig()
    rig.engine.broken = "add_row"
    with pytest.raises(ApiError, match=r"server\.error"):
        rig.open("a")
    rig.engine.broken = None
    assert rig.worker.rooms == {}
    assert rig.engine.endpoints == {}
    rig.worker.handle_open_peer(
        OpenPeer(room="room", participant="A", peer="a", sdp=offer("chromium_slots3")), rig.now_ns
    )


def test_a_large_room_gathers_changes_before_it_seats_everybody_anew() -> None:
    rig = Rig()
    for number in range(30):
        rig.join(f"p{number}", slots=pairs(1))
        rig.advance(0.05)
    seated = rig.engine.count("set_source")
    rig.open("late")
    rig.connect("late")
    assert rig.seats("late") == []
    rig.advance(0.05)
    assert rig.seats("late") == ["P0/camera", "P1/camera", "P2/camera"]
    assert rig.engine.count("set_source") > seated
