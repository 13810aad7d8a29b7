"""Names as people type them: one spelling, no tricks. Clients render them as text."""

import re
import unicodedata
from typing import Final

from treble.api import ApiError

MAX_NAME_LETTERS: Final = 60
MAX_TITLE_LETTERS: Final = 120
MIN_PASSWORD_LETTERS: Final = 8
MAX_PASSWORD_LETTERS: Final = 128
MAX_NAME_BYTES: Final = 1024  # before normalisation, which is linear but not free

# Joins letters in several scripts and in emoji; every other format character (bidi overrides, blanks of no
# width) is refused because it makes two names look alike or turns a line around.
_JOINERS = {"\u200c", "\u200d"}
_REFUSED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_ALIAS = re.compile(r"[a-z0-9-]{3,40}")
_ROOM_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def clean_name(text: str) -> str:
    """The name in NFC with single blanks; `ApiError("bad.name")` if nothing fit to show is left."""
    name = _clean(text, MAX_NAME_LETTERS, "bad.name")
    if not name:
        raise ApiError("bad.name", f"1 to {MAX_NAME_LETTERS} letters")
    if all(letter in _JOINERS or unicodedata.category(letter).startswith(("M", "Z")) for letter in name):
        raise ApiError("bad.name", "nothing to see")
    return name


def clean_title(text: str) -> str:
    """A Room's title likewise; it may be empty. `ApiError("bad.title")`."""
    return _clean(text, MAX_TITLE_LETTERS, "bad.title")


def clean_alias(text: str) -> str:
    """A friendly link; `ApiError("bad.alias")`."""
    if _ALIAS.fullmatch(text) is None:
        raise ApiError("bad.alias", "3 to 40 of a-z, 0-9 and -")
    return text


def clean_room_password(text: str) -> str:
    """A room's password that an operator has chosen: it is shown with the invitation. `ApiError("bad.password")`."""
    password = _clean(text, MAX_PASSWORD_LETTERS, "bad.password")
    if len(password) < MIN_PASSWORD_LETTERS:
        raise ApiError("bad.password", f"{MIN_PASSWORD_LETTERS} letters or more")
    return password


def _clean(text: str, letters: int, code: str) -> str:
    if len(text) > MAX_NAME_BYTES:
        raise ApiError(code, "too long")
    clean = unicodedata.normalize("NFC", re.sub(r"[ \t\u00a0]+", " ", text).strip())
    if len(clean) > letters:
        raise ApiError(code, f"up to {letters} letters")
    if any(unicodedata.category(letter) in _REFUSED and letter not in _JOINERS for letter in clean):
        raise ApiError(code, "control or direction character")
    return clean


def is_room_id(text: str) -> bool:
    """True for what may stand in a room's URL; ours are 26 letters, an administrator may choose others."""
    return _ROOM_ID.fullmatch(text) is not None
