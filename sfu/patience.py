"""A face of the engine for which a full command ring is a short wait instead of an error.

The ring holds thousands of commands and the engine thread empties it between two batches, so this happens
only when hundreds of Peers change at the same moment; then Trio waits a millisecond rather than half a
change being made.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, cast

from _fastpath.engine import Engine

_PAUSE_S: Final = 0.001
_TRIES: Final = 200


class _Patient:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._engine, name)
        if callable(value):
            value = _retried(value)
            setattr(self, name, value)
        return value


def patient(engine: Engine) -> Engine:
    """The same engine; `BlockingIOError` comes only after 0.2 s of a full ring, when its thread must be dead."""
    return cast(Engine, _Patient(engine))


def _retried(call: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(call)
    def retried(*args: Any, **kwargs: Any) -> Any:
        for _ in range(_TRIES):
            try:
                return call(*args, **kwargs)
            except BlockingIOError:
                time.sleep(_PAUSE_S)
        return call(*args, **kwargs)

    return retried
