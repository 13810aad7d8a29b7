"""What gateways ask about accounts: typed requests, answers and the interface that carries them."""

from typing import Protocol

from treble.api import Done, Struct


class Caller(Struct, frozen=True):
    """Who asks. `base`: how a browser reaches us, for links in mails and redirects; never the Host header."""

    address: str = ""
    agent: str = ""
    base: str = ""


class Account(Struct, frozen=True):
    """What an account's owner sees of it. Times are Unix seconds."""

    id: str
    name: str
    guest: bool
    verified: bool
    email: str | None
    picture: str | None
    has_password: bool
    providers: list[str]
    created_at: int
    fresh: bool


class SignedIn(Struct, frozen=True):
    """`refresh` is the cookie's value."""

    token: str
    expires_in: int
    account: Account
    refresh: str


class MakeGuest(Struct, frozen=True):
    name: str
    caller: Caller


class LogIn(Struct, frozen=True):
    """`old`: the cookie that the browser has; that login ends when the new one begins."""

    email: str
    password: str
    caller: Caller
    old: str = ""


class Refresh(Struct, frozen=True):
    refresh: str
    caller: Caller


class LogOut(Struct, frozen=True):
    refresh: str


class SignUp(Struct, frozen=True):
    """`token`: of a guest that becomes the account."""

    email: str
    password: str
    name: str
    caller: Caller
    token: str | None = None


class Verify(Struct, frozen=True):
    code: str
    caller: Caller
    token: str | None = None


class Verified(Struct, frozen=True):
    email: str


class AskReset(Struct, frozen=True):
    email: str
    caller: Caller


class ResetPassword(Struct, frozen=True):
    code: str
    password: str
    caller: Caller


class WithToken(Struct, frozen=True):
    token: str


class Rename(Struct, frozen=True):
    token: str
    name: str


class SetPicture(Struct, frozen=True):
    """`image`: re-encoded by the gateway, 256 x 256; empty: no picture."""

    token: str
    image: bytes = b""


class ChangePassword(Struct, frozen=True):
    token: str
    new: str
    caller: Caller
    old: str | None = None


class ChangeEmail(Struct, frozen=True):
    token: str
    email: str
    caller: Caller
    password: str | None = None


class Login(Struct, frozen=True):
    """One browser that is signed in. Times are Unix seconds."""

    id: str
    created_at: int
    used_at: int
    agent: str
    address: str
    current: bool


class Logins(Struct, frozen=True):
    sessions: list[Login]


class EndLogin(Struct, frozen=True):
    token: str
    session: str


class EndLogins(Struct, frozen=True):
    token: str
    keep_current: bool = False


class Unlink(Struct, frozen=True):
    token: str
    provider: str


class DeleteAccount(Struct, frozen=True):
    token: str
    caller: Caller
    password: str | None = None


class GetPicture(Struct, frozen=True):
    picture: str


class Picture(Struct, frozen=True):
    image: bytes


class ListProviders(Struct, frozen=True):
    pass


class Providers(Struct, frozen=True):
    providers: list[str]


class StartOAuth(Struct, frozen=True):
    """`token`: of the guest that becomes the account or, with `link`, of the account that gets one way in more."""

    provider: str
    caller: Caller
    back: str = "/"
    link: bool = False
    token: str | None = None


class OAuthStarted(Struct, frozen=True):
    """`browser`: the value of the cookie that binds the way back to this browser."""

    url: str
    browser: str


class FinishOAuth(Struct, frozen=True):
    """What the provider's redirect brought, all of it untrusted; `browser`: our cookie."""

    provider: str
    browser: str
    caller: Caller
    state: str = ""
    code: str = ""
    error: str = ""
    issuer: str = ""


class OAuthFinished(Struct, frozen=True):
    """`result`: `ok` with `refresh`, `linked`, or a code; `back`: where the page goes on."""

    result: str
    back: str = "/"
    refresh: str = ""


class Accounts(Protocol):
    """Accounts as gateways see them. Every method raises `ApiError` for a refusal."""

    async def make_guest(self, request: MakeGuest) -> SignedIn: ...
    async def log_in(self, request: LogIn) -> SignedIn: ...
    async def refresh(self, request: Refresh) -> SignedIn: ...
    async def log_out(self, request: LogOut) -> Done: ...
    async def sign_up(self, request: SignUp) -> Done: ...
    async def verify(self, request: Verify) -> Verified: ...
    async def ask_reset(self, request: AskReset) -> Done: ...
    async def reset_password(self, request: ResetPassword) -> Verified: ...
    async def account(self, request: WithToken) -> Account: ...
    async def rename(self, request: Rename) -> Account: ...
    async def set_picture(self, request: SetPicture) -> Account: ...
    async def picture(self, request: GetPicture) -> Picture: ...
    async def change_password(self, request: ChangePassword) -> Account: ...
    async def change_email(self, request: ChangeEmail) -> Done: ...
    async def logins(self, request: WithToken) -> Logins: ...
    async def end_login(self, request: EndLogin) -> Done: ...
    async def end_logins(self, request: EndLogins) -> Done: ...
    async def unlink(self, request: Unlink) -> Account: ...
    async def delete_account(self, request: DeleteAccount) -> Done: ...
    async def providers(self, request: ListProviders) -> Providers: ...
    async def start_oauth(self, request: StartOAuth) -> OAuthStarted: ...
    async def finish_oauth(self, request: FinishOAuth) -> OAuthFinished: ...
