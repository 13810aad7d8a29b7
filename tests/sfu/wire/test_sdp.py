"""Offers of every make are understood; nothing that arrives raises anything but BadSdp."""

import time

import pytest
from hypothesis import example, given, settings, strategies as st

from sfu.wire.sdp import (
    MAX_OFFER_CHARS,
    BadSdp,
    Direction,
    parse_ice_fragment_untrusted,
    parse_offer_untrusted,
)
from tests.sfu.offers import NAMES, offer, with_pairs


@pytest.mark.parametrize("name", NAMES)
def test_every_make_of_offer_is_understood(name: str) -> None:
    parsed = parse_offer_untrusted(offer(name))
    assert parsed.ice_ufrag
    assert any(algorithm == "sha-256" for algorithm, _ in parsed.fingerprints)
    assert [section.mid for section in parsed.sections] == list(parsed.bundle)
    for section in parsed.sections:
        assert section.is_offered
        if section.kind == "audio":
            assert "opus" in [each.name for each in section.formats]
        if section.kind == "video":
            assert "vp8" in [each.name for each in section.formats]


@pytest.mark.parametrize("name", NAMES)
def test_line_feeds_alone_are_as_good(name: str) -> None:
    text = offer(name)
    assert parse_offer_untrusted(text.replace("\r\n", "\n")) == parse_offer_untrusted(text)


def test_chromium_simulcast_and_slots() -> None:
    audio, video, *slots = parse_offer_untrusted(offer("chromium_slots3")).sections
    assert (audio.direction, video.direction) == (Direction.SENDONLY, Direction.SENDONLY)
    assert video.send_rids == ("l", "m", "h")
    assert [slot.direction for slot in slots] == [Direction.RECVONLY] * 6
    vp8 = video.formats[0]
    assert (vp8.number, vp8.clock_rate) == (96, 90000)
    assert vp8.feedback == ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli")


def test_firefox_slots_have_port_0_and_are_not_rejected() -> None:
    parsed = parse_offer_untrusted(offer("firefox_slots3"))
    assert [section.port for section in parsed.sections[1:]] == [0] * 7
    assert all(section.is_offered for section in parsed.sections)
    lines = {line.number: line.direction for line in parsed.sections[1].extensions}
    assert lines[9] is Direction.SENDONLY
    assert lines[6] is Direction.RECVONLY
    assert lines[3] is None
    assert len(parsed.sections[1].rtx_ssrcs) == 3


def test_a_fingerprint_for_the_whole_session_counts_for_each_section() -> None:
    assert parse_offer_untrusted(offer("firefox_slots3")).fingerprints[0][1].startswith("CA:6F:6C")


def test_gstreamer_spells_opus_its_own_way() -> None:
    audio = parse_offer_untrusted(offer("gstreamer_publish")).sections[1]
    assert (audio.formats[0].name, audio.formats[0].spelling) == ("opus", "OPUS")


def test_thirty_slot_pairs_are_parsed_in_a_few_milliseconds() -> None:
    text = with_pairs(offer("chromium_slots3"), 30)
    assert len(text) > 150_000
    best = min(_seconds(text) for _ in range(5))
    assert len(parse_offer_untrusted(text).sections) == 62
    assert best < 0.05  # of CPU; 5 ms on a quiet machine


def test_time_grows_no_faster_than_the_text() -> None:
    small = with_pairs(offer("chromium_slots3"), 7)
    large = with_pairs(offer("chromium_slots3"), 56)
    assert min(_seconds(large) for _ in range(3)) < 24 * min(_seconds(small) for _ in range(5))


def _seconds(text: str) -> float:
    start = time.thread_time()
    parse_offer_untrusted(text)
    return time.thread_time() - start


BASE = offer("chromium_publish")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=0",
        "hello",
        "v=0\r\n" * 30_000,
        "v=0\r\na=" + "x" * MAX_OFFER_CHARS,
        "v=0\r\n" + "m=audio 9 RTP/SAVPF 0\r\n" * 257,
        BASE.replace("a=mid:1", "a=mid:0"),
        BASE.replace("a=mid:1\r\n", ""),
        BASE.replace("a=mid:1", "a=mid:" + "1" * 17),
        BASE.replace("a=mid:1", "a=mid:1\x00"),
        BASE.replace("a=mid:1", "a=mid:a b"),
        BASE.replace("a=ice-pwd:", "a=ice-pwd:?"),
        BASE.replace("a=fingerprint:sha-256 ", "a=fingerprint:sha-256 zz"),
        BASE.replace("a=fingerprint:", "a=no-fingerprint:"),
        BASE.replace("a=group:BUNDLE 0 1", "a=group:LS 0 1"),
        BASE.replace("m=audio", "m=au dio"),
        BASE.replace("a=rtpmap:111 opus/48000/2", "a=rtpmap:111 opus/0/2"),
        BASE.replace("a=rtpmap:111 opus/48000/2", "a=rtpmap:+111 opus/48000/2"),
        BASE.replace("a=rtpmap:111", "a=rtpmap:٣"),
        BASE.replace("a=extmap:1 urn", "a=extmap:1/up urn"),
        BASE.replace("a=setup:actpass", "a=setup:whatever"),
        BASE.replace("a=ssrc:", "a=ssrc:9999999999"),
        BASE + "".join(f"a=ssrc:{number} cname:x\r\n" for number in range(100)),
        BASE + "".join(f"a=extmap:{number} urn:x\r\n" for number in range(20, 120)),
        BASE + "".join(f"a=rid:{number} send\r\n" for number in range(20)),
        BASE.replace("\r\na=mid", "\ra=mid"),
    ],
)
def test_what_is_no_offer_is_refused(text: str) -> None:
    with pytest.raises(BadSdp):
        parse_offer_untrusted(text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_raises_nothing_else(text: str) -> None:
    for candidate in (text, "v=0\r\n" + text, "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n" + text):
        try:
            parse_offer_untrusted(candidate)
        except BadSdp:
            pass


_LINES = {name: offer(name).split("\r\n") for name in NAMES}


@st.composite
def mutated_offers(draw: st.DrawFn) -> str:
    """A real offer in which a few lines were changed, cut, repeated or lost."""
    lines = list(_LINES[draw(st.sampled_from(NAMES))])
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        match draw(st.integers(0, 5)):
            case 0:
                lines[at] = line[: draw(st.integers(0, len(line)))]
            case 1:
                del lines[at]
                lines = lines or [""]
            case 2:
                lines.insert(at, line)
            case 3:
                spot = draw(st.integers(0, len(line)))
                lines[at] = line[:spot] + draw(st.text(max_size=4)) + line[spot:]
            case 4:
                lines[at] = line.split(":")[0] + ":" + draw(st.text(max_size=12))
            case 5:
                lines[at] = draw(st.sampled_from(lines))
    return "\r\n".join(lines)


@settings(max_examples=400, deadline=None)
@given(mutated_offers())
@example(BASE + "a=ssrc-group:\r\n")
@example(BASE + "a=simulcast:\r\na=rid:\r\n")
def test_a_mutated_offer_raises_nothing_else(text: str) -> None:
    try:
        parse_offer_untrusted(text)
    except BadSdp:
        pass


def test_ice_fragments() -> None:
    restart = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdef0123456789\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n"
    assert parse_ice_fragment_untrusted(restart) == ("abcd", "0123456789abcdef0123456789")
    assert parse_ice_fragment_untrusted("a=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 5 typ host\r\n") is None
    for bad in ("a=ice-ufrag:abcd\r\n", "a=ice-ufrag:a\r\n", "x" * 20_000, "\x00"):
        with pytest.raises(BadSdp):
            parse_ice_fragment_untrusted(bad)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_fragment_raises_nothing_else(text: str) -> None:
    try:
        parse_ice_fragment_untrusted(text)
    except BadSdp:
        pass
