"""E-mail addresses as people type them, and the one spelling under which an account is found."""

import re
import unicodedata
from typing import Final, NamedTuple

from treble.api import ApiError

MAX_EMAIL_LETTERS: Final = 254  # RFC 5321 section 4.5.3.1.3, without the angle brackets
MAX_LOCAL_LETTERS: Final = 64

# An unquoted local part (RFC 5322 section 3.2.3) and letters beyond ASCII (RFC 6531); no blank, no control.
_LOCAL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u00a1-\U0010ffff]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u00a1-\U0010ffff]+)*"
)
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_REFUSED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"}


class Email(NamedTuple):
    """`address`: where mails go, as typed but for the domain; `login`: equal for all spellings of one address."""

    address: str
    login: str


def clean_email(text: str) -> Email:
    """`ApiError("bad.email")` for what is no address."""
    text = unicodedata.normalize("NFC", text.strip()) if len(text) <= 2 * MAX_EMAIL_LETTERS else ""
    local, at, domain = text.rpartition("@")
    if not at or len(text) > MAX_EMAIL_LETTERS or len(local) > MAX_LOCAL_LETTERS:
        raise _bad()
    if not _LOCAL.fullmatch(local) or any(unicodedata.category(letter) in _REFUSED for letter in local):
        raise _bad()
    try:
        domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise _bad() from None
    if not _DOMAIN.fullmatch(domain):
        raise _bad()
    return Email(f"{local}@{domain}", f"{unicodedata.normalize('NFC', local.casefold())}@{domain}")


def normal_email(text: str) -> str:
    """The spelling under which an address that was clean once is found."""
    return clean_email(text).login


def _bad() -> ApiError:
    return ApiError("bad.email", "This is no e-mail address.")
