"""Somebody else in the Room."""

from collections.abc import Callable
from dataclasses import dataclass, field

from signaling.messages import Participant
from treble.api import Role, Source
from treble.client.tracks import RemoteTrack


@dataclass(eq=False)
class RemoteParticipant:
    """`connection`: `joining`, `connected` or `reconnecting`. `hand`: Unix ms since when it is raised."""

    id: str
    name: str = ""
    role: Role = Role.SPEAKER
    guest: bool = False
    connection: str = "joining"
    hand: int | None = None
    picture: str | None = None
    tracks: dict[Source, RemoteTrack] = field(default_factory=dict)

    def know(self, said: Participant, changed: Callable[[], None]) -> None:
        """What the server says of them; `changed` is for new Tracks."""
        self.name, self.role, self.guest = said.name, said.role, said.guest
        self.connection, self.hand, self.picture = said.connection, said.hand, said.picture
        muted = {track.source: track.muted for track in said.tracks}
        for source in Source:
            track = self.tracks.setdefault(source, RemoteTrack(self.id, source, changed))
            track.muted = muted.get(source, True)

    @property
    def microphone(self) -> RemoteTrack:
        return self.tracks[Source.MICROPHONE]

    @property
    def camera(self) -> RemoteTrack:
        return self.tracks[Source.CAMERA]

    @property
    def screen(self) -> RemoteTrack:
        return self.tracks[Source.SCREEN]
