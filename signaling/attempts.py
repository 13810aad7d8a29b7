"""How often somebody may try: buckets of tries per address, per room, and per both (contracts 3).

A try is taken before the password is looked at and given back if it was right, so tries side by side count as
well. A room under attack from many addresses stays open to its members: once its own bucket is empty, an
address gets a first try there and no second one.
"""

import ipaddress
from collections import OrderedDict
from typing import Final, NamedTuple

from treble.api import ApiError
from treble.units import SECOND

HOUR_NS: Final = 3600 * SECOND
TRIES_AT_ROOM: Final = 10  # per address, room and hour
TRIES_OF_ADDRESS: Final = 60  # per address and hour, whatever the room: looking for rooms that exist
TRIES_OF_ROOM: Final = 20  # per room and hour, whatever the address
ROOMS_AT_ONCE: Final = 100  # new rooms of one address in a burst, then one a second
MAX_BUCKETS: Final = 50_000  # about 10 MB; the least recently used go first


class Bucket(NamedTuple):
    level: float
    at_ns: int


class Buckets:
    """`size` tries, filled up again evenly over `fill_ns`; one bucket for each key."""

    def __init__(self, size: int, fill_ns: int, limit: int = MAX_BUCKETS) -> None:
        self._size = size
        self._fill_ns = fill_ns
        self._limit = limit
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def level(self, key: str, now_ns: int) -> float:
        bucket = self._buckets.get(key)
        if bucket is None:
            return self._size
        return min(self._size, bucket.level + (now_ns - bucket.at_ns) * self._size / self._fill_ns)

    def is_full(self, key: str, now_ns: int) -> bool:
        return self.level(key, now_ns) > self._size - 1

    def wait_s(self, key: str, now_ns: int) -> float:
        """Seconds until the next try; 0 for now."""
        missing = 1 - self.level(key, now_ns)
        return max(0.0, missing * self._fill_ns / self._size / SECOND)

    def change(self, key: str, tries: int, now_ns: int) -> None:
        """Take (negative) or give back tries."""
        level = max(0.0, min(self._size, self.level(key, now_ns) + tries))
        self._buckets[key] = Bucket(level, now_ns)
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._limit:
            self._buckets.popitem(last=False)


class Attempts:
    """Tries at passwords. Times are monotonic nanoseconds."""

    def __init__(self) -> None:
        self._pairs = Buckets(TRIES_AT_ROOM, HOUR_NS)
        self._addresses = Buckets(TRIES_OF_ADDRESS, HOUR_NS)
        self._rooms = Buckets(TRIES_OF_ROOM, HOUR_NS)

    def take(self, address: str, room: str, now_ns: int) -> None:
        """Take one try, or `ApiError("auth.slow")` with the time to wait."""
        address = network(address)
        pair = f"{address} {room}"
        waits = [self._pairs.wait_s(pair, now_ns), self._addresses.wait_s(address, now_ns)]
        if not self._pairs.is_full(pair, now_ns):
            waits.append(self._rooms.wait_s(room, now_ns))
        if max(waits) > 0:
            raise ApiError("auth.slow", retry_after=max(waits))
        self._change(address, room, -1, now_ns)

    def give_back(self, address: str, room: str, now_ns: int) -> None:
        """It was right: it costs nothing."""
        self._change(network(address), room, 1, now_ns)

    def _change(self, address: str, room: str, tries: int, now_ns: int) -> None:
        self._pairs.change(f"{address} {room}", tries, now_ns)
        self._addresses.change(address, tries, now_ns)
        self._rooms.change(room, tries, now_ns)


def network(address: str) -> str:
    """Who is counted as one: an IPv4 address, or the 64-bit network that one IPv6 subscriber has."""
    try:
        parsed = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)
