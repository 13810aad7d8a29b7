"""What signing in by another site has in common: who came, what can go wrong, and bounded HTTP to it."""

import base64
import hashlib
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple, Protocol, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
import trio

T = TypeVar("T")

MAX_ANSWER_BYTES: Final = 64 * 1024
TIMEOUT_SECONDS: Final = 5.0  # of each step of a request
ALL_SECONDS: Final = 8.0  # for all that we ask a provider at one time; the gateway waits 15
REQUESTS_AT_ONCE: Final = 16
MAX_ID_LETTERS: Final = 255  # OpenID Connect Core section 2: `sub`
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")


class ProviderDown(Exception):
    """The provider cannot be reached, is too slow, or failed."""


class ProviderError(Exception):
    """What the provider or the browser brought is not right; the text is for counters."""


class Person(NamedTuple):
    """Whom the provider says it is. `email` only where the provider has verified it."""

    subject: str
    name: str
    email: str | None


class Flow(NamedTuple):
    """What is asked once and must come back: all of it made by us but for `code`."""

    state: str
    nonce: str
    verifier: str
    redirect: str

    @property
    def challenge(self) -> str:
        """PKCE, S256 (RFC 7636 section 4.2)."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


class Provider(Protocol):
    """`verifies_email`: whether its word on an e-mail counts. Methods raise `ProviderDown` and `ProviderError`."""

    name: str
    verifies_email: bool

    async def authorize_url(self, flow: Flow) -> str: ...
    async def check_issuer(self, issuer: str) -> None:
        """The `iss` of the redirect, empty where there was none (RFC 9207)."""

    async def person(self, flow: Flow, code: str) -> Person: ...


class ProviderClient:
    """GET and POST with bounds, in worker threads; answers are JSON."""

    def __init__(self) -> None:
        headers = {"accept": "application/json", "accept-encoding": "identity"}
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS, headers=headers, follow_redirects=False)
        self._threads = trio.CapacityLimiter(REQUESTS_AT_ONCE)

    def close(self) -> None:
        self._client.close()

    async def get(self, url: str, kind: type[T], **options: Any) -> T:
        return await self._ask(kind, partial(self._exchange, "GET", url, **options))

    async def post(self, url: str, kind: type[T], form: dict[str, str]) -> T:
        return await self._ask(kind, partial(self._exchange, "POST", url, data=form))

    async def _ask(self, kind: type[T], exchange: Callable[[], bytes]) -> T:
        """The thread of a caller who has gone ends by itself, at the latest after ALL_SECONDS."""
        body = await trio.to_thread.run_sync(exchange, abandon_on_cancel=True, limiter=self._threads)
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise ProviderDown("unreadable answer") from None

    def _exchange(self, method: str, url: str, **options: Any) -> bytes:
        ends_at = time.monotonic() + ALL_SECONDS
        body = bytearray()
        try:
            with self._client.stream(method, url, **options) as response:
                for chunk in response.iter_raw():
                    body += chunk
                    if len(body) > MAX_ANSWER_BYTES or time.monotonic() > ends_at:
                        raise ProviderDown("answer too long")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ProviderDown(type(error).__name__) from None
        if response.status_code >= 500 or response.status_code == 429:
            raise ProviderDown(f"status {response.status_code}")
        if response.status_code != 200:
            raise ProviderError(f"status {response.status_code}")
        return bytes(body)


def checked_url(url: str) -> str:
    """HTTPS, or anything on this machine; `ProviderDown` for what is not."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL):
        return url
    raise ProviderDown("insecure address")
