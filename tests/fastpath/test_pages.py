"""Memory that waits for packets: zeroed, each block its own, and resident only once it is written to."""

import ctypes
from itertools import pairwise
from pathlib import Path

import pytest

from _fastpath.engine import Codec, Engine, Kind, RowCodec
from _fastpath.pages import Pages

PAGE = 4096
MIB = 1024 * 1024
CODECS = {Kind.AUDIO: [RowCodec(Codec.OPUS, 111, 48000)], Kind.VIDEO: [RowCodec(Codec.VP8, 96, 90000, 97)]}


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def test_blocks_are_zeroed_and_do_not_overlap() -> None:
    pages = Pages()
    sizes = [1, PAGE, PAGE + 1, 12_288, 3 * MIB, 2 * MIB, 4 * MIB]
    blocks = sorted((pages.take(size), size) for size in sizes)
    assert all(block + size <= following for (block, size), (following, _) in pairwise(blocks))
    for block, size in blocks:
        assert ctypes.string_at(block, size) == bytes(size)
        ctypes.memset(block, 0xFF, size)


def test_a_block_given_back_comes_again_zeroed() -> None:
    pages = Pages()
    block = pages.take(12_288)
    ctypes.memset(block, 0xFF, 12_288)
    pages.give_back(block)
    assert pages.take(PAGE) != block
    assert pages.take(12_288) == block
    assert ctypes.string_at(block, 12_288) == bytes(12_288)


def test_what_is_not_out_cannot_be_given_back() -> None:
    pages = Pages()
    block = pages.take(PAGE)
    pages.give_back(block)
    with pytest.raises(KeyError):
        pages.give_back(block)
    with pytest.raises(ValueError, match="at most"):
        pages.take(4 * MIB + 1)


def test_blocks_that_nobody_writes_to_are_not_resident_and_those_given_back_neither() -> None:
    pages = Pages()
    before = resident()
    blocks = [pages.take(MIB) for _ in range(200)]
    assert resident() - before < 20 * MIB
    for block in blocks:
        ctypes.memset(block, 0xFF, MIB)
    assert resident() - before > 180 * MIB
    for block in blocks:
        pages.give_back(block)
    assert resident() - before < 20 * MIB


def test_an_endpoint_that_nothing_was_sent_to_costs_little() -> None:
    """Three Layers and eleven Slot pairs; once 580 kB."""
    engine = Engine()

    def add() -> None:
        endpoint = engine.add_endpoint(b"ufrag%d" % len(made), b"p" * 24)
        made.append(endpoint)
        camera = engine.add_track(endpoint, Kind.VIDEO)
        for layer in range(3):
            engine.add_layer(camera, layer, mid=b"1", rid=b"%d" % layer)
        for row in range(22):
            kind = Kind.VIDEO if row % 2 else Kind.AUDIO
            engine.add_row(endpoint, kind, ssrc=1000 + row, mid=b"%d" % row, cname=b"c", codecs=CODECS[kind])
        engine.step([], 0)

    made: list[int] = []
    add()
    before = resident()
    for _ in range(100):
        add()
    assert resident() - before < 100 * 300_000
