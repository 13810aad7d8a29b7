"""Inputs about media: Peers, Tracks and their gates, Slots, speakers, demand, networks."""

from typing import Final

from signaling.room.books import Books
from signaling.room.effects import (
    ClosePeer,
    Effect,
)
from signaling.room.member import Peer
from treble.api import Network, PeerState, SlotState, Source, Speaker

CLOSE_NOTIFY: Final = "close_notify"  # the media server's reason where the client itself closed DTLS


class MediaInputs(Books):
    """A media server's news of a Peer that is no longer the participant's is ignored."""

    def handle_offer(self, participant: str, peer: str, now_ns: int) -> list[Effect]:
        """The media server is about to be asked: events of this Peer may come before its answer."""
        self._note(now_ns, f"offer {peer}", participant)
        member = self._members[participant]
        if member.peer is None or member.peer.id != peer:
            member.earlier_peer, member.peer = member.earlier_peer or member.peer, Peer(peer)
            member.slots = ()  # they were m-lines of the earlier Peer
            member.demands_told = {}
            self._reckon(member, now_ns)
        return []

    def handle_peer_opened(
        self, participant: str, peer: str, tracks: tuple[Source, ...], now_ns: int
    ) -> list[Effect]:
        """The media server took the offer; an earlier Peer is let go."""
        self._note(now_ns, f"opened {peer}", participant)
        member = self._members.get(participant)
        if member is None or member.peer is None or member.peer.id != peer:
            return [ClosePeer(peer)]  # left, or offered anew elsewhere, while the media server was asked
        effects: list[Effect] = [] if member.earlier_peer is None else [ClosePeer(member.earlier_peer.id)]
        member.earlier_peer = None
        member.peer.opened = True
        member.tracks = tracks
        self._reckon(member, now_ns)
        return effects

    def handle_peer_refused(self, participant: str, peer: str, now_ns: int) -> list[Effect]:
        """The offer was no good; an earlier Peer goes on."""
        self._note(now_ns, f"refused {peer}", participant)
        member = self._members.get(participant)
        if (
            member is not None
            and member.peer is not None
            and member.peer.id == peer
            and not member.peer.opened
        ):
            member.peer, member.earlier_peer = member.earlier_peer, None
            member.demands_version += 1
            self._reckon(member, now_ns)
        return []

    def handle_peer_state(
        self, participant: str, peer: str, state: PeerState, reason: str, now_ns: int
    ) -> list[Effect]:
        self._note(now_ns, f"peer {state} {reason}", participant)
        member = self._members.get(participant)
        if member is None or member.peer is None or member.peer.id != peer:
            return []
        member.peer.state = state
        member.peer.hung_up = state is PeerState.CLOSED and (reason == CLOSE_NOTIFY or member.is_resource)
        member.had_media = member.had_media or state is PeerState.CONNECTED
        if member.peer.hung_up and member.socket is None:
            return self._remove(member, "left")
        self._reckon(member, now_ns)
        return []

    def handle_muted(self, participant: str, source: Source, muted: bool, now_ns: int) -> list[Effect]:
        """Its owner's wish, which the gates follow; `handle_gates` tells it."""
        self._note(now_ns, f"mute {source} {muted}", participant)
        member = self._members.get(participant)
        if member is None:
            return []
        if muted:
            member.muted.add(source)
            member.wished.discard(source)
        else:
            member.muted.discard(source)
            member.stopped.discard(source)
        return []

    def handle_stopped(
        self, participant: str, sources: tuple[Source, ...], by: str, now_ns: int
    ) -> list[Effect]:
        """A host shuts these Tracks until their owner opens them again."""
        self._note(now_ns, f"stop {' '.join(sources)}", participant)
        member = self._members.get(participant)
        return [] if member is None else self._stop(member, sources, by)

    def handle_gates(self, participant: str, now_ns: int) -> list[Effect]:
        """The media server's gates are set; now it may be told."""
        self._note(now_ns, "gates", participant)
        member = self._members.get(participant)
        if member is not None:
            self._reckon(member, now_ns)
        return []

    def handle_slots(
        self, participant: str, peer: str, slots: tuple[SlotState, ...], now_ns: int
    ) -> list[Effect]:
        """The table of a receiver's Slots. The media server moves them when `slots_told` is true."""
        self._note(now_ns, "slots", participant)
        member = self._members.get(participant)
        if (
            member is not None
            and member.peer is not None
            and member.peer.id == peer
            and slots != member.slots
        ):
            member.slots = slots
            member.slots_version += 1
        return []

    def handle_speakers(self, speakers: tuple[Speaker, ...], now_ns: int) -> list[Effect]:
        self._note(now_ns, "speakers", "")
        if speakers != self._speakers:
            self._speakers = speakers
            self._speakers_version += 1
        return []

    def handle_demand(
        self, participant: str, peer: str, source: Source, layers: tuple[bool, ...], now_ns: int
    ) -> list[Effect]:
        """Which Layers of a member's own Track somebody needs; a media server tells it rarely."""
        self._note(now_ns, f"demand {source}", participant)
        member = self._members.get(participant)
        if (
            member is not None
            and member.peer is not None
            and member.peer.id == peer
            and member.peer.demands.get(source) != layers
        ):
            member.peer.demands[source] = layers
            member.demands_version += 1
        return []

    def handle_networks(self, networks: tuple[Network, ...], now_ns: int) -> list[Effect]:
        self._note(now_ns, "networks", "")
        if networks != self._networks:
            self._networks = networks
            self._networks_version += 1
        return []
