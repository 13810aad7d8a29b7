"""Calls to the other servers: bounded in time, and failing in one way."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final, TypeVar

import structlog
import trio

from signaling.counters import Counters
from treble.api import ApiError, Gateway, MediaServer

T = TypeVar("T")

# An answer to a big offer takes 100 ms; a media server that needs 10 s is as good as gone, and by then the
# client says what is slow. A gateway only puts a message into queues.
MEDIA_SECONDS: Final = 10.0
GATEWAY_SECONDS: Final = 2.0
RETRY_AFTER_SECONDS: Final = 1.0

_log = structlog.get_logger("signaling.calls")


@dataclass(slots=True)
class Others:
    """The servers that a room server asks; either may be joined after the start."""

    media: MediaServer | None
    gateway: Gateway | None
    counters: Counters

    def media_server(self) -> MediaServer:
        if self.media is None:
            raise ApiError("busy", "no media server yet", RETRY_AFTER_SECONDS)
        return self.media

    async def ask(self, what: str, call: Awaitable[T], seconds: float = MEDIA_SECONDS) -> T:
        """The answer, or `ApiError`: the other side's own refusal, or `busy` where it is slow, gone or broken."""
        try:
            with trio.fail_after(seconds):
                return await call
        except ApiError as error:
            self.counters.count(f"{what} refused", error.code)
            raise
        except trio.TooSlowError:
            self.counters.count(f"{what} failed", "slow")
            raise ApiError("busy", f"{what} takes too long", RETRY_AFTER_SECONDS) from None
        except Exception as error:
            self.counters.count(f"{what} failed", type(error).__name__)
            _log.exception("call failed", call=what)
            raise ApiError("busy", f"{what} failed", RETRY_AFTER_SECONDS) from error
