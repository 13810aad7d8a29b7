from __future__ import annotations

import pytest
from aiortc import rtp as aiortc
from hypothesis import given, strategies as st

from _fastpath import rtcp
from tests.fastpath.strategies import damaged, every_cut, untimed
from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import fuzz_rtcp
from tests.oracle import rtcp as slow

u8, u16, u32, u64 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32, 64))
block = st.tuples(u32, u8, st.integers(-(2**23), 2**23 - 1), u32, u32, u32, u32)


@untimed
@given(st.lists(damaged("rtcp"), max_size=3))
def test_agrees_with_its_twin(pieces: list[bytes]) -> None:
    fuzz_rtcp(b"".join(pieces))


@pytest.mark.parametrize("data", SEEDS["rtcp"])
def test_agrees_with_its_twin_at_every_cut(data: bytes) -> None:
    for piece in [*every_cut(data), data, data + b"\x80"]:
        fuzz_rtcp(piece)


def test_what_came_before_a_malformed_part_stands() -> None:
    parts, whole = rtcp.parse(rtcp.pli(12, 1, 2) + b"\x81\xc9\xff\xff")
    assert not whole
    assert [part["feedback"] for part in parts] == [(1, 2)]


def test_a_count_is_only_a_claim() -> None:
    report = bytearray(rtcp.receiver_report(100, 1, [(2, 3, 4, 5, 6, 7, 8)]))
    report[0] |= 31
    parts, whole = rtcp.parse(bytes(report))
    assert whole
    assert parts[0]["blocks"] == [(2, 3, 4, 5, 6, 7, 8)]


@untimed
@given(u32, st.lists(block, max_size=31))
def test_receiver_reports_round_trip(sender: int, blocks: list[rtcp.Block]) -> None:
    data = rtcp.receiver_report(1400, sender, blocks)
    parts, whole = rtcp.parse(data)
    assert whole
    assert parts[0]["blocks"] == blocks
    (theirs,) = aiortc.RtcpPacket.parse(data)
    assert isinstance(theirs, aiortc.RtcpRrPacket)
    assert [(r.ssrc, r.fraction_lost, r.packets_lost, r.highest_sequence) for r in theirs.reports] == [
        b[:4] for b in blocks
    ]
    assert rtcp.receiver_report(len(data) - 1, sender, blocks) == b""


@untimed
@given(u32, u64, u32, u32, u32, st.binary(max_size=255))
def test_sender_reports_with_a_name(
    ssrc: int, ntp: int, timestamp: int, packets: int, octets: int, name: bytes
) -> None:
    report = rtcp.sender_report(28, ssrc, ntp, timestamp, packets, octets)
    name_size = len(rtcp.sdes_cname(1400, ssrc, name))
    assert rtcp.sdes_cname(name_size - 1, ssrc, name) == b""
    data = report + rtcp.sdes_cname(name_size, ssrc, name) + rtcp.bye(8, ssrc)
    parts, whole = rtcp.parse(data)
    assert whole
    assert parts[0]["sender_info"] == (ssrc, ntp, timestamp, packets, octets)
    assert parts[2]["bye"] == [ssrc]
    theirs = aiortc.RtcpPacket.parse(data)
    assert isinstance(theirs[0], aiortc.RtcpSrPacket)
    assert theirs[0].sender_info.ntp_timestamp == ntp
    assert isinstance(theirs[1], aiortc.RtcpSdesPacket)
    assert theirs[1].chunks[0].items == [(1, name)]


@untimed
@given(u16, st.lists(st.integers(1, 40), max_size=60))
def test_nack_names_the_same_numbers_again(first: int, steps: list[int]) -> None:
    lost = [first]
    for step in steps:
        lost.append((lost[-1] + step) % 65536)
    words = slow.nack_words(lost)
    data = rtcp.nack(1400, 1, 2, lost)
    assert data == b"\x81\xcd" + (2 + len(words)).to_bytes(2, "big") + bytes.fromhex(
        "0000000100000002"
    ) + b"".join(pid.to_bytes(2, "big") + blp.to_bytes(2, "big") for pid, blp in words)
    assert rtcp.parse(data)[0][0]["nack"] == lost[:64]
    assert rtcp.nack(len(data) - 1, 1, 2, lost) == b""


def test_seventeen_neighbours_are_one_word() -> None:
    assert len(rtcp.nack(1400, 1, 2, [n % 65536 for n in range(65530, 65547)])) == 16


def test_requests_for_keyframes() -> None:
    parts, whole = rtcp.parse(rtcp.pli(12, 1, 2) + rtcp.fir(20, 1, 3, 9))
    assert whole
    assert parts[0]["feedback"] == (1, 2)
    assert (parts[1]["feedback"], parts[1]["fir"]) == ((1, 0), [3])
    assert rtcp.pli(11, 1, 2) == rtcp.fir(19, 1, 2, 3) == rtcp.bye(7, 1) == b""


@pytest.mark.parametrize("bitrate", [1, 2**18 - 1, 300_000, 2_500_000, 10**9])
def test_remb(bitrate: int) -> None:
    fci = aiortc.pack_remb_fci(bitrate, [5])
    data = bytes(aiortc.RtcpPsfbPacket(fmt=15, ssrc=1, media_ssrc=0, fci=fci))
    assert rtcp.parse(data)[0][0]["remb"] == pytest.approx(bitrate, rel=1e-4)


def test_rtcp_is_told_from_rtp() -> None:
    assert all(rtcp.looks_like_rtcp(bytes([0x80, kind, 0, 0])) for kind in range(192, 224))
    assert not any(
        rtcp.looks_like_rtcp(bytes([0x80, kind, 0, 0])) for kind in (*range(192), *range(224, 256))
    )
    assert not rtcp.looks_like_rtcp(b"\x80\xc8\0")
    assert not rtcp.looks_like_rtcp(b"\x40\xc8\0\0")
