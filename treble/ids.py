"""Ids and secrets made by the application; whoever calls hands in the randomness (`os.urandom` outside of
tests).

Letters are Crockford's base 32 in lower case (no i, l, o, u): safe in a URL, and easy to read aloud and to
type.
"""

import base64
import unicodedata
from collections.abc import Callable
from typing import Final

RandomBytes = Callable[[int], bytes]

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
BITS_PER_LETTER: Final = 5
ID_LETTERS: Final = 26  # 130 bits: nobody finds a room or a participant by trying (contracts 3)
PASSWORD_LETTERS: Final = 16  # 80 bits
PASSWORD_GROUP: Final = 4

_LOOK_ALIKE = str.maketrans({"i": "1", "l": "1", "o": "0", "u": "v", "-": None, " ": None})


def random_letters(count: int, random: RandomBytes) -> str:
    """`count` letters, five random bits each."""
    number = int.from_bytes(random((count * BITS_PER_LETTER + 7) // 8), "big")
    return "".join(ALPHABET[number >> (BITS_PER_LETTER * place) & 31] for place in range(count))


def new_id(random: RandomBytes) -> str:
    """An unguessable id of a Room, Participant, Session, Peer or WHIP resource."""
    return random_letters(ID_LETTERS, random)


def new_password(random: RandomBytes) -> str:
    """A room password to be read aloud: four groups of four letters."""
    letters = random_letters(PASSWORD_LETTERS, random)
    return "-".join(letters[i : i + PASSWORD_GROUP] for i in range(0, PASSWORD_LETTERS, PASSWORD_GROUP))


def as_typed(password: str) -> str:
    """What a person meant by a typed password: case, dashes, blanks and look-alike letters do not matter."""
    return unicodedata.normalize("NFC", password).strip().lower().translate(_LOOK_ALIKE)


def new_secret(random: RandomBytes) -> str:
    """256 bits for a machine to keep, URL-safe."""
    return base64.urlsafe_b64encode(random(32)).rstrip(b"=").decode("ascii")
