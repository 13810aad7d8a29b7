"""Frames in and out: a sender's chain, and what a receiver holds of each participant."""

from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag

from treble.api import Source
from treble.client.e2ee.derive import FrameKey, frame_key, nonce_of, ratchet
from treble.client.e2ee.header import MAX_STEP, KeyName, clear_length, encode_header, join, key_name, split
from treble.client.e2ee.replay import ReplayWindow

KEPT_STEPS: Final = 2  # frames of the last step but one may still be on their way
KEPT_EPOCHS: Final = 2


class Chain(NamedTuple):
    epoch: int
    step: int
    chain: bytes


class Sealer:
    """One's own frames: encrypts with the chain that it was given last."""

    def __init__(self) -> None:
        self._chain: Chain | None = None
        self._keys: dict[int, FrameKey] = {}
        self._counters: dict[int, int] = {}  # outlive a key's use: no nonce twice

    def use(self, chain: Chain | None) -> None:
        self._chain = chain
        self._keys.clear()

    def seal(self, frame: bytes, source: Source, codec: str) -> bytes | None:
        """The frame as it is sent; None while there is no key."""
        if self._chain is None:
            return None
        key_id = KeyName(self._chain.epoch, self._chain.step, source).key_id
        if key_id not in self._keys:
            self._keys[key_id] = frame_key(self._chain.chain, key_id)
        counter = self._counters.get(key_id, 0)
        self._counters[key_id] = counter + 1
        cipher, salt = self._keys[key_id]
        header, size = encode_header(key_id, counter), clear_length(codec, frame)
        clear = frame[:size]
        sealed = cipher.encrypt(nonce_of(salt, counter), frame[size:], header + clear)
        return join(clear, sealed, header)


class _Kept(NamedTuple):
    key: FrameKey
    window: ReplayWindow


class Opener:
    """What one participant sends: decrypts with the chains that it gave, and with those that follow by ratchet."""

    def __init__(self) -> None:
        self._chains: dict[int, Chain] = {}  # by epoch: the last that is known, and the one before
        self._kept: dict[int, _Kept] = {}

    def learn(self, chain: Chain) -> None:
        known = self._chains.get(chain.epoch)
        if known and known.step >= chain.step:
            return
        self._chains[chain.epoch] = chain
        for epoch in sorted(self._chains)[:-KEPT_EPOCHS]:
            del self._chains[epoch]
        self._kept = {key_id: kept for key_id, kept in self._kept.items() if self._is_young(key_id)}

    def open(self, whole: bytes, source: Source) -> bytes | None:
        """The frame as it was; None where it cannot be decrypted, was seen before or is of another source."""
        parts = split(whole)
        name = key_name(parts.key_id) if parts else None
        if parts is None or name is None or name.source is not source:
            return None
        chain = self._chain_for(name.epoch, name.step)
        kept = self._kept.get(parts.key_id)
        if kept is None:
            if chain is None:
                return None
            kept = _Kept(frame_key(chain.chain, parts.key_id), ReplayWindow())
        nonce = nonce_of(kept.key.salt, parts.counter)
        try:
            frame = kept.key.cipher.decrypt(nonce, parts.sealed, parts.header + parts.clear)
        except InvalidTag:  # another key, or not what was sent
            return None
        self._kept[parts.key_id] = kept
        if chain:
            self.learn(chain)  # it was the sender's doing: go on from this step
        return parts.clear + frame if kept.window.take(parts.counter) else None

    def _chain_for(self, epoch: int, step: int) -> Chain | None:
        """The chain of this step, from an earlier one; None where there is none."""
        known = self._chains.get(epoch)
        if known is None or step < known.step or step > MAX_STEP:
            return None
        chain = known.chain
        for _ in range(known.step, step):
            chain = ratchet(chain)
        return Chain(epoch, step, chain)

    def _is_young(self, key_id: int) -> bool:
        epoch, step, _ = key_name(key_id)
        chain = self._chains.get(epoch)
        return chain is not None and step + KEPT_STEPS > chain.step
