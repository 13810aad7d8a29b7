"""What a gateway is told at its start."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """`certificate` and `key` are PEM files; without them the data folder's authority makes a certificate for
    every name and address of this machine. `name` is the address by which room servers reach this gateway;
    empty where they call it directly.
    """

    data: Path
    host: str = "0.0.0.0"
    port: int = 8443
    certificate: Path | None = None
    key: Path | None = None
    origins: tuple[str, ...] = ()  # beside the gateway's own host: `https://meet.example.org`
    embed_origins: tuple[str, ...] = ()  # whose pages may show ours in a frame
    web: Path = Path(__file__).parent.parent / "web"
    name: str = ""
    public_url: str = ""  # how browsers reach us, for mails and providers; empty: by host and port
    # A connection costs about 40 kB with TLS; the process's file limit is the other bound.
    max_connections: int = 10_000
    # A school behind one address has 500 pupils.
    max_connections_per_address: int = 1_000
    # Rooms made or entered, WHIP and WHEP requests, sockets opened; a burst of as many, then evenly.
    requests_per_minute: int = 600
    max_file_bytes: int = 10_000_000  # of one file in the chat
