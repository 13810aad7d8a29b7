"""Facebook Login: OAuth2 code flow with PKCE, then who it is from the Graph API. Its e-mail never counts as verified."""

import hmac
from typing import Final
from urllib.parse import urlencode, urlsplit

import msgspec

from signaling.accounts.provider import (
    MAX_ID_LETTERS,
    Flow,
    Person,
    ProviderClient,
    ProviderError,
    checked_url,
)

FIELDS: Final = "id,name"


class _Tokens(msgspec.Struct, frozen=True):
    access_token: str


class _Me(msgspec.Struct, frozen=True):
    id: str
    name: str = ""


class Facebook:
    name = "facebook"
    verifies_email = False

    def __init__(
        self, client: ProviderClient, url: str, graph: str, client_id: str, client_secret: str
    ) -> None:
        self._client = client
        self._url = url.rstrip("/")
        self._graph = graph.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret

    async def authorize_url(self, flow: Flow) -> str:
        query = {
            "client_id": self._client_id,
            "redirect_uri": flow.redirect,
            "response_type": "code",
            "scope": "public_profile",
            "state": flow.state,
            "code_challenge": flow.challenge,
            "code_challenge_method": "S256",
        }
        return f"{checked_url(self._url)}/dialog/oauth?{urlencode(query)}"

    async def check_issuer(self, issuer: str) -> None:
        """Facebook sends none; another's is a mix-up."""
        parts = urlsplit(self._url)
        if issuer not in ("", f"{parts.scheme}://{parts.netloc}"):
            raise ProviderError("iss of redirect")

    async def person(self, flow: Flow, code: str) -> Person:
        form = {
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "redirect_uri": flow.redirect,
            "code": code,
            "code_verifier": flow.verifier,
        }
        tokens = await self._client.post(f"{checked_url(self._graph)}/oauth/access_token", _Tokens, form)
        # A token that was made for another application has another proof.
        proof = hmac.digest(self._client_secret.encode(), tokens.access_token.encode(), "sha256").hex()
        me = await self._client.get(
            f"{self._graph}/me",
            _Me,
            params={"fields": FIELDS, "appsecret_proof": proof},
            headers={"authorization": f"Bearer {tokens.access_token}"},
        )
        if not 0 < len(me.id) <= MAX_ID_LETTERS:
            raise ProviderError("id")
        return Person(me.id, me.name, None)
