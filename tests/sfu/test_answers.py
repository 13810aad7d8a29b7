"""Offers of every make are answered with what that make can use, and the engine is told the same."""

import re

import pytest

from _fastpath.engine import Codec, Extension, Kind
from tests.sfu.offers import NAMES, Answer, offer, with_pairs
from tests.sfu.room_rig import TRACKS, Rig, certificate, pairs
from treble.api import ApiError, PublishedTrack, SlotPair, Source


def infer(rig: Rig, name: str) -> Answer:
    """As WHIP and WHEP do: nothing said about the m-lines."""
    return Answer(rig.open("a", offer(name), tracks=[], slots=[]).sdp)


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_is_one_bundle_over_our_transport(name: str) -> None:
    rig = Rig()
    answer = infer(rig, name)
    offered = offer(name).replace("\r\n", "\n").split("\nm=")[1:]
    assert len(answer.sections) == len(offered)
    assert answer.session[0] == "v=0"
    assert "a=ice-lite" in answer.session
    accepted = []
    for index, section in enumerate(answer.sections):
        assert section[0].split()[0].removeprefix("m=") == offered[index].split()[0]
        if answer.port(index) == 0:
            continue
        [mid] = answer.values(index, "mid")
        accepted.append(mid)
        assert "a=setup:passive" in section
        assert "a=rtcp-mux" in section
        assert answer.values(index, "fingerprint") == [certificate().fingerprint]
        [ufrag], [password] = answer.values(index, "ice-ufrag"), answer.values(index, "ice-pwd")
        assert (ufrag.encode(), password.encode()) in rig.engine.endpoints.values()
        assert set(answer.payload_types(index)) <= {int(n) for n in offered[index].split("\n")[0].split()[3:]}
    assert f"a=group:BUNDLE {' '.join(accepted)}" in answer.session


@pytest.mark.parametrize("name", NAMES)
def test_candidates_stand_once_udp_and_tcp_of_both_families(name: str) -> None:
    answer = infer(Rig(), name)
    lines = [line for section in answer.sections for line in section if line.startswith("a=candidate:")]
    parts = [line.split() for line in lines]
    assert [(part[2], part[4], part[5]) for part in parts] == [
        ("udp", "192.0.2.1", "7882"),
        ("udp", "2001:db8::1", "7882"),
        ("tcp", "192.0.2.1", "7882"),
        ("tcp", "2001:db8::1", "7882"),
    ]
    assert all(line.endswith("tcptype passive") for line in lines[2:])
    priorities = [int(part[3]) for part in parts]
    assert priorities == sorted(priorities, reverse=True)
    assert len({part[0] for part in parts}) == 4


@pytest.mark.parametrize("name", ["chromium_slots3", "firefox_slots3", "safari_slots1"])
def test_a_publisher_sends_vp8_first_with_its_layers(name: str) -> None:
    rig = Rig()
    count = 1 if name == "safari_slots1" else 3
    answer = Answer(rig.open("a", offer(name), slots=pairs(count)).sdp)
    assert [answer.direction(0), answer.direction(1)] == ["recvonly", "recvonly"]
    codecs = answer.codecs(1)
    assert codecs[:2] == ["VP8/90000", "rtx/90000"]
    assert not {"flexfec-03/90000", "H265/90000"} & set(codecs)
    assert codecs.count("H264/90000") == (0 if name == "firefox_slots3" else 1)
    assert answer.values(1, "rid") == ["l recv", "m recv", "h recv"]
    assert answer.values(1, "simulcast") == ["recv l;m;h"]
    vp8 = answer.payload_types(1)[0]
    feedback = {line.partition(" ")[2] for line in answer.values(1, "rtcp-fb") if line.startswith(f"{vp8} ")}
    assert feedback == {"nack", "nack pli", "ccm fir", "transport-cc", "goog-remb"}
    [track] = [track for track, layers in rig.engine.layers.items() if len(layers) == 3]
    assert [(layer["layer"], layer["rid"], layer["mid"]) for layer in rig.engine.layers[track]] == [
        (0, b"l", b"1"),
        (1, b"m", b"1"),
        (2, b"h", b"1"),
    ]


def test_h264_is_constrained_baseline_in_packetization_mode_1() -> None:
    answer = Answer(Rig().open("a").sdp)
    [parameters] = [value for value in answer.values(1, "fmtp") if "profile-level-id" in value]
    assert "packetization-mode=1" in parameters
    assert "profile-level-id=42e01f" in parameters


def test_h264_in_packetization_mode_0_where_that_is_all() -> None:
    text = offer("aiortc_publish").replace("packetization-mode=1", "packetization-mode=0")
    answer = Answer(Rig().open("a", text, tracks=[], slots=[]).sdp)
    assert "H264/90000" in answer.codecs(1)


def test_opus_gets_nack_although_nobody_offers_it() -> None:
    rig = Rig()
    answer = Answer(rig.open("a").sdp)
    assert answer.codecs(0) == ["opus/48000/2", "G722/8000", "PCMU/8000", "PCMA/8000", "red/48000/2"]
    assert "111 nack" in answer.values(0, "rtcp-fb")
    assert "111 nack" in answer.values(2, "rtcp-fb")
    assert all(row["nack"] for row in rig.engine.rows.values())


@pytest.mark.parametrize("name", ["chromium_slots3", "firefox_slots3"])
def test_slots_are_pairs_of_one_stream_with_their_ssrcs(name: str) -> None:
    rig = Rig()
    answer = Answer(rig.open("a", offer(name)).sdp)
    ssrcs = set()
    for slot in range(3):
        audio, video = 2 + 2 * slot, 3 + 2 * slot
        assert [answer.direction(audio), answer.direction(video)] == ["sendonly", "sendonly"]
        assert answer.values(audio, "msid") == [f"slot{slot} audio{slot}"]
        assert answer.values(video, "msid") == [f"slot{slot} video{slot}"]
        groups = [line.split() for line in answer.values(video, "ssrc-group")]
        media, rtx = groups[0][1:]
        fec = [group[2] for group in groups[1:]]
        assert groups == [["FID", media, rtx], *(["FEC-FR", media, each] for each in fec)]
        assert len(fec) == (name == "chromium_slots3")
        assert answer.values(video, "ssrc") == [f"{ssrc} cname:slot{slot}" for ssrc in (media, rtx, *fec)]
        [line] = answer.values(audio, "ssrc")
        assert line.endswith(f" cname:slot{slot}")
        ssrcs |= {int(media), int(rtx), *map(int, fec), int(line.split()[0])}
        assert not answer.values(video, "rid")
    assert len(ssrcs) == (12 if name == "chromium_slots3" else 9)
    assert 0 not in ssrcs
    told = {row[kind] for row in rig.engine.rows.values() for kind in ("ssrc", "rtx_ssrc", "flexfec_ssrc")}
    assert told - {0} == ssrcs


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("chromium_slots3", (118, 120, 49)),
        ("firefox_slots3", (122, 123, -1)),
        ("safari_slots1", (125, 127, -1)),
        ("aiortc_play", (-1, -1, -1)),
        ("gstreamer_play", (-1, -1, -1)),
    ],
)
def test_video_is_protected_in_the_forms_that_the_receiver_offers(
    name: str, expected: tuple[int, int, int]
) -> None:
    rig = Rig()
    rig.open("a", offer(name), tracks=[], slots=[])
    video = [row for row in rig.engine.rows.values() if row["kind"] is Kind.VIDEO]
    assert video
    assert {(row["red"], row["ulpfec"], row["flexfec"]) for row in video} == {expected}
    assert all(bool(row["flexfec_ssrc"]) == (expected[2] >= 0) for row in video)


@pytest.mark.parametrize(
    ("name", "red"),
    [
        ("chromium_slots3", 63),
        ("firefox_slots3", -1),
        ("safari_slots1", 63),
        ("aiortc_play", -1),
        ("gstreamer_play", -1),
    ],
)
def test_sound_is_repeated_where_the_receiver_offers_it(name: str, red: int) -> None:
    rig = Rig()
    answer = Answer(rig.open("a", offer(name), tracks=[], slots=[]).sdp)
    audio = [row for row in rig.engine.rows.values() if row["kind"] is Kind.AUDIO]
    assert audio
    assert {(row["red"], row["ulpfec"], row["flexfec"]) for row in audio} == {(red, -1, -1)}
    assert all(codec.codec is not Codec.RED for row in audio for codec in row["codecs"])
    assert (f"{red} 111/111" in answer.values(0, "fmtp")) == (red > 0)


def test_publishers_send_plain_opus_first_and_their_red_is_understood() -> None:
    rig = Rig()
    answer = Answer(rig.open("a", offer("chromium_publish"), tracks=TRACKS, slots=[]).sdp)
    assert answer.payload_types(0)[0] == 111
    assert answer.payload_types(0)[-1] == 63
    [table] = rig.engine.payload_types.values()
    assert (63, Codec.RED, 48000, -1) in table


@pytest.mark.parametrize("parameters", ["", "a=fmtp:63 111/9\r\n", "a=fmtp:63 9/9\r\n"])
def test_red_of_anything_but_opus_is_not_answered(parameters: str) -> None:
    text = offer("chromium_slots3").replace("a=fmtp:63 111/111\r\n", parameters)
    answer = Answer(Rig().open("a", text).sdp)
    assert "red/48000/2" not in answer.codecs(0)


def test_red_alone_is_not_answered() -> None:
    text = offer("safari_slots1").replace("a=rtpmap:127 ulpfec/90000\r\n", "").replace(" 127\r\n", "\r\n")
    answer = Answer(Rig().open("a", text, tracks=[], slots=[]).sdp)
    assert "red/90000" not in answer.codecs(1)


@pytest.mark.parametrize(("name", "red", "resend", "ulpfec"), [("chromium_slots3", 118, 119, 120)])
def test_a_publishers_red_with_its_rtx_and_ulpfec_are_understood(
    name: str, red: int, resend: int, ulpfec: int
) -> None:
    rig = Rig()
    answer = Answer(rig.open("a", offer(name)).sdp)
    assert answer.payload_types(1)[-3:] == [red, resend, ulpfec]
    [table] = rig.engine.payload_types.values()
    video = [entry for entry in table if entry.clock_rate == 90000]
    assert [entry for entry in video if entry.codec in (Codec.RED, Codec.ULPFEC)] == [
        (red, Codec.RED, 90000, -1),
        (resend, Codec.RED, 90000, red),
        (ulpfec, Codec.ULPFEC, 90000, -1),
    ]


def test_rows_send_each_receivers_own_payload_types() -> None:
    for name, number in (("chromium_slots3", 96), ("firefox_slots3", 120)):
        rig = Rig()
        rig.open("a", offer(name))
        [vp8] = {
            codec for row in rig.engine.rows.values() for codec in row["codecs"] if codec.codec == Codec.VP8
        }
        assert vp8.number == number
        assert vp8.rtx_number > 0
        assert vp8.clock_rate == 90000


def test_extensions_are_mirrored_by_direction_and_use() -> None:
    rig = Rig()
    answer = Answer(rig.open("a", offer("firefox_slots3")).sdp)
    publisher = answer.values(1, "extmap")
    assert "9/recvonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id" in publisher
    assert "3 urn:ietf:params:rtp-hdrext:sdes:mid" in publisher
    assert any("dependency-descriptor" in line for line in publisher)
    assert not any("playout-delay" in line or "toffset" in line for line in publisher)
    slot = answer.values(3, "extmap")
    assert {line.split()[0] for line in slot} == {"3", "4", "7"}
    [endpoint] = rig.engine.endpoints
    assert rig.engine.extensions[endpoint][9] is Extension.RID
    assert rig.engine.extensions[endpoint][3] is Extension.MID
    rows = [row["extensions"] for row in rig.engine.rows.values() if row["kind"] is Kind.VIDEO]
    assert rows[0] == {Extension.MID, Extension.ABS_SEND_TIME, Extension.TRANSPORT_SEQUENCE}


def test_pictures_come_upright_because_orientation_is_not_negotiated() -> None:
    assert "video-orientation" in offer("chromium_slots3")
    assert "video-orientation" not in Rig().open("a").sdp


def test_whip_publishes_the_first_audio_and_video() -> None:
    rig = Rig()
    answer = infer(rig, "gstreamer_publish")
    assert [answer.direction(0), answer.direction(1)] == ["recvonly", "recvonly"]
    assert {track.source for track in rig.peer("a").tracks.values()} == {Source.CAMERA, Source.MICROPHONE}
    assert answer.codecs(1) == ["OPUS/48000/2"]
    layers = [layer for layers in rig.engine.layers.values() for layer in layers]
    assert [layer["ssrc"] for layer in layers] == named_ssrcs("gstreamer_publish")


def named_ssrcs(name: str) -> list[int]:
    """The first SSRC of each m-line: webrtcbin has no MID extension, its packets are found by these."""
    bodies = offer(name).split("m=")[1:]
    return [int(found[1]) for body in bodies if (found := re.search(r"a=ssrc:(\d+)", body))]


def test_whep_receives_in_pairs() -> None:
    for name in ("aiortc_play", "gstreamer_play"):
        answer = infer(Rig(), name)
        assert [answer.direction(0), answer.direction(1)] == ["sendonly", "sendonly"]
        assert answer.values(0, "msid") == ["slot0 audio0"]
        assert answer.values(1, "msid") == ["slot0 video0"]


def test_aiortc_is_found_by_the_ssrcs_that_it_names() -> None:
    rig = Rig()
    infer(rig, "aiortc_publish")
    layers = [layer for layers in rig.engine.layers.values() for layer in layers]
    groups = re.findall(r"a=ssrc-group:FID (\d+) (\d+)", offer("aiortc_publish"))
    assert [layer["ssrc"] for layer in layers] == named_ssrcs("aiortc_publish")
    assert [layer["rtx_ssrc"] for layer in layers] == [0, int(groups[0][1])]


def test_a_data_channel_is_rejected_and_the_rest_is_not() -> None:
    answer = infer(Rig(), "chromium_data_channel")
    assert [answer.port(index) for index in range(3)] == [9, 9, 0]
    assert answer.sections[2][0] == "m=application 0 UDP/DTLS/SCTP webrtc-datachannel"
    assert "a=group:BUNDLE 0 1" in answer.session


def test_an_m_line_that_nobody_claims_is_inactive() -> None:
    answer = Answer(Rig().open("a", tracks=TRACKS[:1], slots=pairs(1)).sdp)
    assert [answer.direction(index) for index in range(8)] == [
        "recvonly",
        "inactive",
        "sendonly",
        "sendonly",
    ] + ["inactive"] * 4


def test_no_common_codec_rejects_the_m_line() -> None:
    text = re.sub(r"VP8/|VP9/|H264/|AV1/", "H263/", offer("chromium_publish"))
    answer = Answer(Rig().open("a", text, tracks=[], slots=[]).sdp)
    assert [answer.port(0), answer.port(1)] == [9, 0]
    assert "a=group:BUNDLE 0" in answer.session


def test_thirty_pairs_are_answered_in_little_time_and_size() -> None:
    rig = Rig()
    answer = Answer(rig.open("a", with_pairs(offer("chromium_slots3"), 30), slots=pairs(30)).sdp)
    assert len(answer.sections) == 62
    assert len(rig.engine.rows) == 60
    assert len(answer.text) < 130_000


@pytest.mark.parametrize(
    ("tracks", "slots"),
    [
        ([PublishedTrack(mid="9", source=Source.CAMERA)], []),
        ([PublishedTrack(mid="0", source=Source.CAMERA)], []),
        ([TRACKS[0], TRACKS[0]], []),
        (TRACKS, [SlotPair(slot=0, audio_mid="2"), SlotPair(slot=0, audio_mid="4")]),
        (TRACKS, [SlotPair(slot=0, audio_mid="3")]),
        (TRACKS, [SlotPair(slot=64, audio_mid="2")]),
        (TRACKS, [SlotPair(slot=0, audio_mid="2"), SlotPair(slot=1, audio_mid="2")]),
    ],
)
def test_what_does_not_fit_the_offer_is_refused_and_leaves_nothing(
    tracks: list[PublishedTrack], slots: list[SlotPair]
) -> None:
    rig = Rig()
    with pytest.raises(ApiError, match=r"bad\.sdp"):
        rig.open("a", tracks=tracks, slots=slots)
    assert rig.engine.endpoints == {}
    assert rig.worker.rooms == {}


@pytest.mark.parametrize(
    ("before", "after"),
    [("a=setup:actpass", "a=setup:passive"), ("a=fingerprint:sha-256 ", "a=fingerprint:sha-1 ")],
)
def test_offers_without_a_usable_transport_are_refused(before: str, after: str) -> None:
    with pytest.raises(ApiError, match=r"bad\.sdp"):
        Rig().open("a", offer("chromium_slots3").replace(before, after))


def test_a_payload_type_with_two_meanings_is_refused() -> None:
    text = offer("chromium_slots3").replace("a=recvonly", "a=sendonly")
    head, _, screen = text.partition("a=mid:3")
    screen = screen.replace("a=rtpmap:97 rtx/90000", "a=rtpmap:97 VP8/90000", 1).replace(
        "a=rtpmap:96 VP8", "a=rtpmap:96 x"
    )
    tracks = [*TRACKS, PublishedTrack(mid="3", source=Source.SCREEN)]
    Rig().open("a", text, tracks=tracks, slots=[])
    with pytest.raises(ApiError, match="payload type 97 means two things"):
        Rig().open("a", head + "a=mid:3" + screen, tracks=tracks, slots=[])


def test_more_layers_than_the_engine_has_are_refused() -> None:
    rids = "".join(f"a=rid:r{number} send\r\n" for number in range(5))
    text = offer("chromium_slots3").replace(
        "a=simulcast:send l;m;h\r\n", f"{rids}a=simulcast:send r0;r1;r2;r3;r4\r\n"
    )
    with pytest.raises(ApiError, match="more than 4 simulcast layers"):
        Rig().open("a", text)
