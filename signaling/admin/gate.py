"""Whose key it is: looked for in constant time, and not too often from one address."""

from collections.abc import Callable
from typing import Final

from signaling.attempts import Buckets, network
from signaling.counters import Counters
from signaling.database import Database
from treble.admin_requests import By
from treble.api import ApiError
from treble.units import SECOND

WRONG_TRIES: Final = 20  # of one address in ten minutes; a key has 256 bits, this is about the work
TRIES_NS: Final = 600 * SECOND
REQUESTS: Final = 1200  # of one key in a minute
MINUTE_NS: Final = 60 * SECOND


class AdminGate:
    """`now_ns` is monotonic, `wall_ns` Unix time."""

    def __init__(
        self,
        database: Database,
        counters: Counters,
        now_ns: Callable[[], int],
        wall_ns: Callable[[], int],
    ) -> None:
        self._database = database
        self._counters = counters
        self._now_ns = now_ns
        self._wall_ns = wall_ns
        self._tries = Buckets(WRONG_TRIES, TRIES_NS)
        self._requests = Buckets(REQUESTS, MINUTE_NS)

    async def actor(self, by: By) -> str:
        """How audit logs name whoever asks; `auth.wrong`, or `auth.slow` with the time to wait.

        A try is taken before the key is looked at and given back if it was right, so tries side by side count too.
        """
        address, now_ns = network(by.address), self._now_ns()
        self._take(self._tries, address, now_ns)
        wall_ns, keys = self._wall_ns(), self._database.admin_keys
        try:
            key = await self._database.read(lambda connection: keys.find(connection, by.key, wall_ns))
        except BaseException:  # never looked at
            self._tries.change(address, 1, now_ns)
            raise
        if key is None:
            self._counters.count("admin refused", "key")
            raise ApiError("auth.wrong")
        self._tries.change(address, 1, now_ns)
        self._take(self._requests, key.id, now_ns)
        return f"admin: {key.name}"

    def _take(self, buckets: Buckets, key: str, now_ns: int) -> None:
        wait_s = buckets.wait_s(key, now_ns)
        if wait_s > 0:
            raise ApiError("auth.slow", retry_after=wait_s)
        buckets.change(key, -1, now_ns)


class LocalGate:
    """For a command on the data folder itself: whoever may read the keys there needs no other."""

    async def actor(self, by: By) -> str:
        return "admin: treble command"
