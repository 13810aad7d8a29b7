"""A media server that keeps its gates by epoch, as the real one does."""

from dataclasses import dataclass, field

from tests.signaling.world import FakeMedia
from treble.api import ApiError, Done, OpenPeer, PeerOpened, SetMuted, Source


@dataclass
class Gates:
    tracks: set[Source] = field(default_factory=set)
    shut: dict[Source, tuple[int, bool]] = field(default_factory=dict)  # epoch, whether it is shut

    def take(self, source: Source, epoch: int, is_shut: bool) -> None:
        if epoch >= self.shut.get(source, (0, False))[0]:
            self.shut[source] = (epoch, is_shut)

    def flowing(self) -> set[Source]:
        return {source for source in self.tracks if not self.shut.get(source, (0, False))[1]}


class GateMedia(FakeMedia):
    def __init__(self) -> None:
        super().__init__()
        self.gates: dict[str, Gates] = {}

    async def open_peer(self, request: OpenPeer) -> PeerOpened:
        opened = await super().open_peer(request)
        gates = self.gates.setdefault(request.peer, Gates())
        for source in request.shut:
            gates.take(source, request.epoch, True)
        gates.tracks = {track.source for track in opened.tracks}
        return opened

    async def set_muted(self, request: SetMuted) -> Done:
        if request.peer not in self.peers:
            raise ApiError("ended", "no such Peer")
        self.gates[request.peer].take(request.source, request.epoch, request.muted)
        return await super().set_muted(request)

    def flowing(self, participant: str) -> set[Source]:
        """What of a participant may reach others, over any of its Peers."""
        peers = [peer for peer, request in self.peers.items() if request.participant == participant]
        return {source for peer in peers if peer in self.gates for source in self.gates[peer].flowing()}
