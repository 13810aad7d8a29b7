"""One Endpoint: ICE credentials, the DTLS handshake, and the state of the whole as a table.

The engine answers the ICE checks and moves SRTP; this machine hands it the keys. Commands go to the engine
directly, what others must know comes back as effects.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from OpenSSL import SSL

from _fastpath.engine import Engine, Event, EventKind
from sfu.transport.dtls import (
    DtlsClosed,
    DtlsEffect,
    DtlsServer,
    KeysReady,
    SendDatagram,
    usable_fingerprints,
)
from sfu.wire.sdp_model import BadSdp, Offer
from treble.api import PeerState

Entropy = Callable[[int], bytes]
"""So many random bytes; the system's in production, seeded in tests."""


class Input(Enum):
    ANSWERED = "answered"
    PROVEN = "proven"  # an ICE check succeeded
    KEYED = "keyed"  # DTLS done
    QUIET = "quiet"  # nothing for two seconds
    HEARD = "heard"
    ENDED = "ended"


TRANSITIONS: Final[dict[tuple[PeerState, Input], PeerState]] = {
    (PeerState.NEW, Input.ANSWERED): PeerState.CHECKING,
    (PeerState.CHECKING, Input.PROVEN): PeerState.SECURING,
    (PeerState.SECURING, Input.KEYED): PeerState.CONNECTED,
    (PeerState.CONNECTED, Input.QUIET): PeerState.SILENT,
    (PeerState.SILENT, Input.HEARD): PeerState.CONNECTED,
    (PeerState.NEW, Input.ENDED): PeerState.CLOSED,
    (PeerState.CHECKING, Input.ENDED): PeerState.CLOSED,
    (PeerState.SECURING, Input.ENDED): PeerState.CLOSED,
    (PeerState.CONNECTED, Input.ENDED): PeerState.CLOSED,
    (PeerState.SILENT, Input.ENDED): PeerState.CLOSED,
}
"""What is not here changes nothing: an ICE restart proves an address again while connected, for instance."""


@dataclass(frozen=True, slots=True)
class StateChanged:
    state: PeerState
    reason: str = ""


class Endpoint:
    """From the first offer to the end; `id` is the engine's."""

    def __init__(
        self, engine: Engine, context: SSL.Context, offer: Offer, entropy: Entropy, now_ns: int
    ) -> None:
        self._engine = engine
        self._entropy = entropy
        self._fingerprints = usable_fingerprints(offer.fingerprints)
        _check_setup(offer)
        self._remote_ufrag = offer.ice_ufrag
        self._dtls = DtlsServer(context, self._fingerprints, now_ns)
        self.ufrag, self.password = self._new_credentials()
        self.state = PeerState.NEW
        self.id = engine.add_endpoint(self.ufrag.encode(), self.password.encode())

    def accept(self, offer: Offer) -> None:
        """A later offer: the certificate must be the same, new ICE credentials restart ICE."""
        if usable_fingerprints(offer.fingerprints) != self._fingerprints:
            raise BadSdp("the certificate of a Peer cannot change")
        _check_setup(offer)
        self.restart(offer.ice_ufrag)

    def restart(self, remote_ufrag: str) -> None:
        """New local credentials where the remote ones are new (RFC 8445 section 9); DTLS goes on."""
        if remote_ufrag == self._remote_ufrag:
            return
        self._remote_ufrag = remote_ufrag
        self.ufrag, self.password = self._new_credentials()
        self._engine.restart_ice(self.id, self.ufrag.encode(), self.password.encode())

    def handle_answered(self) -> list[StateChanged]:
        return self._enter(Input.ANSWERED)

    def handle_event(self, event: Event, now_ns: int) -> list[StateChanged]:
        match event.kind:
            case EventKind.DATAGRAM:
                return self._carry_out(self._dtls.handle_datagram(event.data, now_ns))
            case EventKind.PATH:
                return self._enter(Input.PROVEN)
            case EventKind.SILENT:
                return self._enter(Input.QUIET)
            case EventKind.ALIVE:
                return self._enter(Input.HEARD)
            case EventKind.EXPIRED:
                return self._enter(Input.ENDED, "expired")
            case _:
                return []

    def next_timer(self) -> int | None:
        return self._dtls.next_timer() if self.state is not PeerState.CLOSED else None

    def handle_timer(self, now_ns: int) -> list[StateChanged]:
        return self._carry_out(self._dtls.handle_timer(now_ns))

    def close(self) -> None:
        """Say goodbye and let the engine forget it, with its Tracks and Rows."""
        self._carry_out(self._dtls.close())
        self._enter(Input.ENDED)
        self._engine.remove_endpoint(self.id)

    def _carry_out(self, effects: list[DtlsEffect]) -> list[StateChanged]:
        changes: list[StateChanged] = []
        for effect in effects:
            match effect:
                case SendDatagram(data):
                    self._engine.send(self.id, data)
                case KeysReady(profile, receive_key, send_key):
                    self._engine.set_keys(self.id, profile, receive_key, send_key)
                    changes += self._enter(Input.KEYED)
                case DtlsClosed(reason):
                    changes += self._enter(Input.ENDED, reason)
        return changes

    def _enter(self, change: Input, reason: str = "") -> list[StateChanged]:
        state = TRANSITIONS.get((self.state, change))
        if state is None:
            return []
        self.state = state
        return [StateChanged(state, reason)]

    def _new_credentials(self) -> tuple[str, str]:
        """48 and 144 random bits; RFC 8445 section 5.3 asks for 24 and 128."""
        return base64.b64encode(self._entropy(6)).decode(), base64.b64encode(self._entropy(18)).decode()


def _check_setup(offer: Offer) -> None:
    """We are the DTLS server, so the offerer must be able to be the client."""
    if offer.setup == "passive":
        raise BadSdp("a=setup:passive: the offerer must be the DTLS client")
