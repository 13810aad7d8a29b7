"""What goes by mail: sign-up, a new password, a new e-mail address. The answer never says whether an account exists."""

import os
from typing import Final

import msgspec
from sqlalchemy import Connection

from signaling.accounts import mail_texts
from signaling.accounts.emails import Email, clean_email
from signaling.accounts.logins import LoginsPart
from signaling.accounts.password_rules import clean_password
from signaling.accounts.tools import DAY_NS, AccountTools
from signaling.names import clean_name
from signaling.storage.accounts import StoredAccount
from signaling.storage.codes import Code
from signaling.storage.mails import Mail
from signaling.tokens import AccountClaims
from treble.account_api import AskReset, Caller, ChangeEmail, ResetPassword, SignUp, Verified, Verify
from treble.api import Done
from treble.ids import new_id, new_secret
from treble.units import SECOND

VERIFY_NS: Final = DAY_NS
RESET_NS: Final = 1800 * SECOND
SIGN_UP, EMAIL, RESET, NOTHING = "sign-up", "email", "reset", "nothing"  # kinds of codes


class _NewAccount(msgspec.Struct, frozen=True):
    """No account exists before its e-mail is verified: a stranger's sign-up with my address leaves nothing."""

    email: str
    name: str
    password: str  # argon2id
    guest: str | None  # the guest that becomes the account


class _NewEmail(msgspec.Struct, frozen=True):
    account: str
    email: str


class SignUpPart:
    def __init__(self, tools: AccountTools, logins: LoginsPart) -> None:
        self._tools = tools
        self._logins = logins
        self._database = tools.database

    async def sign_up(self, request: SignUp) -> Done:
        email, name = clean_email(request.email), clean_name(request.name)
        password = clean_password(request.password, email.login)
        claims = self._tools.claims(request.token) if request.token else None
        self._tools.take_mail(request.caller)
        hashed = await self._tools.passwords.hash(password)
        guest = claims.sub if claims is not None and claims.guest else None
        new = _NewAccount(email.address, name, hashed, guest)
        if self._tools.may_mail(email.login):
            await self._database.write(
                lambda connection: self._ask_to_confirm(connection, new, request.caller)
            )
            self._tools.outbox.wake()
        return Done()

    async def ask_reset(self, request: AskReset) -> Done:
        email = clean_email(request.email)
        self._tools.take_mail(request.caller)
        if self._tools.may_mail(email.login):
            await self._database.write(lambda connection: self._send_reset(connection, email, request.caller))
            self._tools.outbox.wake()
        return Done()

    async def change_email(self, request: ChangeEmail) -> Done:
        """The address counts when its mail's link has been opened."""
        who = await self._tools.who(request.token)
        email = clean_email(request.email)
        await self._tools.check_again(who, request.caller, request.password)
        self._tools.take_mail(request.caller)
        if self._tools.may_mail(email.login):
            await self._database.write(
                lambda connection: self._ask_new_email(connection, who.claims, email, request.caller)
            )
            self._tools.outbox.wake()
        return Done()

    async def verify(self, request: Verify) -> Verified:
        """A mail's link was opened: `code.wrong`, `email.taken`."""
        claims = self._tools.claims(request.token) if request.token else None
        verified, ended = await self._database.write(
            lambda connection: self._verify(connection, request, claims)
        )
        if ended is not None:
            self._tools.ended(ended)
        self._tools.outbox.wake()
        return verified

    async def reset_password(self, request: ResetPassword) -> Verified:
        """Every login ends: whoever asked for it may have lost the old password to somebody."""
        clean_password(request.password)
        hashed = await self._tools.passwords.hash(request.password)
        email, account = await self._database.write(
            lambda connection: self._reset(connection, request, hashed)
        )
        self._tools.ended(account)
        self._tools.outbox.wake()
        return Verified(email=email)

    # --- inside a transaction -------------------------------------------------------------------------------

    def _ask_to_confirm(self, connection: Connection, new: _NewAccount, caller: Caller) -> None:
        """The same work for an address that has an account."""
        known = self._database.accounts.by_email(connection, new.email)
        code = self._code(connection, SIGN_UP if known is None else NOTHING, new, VERIFY_NS)
        if known is None:
            self._mail(connection, mail_texts.confirm_sign_up(new.email, caller.base, code), VERIFY_NS)
        else:
            self._mail(connection, mail_texts.has_account(new.email, caller.base), VERIFY_NS)

    def _send_reset(self, connection: Connection, email: Email, caller: Caller) -> None:
        known = self._database.accounts.by_email(connection, email.address)
        if known is None or known.email is None:
            self._code(connection, NOTHING, Verified(email=email.address), RESET_NS)
            return
        code = self._code(connection, RESET, Verified(email=known.email), RESET_NS, known.id)
        self._mail(connection, mail_texts.reset(known.email, caller.base, code), RESET_NS)

    def _ask_new_email(
        self, connection: Connection, claims: AccountClaims, email: Email, caller: Caller
    ) -> None:
        account = self._tools.still(connection, claims).account
        if self._database.accounts.by_email(connection, email.address) is not None:
            self._mail(connection, mail_texts.has_account(email.address, caller.base), VERIFY_NS)
            return
        self._database.codes.drop(connection, account.id, EMAIL)
        new = _NewEmail(account.id, email.address)
        code = self._code(connection, EMAIL, new, VERIFY_NS, account.id)
        self._mail(connection, mail_texts.confirm_email(email.address, caller.base, code), VERIFY_NS)

    def _verify(
        self, connection: Connection, request: Verify, claims: AccountClaims | None
    ) -> tuple[Verified, str | None]:
        """What was verified, and a subject whose Sessions must end."""
        codes, now_ns = self._database.codes, self._tools.wall_ns()
        if new := codes.take(connection, SIGN_UP, request.code, _NewAccount, now_ns):
            return Verified(email=new.email), self._make_account(connection, new, claims)
        if changed := codes.take(connection, EMAIL, request.code, _NewEmail, now_ns):
            account = self._database.accounts.find(connection, changed.account, lock=True)
            assert account is not None  # its codes go with an account
            if account.email is not None:
                self._mail(connection, mail_texts.email_changed(account.email, request.caller.base), DAY_NS)
            self._database.accounts.set_email(connection, account.id, changed.email)
            self._database.codes.drop(connection, account.id, RESET)  # sent to the old address
            return Verified(email=changed.email), None
        raise self._tools.refusal("code.wrong", "verify")

    def _make_account(
        self, connection: Connection, new: _NewAccount, claims: AccountClaims | None
    ) -> str | None:
        """The guest that signed up becomes the account. Its logins end unless they are of the browser that opened the
        link: whoever signs up with another person's address must not stay in that person's account.
        """
        accounts = self._database.accounts
        guest = accounts.find(connection, new.guest, lock=True) if new.guest else None
        if guest is None or not guest.guest:
            account = StoredAccount(
                id=new_id(os.urandom),
                guest=False,
                name=new.name,
                created_at=self._tools.wall_ns(),
                email=new.email,
                password=new.password,
            )
            accounts.add(connection, account)
            return None
        accounts.make_full(connection, guest.id)
        accounts.rename(connection, guest.id, new.name)
        accounts.set_email(connection, guest.id, new.email)
        accounts.set_password(connection, guest.id, new.password)
        same = claims is not None and claims.sub == guest.id
        kept = claims.session if claims is not None and same else None
        return guest.id if self._logins.end_all(connection, guest.id, kept) else None

    def _reset(self, connection: Connection, request: ResetPassword, hashed: str) -> tuple[str, str]:
        taken = self._database.codes.take_of(connection, RESET, request.code, Verified, self._tools.wall_ns())
        if taken is None or taken[1] is None:
            raise self._tools.refusal("code.wrong", "reset")
        email, account = taken[0].email, taken[1]
        clean_password(request.password, clean_email(email).login)
        self._database.accounts.set_password(connection, account, hashed)
        self._database.codes.drop(connection, account, RESET)
        self._database.codes.drop(connection, account, EMAIL)
        self._logins.end_all(connection, account)
        self._mail(connection, mail_texts.password_changed(email, request.caller.base), DAY_NS)
        return email, account

    def _code(
        self,
        connection: Connection,
        kind: str,
        content: msgspec.Struct,
        lifetime_ns: int,
        account: str | None = None,
    ) -> str:
        secret = new_secret(os.urandom)
        expires_at = self._tools.wall_ns() + (0 if kind == NOTHING else lifetime_ns)
        self._database.codes.add(connection, Code(kind, secret, content, expires_at, account))
        return secret

    def _mail(self, connection: Connection, mail: Mail, lifetime_ns: int) -> None:
        self._tools.outbox.add(connection, mail, self._tools.wall_ns() + lifetime_ns)
