"""Well-formed examples per parser: where mutation starts, and what round trips begin with."""

from tests.oracle import dependency, red, stun

PASSWORD = b"treble/password/of/24+ch"
EXTENSIONS = {1: 0, 2: 3, 3: 4, 4: 5, 5: 7, 14: 1}


def rtp(
    payload: bytes = b"payload",
    *,
    extension: bytes = b"",
    profile: int = 0xBEDE,
    padding: int = 0,
    csrcs: int = 0,
) -> bytes:
    first = 0x80 | csrcs | (0x10 if extension else 0) | (0x20 if padding else 0)
    header = bytes([first, 0xE0]) + bytes.fromhex("1234 89abcdef cafe0001") + bytes(4 * csrcs)
    if extension:
        words = (len(extension) + 3) // 4
        header += profile.to_bytes(2, "big") + words.to_bytes(2, "big") + extension.ljust(4 * words, b"\0")
    return header + payload + (bytes(padding - 1) + bytes([padding]) if padding else b"")


def check(*, kind: int = 0x0001, extra: bytes = b"", with_fingerprint: bool = True) -> bytes:
    """A browser's connectivity check."""
    body = stun.attribute(0x0006, b"server:client") + stun.attribute(0x0025, b"") + extra
    body += stun.attribute(0x0024, bytes.fromhex("6e7f1eff")) + stun.attribute(0x802A, bytes(range(8)))
    message = kind.to_bytes(2, "big") + bytes(2) + bytes.fromhex("2112a442") + bytes(range(12)) + body
    message += stun.attribute(0x0008, stun.integrity(message, PASSWORD))
    size = len(message) - 20 + (8 if with_fingerprint else 0)
    message = message[:2] + size.to_bytes(2, "big") + message[4:]
    if with_fingerprint:
        message += stun.attribute(0x8028, stun.fingerprint(message).to_bytes(4, "big"))
    return message


L1T3 = dependency.Structure(
    offset=60,
    targets=3,
    templates=[
        dependency.Template(0, 0, [2, 2, 2]),
        dependency.Template(0, 0, [3, 3, 3]),
        dependency.Template(0, 1, [0, 2, 2]),
        dependency.Template(0, 2, [0, 0, 1]),
    ],
)
DEPENDENCY_KEY = dependency.write_bits(
    dependency.mandatory(60, 7) + "10000" + dependency.structure_bits(L1T3)
)

SEEDS: dict[str, list[bytes]] = {
    "packet": [
        rtp(),
        rtp(csrcs=2, padding=5),
        rtp(extension=bytes.fromhex("10 30 22 010203 31 beef 00 40 ff")),
        rtp(extension=bytes.fromhex("10 30 f0 aa 22 010203")),
        rtp(extension=bytes.fromhex("01 03 616263 00 03 02 beef 04 00 05 05 0102030405"), profile=0x1003),
    ],
    "red": [
        red.write([(111, 960, b"earlier"), (111, 0, b"now")]),
        red.write([(111, 1920, b"a" * 1023), (111, 960, b""), (111, 0, b"now")]),
        red.write([(111, 0, b"alone")]),
    ],
    "stun": [check(), check(with_fingerprint=False), check(extra=stun.attribute(0xC057, b"abc"))],
    "rtcp": [
        bytes.fromhex("80c80006 00000001 0000000200000003 00000004 00000005 00000006"),
        bytes.fromhex(
            "82c9000d 00000001 0000000a 05fffffd 00010002 00000003 00000004 00000005"
            "0000000b ff000007 00010002 00000003 00000004 00000005"
        ),
        bytes.fromhex("81ca0004 00000001 0103616263000000 00000000 82cb0002 00000001 00000002"),
        bytes.fromhex("81cd0004 00000001 00000002 00640003 fffe8000 81ce0002 00000001 00000002"),
        bytes.fromhex("84ce0004 00000001 00000000 00000002 05000000"),
        bytes.fromhex("8fce0005 00000001 00000000 52454d42 01 0c 0123 00000002"),
        bytes.fromhex("a1cb0002 00000001 00000004"),
    ],
    "twcc": [
        bytes.fromhex("8fcd0006 00000001 00000002 00010003 000064 00 d540 010203 000000"),
        bytes.fromhex("afcd0007 00000001 00000002 fffe000a ffff00 07 2003 a000 01020304 00000004"),
        bytes.fromhex("8fcd0007 00000001 00000002 00640007 000064 01 e9a4 0102 03ff fe 0405 ff06 07"),
    ],
    "vp8": [bytes.fromhex(text) for text in ("1000", "9080811e00", "90f0811e203f01", "b0800501", "0001")],
    "vp9": [
        bytes.fromhex(text)
        for text in ("8c811e01", "ac811e2105ff", "fc0520030203ff", "8a051b02800168030203401000ff", "0900")
    ],
    "h264": [
        bytes.fromhex(text)
        for text in ("65b8", "41e0", "7c85b8", "5c01e0", "18000467420000000268ce", "01f0", "670102", "7c4501")
    ],
    "av1": [
        bytes.fromhex(text)
        for text in ("180a0b000000", "10321000aa", "000336482a0232aa", "9001", "200212aa3468bb")
    ],
    "dependency": [
        DEPENDENCY_KEY,
        dependency.write_bits(dependency.mandatory(62, 8)),
        dependency.write_bits(dependency.mandatory(62, 8) + "01100" + "011" + "000000"),
        dependency.write_bits(dependency.mandatory(61, 9) + "00010" + "01 0011 11 000000000101 00"),
    ],
}
