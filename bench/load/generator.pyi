"""The Python face of the generator's thread."""

from collections.abc import Mapping, Sequence
from typing import Any

class Generator:
    cpu: int
    def __init__(
        self, calls: tuple[int, int, int, int] | None = None, cpu: int = -1, sample_every: int = 64
    ) -> None:
        """`calls`: addresses of libsrtp's protect, unprotect, protect_rtcp, unprotect_rtcp. `cpu` -1: not
        pinned."""
    def add_peer(
        self,
        fd: int,
        *,
        send_session: int = 0,
        receive_session: int = 0,
        keep: object = None,
        ssrc: int = 1,
        kinds: Mapping[int, int] | None = None,
        mid_id: int = 0,
        abs_send_time_id: int = 0,
        transport_id: int = 0,
        level_id: int = 0,
        consent: Sequence[bytes] = (),
        streams: int = 128,
    ) -> int:
        """A connected socket with its SRTP sessions (0: plain RTP). `kinds`: payload type -> kind. Returns
        its number."""
    def add_track(
        self,
        peer: int,
        *,
        video: bool,
        payload_type: int,
        rtx_payload_type: int = 0,
        ssrc: int,
        rtx_ssrc: int = 0,
        mid: bytes = b"0",
        bitrate_bps: int,
        rate_hz: float,
        payload_bytes: int = 1150,
        start_ns: int,
        spread_ns: int = 0,
        keyframe_every: int = 0,
    ) -> int:
        """Publish from `start_ns` (CLOCK_MONOTONIC) on; returns the Track's number."""
    def stop_track(self, track: int) -> None: ...
    def stop_peer(self, peer: int) -> None:
        """No more from or to this peer."""
    def measure(self, start_ns: int, end_ns: int) -> None:
        """Count packets whose intended time lies in [start, end); `start_ns` must lie ahead."""
    def start(self) -> None: ...
    def stop(self) -> None:
        """Stop and join the thread. Idempotent."""
    def window(self) -> dict[str, Any]:
        """Figures of the measuring window; latencies in microseconds, not yet reduced by the direct
        path's."""
    def tracks(self) -> list[dict[str, Any]]: ...
    def streams(self) -> list[dict[str, Any]]:
        """Every stream that a peer receives; `track` -1 where no sample could be read."""
    def peers(self) -> list[dict[str, Any]]: ...
