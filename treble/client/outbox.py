"""Requests that are carried out exactly once, whatever becomes of socket and Session: each has a key of 128 random
bits, and the server does once what it is asked twice."""

import base64
import os
from collections.abc import Awaitable, Callable
from typing import Any, Final

import trio

from signaling.message import Message
from treble.client.errors import TrebleError, may_pass

KEY_BYTES: Final = 16
MOST_TRIES: Final = 5  # while the server is busy
WAIT_S: Final = 1.0
# Failures of a Session that is gone: whether it was done is open.
LOST: Final = frozenset({"session.new", "gone"})

Ask = Callable[..., Awaitable[Any]]


def new_key() -> str:
    """22 letters."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).rstrip(b"=").decode()


class Outbox:
    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._session = 0
        self._resumed = trio.Event()

    def resume(self) -> None:
        """There is a Session again."""
        self._session += 1
        self._resumed.set()
        self._resumed = trio.Event()

    async def send(self, kind: Callable[..., Message], key: str = "", **fields: Any) -> Any:
        """The answer, after as many Sessions as it takes; raises `TrebleError` where the server refuses."""
        key = key or new_key()
        tries = 0
        while True:
            session, resumed = self._session, self._resumed
            try:
                return await self._ask(kind, key=key, **fields)
            except TrebleError as error:
                if error.code in LOST:
                    if session == self._session:
                        await resumed.wait()
                    continue
                tries += 1
                if not (may_pass(error) or error.code == "timeout") or tries >= MOST_TRIES:
                    raise
            await trio.sleep(tries * WAIT_S)
