"""Somebody else in the Room."""

from dataclasses import dataclass, field

from signaling.messages import Participant
from treble.api import NetworkLevel, Role, Source
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
    is_speaking: bool = False
    audio_level: float = 0.0  # 0 to 1
    connection_quality: NetworkLevel | None = None  # None until it is known
    tracks: dict[Source, RemoteTrack] = field(default_factory=dict)

    def know(self, said: Participant) -> list[RemoteTrack]:
        """What the server says of them; gives the Tracks that are muted now, or no longer."""
        self.name, self.role, self.guest = said.name, said.role, said.guest
        self.connection, self.hand, self.picture = said.connection, said.hand, said.picture
        muted = {track.source: track.muted for track in said.tracks}
        changed = []
        for source, track in self.tracks.items():
            before, track.is_muted = track.is_muted, muted.get(source, True)
            if before != track.is_muted:
                changed.append(track)
        return changed

    def get_track(self, source: Source) -> RemoteTrack:
        return self.tracks[source]

    @property
    def microphone(self) -> RemoteTrack:
        return self.tracks[Source.MICROPHONE]

    @property
    def camera(self) -> RemoteTrack:
        return self.tracks[Source.CAMERA]

    @property
    def screen(self) -> RemoteTrack:
        return self.tracks[Source.SCREEN]

    @property
    def is_microphone_enabled(self) -> bool:
        return not self.microphone.is_muted

    @property
    def is_camera_enabled(self) -> bool:
        return not self.camera.is_muted

    @property
    def is_screen_share_enabled(self) -> bool:
        return not self.screen.is_muted
