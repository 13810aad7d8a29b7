"""FEC, slowly: RFC 5109 (ULPFEC), draft-ietf-payload-flexible-fec-scheme-03 (FlexFEC), RFC 2198 (RED) read aloud."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from struct import pack, unpack_from

MUTABLE = ("abs-send-time", "transport-sequence")


@dataclass(frozen=True)
class Protection:
    """One FEC payload: XOR of header fields and of what stands behind the fixed header, over `numbers`."""

    numbers: frozenset[int]
    first: int
    second: int
    timestamp: int
    length: int
    octets: bytes
    ssrc: int | None = None


def without_red(packet: bytes) -> bytes:
    """The packet that travels in this RED packet (one block, RFC 2198 section 3)."""
    at = header_size(packet)
    assert packet[at] < 0x80, "one block"
    return packet[:1] + bytes([packet[1] & 0x80 | packet[at]]) + packet[2:at] + packet[at + 1 :]


def header_size(packet: bytes) -> int:
    size = 12 + 4 * (packet[0] & 15)
    return size + 4 + 4 * int.from_bytes(packet[size + 2 : size + 4], "big") if packet[0] & 16 else size


def settled(packet: bytes, mutable: Iterable[int]) -> bytes:
    """With zeros in those one-byte extensions that are written at the moment of sending."""
    out = bytearray(packet)
    at = 12 + 4 * (packet[0] & 15)
    if not packet[0] & 16 or packet[at : at + 2] != b"\xbe\xde":
        return packet
    at, end = at + 4, header_size(packet)
    while at < end:
        if packet[at] == 0:
            at += 1
            continue
        number, size = packet[at] >> 4, (packet[at] & 15) + 1
        if number in set(mutable):
            out[at + 1 : at + 1 + size] = bytes(size)
        at += 1 + size
    return bytes(out)


def total(packets: Mapping[int, bytes]) -> Protection:
    """The sum over packets by their unwrapped numbers."""
    longest = max(len(packet) for packet in packets.values()) - 12
    first = second = timestamp = length = 0
    octets = bytearray(longest)
    for packet in packets.values():
        first ^= packet[0] & 0x3F
        second ^= packet[1]
        timestamp ^= int.from_bytes(packet[4:8], "big")
        length ^= len(packet) - 12
        for i, octet in enumerate(packet[12:]):
            octets[i] ^= octet
    return Protection(frozenset(packets), first, second, timestamp, length, bytes(octets))


def mask_of(numbers: Iterable[int], base: int, bits: int) -> int:
    return sum(1 << bits - 1 - (number - base) for number in numbers)


def numbers_of(mask: int, base: int, bits: int) -> frozenset[int]:
    return frozenset(base + i & 0xFFFF for i in range(bits) if mask >> bits - 1 - i & 1)


def write_ulpfec(sum_: Protection) -> bytes:
    base = min(sum_.numbers)
    is_long = max(sum_.numbers) - base >= 16
    bits = 48 if is_long else 16
    head = pack("!BBHIH", sum_.first | is_long << 6, sum_.second, base & 0xFFFF, sum_.timestamp, sum_.length)
    level = pack("!H", len(sum_.octets)) + mask_of(sum_.numbers, base, bits).to_bytes(bits // 8, "big")
    return head + level + sum_.octets


def read_ulpfec(payload: bytes) -> Protection:
    first, second, base, timestamp, length, protected = unpack_from("!BBHIHH", payload)
    assert not first & 0x80, "the extension flag is for later versions"
    bits = 48 if first & 0x40 else 16
    start = 12 + bits // 8
    numbers = numbers_of(int.from_bytes(payload[12:start], "big"), base, bits)
    octets = payload[start : start + protected]
    assert len(octets) == protected
    return Protection(numbers, first & 0x3F, second, timestamp, length, octets)


def write_flexfec(sum_: Protection, ssrc: int) -> bytes:
    base = min(sum_.numbers)
    reach = max(sum_.numbers) - base
    head = pack("!BBHII", sum_.first, sum_.second, sum_.length, sum_.timestamp, 1 << 24)
    head += pack("!IH", ssrc, base & 0xFFFF)
    bits = bin(1 << 109 | mask_of(sum_.numbers, base, 109))[3:]
    if reach < 15:
        mask = "1" + bits[:15]
    elif reach < 46:
        mask = "0" + bits[:15] + "1" + bits[15:46]
    else:
        mask = "0" + bits[:15] + "0" + bits[15:46] + "1" + bits[46:]
    return head + int(mask, 2).to_bytes(len(mask) // 8, "big") + sum_.octets


def read_flexfec(payload: bytes) -> Protection:
    first, second, length, timestamp, count = unpack_from("!BBHII", payload)
    ssrc, base = unpack_from("!IH", payload, 12)
    assert first < 0x40, "neither a retransmission nor a fixed matrix"
    assert count == 1 << 24, "one SSRC, reserved bits zero"
    bits = ""
    at = 18
    for size in (2, 4, 8):
        part = f"{int.from_bytes(payload[at : at + size], 'big'):0{size * 8}b}"
        bits += part[1:]
        at += size
        if part[0] == "1":
            break
    else:
        raise AssertionError("the mask has no end")
    numbers = numbers_of(int(bits, 2), base, len(bits))
    return Protection(numbers, first & 0x3F, second, timestamp, length, payload[at:], ssrc)


def restored(sum_: Protection, others: Iterable[bytes], number: int, ssrc: int) -> bytes:
    """The packet that is left when all others are taken out of the sum (RFC 5109 section 8.2)."""
    first, second, timestamp, length = sum_.first, sum_.second, sum_.timestamp, sum_.length
    octets = bytearray(sum_.octets)
    for packet in others:
        first ^= packet[0] & 0x3F
        second ^= packet[1]
        timestamp ^= int.from_bytes(packet[4:8], "big")
        length ^= len(packet) - 12
        for i, octet in enumerate(packet[12:]):
            octets[i] ^= octet
    assert length <= len(octets)
    head = pack("!BBHII", 0x80 | first, second, number & 0xFFFF, timestamp, ssrc)
    return head + bytes(octets[:length])


def repair(sums: Iterable[Protection], got: Mapping[int, bytes], ssrc: int) -> dict[int, bytes]:
    """What can be got back by these sums from what has come (both by 16-bit numbers), again and again until no more."""
    known = dict(got)
    found = {}
    progress = True
    while progress:
        progress = False
        for each in sums:
            missing = [number for number in each.numbers if number not in known]
            if len(missing) != 1:
                continue
            others = [known[number] for number in each.numbers if number in known]
            packet = restored(each, others, missing[0], ssrc)
            known[missing[0]] = found[missing[0]] = packet
            progress = True
    return found
