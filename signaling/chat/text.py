"""What people say, as it is stored: one spelling, no tricks. Clients render it as text, never as markup."""

import re
import unicodedata
from typing import Final

from treble.api import ApiError

MAX_TEXT_LETTERS: Final = 4000
MAX_EMOJI_LETTERS: Final = 16
MAX_FILE_NAME_LETTERS: Final = 120

# Join letters and emoji (joiners, the tags of flags), or say a direction without turning others' text around.
_KEPT_FORMATS: Final = {"\u200c", "\u200d", "\u200e", "\u200f", "\u061c", *map(chr, range(0xE0020, 0xE0080))}
_REMOVED: Final = {"Cc", "Cf", "Cs", "Co", "Cn"}
_BREAKS: Final = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")

_PICTURE: Final = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f004-\U0001f1e5\U0001f200-\U0001faff]"
)
_ELEMENT: Final = f"{_PICTURE}\ufe0f?[\U0001f3fb-\U0001f3ff]?(?:[\U000e0020-\U000e007e]{{1,8}}\U000e007f)?"
_EMOJI: Final = re.compile(
    f"(?:{_ELEMENT}(?:\u200d{_ELEMENT})*|[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3)"
)


def clean_text(text: str) -> str:
    """The message in NFC without control and override characters; "" where nothing is left.

    Such characters are taken out and not refused: pasted text is full of them. `ApiError("bad.text")` if it is too long.
    """
    if len(text) > MAX_TEXT_LETTERS:
        raise ApiError("bad.text", f"at most {MAX_TEXT_LETTERS} letters")
    text = unicodedata.normalize("NFC", _BREAKS.sub("\n", text))
    kept = "".join(
        letter for letter in text if (letter.isascii() and letter.isprintable()) or _is_kept(letter)
    )
    lines = [line.rstrip() for line in kept.split("\n")]
    cleaned = "\n".join(lines).strip("\n")
    if len(cleaned) > MAX_TEXT_LETTERS:  # NFC makes a few letters longer
        raise ApiError("bad.text", f"at most {MAX_TEXT_LETTERS} letters")
    return "" if all(_is_unseen(letter) for letter in cleaned) else cleaned


def clean_emoji(emoji: str) -> str:
    """One emoji; `ApiError("bad.emoji")` for anything else."""
    if len(emoji) > MAX_EMOJI_LETTERS or _EMOJI.fullmatch(emoji) is None:
        raise ApiError("bad.emoji", "one emoji")
    return emoji


def clean_file_name(name: str) -> str:
    """A name without folders; what cannot be shown becomes `file`. The ending stays when it is cut."""
    last = re.split(r"[/\\]", name)[-1]
    letters = unicodedata.normalize("NFC", last[-4 * MAX_FILE_NAME_LETTERS :])
    kept = "".join(each for each in letters if _is_kept(each) and each not in '\n\t<>:"|?*').strip(". ")
    if len(kept) > MAX_FILE_NAME_LETTERS:
        stem, dot, ending = kept.rpartition(".")
        ending = (dot + ending)[:16] if stem else ""
        kept = kept[: MAX_FILE_NAME_LETTERS - len(ending)] + ending
    return "file" if all(_is_unseen(each) for each in kept) else kept


def _is_kept(letter: str) -> bool:
    return letter in "\n\t" or letter in _KEPT_FORMATS or unicodedata.category(letter) not in _REMOVED


def _is_unseen(letter: str) -> bool:
    return letter in "\n\t" or unicodedata.category(letter)[0] in "ZMC"
