"""Events by name: callbacks as in the web SDK, or a bounded queue for `async for`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from treble.client.inbox import Inbox

Listener = Callable[..., object]
MOST_EVENTS = 256


class Emitter:
    """`names`: every event there is; another name is a mistake and raises `ValueError`."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        self._listeners: dict[str, list[Listener]] = {}
        self._inboxes: list[Inbox[tuple[Any, ...]]] = []
        self._is_closed = False

    def on(self, name: str, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each event, at once; what it raises ends the Room. The result takes it away."""
        self._check(name)
        listeners = self._listeners.setdefault(name, [])
        listeners.append(listener)

        def off() -> None:
            if listener in listeners:
                listeners.remove(listener)

        return off

    @contextmanager
    def listen(self, *names: str, most: int = MOST_EVENTS) -> Iterator[Inbox[tuple[Any, ...]]]:
        """Events of these names as `(name, *arguments)`; the oldest go where more than `most` wait."""
        inbox: Inbox[tuple[Any, ...]] = Inbox(most)

        def keeper(name: str) -> Listener:
            return lambda *arguments: inbox.put((name, *arguments))

        takers = [self.on(name, keeper(name)) for name in names]
        self._inboxes.append(inbox)
        if self._is_closed:
            inbox.close()
        try:
            yield inbox
        finally:
            self._inboxes.remove(inbox)
            for off in takers:
                off()

    def emit(self, name: str, *arguments: Any) -> None:
        self._check(name)
        for listener in list(self._listeners.get(name, ())):
            listener(*arguments)

    def close(self) -> None:
        """Nothing follows: every `async for` ends."""
        self._is_closed = True
        for inbox in self._inboxes:
            inbox.close()

    def _check(self, name: str) -> None:
        if name not in self._names:
            raise ValueError(f"no event {name!r}; there are {', '.join(sorted(self._names))}")
