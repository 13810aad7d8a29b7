"""What a room server is told at its start."""

from dataclasses import dataclass
from pathlib import Path

from signaling.messages import IceServer


@dataclass(frozen=True, slots=True)
class RoomConfig:
    """`data`: folder of database and keys. `issuer`: the tokens' `iss`, one for the whole deployment."""

    data: Path
    issuer: str = "treble"
    max_participants: int = 100
    ice_servers: tuple[IceServer, ...] = ()
