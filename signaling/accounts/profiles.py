"""What an account holds, and its end."""

import os
from collections.abc import Callable

from sqlalchemy import Connection

from signaling.accounts import mail_texts
from signaling.accounts.logins import LoginsPart
from signaling.accounts.password_rules import clean_password
from signaling.accounts.tools import DAY_NS, AccountTools
from signaling.forgetting import forget_account
from signaling.names import clean_name
from signaling.storage.accounts import StoredAccount
from signaling.storage.mails import Mail
from signaling.tokens import AccountClaims
from treble.account_api import (
    Account,
    ChangePassword,
    DeleteAccount,
    GetPicture,
    Picture,
    Rename,
    SetPicture,
    Unlink,
    WithToken,
)
from treble.api import ApiError, Done
from treble.ids import new_id


class ProfilesPart:
    def __init__(self, tools: AccountTools, logins: LoginsPart) -> None:
        self._tools = tools
        self._logins = logins
        self._database = tools.database

    async def account(self, request: WithToken) -> Account:
        claims = self._tools.claims(request.token)

        def see(connection: Connection) -> Account:
            who = self._tools.still(connection, claims, guests=True, lock=False)
            return self._tools.seen(connection, who.account, claims.since)

        return await self._database.read(see)

    async def rename(self, request: Rename) -> Account:
        name = clean_name(request.name)

        def change(connection: Connection, account: StoredAccount) -> None:
            self._database.accounts.rename(connection, account.id, name)

        return await self._change(self._tools.claims(request.token), change)

    async def set_picture(self, request: SetPicture) -> Account:
        picture = new_id(os.urandom) if request.image else None

        def change(connection: Connection, account: StoredAccount) -> None:
            pictures = self._database.pictures
            if picture is None:
                pictures.remove(connection, account.id)
            else:
                pictures.replace(connection, account.id, picture, request.image, self._tools.wall_ns())
            self._database.accounts.set_picture(connection, account.id, picture)

        return await self._change(self._tools.claims(request.token), change)

    async def picture(self, request: GetPicture) -> Picture:
        image = await self._database.read(
            lambda connection: self._database.pictures.find(connection, request.picture)
        )
        if image is None:
            raise ApiError("not.found")
        return Picture(image=image)

    async def change_password(self, request: ChangePassword) -> Account:
        """All other logins end. `login.wrong`, `login.again`, `bad.password`."""
        who = await self._tools.who(request.token)
        account = who.account
        new = clean_password(request.new, account.email or "")
        if account.password is None and account.email is None:
            raise ApiError("bad.email", "A password needs a verified e-mail address: add one first.")
        if account.password is not None and request.old is None:
            raise self._tools.refusal("login.wrong", "no old password")
        await self._tools.check_again(who, request.caller, request.old)
        hashed = await self._tools.passwords.hash(new)
        ended = 0

        def change(connection: Connection, now: StoredAccount) -> None:
            nonlocal ended
            if now.password != account.password:  # changed while we looked at it
                raise self._tools.refusal("login.wrong", "changed")
            self._database.accounts.set_password(connection, now.id, hashed)
            ended = self._logins.end_all(connection, now.id, who.claims.session)
            self._tell(connection, now, mail_texts.password_changed, request.caller.base)

        seen = await self._change(who.claims, change, guests=False)
        self._tools.outbox.wake()
        if ended:
            self._tools.ended(account.id)
        return seen

    async def unlink(self, request: Unlink) -> Account:
        """`unlink.last` where no other way in is left."""

        def change(connection: Connection, account: StoredAccount) -> None:
            identities = self._database.identities
            others = [
                each for each in identities.providers_of(connection, account.id) if each != request.provider
            ]
            if account.password is None and not others:
                raise ApiError("unlink.last", "This is the only way into your account: set a password first.")
            if not identities.remove(connection, account.id, request.provider):
                raise ApiError("not.found")

        return await self._change(self._tools.claims(request.token), change, guests=False)

    async def delete_account(self, request: DeleteAccount) -> Done:
        """The account goes with its logins, identities and pictures; in rooms and chats its name becomes empty."""
        who = await self._tools.who(request.token, guests=True)
        if not who.account.guest:
            await self._tools.check_again(who, request.caller, request.password)

        def delete(connection: Connection) -> None:
            account = self._tools.still(connection, who.claims, guests=True).account
            self._tell(connection, account, mail_texts.account_deleted, request.caller.base)
            forget_account(connection, self._database, account.id)

        await self._database.write(delete)
        self._tools.outbox.wake()
        self._tools.ended(who.account.id)
        return Done()

    # --- inside ---------------------------------------------------------------------------------------------

    async def _change(
        self,
        claims: AccountClaims,
        change: Callable[[Connection, StoredAccount], None],
        *,
        guests: bool = True,
    ) -> Account:
        """The account as it is after `change`."""

        def work(connection: Connection) -> Account:
            change(connection, self._tools.still(connection, claims, guests=guests).account)
            account = self._database.accounts.find(connection, claims.sub)
            assert account is not None
            return self._tools.seen(connection, account, claims.since)

        return await self._database.write(work)

    def _tell(
        self, connection: Connection, account: StoredAccount, text: Callable[[str, str], Mail], base: str
    ) -> None:
        if account.email is not None:
            self._tools.outbox.add(connection, text(account.email, base), self._tools.wall_ns() + DAY_NS)
