"""Signing in and staying so: guests, e-mail and password, refresh, signing out, and the list of one's logins."""

import os
from typing import Final

from sqlalchemy import Connection

from signaling.accounts.emails import clean_email
from signaling.accounts.refresh import Rotation, rotate, secret_hash
from signaling.accounts.tools import DAY_NS, AccountTools
from signaling.names import clean_name
from signaling.storage.accounts import StoredAccount
from signaling.storage.families import Family
from signaling.tokens import ACCESS_SECONDS
from treble.account_api import (
    Caller,
    EndLogin,
    EndLogins,
    LogIn,
    Login,
    Logins as ListOfLogins,
    LogOut,
    MakeGuest,
    Refresh,
    SignedIn,
    WithToken,
)
from treble.api import ApiError, Done
from treble.ids import ID_LETTERS, new_id, new_secret
from treble.units import SECOND

FAMILY_NS: Final = 30 * DAY_NS  # from the last refresh
MAX_AGENT_LETTERS: Final = 256


class LoginsPart:
    """`begin` is how every login starts, also by a provider."""

    def __init__(self, tools: AccountTools) -> None:
        self._tools = tools
        self._database = tools.database

    async def make_guest(self, request: MakeGuest) -> SignedIn:
        name = clean_name(request.name)
        self._tools.take_guest(request.caller)
        guest = StoredAccount(id=new_id(os.urandom), guest=True, name=name, created_at=self._tools.wall_ns())

        def make(connection: Connection) -> SignedIn:
            self._database.accounts.add(connection, guest)
            return self.begin(connection, guest, request.caller)

        return await self._database.write(make)

    async def log_in(self, request: LogIn) -> SignedIn:
        """`login.wrong` whatever is wrong, after the same work."""
        try:
            email, login = clean_email(request.email)
        except ApiError:
            raise self._tools.refusal("login.wrong", "e-mail") from None
        accounts = self._database.accounts
        found = await self._database.read(lambda connection: accounts.by_email(connection, email))
        stored = found.password if found is not None else None
        await self._tools.check_password(request.caller, login, request.password, stored)
        assert found is not None  # or the password was not right
        assert stored is not None
        better = await self._tools.passwords.better(request.password, stored)

        def begin(connection: Connection) -> SignedIn:
            account = accounts.find(connection, found.id, lock=True)
            if account is None or account.password != stored:  # changed while we looked at it
                raise self._tools.refusal("login.wrong", "changed")
            if better is not None:
                accounts.set_password(connection, account.id, better)
            self._end_old(connection, request.old, with_tokens=False)
            return self.begin(connection, account, request.caller)

        return await self._database.write(begin)

    async def refresh(self, request: Refresh) -> SignedIn:
        """The next token and the next secret; a secret that came before ends the login: `session.ended`."""
        id_, secret = _parts(request.refresh)
        if id_ is None:
            raise self._tools.refusal("session.ended", "refresh shape")

        def turn(connection: Connection) -> SignedIn | str | None:
            """What the page gets; the subject of a login that has ended here; None for no login."""
            now_ns = self._tools.wall_ns()
            family = self._database.families.find(connection, id_, now_ns, lock=True)
            if family is None:
                return None
            fresh = new_secret(os.urandom)
            state = rotate(family.rotation, secret_hash(secret), secret_hash(fresh), now_ns)
            account = self._database.accounts.find(connection, family.account)
            if state is None or account is None:
                self._end(connection, family.account, family.id)
                return family.account
            caller = request.caller
            self._database.families.rotated(
                connection, family, state, now_ns + FAMILY_NS, _agent(caller), caller.address
            )
            return self._signed_in(connection, account, family.id, fresh, family.since)

        outcome = await self._database.write(turn)
        if isinstance(outcome, SignedIn):
            return outcome
        if outcome is not None:
            self._tools.ended(outcome)
        raise self._tools.refusal("session.ended", "refresh unknown" if outcome is None else "refresh reused")

    async def log_out(self, request: LogOut) -> Done:
        ended = await self._database.write(lambda connection: self._end_old(connection, request.refresh))
        if ended is not None:
            self._tools.ended(ended)
        return Done()

    async def logins(self, request: WithToken) -> ListOfLogins:
        who = await self._tools.who(request.token, guests=True)
        families = await self._database.read(
            lambda connection: self._database.families.of_account(
                connection, who.account.id, self._tools.wall_ns()
            )
        )
        return ListOfLogins(
            sessions=[
                Login(
                    id=family.id,
                    created_at=family.created_at // SECOND,
                    used_at=family.rotation.rotated_at // SECOND,
                    agent=family.agent,
                    address=family.address,
                    current=family.id == who.claims.session,
                )
                for family in families
            ]
        )

    async def end_login(self, request: EndLogin) -> Done:
        claims = self._tools.claims(request.token)

        def end(connection: Connection) -> None:
            self._tools.still(connection, claims, guests=True)
            if not self._end(connection, claims.sub, request.session):
                raise ApiError("not.found")

        await self._database.write(end)
        self._tools.ended(claims.sub)
        return Done()

    async def end_logins(self, request: EndLogins) -> Done:
        claims = self._tools.claims(request.token)
        kept = claims.session if request.keep_current else None

        def end(connection: Connection) -> int:
            self._tools.still(connection, claims, guests=True)
            return self.end_all(connection, claims.sub, kept)

        if await self._database.write(end):
            self._tools.ended(claims.sub)
        return Done()

    # --- inside a transaction -------------------------------------------------------------------------------

    def begin(self, connection: Connection, account: StoredAccount, caller: Caller) -> SignedIn:
        """A new login; whoever calls has checked that it may be. `login.wrong` for an account that is disabled."""
        if account.disabled:
            raise self._tools.refusal("login.wrong", "disabled")
        now_ns, secret = self._tools.wall_ns(), new_secret(os.urandom)
        family = Family(
            id=new_id(os.urandom),
            account=account.id,
            rotation=Rotation(secret_hash(secret), rotated_at=now_ns),
            created_at=now_ns,
            since=now_ns,
            expires_at=now_ns + FAMILY_NS,
            agent=_agent(caller),
            address=caller.address,
        )
        self._database.families.add(connection, family)
        return self._signed_in(connection, account, family.id, secret, now_ns)

    def end_all(self, connection: Connection, account: str, but: str | None = None) -> int:
        """All logins but one; how many. The caller tells `ended` after the commit."""
        ended = self._database.families.end_all(connection, account, but)
        if ended:
            self._refuse_tokens(connection, account)
        return ended

    def _end(self, connection: Connection, account: str, family: str) -> bool:
        ended = self._database.families.end(connection, family, account)
        if ended:
            self._refuse_tokens(connection, account)
        return ended

    def _refuse_tokens(self, connection: Connection, account: str) -> None:
        """Those of this second too: they say no fraction."""
        self._database.accounts.refuse_tokens(connection, account, self._tools.now_s + 1)

    def _end_old(self, connection: Connection, refresh: str, *, with_tokens: bool = True) -> str | None:
        """End the login of this secret, if it is one that opens; its subject. `with_tokens`: what rooms know of it
        ends too.
        """
        id_, secret = _parts(refresh)
        family = self._database.families.find(connection, id_, self._tools.wall_ns()) if id_ else None
        if family is None:
            return None
        state = family.rotation
        if secret_hash(secret) not in (state.current, state.sibling, state.previous):
            return None
        if with_tokens:
            self._end(connection, family.account, family.id)
        else:
            self._database.families.end(connection, family.id, family.account)
        return family.account

    def _signed_in(
        self, connection: Connection, account: StoredAccount, family: str, secret: str, since_ns: int
    ) -> SignedIn:
        since_s = since_ns // SECOND
        token = self._tools.tokens.issue_account(
            sub=account.id,
            name=account.name,
            verified=account.email is not None,
            guest=account.guest,
            session=family,
            since=since_s,
            email=account.email,
            picture=account.picture,
            now_s=self._tools.now_s,
        )
        seen = self._tools.seen(connection, account, since_s)
        return SignedIn(token=token, expires_in=ACCESS_SECONDS, account=seen, refresh=f"{family}.{secret}")


def _parts(refresh: str) -> tuple[str | None, str]:
    """Family and secret of a cookie's value."""
    family, dot, secret = refresh.partition(".")
    return (family if dot and len(family) == ID_LETTERS and len(refresh) <= 128 else None), secret


def _agent(caller: Caller) -> str:
    return "".join(letter for letter in caller.agent[:MAX_AGENT_LETTERS] if letter.isprintable())
