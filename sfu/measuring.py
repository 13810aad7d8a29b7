"""What the engine measures of Tracks and receivers, read a few times a second."""

from typing import Final

from _fastpath.engine import Engine, Kind
from sfu.media.track import Track

# A voice pauses; what it takes is kept for it for some seconds.
_DECAY: Final = 0.95
# Header, extensions and SRTP tag beside Opus frames of about 80 octets.
_AUDIO_WIRE: Final = 1.5


def measure_track(engine: Engine, track: Track, now_ns: int) -> bool:
    """Whether there is news for those who see it."""
    if track.kind is Kind.AUDIO:
        stats = engine.layer_stats(track.id, 0)
        loud = round(stats.bitrate_bps * _AUDIO_WIRE) if stats and not track.is_muted else 0
        track.audio_bps = max(loud, round(track.audio_bps * _DECAY))
        return False
    assert track.video is not None
    for layer in sorted(track.active_layers):
        if stats := engine.layer_stats(track.id, layer):
            track.video.handle_stats(layer, stats, now_ns)
    return track.video.refresh(now_ns)
