"""Signing in by Google or Facebook, and adding them to an account (contracts 6).

What a flow needs is one row, found by its `state`, used once, and bound to the browser that began by a cookie: a
code or a state that somebody else brings opens nothing.
"""

import hmac
import os
import re
from collections.abc import Awaitable
from typing import Final, TypeVar

import msgspec
import structlog
import trio
from sqlalchemy import Connection

from signaling.accounts.config import AccountConfig
from signaling.accounts.emails import clean_email
from signaling.accounts.facebook import Facebook
from signaling.accounts.google import Google
from signaling.accounts.logins import LoginsPart
from signaling.accounts.provider import (
    ALL_SECONDS,
    Flow,
    Person,
    Provider,
    ProviderClient,
    ProviderDown,
    ProviderError,
)
from signaling.accounts.refresh import secret_hash
from signaling.accounts.tools import AccountTools
from signaling.names import clean_name
from signaling.storage.accounts import StoredAccount
from signaling.storage.codes import Code
from treble.account_api import FinishOAuth, OAuthFinished, OAuthStarted, Providers, StartOAuth
from treble.api import ApiError
from treble.ids import new_id, new_secret
from treble.units import SECOND

T = TypeVar("T")

FLOW_NS: Final = 600 * SECOND
OAUTH: Final = "oauth"  # kind of code
NOBODY_SAID: Final = "Guest"  # where a provider gives no name that can be shown
_BACK = re.compile(r"/(?:[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*)?")

_log = structlog.get_logger("signaling.accounts.oauth")


class _Pending(msgspec.Struct, frozen=True):
    """`browser`: hash of the cookie's value; `link`: the account that gets one way in more; `guest`: who becomes the
    account.
    """

    provider: str
    nonce: str
    verifier: str
    redirect: str
    browser: str
    back: str
    link: str | None
    session: str
    guest: str | None


class OAuthPart:
    def __init__(self, tools: AccountTools, logins: LoginsPart, config: AccountConfig) -> None:
        self._tools = tools
        self._logins = logins
        self._database = tools.database
        self._client = ProviderClient()
        self._providers = {each.name: each for each in _configured(config, self._client, tools)}

    def close(self) -> None:
        self._client.close()

    def providers(self) -> Providers:
        return Providers(providers=sorted(self._providers))

    async def start(self, request: StartOAuth) -> OAuthStarted:
        """Where the browser must go. `not.found`, `link.unverified`, `oauth.down`."""
        provider = self._providers.get(request.provider)
        if provider is None or not _BACK.fullmatch(request.back):
            raise ApiError("not.found")
        link = guest = None
        session = ""
        if request.link or request.token:
            who = await self._tools.who(request.token, guests=not request.link)
            session = who.claims.session
            if request.link:
                if who.account.email is None or not provider.verifies_email:
                    raise ApiError("link.unverified", "Both e-mail addresses must be verified.")
                link = who.account.id
            elif who.account.guest:
                guest = who.account.id
        redirect = f"{request.caller.base}/api/oauth/{provider.name}/callback"
        flow = Flow(new_secret(os.urandom), new_secret(os.urandom), new_secret(os.urandom), redirect)
        browser = new_secret(os.urandom)
        pending = _Pending(
            provider.name,
            flow.nonce,
            flow.verifier,
            redirect,
            secret_hash(browser),
            request.back,
            link,
            session,
            guest,
        )
        try:
            url = await _in_time(provider.authorize_url(flow))
        except ProviderDown as error:
            raise self._down(provider.name, error) from None
        code = Code(OAUTH, flow.state, pending, self._tools.wall_ns() + FLOW_NS)
        await self._database.write(lambda connection: self._database.codes.add(connection, code))
        return OAuthStarted(url=url, browser=browser)

    async def finish(self, request: FinishOAuth) -> OAuthFinished:
        """What the provider's redirect brought; never raises but for a database that is away."""
        now_ns = self._tools.wall_ns()
        pending = await self._database.write(
            lambda connection: self._database.codes.take(connection, OAUTH, request.state, _Pending, now_ns)
        )
        if pending is None or not _is_of(pending, request):
            return self._result("oauth.expired")
        provider = self._providers.get(pending.provider)
        if provider is None:
            return self._result("oauth.expired", pending.back)
        flow = Flow(request.state, pending.nonce, pending.verifier, pending.redirect)
        try:
            await _in_time(provider.check_issuer(request.issuer))
            if request.error:
                return self._result(_refused(request.error), pending.back)
            if not request.code:
                return self._result("oauth.failed", pending.back)
            person = await _in_time(provider.person(flow, request.code))
        except ProviderDown as error:
            return self._result(self._down(provider.name, error).code, pending.back)
        except ProviderError as error:
            _log.warning("provider's answer refused", provider=provider.name, cause=str(error))
            return self._result("oauth.failed", pending.back)
        try:
            return await self._database.write(
                lambda connection: self._settle(connection, pending, person, request)
            )
        except ApiError as error:
            if error.code == "busy":
                raise
            return self._result(error.code, pending.back)

    def _result(self, code: str, back: str = "/") -> OAuthFinished:
        self._tools.counters.count("oauth", code)
        return OAuthFinished(result=code, back=back)

    def _down(self, provider: str, error: ProviderDown) -> ApiError:
        _log.warning("provider does not answer", provider=provider, cause=str(error))
        return ApiError("oauth.down", "The provider does not answer: try again later.")

    # --- inside a transaction -------------------------------------------------------------------------------

    def _settle(
        self, connection: Connection, pending: _Pending, person: Person, request: FinishOAuth
    ) -> OAuthFinished:
        owner = self._database.identities.account_of(connection, pending.provider, person.subject)
        if pending.link is not None:
            self._link(connection, pending, person, owner)
            return self._result("linked", pending.back)
        account = self._database.accounts.find(connection, owner) if owner else None
        if account is None:
            account = self._new_account(connection, pending, person)
        signed_in = self._logins.begin(connection, account, request.caller)
        self._tools.counters.count("oauth", "ok")
        return OAuthFinished(result="ok", back=pending.back, refresh=signed_in.refresh)

    def _link(self, connection: Connection, pending: _Pending, person: Person, owner: str | None) -> None:
        """Both e-mails verified, and the person signed in all the time."""
        assert pending.link is not None
        account = self._database.accounts.find(connection, pending.link, lock=True)
        now_ns = self._tools.wall_ns()
        in_force = self._database.families.is_in_force(connection, pending.session, pending.link, now_ns)
        if account is None or not in_force:
            raise ApiError("oauth.expired")
        if account.email is None or person.email is None:
            raise ApiError("link.unverified")
        if owner == account.id:
            return
        if pending.provider in self._database.identities.providers_of(connection, account.id):
            raise ApiError("link.taken")
        self._identify(connection, account.id, pending, person)

    def _new_account(self, connection: Connection, pending: _Pending, person: Person) -> StoredAccount:
        """`oauth.exists` where the e-mail has an account: its owner must sign in and link."""
        accounts, email = self._database.accounts, _email(person)
        if email is not None and accounts.by_email(connection, email) is not None:
            raise ApiError("oauth.exists")
        guest = accounts.find(connection, pending.guest, lock=True) if pending.guest else None
        if guest is not None and guest.guest:
            accounts.make_full(connection, guest.id)
            if email is not None:
                accounts.set_email(connection, guest.id, email)
            self._database.families.end_all(connection, guest.id)
            id_ = guest.id
        else:
            id_ = new_id(os.urandom)
            now_ns = self._tools.wall_ns()
            name = _name(person)
            accounts.add(
                connection, StoredAccount(id=id_, guest=False, name=name, created_at=now_ns, email=email)
            )
        self._identify(connection, id_, pending, person)
        made = accounts.find(connection, id_)
        assert made is not None
        return made

    def _identify(self, connection: Connection, account: str, pending: _Pending, person: Person) -> None:
        self._database.identities.add(
            connection, new_id(os.urandom), account, pending.provider, person.subject, self._tools.wall_ns()
        )


def _configured(config: AccountConfig, client: ProviderClient, tools: AccountTools) -> list[Provider]:
    found: list[Provider] = []
    if config.google_client_id:
        found.append(
            Google(
                client,
                config.google_issuer,
                config.google_client_id,
                config.google_client_secret,
                lambda: tools.now_s,
            )
        )
    if config.facebook_client_id:
        found.append(
            Facebook(
                client,
                config.facebook_url,
                config.facebook_graph_url,
                config.facebook_client_id,
                config.facebook_client_secret,
            )
        )
    return found


async def _in_time(work: Awaitable[T]) -> T:
    try:
        with trio.fail_after(ALL_SECONDS):
            return await work
    except trio.TooSlowError:
        raise ProviderDown("too slow") from None


def _is_of(pending: _Pending, request: FinishOAuth) -> bool:
    """The provider whose redirect it is, and the browser that began."""
    same_browser = hmac.compare_digest(pending.browser, secret_hash(request.browser))
    return same_browser and pending.provider == request.provider


def _refused(error: str) -> str:
    return "oauth.refused" if error == "access_denied" else "oauth.failed"


def _email(person: Person) -> str | None:
    try:
        return clean_email(person.email).address if person.email else None
    except ApiError:
        return None


def _name(person: Person) -> str:
    try:
        return clean_name(person.name[:60])
    except ApiError:
        return NOBODY_SAID
