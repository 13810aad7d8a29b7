"""Accounts and guest identities: who somebody is, whatever the Room."""

import msgspec
from sqlalchemy import Connection, Row, delete, exists, insert, select, update

from signaling.accounts.emails import normal_email
from signaling.storage.account_tables import accounts, families
from signaling.storage.blind_index import BlindIndex
from signaling.storage.columns import ColumnCipher
from signaling.storage.serialise import serialise
from treble.api import ApiError

EMAIL = "accounts.email"  # the blind index's purpose


class StoredAccount(msgspec.Struct, frozen=True, kw_only=True):
    """`email` is verified, and a guest has none. `password`: argon2id, None where only a provider opens it."""

    id: str
    guest: bool
    name: str
    created_at: int
    email: str | None = None
    password: str | None = None
    picture: str | None = None
    disabled: bool = False  # by an operator: no login begins


class Accounts:
    """Each method runs inside the caller's transaction."""

    def __init__(self, cipher: ColumnCipher, index: BlindIndex) -> None:
        self._cipher = cipher
        self._index = index

    def add(self, connection: Connection, account: StoredAccount) -> None:
        """`ApiError("email.taken")` where another account has its e-mail."""
        if account.email is not None:
            self._check_free(connection, account.email)
        connection.execute(
            insert(accounts).values(
                id=account.id,
                guest=account.guest,
                name=self._sealed(account.name, "name", account.id),
                password=self._sealed(account.password, "password", account.id),
                picture=account.picture,
                created_at=account.created_at,
                **self._email(account.id, account.email),
            )
        )

    def find(self, connection: Connection, account: str, *, lock: bool = False) -> StoredAccount | None:
        """`lock`: no other transaction changes it until this one ends."""
        query = select(accounts).where(accounts.c.id == account)
        row = connection.execute(query.with_for_update() if lock else query).one_or_none()
        return None if row is None else self._account(row)

    def by_email(self, connection: Connection, email: str) -> StoredAccount | None:
        """However it is spelled, and also while keys are rotated and its index was made with either."""
        wanted = accounts.c.email_index.in_(self._index.candidates(normal_email(email), EMAIL))
        row = connection.execute(select(accounts).where(wanted)).first()
        return None if row is None else self._account(row)

    def rename(self, connection: Connection, account: str, name: str) -> None:
        self._set(connection, account, name=self._sealed(name, "name", account))

    def set_password(self, connection: Connection, account: str, password: str) -> None:
        """`password`: as argon2id gives it."""
        self._set(connection, account, password=self._sealed(password, "password", account))

    def set_email(self, connection: Connection, account: str, email: str) -> None:
        """`ApiError("email.taken")` where another account has it."""
        self._check_free(connection, email)
        self._set(connection, account, **self._email(account, email))

    def set_disabled(self, connection: Connection, account: str, disabled: bool) -> None:
        """The caller ends what goes on."""
        self._set(connection, account, disabled=disabled)

    def set_picture(self, connection: Connection, account: str, picture: str | None) -> None:
        self._set(connection, account, picture=picture)

    def make_full(self, connection: Connection, account: str) -> None:
        """A guest becomes an account and keeps its id."""
        self._set(connection, account, guest=False)

    def refuse_tokens(self, connection: Connection, account: str, before_s: int) -> None:
        """Room tokens issued earlier are worth nothing from now on."""
        self._set(connection, account, tokens_from=before_s)

    def tokens_from(self, connection: Connection, account: str) -> int | None:
        """Unix seconds; None where there is no such account any more."""
        wanted = select(accounts.c.tokens_from).where(accounts.c.id == account)
        return connection.execute(wanted).scalar_one_or_none()

    def delete(self, connection: Connection, account: str) -> None:
        """With all that belongs to it."""
        connection.execute(delete(accounts).where(accounts.c.id == account))

    def drop_guests(self, connection: Connection, made_before_ns: int) -> int:
        """Forget guests who have no login any more; their number."""
        has_login = exists().where(families.c.account == accounts.c.id)
        gone = accounts.c.guest & (accounts.c.created_at < made_before_ns) & ~has_login
        return connection.execute(delete(accounts).where(gone)).rowcount

    def _set(self, connection: Connection, account: str, **values: object) -> None:
        connection.execute(update(accounts).where(accounts.c.id == account).values(**values))

    def _check_free(self, connection: Connection, email: str) -> None:
        serialise(connection, f"{EMAIL} {normal_email(email)}")  # another may write it under another key
        if self.by_email(connection, email) is not None:
            raise ApiError("email.taken", "Another account has this e-mail address.")

    def _email(self, account: str, email: str | None) -> dict[str, bytes | None]:
        return {
            "email": self._sealed(email, "email", account),
            "email_index": None if email is None else self._index.of(normal_email(email), EMAIL),
        }

    def _sealed(self, text: str | None, column: str, row: str) -> bytes | None:
        return None if text is None else self._cipher.seal(text, "accounts", column, row)

    def _account(self, row: Row) -> StoredAccount:  # type: ignore[type-arg]
        def opened(column: str) -> str | None:
            value = getattr(row, column)
            return None if value is None else self._cipher.open(value, "accounts", column, row.id)

        return StoredAccount(
            id=row.id,
            guest=row.guest,
            name=opened("name") or "",
            created_at=row.created_at,
            email=opened("email"),
            password=opened("password"),
            picture=row.picture,
            disabled=row.disabled,
        )
