"""What a room server is told at its start."""

from dataclasses import dataclass, field
from pathlib import Path

from signaling.accounts.config import AccountConfig
from signaling.messages import IceServer
from signaling.retention import Retention
from signaling.settings import RoomDefaults


@dataclass(frozen=True, slots=True)
class RoomConfig:
    """`data`: folder of the keys, and of the database where it is SQLite. `database`: `sqlite`, or a `postgresql://` URL.
    `issuer`: the tokens' `iss`, one for the whole deployment."""

    data: Path
    database: str = "sqlite"
    issuer: str = "treble"
    max_participants: int = 100
    room_defaults: RoomDefaults = RoomDefaults.SAFE
    max_file_bytes: int = 10_000_000  # of one file in the chat
    chat_apart_s: float = 0.02  # between two transactions of the chat; what is said meanwhile shares one
    ice_servers: tuple[IceServer, ...] = ()
    retention: Retention = field(default_factory=Retention)
    accounts: AccountConfig = field(default_factory=AccountConfig)
    webhooks: tuple[str, ...] = ()  # URLs that are told of events, beside those that operators add
    webhook_secret: str = ""
    webhook_private_addresses: bool = False
