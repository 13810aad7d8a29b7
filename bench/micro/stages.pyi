"""Stopwatches around single stages of the engine."""

def install() -> None:
    """Time every `run_batch` of engines from now on; before `_fastpath.engine` is imported."""

def null_cipher(on: bool) -> None:
    """Protect and unprotect nothing, or as libsrtp does."""

def take_spent() -> tuple[int, int]:
    """(ns, batches) since the last call."""

def parse_ns(packet: bytes, extensions: dict[int, int], count: int) -> float:
    """ns per `parse_rtp`; `extensions`: id -> index of EXT_*."""

def protect_ns(sessions: list[int], packet: bytes, rounds: int) -> float:
    """ns per libsrtp protect of a copy of the packet, over sessions in turn as a fan-out does."""

def stun_ns(request: bytes, password: bytes, count: int) -> float:
    """ns per binding request parsed, verified and answered."""
