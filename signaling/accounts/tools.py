"""What all parts of the accounts share: the database, the token, who asks, and what may be tried how often."""

from collections.abc import Callable
from typing import Final, NamedTuple

from sqlalchemy import Connection

from signaling.accounts.mail_outbox import MailOutbox
from signaling.accounts.passwords import Passwords
from signaling.attempts import Attempts, Buckets, network
from signaling.counters import Counters
from signaling.database import Database
from signaling.storage.accounts import StoredAccount
from signaling.tokens import AccountClaims, BadToken, ExpiredToken, Tokens
from treble.account_api import Account, Caller
from treble.api import ApiError
from treble.units import SECOND

HOUR_NS: Final = 3600 * SECOND
DAY_NS: Final = 24 * HOUR_NS
FRESH_S: Final = 600  # how long after a login nothing more is asked
GUESTS_AT_ONCE: Final = 500  # of one address in a burst, then two a second: a school joins at eight o'clock
MAILS_OF_ADDRESS: Final = 30  # that one address causes in an hour
MAILS_TO_ONE: Final = 4  # to one e-mail address in an hour, beyond which we stay silent


class Who(NamedTuple):
    """Somebody with an account token whose login is in force."""

    account: StoredAccount
    claims: AccountClaims

    def is_fresh(self, now_s: int) -> bool:
        return now_s - self.claims.since < FRESH_S


class AccountTools:
    """`wall_ns` is Unix time, `now_ns` monotonic; `ended` is told a subject whose Sessions in rooms must end."""

    def __init__(
        self,
        database: Database,
        tokens: Tokens,
        outbox: MailOutbox,
        counters: Counters,
        wall_ns: Callable[[], int],
        now_ns: Callable[[], int],
        ended: Callable[[str], None],
    ) -> None:
        self.database = database
        self.tokens = tokens
        self.outbox = outbox
        self.counters = counters
        self.wall_ns = wall_ns
        self.now_ns = now_ns
        self.ended = ended
        self.passwords = Passwords()
        self.attempts = Attempts()
        self._guests = Buckets(GUESTS_AT_ONCE, GUESTS_AT_ONCE * SECOND // 2)
        self._mails_of = Buckets(MAILS_OF_ADDRESS, HOUR_NS)
        self._mails_to = Buckets(MAILS_TO_ONE, HOUR_NS)

    @property
    def now_s(self) -> int:
        return self.wall_ns() // SECOND

    # --- who asks

    def claims(self, token: str | None) -> AccountClaims:
        """What a genuine account token says: `auth.missing`, `auth.expired`, `session.ended`."""
        if not token:
            raise ApiError("auth.missing", "Send Authorization: Bearer with the account token.")
        try:
            return self.tokens.open_account(token, self.now_s)
        except ExpiredToken:
            raise ApiError("auth.expired") from None
        except BadToken as error:
            raise self.refusal("session.ended", f"token {error}") from None

    async def who(self, token: str | None, *, guests: bool = False) -> Who:
        """Whose token it is; `session.ended` where that login has ended, `forbidden` for a guest."""
        claims = self.claims(token)
        return await self.database.read(
            lambda connection: self.still(connection, claims, guests=guests, lock=False)
        )

    def still(
        self, connection: Connection, claims: AccountClaims, *, guests: bool = False, lock: bool = True
    ) -> Who:
        """The same inside a transaction that changes something, so that no ended login changes it."""
        database = self.database
        account = database.accounts.find(connection, claims.sub, lock=lock)
        in_force = database.families.is_in_force(connection, claims.session, claims.sub, self.wall_ns())
        if account is None or not in_force:
            raise ApiError("session.ended")
        if account.guest and not guests:
            raise ApiError("forbidden", "Guests have no account: sign up first.")
        return Who(account, claims)

    def seen(self, connection: Connection, account: StoredAccount, since_s: int) -> Account:
        """The account as its owner sees it."""
        return Account(
            id=account.id,
            name=account.name,
            guest=account.guest,
            verified=account.email is not None,
            email=account.email,
            picture=account.picture,
            has_password=account.password is not None,
            providers=self.database.identities.providers_of(connection, account.id),
            created_at=account.created_at // SECOND,
            fresh=self.now_s - since_s < FRESH_S,
        )

    def refusal(self, code: str, reason: str) -> ApiError:
        """The reason is counted, not told."""
        self.counters.count("accounts refused", reason)
        return ApiError(code)

    # --- how often

    def take_guest(self, caller: Caller) -> None:
        self._take(self._guests, network(caller.address))

    def take_mail(self, caller: Caller) -> None:
        self._take(self._mails_of, network(caller.address))

    def may_mail(self, login: str) -> bool:
        """False where this e-mail address has had enough; nobody is told."""
        now_ns = self.now_ns()
        if self._mails_to.wait_s(login, now_ns) > 0:
            return False
        self._mails_to.change(login, -1, now_ns)
        return True

    def _take(self, buckets: Buckets, key: str) -> None:
        now_ns = self.now_ns()
        wait_s = buckets.wait_s(key, now_ns)
        if wait_s > 0:
            raise ApiError("auth.slow", retry_after=wait_s)
        buckets.change(key, -1, now_ns)

    async def check_password(self, caller: Caller, login: str, password: str, stored: str | None) -> None:
        """`login.wrong` for a wrong password or no account; each try counts for the address and for the account."""
        self.attempts.take(caller.address, login, self.now_ns())
        wrong = False
        try:
            wrong = not await self.passwords.is_right(password, stored)
        finally:
            if not wrong:  # right, or never looked at
                self.attempts.give_back(caller.address, login, self.now_ns())
        if wrong:
            raise self.refusal("login.wrong", "password")

    async def check_again(self, who: Who, caller: Caller, password: str | None) -> None:
        """Before what cannot be undone: the password, or a fresh login. `login.wrong`, `login.again`."""
        if who.account.password is not None and password is not None:
            return await self.check_password(caller, who.account.id, password, who.account.password)
        if not who.is_fresh(self.now_s):
            raise ApiError("login.again", "Sign in again, then try again.")
        return None


def nobody_ended(_subject: str) -> None:
    """Where there are no rooms."""
