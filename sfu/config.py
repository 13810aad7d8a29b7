"""What a media server must be told."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MediaConfig:
    """`host` "0.0.0.0" or "::" means every address of this machine but loopback; another one means only that.

    `announce` are addresses by which clients reach us and which no interface here has (behind one-to-one
    NAT).
    """

    host: str = "0.0.0.0"
    port: int = 7882
    announce: tuple[str, ...] = ()
    tcp: bool = True
