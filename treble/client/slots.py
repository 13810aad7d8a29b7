"""Whom each Slot carries, and from which picture on: a picture never goes to another person's Track."""

from collections.abc import Sequence
from typing import Final

from treble.api import SlotState, Source
from treble.client.media.rtp import is_at_or_after

# A Slot's audio belongs to the picture beside it.
AUDIO_OF: Final = {Source.CAMERA: Source.MICROPHONE, Source.SCREEN: Source.SCREEN_AUDIO}


class SlotTable:
    """Latest-wins; Slots that are not named are empty."""

    def __init__(self) -> None:
        self.states: dict[int, SlotState] = {}

    def update(self, states: Sequence[SlotState]) -> None:
        self.states = {state.slot: state for state in states}

    def find(self, slot: int, kind: str) -> tuple[str, Source] | None:
        """Participant and source of a Slot's audio or video."""
        state = self.states.get(slot)
        if state is None or state.participant is None:
            return None
        source = state.source if kind == "video" else AUDIO_OF.get(state.source)
        return (state.participant, source) if source else None

    def is_theirs(self, slot: int, timestamp: int) -> bool:
        """Whether a picture of this RTP timestamp is of whom the Slot carries now."""
        state = self.states.get(slot)
        start = state.from_rtp_timestamp if state else None
        return start is None or is_at_or_after(timestamp, start)
