"""Video FEC as a receiver uses it: media packets are kept for a while, lost ones put together from parity as it comes."""

from collections import OrderedDict

from tests.oracle.fec import Protection, restored, settled

KEPT = 192  # packets: well over the span of a FEC group (48 for ULPFEC, 109 for FlexFEC)
WAITING = 16  # parity packets that cannot help yet
ABS_SEND_TIME, TRANSPORT_SEQUENCE = (
    2,
    3,
)  # extension ids; both are written when a packet is sent, so parity skips them


class FecDecoder:
    """Of one SSRC. Numbers are 16 bits, packets whole RTP packets without RED."""

    def __init__(self, ssrc: int) -> None:
        self.ssrc = ssrc
        self.received = 0
        self.recovered = 0
        self._packets: OrderedDict[int, bytes] = OrderedDict()
        self._waiting: list[Protection] = []

    def keep(self, number: int, packet: bytes) -> list[bytes]:
        """A media packet has come; what that gets back."""
        self._packets[number] = packet
        if len(self._packets) > KEPT:
            self._packets.popitem(last=False)
        return self._try() if any(number in each.numbers for each in self._waiting) else []

    def take(self, parity: Protection) -> list[bytes]:
        """A parity packet has come; what that gets back."""
        self.received += 1
        self._waiting = [*self._waiting[1 - WAITING :], parity]
        return self._try()

    def _try(self) -> list[bytes]:
        found: list[bytes] = []
        for parity in list(self._waiting):
            missing = [number for number in parity.numbers if number not in self._packets]
            if len(missing) > 1:
                continue
            self._waiting.remove(parity)
            if missing:
                others = [
                    settled(self._packets[number], (ABS_SEND_TIME, TRANSPORT_SEQUENCE))
                    for number in parity.numbers
                    if number != missing[0]
                ]
                packet = restored(parity, others, missing[0], self.ssrc)
                self.recovered += 1
                found += [packet, *self.keep(missing[0], packet)]
        return found
