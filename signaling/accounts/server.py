"""Accounts on the room server's side: implements `treble.account_api.Accounts`."""

from collections.abc import Callable
from typing import Final

import structlog
import trio
from sqlalchemy import Connection

from signaling.accounts.logins import LoginsPart
from signaling.accounts.mail import MailSender, mail_sender
from signaling.accounts.mail_outbox import MailOutbox
from signaling.accounts.oauth import OAuthPart
from signaling.accounts.profiles import ProfilesPart
from signaling.accounts.sign_up import SignUpPart
from signaling.accounts.tools import HOUR_NS, AccountTools, nobody_ended
from signaling.counters import Counters
from signaling.database import Database
from signaling.room_config import RoomConfig
from signaling.tokens import AccountClaims, Tokens
from treble import account_api as api
from treble.api import ApiError, Done

TIDY_SECONDS: Final = 60.0
RETRY_AFTER_SECONDS: Final = 1.0

_log = structlog.get_logger("signaling.accounts")


class AccountServer:
    """Answers while the database is open. `wall_ns` is Unix time, `clock` monotonic."""

    def __init__(
        self,
        config: RoomConfig,
        wall_ns: Callable[[], int],
        clock: Callable[[], int],
        counters: Counters,
        mail: MailSender | None = None,
    ) -> None:
        self._config = config
        self._wall_ns = wall_ns
        self._clock = clock
        self._counters = counters
        self._mail = mail or mail_sender(config.accounts, config.data)
        self._open: _Open | None = None

    def open(self, database: Database, tokens: Tokens, ended: Callable[[str], None] = nobody_ended) -> None:
        """The database is there. `ended` closes the Sessions of a subject in all Rooms."""
        self._open = _Open(self, database, tokens, ended)

    def close(self) -> None:
        """The database is about to be closed."""
        if self._open is not None:
            self._open.oauth.close()
        self._open = None

    async def run(self) -> None:
        """Mails, and what has expired; until cancelled."""
        opened = self._opened
        async with trio.open_nursery() as nursery:
            nursery.start_soon(opened.outbox.run)
            nursery.start_soon(opened.tidy)

    async def claims(self, token: str) -> AccountClaims:
        """For rooms: whose token it is, if its login is in force; `auth.missing`, `auth.expired`, `session.ended`."""
        who = await self._opened.tools.who(token, guests=True)
        return who.claims

    # --- Accounts -------------------------------------------------------------------------------------------

    async def make_guest(self, request: api.MakeGuest) -> api.SignedIn:
        return await self._opened.logins.make_guest(request)

    async def log_in(self, request: api.LogIn) -> api.SignedIn:
        return await self._opened.logins.log_in(request)

    async def refresh(self, request: api.Refresh) -> api.SignedIn:
        return await self._opened.logins.refresh(request)

    async def log_out(self, request: api.LogOut) -> Done:
        return await self._opened.logins.log_out(request)

    async def logins(self, request: api.WithToken) -> api.Logins:
        return await self._opened.logins.logins(request)

    async def end_login(self, request: api.EndLogin) -> Done:
        return await self._opened.logins.end_login(request)

    async def end_logins(self, request: api.EndLogins) -> Done:
        return await self._opened.logins.end_logins(request)

    async def sign_up(self, request: api.SignUp) -> Done:
        return await self._opened.sign_up.sign_up(request)

    async def verify(self, request: api.Verify) -> api.Verified:
        return await self._opened.sign_up.verify(request)

    async def ask_reset(self, request: api.AskReset) -> Done:
        return await self._opened.sign_up.ask_reset(request)

    async def reset_password(self, request: api.ResetPassword) -> api.Verified:
        return await self._opened.sign_up.reset_password(request)

    async def change_email(self, request: api.ChangeEmail) -> Done:
        return await self._opened.sign_up.change_email(request)

    async def account(self, request: api.WithToken) -> api.Account:
        return await self._opened.profiles.account(request)

    async def rename(self, request: api.Rename) -> api.Account:
        return await self._opened.profiles.rename(request)

    async def set_picture(self, request: api.SetPicture) -> api.Account:
        return await self._opened.profiles.set_picture(request)

    async def picture(self, request: api.GetPicture) -> api.Picture:
        return await self._opened.profiles.picture(request)

    async def change_password(self, request: api.ChangePassword) -> api.Account:
        return await self._opened.profiles.change_password(request)

    async def unlink(self, request: api.Unlink) -> api.Account:
        return await self._opened.profiles.unlink(request)

    async def delete_account(self, request: api.DeleteAccount) -> Done:
        return await self._opened.profiles.delete_account(request)

    async def providers(self, _request: api.ListProviders) -> api.Providers:
        return self._opened.oauth.providers()

    async def start_oauth(self, request: api.StartOAuth) -> api.OAuthStarted:
        return await self._opened.oauth.start(request)

    async def finish_oauth(self, request: api.FinishOAuth) -> api.OAuthFinished:
        return await self._opened.oauth.finish(request)

    @property
    def _opened(self) -> "_Open":
        if self._open is None:
            raise ApiError("busy", "the room server is not running", RETRY_AFTER_SECONDS)
        return self._open


class _Open:
    """What there is only while the database is open."""

    def __init__(
        self, server: AccountServer, database: Database, tokens: Tokens, ended: Callable[[str], None]
    ) -> None:
        self._database = database
        self._wall_ns = server._wall_ns
        self.outbox = MailOutbox(database, server._mail, server._counters, server._wall_ns)
        self.tools = AccountTools(
            database, tokens, self.outbox, server._counters, server._wall_ns, server._clock, ended
        )
        self.logins = LoginsPart(self.tools)
        self.sign_up = SignUpPart(self.tools, self.logins)
        self.profiles = ProfilesPart(self.tools, self.logins)
        self.oauth = OAuthPart(self.tools, self.logins, server._config.accounts)

    async def tidy(self) -> None:
        """Forget what has expired, each minute."""
        while True:
            try:
                await self._database.write(self._forget)
            except ApiError as error:
                _log.warning("tidying put off", cause=error.detail)
            await trio.sleep(TIDY_SECONDS)

    def _forget(self, connection: Connection) -> None:
        now_ns = self._wall_ns()
        self._database.codes.drop_expired(connection, now_ns)
        self._database.families.drop_expired(connection, now_ns)
        self._database.accounts.drop_guests(connection, now_ns - HOUR_NS)
