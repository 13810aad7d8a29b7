"""An Endpoint without DTLS: it has its keys when its path is proven. (OpenSSL's handshake timer uses real time.)"""

from collections.abc import Callable

from OpenSSL import SSL

from _fastpath.engine import Engine, Event, EventKind, Profile
from sfu.transport.endpoint import Endpoint, Entropy, Input, StateChanged
from sfu.wire.sdp_model import Offer

Keys = tuple[Profile, bytes, bytes]
"""Profile, the key to receive with, the key to send with."""


class KeyedEndpoint(Endpoint):
    keys: Keys

    def handle_event(self, event: Event, now_ns: int) -> list[StateChanged]:
        changes = super().handle_event(event, now_ns)
        if event.kind is EventKind.PATH and changes:
            self._engine.set_keys(self.id, *self.keys)
            changes += self._enter(Input.KEYED)
        return changes

    def next_timer(self) -> int | None:
        return None

    def close(self) -> None:
        self._enter(Input.ENDED)
        self._engine.remove_endpoint(self.id)


def keyed(keys_of: Callable[[str], Keys]) -> Callable[..., KeyedEndpoint]:
    """For `sfu.peer.Site`; `keys_of` is asked by the ICE username fragment of the offer."""

    def make(
        engine: Engine, context: SSL.Context, offer: Offer, entropy: Entropy, now_ns: int
    ) -> KeyedEndpoint:
        endpoint = KeyedEndpoint(engine, context, offer, entropy, now_ns)
        endpoint.keys = keys_of(offer.ice_ufrag)
        return endpoint

    return make
