"""How sender keys get to those who are in the Room, and to nobody else: docs/end-to-end-encryption.md.

Messages are JSON texts that the server passes on and does not read: `{t: "hello", k, m, a}` (public key, proof, whether an
answer is asked for) and `{t: "key", e, s, i, c}`. What is to be sent waits in `take_outgoing`; who has sent it says `sent`.
"""

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from treble.client.e2ee.derive import Root, ratchet
from treble.client.e2ee.frames import Chain
from treble.client.e2ee.header import MAX_STEP
from treble.client.e2ee.identity import (
    CHAIN_BYTES,
    Known,
    decode,
    encode,
    is_proved,
    make_identity,
    pair_key,
    prove,
    safety_code,
    unwrap,
    wrap,
)

ELDERS_S: Final = 10.0
ASK_AGAIN_S: Final = 3.0
MOST_MET: Final = 4_096  # public keys, half a megabyte


class Item(NamedTuple):
    """`to` None: to everybody else."""

    to: str | None
    body: str


class Hooks(Protocol):
    """Whom an `Exchange` asks and tells."""

    def is_present(self, participant: str) -> bool: ...
    def use(self, chain: Chain) -> None: ...
    def learn(self, participant: str, chain: Chain) -> None: ...
    def forget(self, participant: str) -> None: ...
    def changed(self) -> None: ...


@dataclass
class _Peer:
    key: bytes
    outward: AESGCM
    inward: AESGCM


class Exchange:
    """`present`: who was there before oneself. `clock`: seconds."""

    def __init__(
        self,
        room: str,
        own_id: str,
        root: Root,
        present: Iterable[str],
        hooks: Hooks,
        clock: Callable[[], float],
    ) -> None:
        self._room, self._root, self._hooks, self._clock = room, root, hooks, clock
        self._identity = make_identity()
        self._self = Known(own_id, self._identity.key)
        self._elders = set(present)
        self._began = clock()
        self._chain = Chain(0, 0, os.urandom(CHAIN_BYTES))
        self._peers: dict[str, _Peer] = {}
        # Public keys, one for each Session: who has left, or has another now, comes back with none of these.
        self._met: dict[bytes, None] = {}
        self._strangers: set[str] = set()  # who said hello with another secret
        self._early: dict[str, str] = {}  # hellos of those whom the roster does not hold yet
        self._asked_at: dict[str, float] = {}
        self._outgoing: list[Item] = []
        self._must_renew = self._is_renewing = False
        hooks.use(self._chain)
        self.resume()

    def of(self, participant: str) -> str:
        """`verified`, `other-key`, or `unknown`: has said nothing yet."""
        if participant in self._peers:
            return "verified"
        return "other-key" if participant in self._strangers else "unknown"

    def safety_code(self) -> str:
        """The same for all who have the same keys of the same people. Takes some hundredths of a second."""
        others = [Known(participant, peer.key) for participant, peer in self._peers.items()]
        return safety_code(self._root, self._room, [self._self, *others])

    # --- what happens

    def take(self, sender: str, body: str) -> None:
        """Something that the server has passed on; what is none of ours is passed over."""
        try:
            message = json.loads(body)
        except (ValueError, RecursionError):
            return
        if not isinstance(message, dict) or sender == self._self.id:
            return
        if not self._hooks.is_present(sender):
            if message.get("t") == "hello":
                self._early[sender] = body
        elif message.get("t") == "hello":
            self._take_hello(sender, message)
        elif message.get("t") == "key":
            self._take_key(sender, message)

    def joined(self, participant: str) -> None:
        """The roster holds this participant now."""
        if body := self._early.pop(participant, ""):
            self.take(participant, body)

    def left(self, participant: str) -> None:
        """Gone: it can read nothing from now on."""
        self._early.pop(participant, None)
        self._strangers.discard(participant)
        if self._peers.pop(participant, None):
            self._hooks.forget(participant)
            self._hooks.changed()
            self._must_renew = True

    def resume(self) -> None:
        """Keys may have been missed: say hello (again)."""
        self._outgoing.append(self._hello(None, asks=True))

    def ask(self, participant: str) -> None:
        """What it sends cannot be decrypted: ask it for its key."""
        now = self._clock()
        if now - self._asked_at.get(participant, -ASK_AGAIN_S) >= ASK_AGAIN_S:
            self._asked_at[participant] = now
            self._outgoing.append(self._hello(participant, asks=True))

    # --- what is sent

    def take_outgoing(self) -> list[Item]:
        """To be sent in this order; empty where there is nothing. People who leave together cost one new key."""
        if self._must_renew:
            self._renew()
        items, self._outgoing = self._outgoing, []
        return items

    def sent(self) -> None:
        """The server has taken what was given last, or does not answer: a new key is used from now on."""
        if self._is_renewing:
            self._is_renewing = False
            self._hooks.use(self._chain)

    # --- details

    def _take_hello(self, sender: str, hello: dict[str, Any]) -> None:
        known = Known(sender, decode(hello.get("k")))
        peer = self._peers.get(sender)
        if not is_proved(self._root.proof, self._room, known, decode(hello.get("m"))):
            if not peer:
                self._strangers.add(sender)
            return self._hooks.changed()
        is_new = not peer or peer.key != known.key
        if is_new and known.key in self._met:
            return None  # the server plays it again, to have old frames read once more
        if is_new:
            try:
                self._meet(known)
            except ValueError:  # no point of the curve
                return None
        if is_new and not peer and not self._is_elder(sender):
            self._advance()
        if hello.get("a"):
            self._outgoing.append(self._hello(sender, asks=False))
        self._outgoing.append(self._key_for(sender))
        if is_new and peer:
            self._must_renew = True  # whoever it was before reads on no more
        if is_new:
            self._hooks.changed()
        return None

    def _meet(self, known: Known) -> None:
        outward = pair_key(self._identity, known.key, self._root, self._self, known)
        inward = pair_key(self._identity, known.key, self._root, known, self._self)
        self._hooks.forget(known.id)  # also what was learnt with another secret
        self._peers[known.id] = _Peer(known.key, outward, inward)
        self._met[known.key] = None
        if len(self._met) > MOST_MET:
            del self._met[next(iter(self._met))]
        self._strangers.discard(known.id)

    def _is_elder(self, participant: str) -> bool:
        """Who was there before oneself has missed nothing of one's own."""
        is_elder = participant in self._elders
        self._elders.discard(participant)
        return is_elder and self._clock() - self._began < ELDERS_S

    def _take_key(self, sender: str, wrapped: dict[str, Any]) -> None:
        peer = self._peers.get(sender)
        if peer and (chain := unwrap(peer.inward, wrapped)):
            self._hooks.learn(sender, chain)

    def _advance(self) -> None:
        """One step on, so that a newcomer cannot read the past."""
        epoch, step, chain = self._chain
        if step == MAX_STEP:
            return self._renew()
        self._chain = Chain(epoch, step + 1, ratchet(chain))
        if not self._is_renewing:
            self._hooks.use(self._chain)
        return None

    def _renew(self) -> None:
        """A key that has nothing to do with those before, to all who are there."""
        self._must_renew, self._is_renewing = False, bool(self._peers)
        self._chain = Chain(self._chain.epoch + 1, 0, os.urandom(CHAIN_BYTES))
        if not self._peers:
            self._hooks.use(self._chain)
        self._outgoing += [self._key_for(participant) for participant in self._peers]

    def _hello(self, to: str | None, *, asks: bool) -> Item:
        mac = prove(self._root.proof, self._room, self._self)
        return Item(to, _json({"t": "hello", "k": encode(self._self.key), "m": encode(mac), "a": asks}))

    def _key_for(self, participant: str) -> Item:
        return Item(participant, _json({"t": "key", **wrap(self._peers[participant].outward, self._chain)}))


def _json(message: dict[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"))
