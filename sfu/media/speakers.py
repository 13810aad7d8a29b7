"""Who speaks: levels become a steady list (RFC 6464 levels, -dBov: 0 the loudest, 127 silence).

Somebody starts to speak above one level and stops only after a while below a lower one, so that neither a
breath nor a pause between words moves anything on a screen. Who is to be heard is decided faster: the engine
tells of a voice as it begins, and whoever holds a place by speaking keeps it through pauses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from treble.api import Speaker
from treble.units import MILLISECOND, SECOND

# Speech into a headset is 15 to 35; a quiet room 60 and up.
START_LEVEL: Final = 45
STOP_LEVEL: Final = 55
# Longer than the pauses inside a sentence.
HOLD_NS: Final = 1 * SECOND
# So long after his last word nobody takes a speaker's place among those who are heard.
KEEP_NS: Final = 2 * SECOND
# Of two who speak at once, this much louder takes the first place from whoever has it.
LEAD_LEVEL: Final = 6
# Share of the new level in the smoothed one, per update of 200 ms.
WEIGHT: Final = 0.5
# Clients are told at most 4 times a second (contracts section 5).
TELL_INTERVAL_NS: Final = 250 * MILLISECOND
MAX_SPEAKERS: Final = 5


@dataclass(slots=True)
class _Voice:
    level: float = 127.0
    is_speaking: bool = False
    last_loud_ns: int | None = None
    since_ns: int = 0  # when he took the place that he keeps


class Speakers:
    """The voices of one Room."""

    def __init__(self) -> None:
        self._voices: dict[str, _Voice] = {}
        self._told: list[str] = []
        self._told_ns: int | None = None
        self._now_ns = 0

    def update(self, levels: Mapping[str, int], now_ns: int) -> list[Speaker] | None:
        """Take the present level of each participant heard; the new list where it changed and may be told."""
        self._now_ns = now_ns
        for participant, level in levels.items():
            voice = self._voices.setdefault(participant, _Voice())
            voice.level += WEIGHT * (level - voice.level)
            if voice.level <= (STOP_LEVEL if voice.is_speaking else START_LEVEL):
                voice.is_speaking = True
                _note_loud(voice, now_ns)
        for voice in self._voices.values():
            if voice.is_speaking and now_ns - (voice.last_loud_ns or 0) > HOLD_NS:
                voice.is_speaking = False
        for participant in self._voices.keys() - levels.keys():
            voice = self._voices[participant]
            voice.level += WEIGHT * (127 - voice.level)
        return self._tell(now_ns)

    def handle_voice(self, participant: str, now_ns: int) -> None:
        """Somebody begins to speak: heard at once, shown as a speaker when `update` has found it to last."""
        self._now_ns = max(self._now_ns, now_ns)
        _note_loud(self._voices.setdefault(participant, _Voice()), now_ns)

    def forget(self, participant: str) -> None:
        self._voices.pop(participant, None)

    def loudness(self) -> list[str]:
        """Everybody who ever spoke, in the order in which they are to be heard.

        First those who speak or did a moment ago, whoever began first; then the others, the latest first.
        """
        places = []
        for name, voice in self._voices.items():
            if voice.last_loud_ns is None:
                continue
            keeps = self._now_ns - voice.last_loud_ns <= KEEP_NS
            places.append((not keeps, voice.since_ns if keeps else -voice.last_loud_ns, name))
        return [name for _, _, name in sorted(places, key=lambda place: place[:2])]

    def _tell(self, now_ns: int) -> list[Speaker] | None:
        if self._told_ns is not None and now_ns - self._told_ns < TELL_INTERVAL_NS:
            return None
        speaking = {name: voice.level for name, voice in self._voices.items() if voice.is_speaking}
        names = sorted(speaking, key=lambda name: (speaking[name], name))
        if self._told and self._told[0] in speaking and not self._has_new_leader(names, speaking):
            names.sort(key=lambda name: name != self._told[0])
        del names[MAX_SPEAKERS:]
        if set(names) == set(self._told) and names[:1] == self._told[:1]:
            return None
        self._told = names
        self._told_ns = now_ns
        return [Speaker(participant=name, level=round(speaking[name])) for name in names]

    def _has_new_leader(self, names: list[str], levels: Mapping[str, float]) -> bool:
        return levels[self._told[0]] - levels[names[0]] >= LEAD_LEVEL


def _note_loud(voice: _Voice, now_ns: int) -> None:
    if voice.last_loud_ns is None or now_ns - voice.last_loud_ns > KEEP_NS:
        voice.since_ns = now_ns
    voice.last_loud_ns = now_ns
