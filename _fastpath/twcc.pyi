"""Test face of transport-wide feedback; the engine calls the functions of twcc.pxd, nobody else this."""

from typing_extensions import Buffer

class Arrivals:
    """One publisher's arrivals."""

    def arrived(self, sequence: int, arrival_ns: int) -> None: ...
    @property
    def pending(self) -> bool: ...
    def write(self, capacity: int = 1200, sender: int = 1, media: int = 2) -> bytes:
        """The next feedback packet, b"" where nothing is pending; asserts that it stays within `capacity`."""

def read(data: Buffer, capacity: int = 65536) -> list[tuple[int, int | None]] | None:
    """(sequence, arrival in ns or None where lost) per status; None: malformed."""
