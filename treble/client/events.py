"""Every event of a Room. A name that is none of these is a mistake."""

from typing import Final

_CONNECTION: Final = (
    "connected",
    "waiting",
    "refused",
    "knock_expired",
    "retrying",
    "reconnecting",
    "reconnected",
    "disconnected",
    "token_renewed",
    "encryption_changed",
)
_PEOPLE: Final = (
    "participant_connected",
    "participant_changed",
    "participant_disconnected",
    "local_changed",
    "active_speakers_changed",
    "connection_quality_changed",
)
_TRACKS: Final = (
    "track_muted",
    "track_unmuted",
    "local_track_published",
    "local_track_unpublished",
    "slots_changed",
    "withheld",
)
_MEETING: Final = (
    "verdicts_changed",
    "about_changed",
    "waiters_changed",
    "approvals_changed",
    "asked",
    "decided",
    "stopped",
    "asked_unmute",
    "lowered_hand",
    "emoted",
    "chat_message",
    "chat_changed",
    "transcription_received",
)
EVENTS: Final = frozenset((*_CONNECTION, *_PEOPLE, *_TRACKS, *_MEETING))
