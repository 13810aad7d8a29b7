"""End-to-end encryption of a Room, as a program sees it: whether it is on, for whom it works, the code to compare.

Who has the secret encrypts, whatever the server says: encryption goes off only where the server says that it is off **and**
the program has agreed (`go_without`). Who lacks it sends nothing. See docs/end-to-end-encryption.md.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import trio

from signaling.host_messages import RoomState
from signaling.key_messages import MAX_KEYS, KeyItem, Keys, SendKeys
from signaling.messages import Welcome
from treble.api import Source
from treble.client.e2ee.derive import root_of
from treble.client.e2ee.exchange import Exchange
from treble.client.e2ee.frames import Chain, Opener, Sealer
from treble.client.errors import TrebleError

TURNING_S: Final = (
    4.0  # until everybody's connection decrypts: what is encrypted would be noise to the others
)
SWITCH_S: Final = 1.0  # a new key is used then, even if the server does not answer
FAILING_FRAMES: Final = 5  # fewer are stragglers of a change of keys or Slots
FAILING_S: Final = 1.0
RESTS_S: Final = 2.0
_NO_SECRET: Final = (
    "this room is end-to-end encrypted: give the secret of its invitation (what follows &e2ee=), or its passphrase, as "
    "Room(secret=...) or by room.encryption.set_secret(...)"
)
_ALONE: Final = (
    "this room is not end-to-end encrypted, or no longer: room.encryption.go_without() agrees to be heard and seen by "
    "the server"
)


@dataclass
class _Failing:
    since: float
    last: float
    frames: int = 0


class Encryption:
    """`state`: `off`, `on`, `needs-secret`, or `alone`: the room is not encrypted any more, and one sends nothing.

    `plain`: what the server says runs in clear (`captions`, `broadcast`, `recording`).
    """

    def __init__(
        self,
        secret: str,
        ask: Callable[..., Awaitable[Any]],
        is_present: Callable[[str], bool],
        changed: Callable[[], None],
        rebuild: Callable[[], None],
    ) -> None:
        self.state = "off"
        self.plain: Sequence[str] = ()
        self.dropped = 0  # frames that could not be decrypted
        self._secret = secret.strip()
        self._ask, self.is_present, self.changed, self._rebuild = ask, is_present, changed, rebuild
        self._required = self._agreed = False
        self._room = self._own_id = ""
        self._present: tuple[str, ...] = ()
        self._exchange: Exchange | None = None
        self._sealer = Sealer()
        self._openers: dict[str, Opener] = {}
        self._failing: dict[tuple[str, Source], _Failing] = {}
        self._held_until = 0.0
        self._wake = trio.Event()

    @property
    def is_on(self) -> bool:
        """Whether frames go through it, also where nobody can read them yet."""
        return self.state != "off"

    def of(self, participant: str) -> str:
        """`verified`, `other-key`, or `unknown`: has said nothing yet."""
        return self._exchange.of(participant) if self._exchange else "unknown"

    def fails(self, participant: str, source: Source) -> bool:
        """Whether frames of this come that cannot be decrypted."""
        found = self._failing.get((participant, source))
        return found is not None and self._is_failing(found)

    async def safety_code(self) -> str:
        """What all should see alike; empty while there is nothing to compare."""
        return await trio.to_thread.run_sync(self._exchange.safety_code) if self._exchange else ""

    def set_secret(self, secret: str) -> None:
        """The room's secret, from now on."""
        self._secret = secret.strip()
        self._begin(())
        if self._reflect():
            self._rebuild()

    def go_without(self) -> None:
        """Agree to be heard and seen by the server, until the room is encrypted again."""
        self._agreed = True
        if self._reflect():
            self._rebuild()

    @property
    def refusal(self) -> TrebleError | None:
        """Why nothing can be sent: `e2ee.secret`, `e2ee.alone`; the detail says what to do."""
        if self.state == "needs-secret":
            return TrebleError("e2ee.secret", _NO_SECRET)
        return TrebleError("e2ee.alone", _ALONE) if self.state == "alone" else None

    # --- of the Room: who is there, and what the server says

    def enter(self, welcome: Welcome) -> None:
        self._room, self._own_id = welcome.room, welcome.you.id
        self._know(welcome.state)
        if welcome.resumed and self._exchange:
            self._exchange.resume()
            self._wake.set()
        else:
            self._begin(one.id for one in welcome.participants)

    def hear(self, about: RoomState) -> None:
        if not self._own_id:
            return  # the welcome says it
        before = self.state
        turned = self._know(about)
        if self.state == "on" and before != "on":
            self._held_until = trio.current_time() + TURNING_S
            if self._exchange:
                self._exchange.resume()  # while it was off nobody was given keys
            self._wake.set()
        if turned:
            self._rebuild()

    def take(self, keys: Keys) -> None:
        for one in keys.keys:
            if self._exchange:
                self._exchange.take(one.participant, one.body)
        self._wake.set()

    def joined(self, participant: str) -> None:
        if self._exchange:
            self._exchange.joined(participant)
            self._wake.set()

    def left(self, participant: str) -> None:
        if self._exchange:
            self._exchange.left(participant)
            self._wake.set()

    async def run(self) -> None:
        """Give keys to who is there, as long as the Room is joined."""
        while True:
            await self._wake.wait()
            self._wake = trio.Event()
            if self.is_on and self._secret and self._own_id and not self._exchange:
                await self._make_exchange()
            while self._exchange and (items := self._exchange.take_outgoing()):
                exchange = self._exchange
                with trio.move_on_after(SWITCH_S):
                    await self._send([KeyItem(body=body, to=to) for to, body in items])
                if exchange is self._exchange:
                    exchange.sent()

    # --- frames

    def seal(self, frame: bytes, source: Source, codec: str) -> bytes | None:
        """The frame as it is sent; None: it must not be."""
        if self.state == "off":
            return frame
        if self.state != "on" or trio.current_time() < self._held_until:
            return None
        return self._sealer.seal(frame, source, codec)

    def open(self, frame: bytes, participant: str, source: Source) -> bytes | None:
        """The frame as it was; None where it cannot be decrypted."""
        if self.state == "off":
            return frame
        opener = self._openers.get(participant)
        opened = opener.open(frame, source) if opener else None
        if opened is None:
            self._fail(participant, source)
        elif self._failing.pop((participant, source), None):
            self.changed()
        return opened

    # --- hooks of the Exchange

    def use(self, chain: Chain) -> None:
        self._sealer.use(chain)

    def learn(self, participant: str, chain: Chain) -> None:
        self._openers.setdefault(participant, Opener()).learn(chain)

    def forget(self, participant: str) -> None:
        self._openers.pop(participant, None)

    # --- details

    def _begin(self, present: Iterable[str]) -> None:
        """Another identity, with keys of its own."""
        self._exchange, self._present = None, tuple(present)
        self._openers.clear()
        self._failing.clear()
        self._sealer.use(None)
        self._wake.set()

    async def _make_exchange(self) -> None:
        secret = self._secret
        root = await trio.to_thread.run_sync(root_of, secret, self._room)
        if secret != self._secret:
            return
        self._exchange = Exchange(self._room, self._own_id, root, self._present, self, trio.current_time)

    async def _send(self, items: list[KeyItem]) -> None:
        """Who does not get it asks."""
        for at in range(0, len(items), MAX_KEYS):
            try:
                await self._ask(SendKeys, items=items[at : at + MAX_KEYS])
            except TrebleError:
                pass

    def _know(self, about: RoomState) -> bool:
        """Gives whether frames are to go another way now."""
        self.plain = about.plain
        self._required = about.e2ee and not about.plain
        return self._reflect()

    def _reflect(self) -> bool:
        before, was_on = self.state, self.is_on
        if self._required:
            self._agreed = False
        if not (self._required or (self._secret and not self._agreed)):
            self.state = "off"
        elif not self._secret:
            self.state = "needs-secret"
        else:
            self.state = "on" if self._required else "alone"
        if before != self.state:
            self.changed()
        return was_on != self.is_on

    def _fail(self, participant: str, source: Source) -> None:
        self.dropped += 1
        now = trio.current_time()
        found = self._failing.setdefault((participant, source), _Failing(now, now))
        was_failing = self._is_failing(found)
        if now - found.last > RESTS_S:
            found.since, found.frames = now, 0
        found.last, found.frames = now, found.frames + 1
        if not self._is_failing(found):
            return
        if not was_failing:
            self.changed()
        if self._exchange and self._exchange.of(participant) != "other-key":
            self._exchange.ask(participant)
            self._wake.set()

    def _is_failing(self, found: _Failing) -> bool:
        rests = trio.current_time() - found.last >= RESTS_S
        return not rests and found.frames >= FAILING_FRAMES and found.last - found.since >= FAILING_S
