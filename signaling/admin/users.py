"""Operators and accounts: made, listed, shown, changed, disabled, deleted, signed out."""

import os

from msgspec import UNSET
from sqlalchemy import Connection

from signaling.accounts.emails import clean_email
from signaling.accounts.password_rules import clean_password
from signaling.accounts.passwords import Passwords
from signaling.admin.parts import AdminParts, paged, seconds
from signaling.forgetting import forget_account
from signaling.names import clean_name
from signaling.storage.account_tables import accounts as accounts_table
from signaling.storage.accounts import StoredAccount
from signaling.storage.pages import page, place_of
from treble.admin_answers import LoginDetails, LoginList, UserDetails, UserPage
from treble.admin_requests import (
    ChangeUser,
    CreateUser,
    DeleteUser,
    EndLogins,
    ListLogins,
    ListUsers,
    ShowUser,
)
from treble.api import ApiError, Done
from treble.ids import new_id
from treble.units import SECOND


class AdminUsers:
    def __init__(self, parts: AdminParts) -> None:
        self._parts = parts
        self._database = parts.database
        self._passwords = Passwords()

    async def create(self, request: CreateUser) -> UserDetails:
        """`bad.email`, `bad.name`, `bad.password`, `email.taken`."""
        email, body = clean_email(request.body.email), request.body
        hashed = None
        if body.password is not None:
            hashed = await self._passwords.hash(clean_password(body.password, email.login))
        account = StoredAccount(
            id=new_id(os.urandom),
            guest=False,
            name=clean_name(body.name),
            created_at=self._parts.wall_ns(),
            email=email.address,
            password=hashed,
        )

        def store(connection: Connection) -> UserDetails:
            self._database.accounts.add(connection, account)
            return self._seen(connection, account)

        return await self._database.write(store)

    async def page(self, request: ListUsers) -> UserPage:
        place = place_of(request.cursor)

        def read(connection: Connection) -> UserPage:
            accounts = self._database.accounts
            if request.email is not None:
                one = accounts.by_email(connection, clean_email(request.email).address)
                return UserPage(users=[] if one is None else [self._seen(connection, one)])
            condition = None if request.guests else accounts_table.c.guest.is_(False)
            rows, cursor = paged(
                page(connection, accounts_table, condition, place, request.limit + 1), request.limit
            )
            found = [accounts.find(connection, row.id) for row in rows]
            return UserPage(users=[self._seen(connection, each) for each in found if each], cursor=cursor)

        return await self._database.read(read)

    async def show(self, request: ShowUser) -> UserDetails:
        return await self._database.read(
            lambda connection: self._seen(connection, self._found(connection, request.user))
        )

    async def change(self, request: ChangeUser) -> UserDetails:
        """Who is disabled is out everywhere, and stays out until enabled."""
        change = request.body
        name = UNSET if change.name is UNSET else clean_name(change.name)

        def store(connection: Connection) -> UserDetails:
            account = self._found(connection, request.user, lock=True)
            if name is not UNSET:
                self._database.accounts.rename(connection, account.id, name)
            if change.disabled is not UNSET:
                self._database.accounts.set_disabled(connection, account.id, change.disabled)
                if change.disabled:
                    self._end_logins(connection, account.id)
            return self._seen(connection, self._found(connection, account.id))

        seen = await self._database.write(store)
        if change.disabled is True:
            self._parts.rooms.end_subject(request.user)
        return seen

    async def delete(self, request: DeleteUser) -> Done:
        def store(connection: Connection) -> None:
            account = self._found(connection, request.user, lock=True)
            forget_account(connection, self._database, account.id)

        await self._database.write(store)
        self._parts.rooms.end_subject(request.user)
        return Done()

    async def logins(self, request: ListLogins) -> LoginList:
        now_ns = self._parts.wall_ns()

        def read(connection: Connection) -> LoginList:
            account = self._found(connection, request.user)
            families = self._database.families.of_account(connection, account.id, now_ns)
            return LoginList(
                sessions=[
                    LoginDetails(
                        id=family.id,
                        created_at=seconds(family.created_at),
                        used_at=seconds(family.rotation.rotated_at),
                        agent=family.agent,
                        address=family.address,
                    )
                    for family in families
                ]
            )

        return await self._database.read(read)

    async def end_logins(self, request: EndLogins) -> Done:
        """Its Sessions in rooms end too: nobody knows by which login they began."""

        def store(connection: Connection) -> None:
            account = self._found(connection, request.user, lock=True)
            if request.session is None:
                self._end_logins(connection, account.id)
            elif self._database.families.end(connection, request.session, account.id):
                self._refuse_tokens(connection, account.id)
            else:
                raise ApiError("not.found", "There is no such login.")

        await self._database.write(store)
        self._parts.rooms.end_subject(request.user)
        return Done()

    # --- inside a transaction ---------------------------------------------------------------------------------

    def _end_logins(self, connection: Connection, account: str) -> None:
        self._database.families.end_all(connection, account)
        self._refuse_tokens(connection, account)

    def _refuse_tokens(self, connection: Connection, account: str) -> None:
        now_s = self._parts.wall_ns() // SECOND
        self._database.accounts.refuse_tokens(connection, account, now_s + 1)

    def _found(self, connection: Connection, user: str, *, lock: bool = False) -> StoredAccount:
        account = self._database.accounts.find(connection, user, lock=lock)
        if account is None:
            raise ApiError("not.found", "There is no such user.")
        return account

    def _seen(self, connection: Connection, account: StoredAccount) -> UserDetails:
        return UserDetails(
            id=account.id,
            name=account.name,
            guest=account.guest,
            email=account.email,
            disabled=account.disabled,
            has_password=account.password is not None,
            providers=self._database.identities.providers_of(connection, account.id),
            created_at=seconds(account.created_at),
        )
