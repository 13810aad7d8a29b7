"""Access tokens, for a room and for an account: JWE `dir` + A256GCM in compact form, and nothing else.

jwcrypto with restricted `algs` still accepts `zip`, the JSON serialisation, embedded keys and a missing
`typ`; a 117 kB token became 90 MB. So everything that a sender chooses is checked here before jwcrypto sees
the token: at most 8 KiB, five parts, an empty second one, nonce and tag of the right length, a header with
exactly `alg`, `enc`, `kid` and `typ`, each the literal value of ours (contracts 2; RFC 8725 sections 3.1,
3.11). The two kinds differ in header, claims and audience: neither opens as the other. Unknown keys of the
*claims* are ignored, so that servers of version N and N-1 understand each other.
"""

import base64
import json
import re
from typing import Any, Final, Literal, Protocol, TypeVar

import msgspec
from jwcrypto import jwe, jwk
from jwcrypto.common import JWException

from signaling.keyring import Keyring
from treble.api import Role

MAX_TOKEN_BYTES: Final = 8 * 1024
MAX_CLAIMS_BYTES: Final = 8 * 1024  # no `zip`, so a claim set is never longer than its token
ACCESS_SECONDS: Final = 10 * 60  # a guest's token; the Session that it opens outlives it (contracts 2)
ADMISSION_SECONDS: Final = 12 * 3600  # `treble token`: a working day
LEEWAY_SECONDS: Final = 60  # between clocks of two servers
TYPE: Final = "access+jwe"
AUDIENCE: Final = "treble"
ACCOUNT_TYPE: Final = "account+jwe"
ACCOUNT_AUDIENCE: Final = "treble/account"

# 96-bit nonce and 128-bit tag in base64url; `[^.]` would let padding, blanks and newlines through.
_COMPACT = re.compile(
    r"([A-Za-z0-9_-]{1,512})\.\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{1,8192})\.([A-Za-z0-9_-]{22})"
)
_HEADER_KEYS = {"alg", "enc", "kid", "typ"}
_ALGORITHMS = ["dir", "A256GCM"]


class BadToken(Exception):
    """Not a token of ours, or not for this purpose; the text is for counters, never for the sender."""


class ExpiredToken(BadToken):
    """A genuine token whose time is over."""


class Claims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a token says. Times are Unix seconds. `sub` is the participant; `admission` skips password and knock."""

    typ: Literal["access"]
    aud: Literal["treble"]
    iss: str
    exp: int
    nbf: int
    sub: str
    room: str
    role: Role
    name: str
    admission: bool = False


class AccountClaims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who somebody is, whatever the room. `sub`: account or guest identity; `session`: its refresh family;
    `since`: Unix seconds of the last login by password or provider; `email` only where verified.
    """

    typ: Literal["account"]
    aud: Literal["treble/account"]
    iss: str
    exp: int
    nbf: int
    sub: str
    name: str
    verified: bool
    guest: bool
    session: str
    since: int
    email: str | None = None
    picture: str | None = None


class _Timed(Protocol):
    @property
    def iss(self) -> str: ...
    @property
    def exp(self) -> int: ...
    @property
    def nbf(self) -> int: ...


C = TypeVar("C", bound=_Timed)


class Tokens:
    """Seals and opens access tokens with one keyring. `now_s` is Unix time in seconds."""

    def __init__(self, keyring: Keyring, issuer: str) -> None:
        self._keyring = keyring
        self._issuer = issuer
        self._decoder = msgspec.json.Decoder(Claims)
        self._account_decoder = msgspec.json.Decoder(AccountClaims)

    def issue(
        self,
        *,
        sub: str,
        room: str,
        role: Role,
        name: str,
        now_s: int,
        admission: bool = False,
        lifetime_s: int = ACCESS_SECONDS,
    ) -> str:
        claims = Claims(
            typ="access",
            aud=AUDIENCE,
            iss=self._issuer,
            exp=now_s + lifetime_s,
            nbf=now_s,
            sub=sub,
            room=room,
            role=role,
            name=name,
            admission=admission,
        )
        return self._seal(claims, TYPE)

    def issue_account(
        self,
        *,
        sub: str,
        name: str,
        verified: bool,
        guest: bool,
        session: str,
        since: int,
        now_s: int,
        email: str | None = None,
        picture: str | None = None,
        lifetime_s: int = ACCESS_SECONDS,
    ) -> str:
        claims = AccountClaims(
            typ="account",
            aud=ACCOUNT_AUDIENCE,
            iss=self._issuer,
            exp=now_s + lifetime_s,
            nbf=now_s,
            sub=sub,
            name=name,
            verified=verified,
            guest=guest,
            session=session,
            since=since,
            email=email,
            picture=picture,
        )
        return self._seal(claims, ACCOUNT_TYPE)

    def open(self, token: str, now_s: int, *, allow_expired: bool = False) -> Claims:
        """The claims of a genuine token; raises `BadToken` only. `allow_expired`: for resuming a Session."""
        return self._opened(token, TYPE, self._decoder, now_s, allow_expired)

    def open_account(self, token: str, now_s: int) -> AccountClaims:
        """The claims of a genuine account token; raises `BadToken` only."""
        return self._opened(token, ACCOUNT_TYPE, self._account_decoder, now_s, False)

    def _seal(self, claims: Claims | AccountClaims, typ: str) -> str:
        key = self._keyring.active
        header = json.dumps(_header(key.id, typ))
        token = jwe.JWE(msgspec.json.encode(claims), protected=header, algs=_ALGORITHMS)
        token.add_recipient(_jwk(key.secret))
        return str(token.serialize(compact=True))

    def _opened(
        self, token: str, typ: str, decoder: msgspec.json.Decoder[C], now_s: int, allow_expired: bool
    ) -> C:
        secret = self._keyring.get(key_id_untrusted(token, typ))
        if secret is None:
            raise BadToken("kid")
        try:
            sealed = jwe.JWE(algs=_ALGORITHMS)
            sealed.deserialize(token)
            sealed.decrypt(_jwk(secret), max_plaintext=MAX_CLAIMS_BYTES)
            claims = decoder.decode(sealed.payload)
        except JWException:
            raise BadToken("seal") from None
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError, TypeError):
            raise BadToken("claims") from None
        self._check(claims, now_s, allow_expired)
        return claims

    def _check(self, claims: _Timed, now_s: int, allow_expired: bool) -> None:
        if claims.iss != self._issuer:
            raise BadToken("iss")
        if now_s < claims.nbf - LEEWAY_SECONDS:
            raise BadToken("nbf")
        if now_s >= claims.exp and not allow_expired:
            raise ExpiredToken("exp")


def key_id_untrusted(token: str, typ: str = TYPE) -> str:
    """The `kid` of a token of exactly our shape and this kind; raises `BadToken` only, before anything is
    decrypted.
    """
    if len(token) > MAX_TOKEN_BYTES:
        raise BadToken("length")
    shape = _COMPACT.fullmatch(token)
    if shape is None:
        raise BadToken("shape")
    try:
        header = json.loads(_decoded(shape[1]), object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError):
        raise BadToken("header") from None
    if not isinstance(header, dict) or header.keys() != _HEADER_KEYS or not isinstance(header["kid"], str):
        raise BadToken("header")
    if header != _header(header["kid"], typ):
        raise BadToken("header")
    return header["kid"]


def _header(key_id: str, typ: str) -> dict[str, str]:
    return {"alg": "dir", "enc": "A256GCM", "kid": key_id, "typ": typ}


def _jwk(secret: bytes) -> Any:
    return jwk.JWK(kty="oct", k=base64.urlsafe_b64encode(secret).rstrip(b"=").decode("ascii"))


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found
