"""Test face of the RTCP codec; the engine calls the functions of rtcp.pxd, nobody else this."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from typing_extensions import Buffer

Block = tuple[int, int, int, int, int, int, int]
"""ssrc, fraction lost, cumulative lost, highest sequence, jitter, last SR, delay since last SR."""

class Part(TypedDict):
    kind: int
    count: int
    size: int
    body_size: int
    sender_info: NotRequired[tuple[int, int, int, int, int]]
    blocks: list[Block]
    feedback: NotRequired[tuple[int, int]]
    nack: list[int]
    """At most 64 of them, as `fir` and `bye`."""
    fir: list[int]
    remb: int
    bye: list[int]

def parse(data: Buffer) -> tuple[list[Part], bool]:
    """The parts read, and whether the compound was well-formed to its end."""

def looks_like_rtcp(data: bytes) -> bool: ...

# Writers return b"" where `capacity` is too small.
def sender_report(
    capacity: int, ssrc: int, ntp: int, rtp_timestamp: int, packets: int, octets: int
) -> bytes: ...
def receiver_report(capacity: int, sender: int, blocks: Sequence[Block]) -> bytes: ...
def sdes_cname(capacity: int, ssrc: int, cname: bytes) -> bytes: ...
def nack(capacity: int, sender: int, media: int, sequences: Sequence[int]) -> bytes: ...
def pli(capacity: int, sender: int, media: int) -> bytes: ...
def fir(capacity: int, sender: int, media: int, number: int) -> bytes: ...
def bye(capacity: int, ssrc: int) -> bytes: ...
