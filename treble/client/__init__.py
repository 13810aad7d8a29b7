"""The Python client of a Treble server, on Trio, with the names of the web SDK in snake_case."""

from treble.client.api import create_room, enter_room
from treble.client.errors import TrebleError
from treble.client.link import read_invitation
from treble.client.media_file import MediaFile
from treble.client.participant import RemoteParticipant
from treble.client.room import Room
from treble.client.tracks import RemoteTrack

__all__ = [
    "MediaFile",
    "RemoteParticipant",
    "RemoteTrack",
    "Room",
    "TrebleError",
    "create_room",
    "enter_room",
    "read_invitation",
]
