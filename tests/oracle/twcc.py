"""Transport-wide feedback, slowly: lists instead of rings (draft-holmer-rmcat-transport-wide-cc-01)."""

from struct import unpack_from

TICK_NS = 250_000
WINDOW = 4096
MAX_LATE = 512


class Arrivals:
    """Which numbers came and what is still to be told, in a dict that never forgets inside the window."""

    def __init__(self) -> None:
        self.arrival: dict[int, int] = {}
        self.highest = 0
        self.next_report: int | None = None

    def arrived(self, sequence: int, arrival_ns: int) -> None:
        if self.next_report is None:
            self.highest = self.next_report = sequence
            self.arrival[sequence] = arrival_ns
            return
        candidates = (
            sequence + 65536 * turn for turn in range(self.highest // 65536 - 1, self.highest // 65536 + 2)
        )
        # of two equally near the lower: -32768 is a possible difference of 16-bit numbers, +32768 is not
        number = min(candidates, key=lambda n: (abs(n - self.highest), n))
        if number - self.highest >= WINDOW:
            self.arrival = {}
            self.highest = self.next_report = number
        elif number > self.highest:
            self.highest = number
            self.next_report = max(self.next_report, number - WINDOW + 1)
        elif number <= self.highest - MAX_LATE or number in self.arrival:
            return
        else:
            self.next_report = min(self.next_report, number)
        self.arrival[number] = arrival_ns

    def take(self) -> list[tuple[int, int | None]]:
        """All that is pending: (sequence, arrival rounded down to ticks, or None)."""
        if self.next_report is None:
            return []
        report = []
        for number in range(self.next_report, self.highest + 1):
            arrival = self.arrival.get(number)
            report.append((number % 65536, None if arrival is None else arrival // TICK_NS * TICK_NS))
        self.next_report = self.highest + 1
        return report


def symbols(chunks: bytes, count: int) -> tuple[list[int], int] | None:
    """`count` statuses and the bytes of chunks that they took."""
    found: list[int] = []
    position = 0
    while len(found) < count:
        if position + 2 > len(chunks):
            return None
        word = unpack_from("!H", chunks, position)[0]
        bits = f"{word:016b}"
        position += 2
        if bits[0] == "0":
            run = int(bits[3:], 2)
            if run == 0:
                return None
            found += [int(bits[1:3], 2)] * min(run, count - len(found))
        elif bits[1] == "0":
            found += [int(bit) for bit in bits[2:]]
        else:
            found += [int(bits[at : at + 2], 2) for at in range(2, 16, 2)]
        del found[count:]
        if 3 in found:
            return None
    return found, position


def read(data: bytes) -> list[tuple[int, int | None]] | None:
    if len(data) < 20 or data[0] >> 6 != 2 or data[0] & 31 != 15 or data[1] != 205:
        return None
    size = 4 + 4 * unpack_from("!H", data, 2)[0]
    if size > len(data) or size < 20:
        return None
    data = data[:size]
    if data[0] & 0x20:
        if not 0 < data[-1] <= size - 20:
            return None
        data = data[: size - data[-1]]
    base, count = unpack_from("!HH", data, 12)
    parsed = symbols(data[20:], count)
    if parsed is None or count == 0:
        return None
    statuses, used = parsed
    deltas = data[20 + used :]
    tick = int.from_bytes(data[16:19], "big", signed=True) * 256
    acks: list[tuple[int, int | None]] = []
    for index, status in enumerate(statuses):
        if len(deltas) < status:
            return None
        tick += int.from_bytes(deltas[:status], "big", signed=status == 2)
        deltas = deltas[status:]
        acks.append(((base + index) % 65536, tick * TICK_NS if status else None))
    return acks
