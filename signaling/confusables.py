"""Names that look alike: two names with the same skeleton are hard to tell apart in a list of people.

After Unicode TR 39, cut down to what people meet: compatibility forms, case, accents, blanks and punctuation, and the
letters of the Cyrillic, Greek, Armenian and Cherokee scripts and the digits that pass for Latin ones.
"""

import unicodedata
from typing import Final

# fmt: off
_LOOK_ALIKES: Final = {
    # digits and signs
    "0": "o", "1": "l", "|": "l", "i": "l", "5": "s", "$": "s", "@": "a", "8": "b", "3": "e", "\u0131": "l",
    # Cyrillic
    "а": "a", "в": "b", "е": "e", "ё": "e", "з": "e", "і": "l", "ї": "l", "ј": "j", "к": "k", "м": "m", "н": "h",
    "о": "o", "р": "p", "с": "c", "т": "t", "у": "y", "х": "x", "ѕ": "s", "ԁ": "d", "ԛ": "q", "ԝ": "w", "ѵ": "v",
    "ь": "b", "һ": "h", "ӏ": "l", "г": "r", "п": "n", "ү": "y", "ө": "o", "ҫ": "c", "қ": "k",
    # Greek
    "α": "a", "β": "b", "γ": "y", "ε": "e", "ζ": "z", "η": "n", "ι": "l", "κ": "k", "μ": "u", "ν": "v", "ο": "o",
    "ρ": "p", "σ": "o", "ς": "c", "τ": "t", "υ": "u", "χ": "x", "ω": "w",
    # Armenian, Cherokee (casefolded to capitals), Latin beyond accents
    "օ": "o", "ս": "u", "ո": "n", "հ": "h", "ց": "g", "զ": "q",
    "Ꭺ": "a", "Ꭼ": "e", "Ꭻ": "j", "Ꮇ": "m", "Ꭲ": "l", "Ꮪ": "s", "Ꮶ": "k", "Ꮤ": "w", "Ꮋ": "h", "Ꮐ": "g", "Ꮯ": "c",
    "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "ɑ": "a", "ɡ": "g", "ɩ": "l",
}
# Capitals that pass for another letter than their small forms do.
_CAPITALS: Final = str.maketrans({"Ν": "N", "Η": "H", "Υ": "Y", "Μ": "M"})
# fmt: on
_PAIRS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"))


def skeleton(name: str) -> str:
    """What is left of a name at a glance; equal for names that are confusable."""
    folded = unicodedata.normalize("NFKC", name).translate(_CAPITALS).casefold()
    plain = [
        _LOOK_ALIKES.get(letter, letter)
        for letter in unicodedata.normalize("NFD", folded)
        if letter in _LOOK_ALIKES or (unicodedata.category(letter)[0] in "LNSM" and not _is_accent(letter))
    ]
    text = "".join(plain)
    for pair, letter in _PAIRS:
        text = text.replace(pair, letter)
    return text or folded


def _is_accent(letter: str) -> bool:
    """Of European letters; the vowel signs of other scripts are more than that."""
    return "\u0300" <= letter <= "\u036f"
