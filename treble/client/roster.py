"""Who is there besides oneself."""

from collections.abc import Callable, Sequence

from signaling.messages import Participant
from treble.api import Source
from treble.client.participant import RemoteParticipant
from treble.client.tracks import RemoteTrack


class Roster:
    """`changed` is called when a Track gets its first reader or loses its last."""

    def __init__(self, emit: Callable[..., None], changed: Callable[[], None]) -> None:
        self.participants: dict[str, RemoteParticipant] = {}
        self._emit = emit
        self._changed = changed

    def upsert(self, said: Participant) -> None:
        known = self.participants.get(said.id)
        participant = known or self._new(said.id)
        changed = participant.know(said)
        self.participants[said.id] = participant
        self._emit("participant_changed" if known else "participant_connected", participant)
        for track in changed:
            self._emit("track_muted" if track.is_muted else "track_unmuted", track, participant)

    def _new(self, participant_id: str) -> RemoteParticipant:
        tracks = {source: RemoteTrack(participant_id, source, self._changed) for source in Source}
        return RemoteParticipant(participant_id, tracks=tracks)

    def remove(self, participant_id: str, reason: str) -> None:
        if participant := self.participants.pop(participant_id, None):
            for track in participant.tracks.values():
                track.close()
            self._emit("participant_disconnected", participant, reason)

    def reconcile(self, present: Sequence[Participant]) -> None:
        """The roster of a `welcome` is the truth."""
        ids = {said.id for said in present}
        for gone in [known for known in self.participants if known not in ids]:
            self.remove(gone, "left")
        for said in present:
            self.upsert(said)

    def close(self) -> None:
        for participant in self.participants.values():
            for track in participant.tracks.values():
                track.close()
