"""Google, or any other OpenID Connect issuer with discovery: code flow, PKCE, and a checked `id_token`."""

import hmac
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from jwcrypto import jwk, jws
from jwcrypto.common import JWException

from signaling.accounts.provider import (
    MAX_ID_LETTERS,
    Flow,
    Person,
    ProviderClient,
    ProviderDown,
    ProviderError,
    checked_url,
)

KEEP_S: Final = 3600  # discovery and keys
KEEP_AT_LEAST_S: Final = 60  # an unknown `kid` makes us ask again, not more often
LEEWAY_S: Final = 60
MAX_TOKEN_BYTES: Final = 16 * 1024
MAX_KEYS: Final = 20
ALGORITHM: Final = "RS256"  # which every issuer must know (OpenID Connect Discovery section 3)


class _Discovery(msgspec.Struct, frozen=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    authorization_response_iss_parameter_supported: bool = False


class _Keys(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    sub: str
    aud: str | list[str]
    exp: float
    iat: float
    nonce: str
    azp: str | None = None
    email: str | None = None
    email_verified: bool | str = False
    name: str = ""


class Google:
    name = "google"
    verifies_email = True

    def __init__(
        self,
        client: ProviderClient,
        issuer: str,
        client_id: str,
        client_secret: str,
        now_s: Callable[[], int],
    ) -> None:
        self._client = client
        self._issuer = issuer.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._now_s = now_s
        self._discovered: tuple[int, _Discovery] | None = None
        self._keys: tuple[int, dict[str, jwk.JWK]] | None = None

    async def authorize_url(self, flow: Flow) -> str:
        discovery = await self._discover()
        query = {
            "client_id": self._client_id,
            "redirect_uri": flow.redirect,
            "response_type": "code",
            "scope": "openid email profile",
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": flow.challenge,
            "code_challenge_method": "S256",
        }
        return f"{checked_url(discovery.authorization_endpoint)}?{urlencode(query)}"

    async def check_issuer(self, issuer: str) -> None:
        discovery = await self._discover()
        if issuer != discovery.issuer and (
            issuer or discovery.authorization_response_iss_parameter_supported
        ):
            raise ProviderError("iss of redirect")

    async def person(self, flow: Flow, code: str) -> Person:
        discovery = await self._discover()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": flow.redirect,
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "code_verifier": flow.verifier,
        }
        tokens = await self._client.post(checked_url(discovery.token_endpoint), _Tokens, form)
        claims = await self._opened(tokens.id_token, discovery)
        self._check(claims, discovery, flow)
        email = claims.email if claims.email_verified in (True, "true") else None
        return Person(claims.sub, claims.name, email)

    def _check(self, claims: _Claims, discovery: _Discovery, flow: Flow) -> None:
        """OpenID Connect Core section 3.1.3.7."""
        audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
        if claims.iss != discovery.issuer:
            raise ProviderError("id_token iss")
        if audience != [self._client_id] or claims.azp not in (None, self._client_id):
            raise ProviderError("id_token aud")
        if not claims.iat - LEEWAY_S <= self._now_s() < claims.exp + LEEWAY_S:
            raise ProviderError("id_token time")
        if not hmac.compare_digest(claims.nonce.encode(), flow.nonce.encode()):
            raise ProviderError("id_token nonce")
        if not 0 < len(claims.sub) <= MAX_ID_LETTERS:
            raise ProviderError("id_token sub")

    async def _opened(self, token: str, discovery: _Discovery) -> _Claims:
        if len(token) > MAX_TOKEN_BYTES or token.count(".") != 2:
            raise ProviderError("id_token shape")
        try:
            signed = jws.JWS()
            signed.allowed_algs = [ALGORITHM]
            signed.deserialize(token)
            key = await self._key(str(signed.jose_header.get("kid")), discovery)
            signed.verify(key)
            return msgspec.json.decode(signed.payload, type=_Claims)
        except JWException:
            raise ProviderError("id_token signature") from None
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError, TypeError, AttributeError):
            raise ProviderError("id_token claims") from None

    async def _key(self, key_id: str, discovery: _Discovery) -> jwk.JWK:
        now_s = self._now_s()
        if (
            self._keys is None
            or now_s - self._keys[0] > KEEP_S
            or (key_id not in self._keys[1] and now_s - self._keys[0] > KEEP_AT_LEAST_S)
        ):
            answer = await self._client.get(checked_url(discovery.jwks_uri), _Keys)
            self._keys = now_s, dict(_usable(answer.keys[:MAX_KEYS]))
        if key_id not in self._keys[1]:
            raise ProviderError("id_token kid")
        return self._keys[1][key_id]

    async def _discover(self) -> _Discovery:
        now_s = self._now_s()
        if self._discovered is None or now_s - self._discovered[0] > KEEP_S:
            url = f"{checked_url(self._issuer)}/.well-known/openid-configuration"
            discovery = await self._client.get(url, _Discovery)
            if discovery.issuer.rstrip("/") != self._issuer:  # OpenID Connect Discovery section 4.3
                raise ProviderDown("issuer of discovery")
            self._discovered = now_s, discovery
        return self._discovered[1]


def _usable(keys: list[dict[str, Any]]) -> list[tuple[str, jwk.JWK]]:
    """RSA keys for signatures, by their ids."""
    found = []
    for key in keys:
        if key.get("kty") == "RSA" and key.get("use", "sig") == "sig" and isinstance(key.get("kid"), str):
            try:
                found.append((key["kid"], jwk.JWK(**key)))
            except JWException:
                continue
    return found
