"""Names as people type them: one spelling, no tricks. Clients render them as text."""

import re
import unicodedata
from typing import Final

from treble.api import ApiError

MAX_NAME_LETTERS: Final = 60
MAX_NAME_BYTES: Final = 1024  # before normalisation, which is linear but not free

# Joins letters in several scripts and in emoji; every other format character (bidi overrides, blanks of no
# width) is refused because it makes two names look alike or turns a line around.
_JOINERS = {"\u200c", "\u200d"}
_REFUSED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_ROOM_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def clean_name(text: str) -> str:
    """The name in NFC with single blanks; `ApiError("bad.name")` if nothing fit to show is left."""
    if len(text) > MAX_NAME_BYTES:
        raise ApiError("bad.name", "too long")
    name = unicodedata.normalize("NFC", re.sub(r"[ \t\u00a0]+", " ", text).strip())
    if not 1 <= len(name) <= MAX_NAME_LETTERS:
        raise ApiError("bad.name", f"1 to {MAX_NAME_LETTERS} letters")
    if any(unicodedata.category(letter) in _REFUSED and letter not in _JOINERS for letter in name):
        raise ApiError("bad.name", "control or direction character")
    if all(letter in _JOINERS or unicodedata.category(letter).startswith(("M", "Z")) for letter in name):
        raise ApiError("bad.name", "nothing to see")
    return name


def is_room_id(text: str) -> bool:
    """True for what may stand in a room's URL; ours are 26 letters, an administrator may choose others."""
    return _ROOM_ID.fullmatch(text) is not None
