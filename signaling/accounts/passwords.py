"""argon2id of accounts' passwords, in two threads: 38 ms and 19 MiB each, so a flood of them waits, not the server.

A password for an e-mail without account costs the same as one for an account (contracts 3).
"""

import unicodedata
from collections.abc import Callable
from typing import Final, TypeVar

import trio
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from signaling.accounts.password_rules import MAX_LETTERS
from treble.api import ApiError

T = TypeVar("T")

ROUNDS: Final = 2
MEMORY_KIB: Final = 19 * 1024
THREADS: Final = 2
QUEUE: Final = 32
RETRY_AFTER_SECONDS: Final = 2.0

# Of a random text that nobody knows.
NOBODY: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$VJawagQ6bdBKMKGaTyfuBQ$nAH8VvMKFnpylIrNz2rEnZolYA+fG2qBE7dHniIUQOQ"
)


class Passwords:
    """All methods raise `ApiError("slow")` where too many wait already."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(ROUNDS, MEMORY_KIB, 1)
        self._threads = trio.CapacityLimiter(THREADS)
        self._inside = 0

    async def hash(self, password: str) -> str:
        return await self._run(lambda: self._hasher.hash(_normal(password)))

    async def is_right(self, password: str, stored: str | None) -> bool:
        """`stored` None: there is no such account or it has no password; never right."""
        password = _normal(password)
        return await self._run(lambda: self._verify(password, stored or NOBODY)) and stored is not None

    async def better(self, password: str, stored: str) -> str | None:
        """The right password's hash with the parameters of today, where `stored` has others."""
        return await self.hash(password) if self._hasher.check_needs_rehash(stored) else None

    def _verify(self, password: str, stored: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._inside >= THREADS + QUEUE:
            raise ApiError("slow", "Too many people sign in just now.", RETRY_AFTER_SECONDS)
        self._inside += 1
        try:
            return await trio.to_thread.run_sync(work, limiter=self._threads)
        finally:
            self._inside -= 1


def _normal(password: str) -> str:
    """One form for what two keyboards type differently; cut just beyond what is allowed."""
    return unicodedata.normalize("NFC", password[: MAX_LETTERS + 1])
