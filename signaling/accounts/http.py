"""`/api/session`, `/api/account`, `/api/pictures`: signing in and what one's account holds (docs/accounts.md)."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

import msgspec
import trio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from signaling.accounts.bodies import (
    Code,
    CodeAndPassword,
    Credentials,
    EmailOnly,
    Guest,
    NameOnly,
    NewEmail,
    NewPassword,
    PasswordOnly,
    SignUp,
)
from signaling.accounts.cookies import SESSION, cookie, drop_session, set_session
from signaling.accounts.oauth_http import OAuthHttp
from signaling.accounts.pictures import MAX_BYTES, TYPE, portrait
from signaling.counters import Counters
from signaling.http_api import HttpApi, client_address
from signaling.http_common import guarded, json_response, read_body_of, read_json, refusal
from signaling.origin import bearer_token
from treble import account_api as api
from treble.account_api import Accounts, Caller, SignedIn
from treble.api import ApiError

IMMUTABLE: Final = "public, max-age=31536000, immutable"
PICTURES_AT_ONCE: Final = 1  # a decoded photograph takes 120 MB

PictureId = Annotated[str, msgspec.Meta(max_length=64)]


class AccountHttp:
    """`api` admits requests: origin and rate. `base`: how a browser reaches us."""

    def __init__(self, accounts: Accounts, http: HttpApi, base: str) -> None:
        self._accounts = accounts
        self._http = http
        self._base = base
        self._oauth = OAuthHttp(accounts, http, self.caller)
        self._painter = trio.CapacityLimiter(PICTURES_AT_ONCE)

    def routes(self, counters: Counters) -> list[Route]:
        def route(path: str, **methods: Callable[[Request], Awaitable[Response]]) -> list[Route]:
            return [
                Route(path, guarded(handler, counters), methods=[method])
                for method, handler in methods.items()
            ]

        return [
            *route("/api/session/guest", POST=self.make_guest),
            *route("/api/session/refresh", POST=self.refresh),
            *route("/api/session", POST=self.log_in, DELETE=self.log_out),
            *route("/api/account/sign-up", POST=self.sign_up),
            *route("/api/account/verify", POST=self.verify),
            *route("/api/account/reset", POST=self.ask_reset),
            *route("/api/account/reset/finish", POST=self.reset_password),
            *route("/api/account/password", POST=self.change_password),
            *route("/api/account/email", POST=self.change_email),
            *route("/api/account/picture", PUT=self.set_picture, DELETE=self.remove_picture),
            *route("/api/account/sessions", GET=self.logins, DELETE=self.end_logins),
            *route("/api/account/sessions/{session}", DELETE=self.end_login),
            *route("/api/account/providers/{provider}", DELETE=self.unlink),
            *route("/api/account/delete", POST=self.delete_account),
            *route("/api/account", GET=self.account, PATCH=self.rename),
            *route("/api/pictures/{picture}", GET=self.picture),
            *self._oauth.routes(counters),
        ]

    def caller(self, request: Request) -> Caller:
        agent = request.headers.get("user-agent", "")[:256]
        return Caller(address=client_address(request), agent=agent, base=self._base)

    # --- session --------------------------------------------------------------------------------------------

    async def make_guest(self, request: Request) -> Response:
        self._http.admit(request)
        body = await read_json(request, Guest)
        made = await self._accounts.make_guest(api.MakeGuest(name=body.name, caller=self.caller(request)))
        return _signed_in(made, 201)

    async def log_in(self, request: Request) -> Response:
        self._http.admit(request)
        body = await read_json(request, Credentials)
        return _signed_in(
            await self._accounts.log_in(
                api.LogIn(
                    email=body.email,
                    password=body.password,
                    caller=self.caller(request),
                    old=cookie(request, SESSION),
                )
            )
        )

    async def refresh(self, request: Request) -> Response:
        """The cookie counts only with an Origin that may use us: never alone."""
        self._http.admit_cookie(request)
        refresh = cookie(request, SESSION)
        if not refresh:
            raise ApiError("auth.missing", "There is no login in this browser.")
        try:
            asked = api.Refresh(refresh=refresh, caller=self.caller(request))
            return _signed_in(await self._accounts.refresh(asked))
        except ApiError as error:
            if error.code != "session.ended":
                raise
            response = refusal(error)
            drop_session(response)
            return response

    async def log_out(self, request: Request) -> Response:
        self._http.admit_cookie(request)
        if refresh := cookie(request, SESSION):
            await self._accounts.log_out(api.LogOut(refresh=refresh))
        response = json_response({})
        drop_session(response)
        return response

    # --- without being signed in ----------------------------------------------------------------------------

    async def sign_up(self, request: Request) -> Response:
        self._http.admit(request)
        body = await read_json(request, SignUp)
        await self._accounts.sign_up(
            api.SignUp(
                email=body.email,
                password=body.password,
                name=body.name,
                caller=self.caller(request),
                token=_token(request),
            )
        )
        return json_response({}, 202)

    async def verify(self, request: Request) -> Response:
        self._http.admit(request)
        body = await read_json(request, Code)
        return json_response(
            await self._accounts.verify(
                api.Verify(code=body.code, caller=self.caller(request), token=_token(request))
            )
        )

    async def ask_reset(self, request: Request) -> Response:
        self._http.admit(request)
        body = await read_json(request, EmailOnly)
        await self._accounts.ask_reset(api.AskReset(email=body.email, caller=self.caller(request)))
        return json_response({}, 202)

    async def reset_password(self, request: Request) -> Response:
        self._http.admit(request)
        body = await read_json(request, CodeAndPassword)
        return json_response(
            await self._accounts.reset_password(
                api.ResetPassword(code=body.code, password=body.password, caller=self.caller(request))
            )
        )

    # --- with the account token -----------------------------------------------------------------------------

    async def account(self, request: Request) -> Response:
        return json_response(await self._accounts.account(api.WithToken(token=self._admitted(request))))

    async def rename(self, request: Request) -> Response:
        token = self._admitted(request)
        body = await read_json(request, NameOnly)
        return json_response(await self._accounts.rename(api.Rename(token=token, name=body.name)))

    async def set_picture(self, request: Request) -> Response:
        """Nobody's upload is read before we know whose it is."""
        token = self._admitted(request)
        await self._accounts.account(api.WithToken(token=token))
        upload = await read_body_of(request, lambda given: given.startswith("image/"), "image/*", MAX_BYTES)
        image = await trio.to_thread.run_sync(portrait, upload, limiter=self._painter)
        return json_response(await self._accounts.set_picture(api.SetPicture(token=token, image=image)))

    async def remove_picture(self, request: Request) -> Response:
        return json_response(await self._accounts.set_picture(api.SetPicture(token=self._admitted(request))))

    async def change_password(self, request: Request) -> Response:
        token = self._admitted(request)
        body = await read_json(request, NewPassword)
        return json_response(
            await self._accounts.change_password(
                api.ChangePassword(token=token, old=body.old, new=body.new, caller=self.caller(request))
            )
        )

    async def change_email(self, request: Request) -> Response:
        token = self._admitted(request)
        body = await read_json(request, NewEmail)
        await self._accounts.change_email(
            api.ChangeEmail(
                token=token, email=body.email, password=body.password, caller=self.caller(request)
            )
        )
        return json_response({}, 202)

    async def logins(self, request: Request) -> Response:
        return json_response(await self._accounts.logins(api.WithToken(token=self._admitted(request))))

    async def end_login(self, request: Request) -> Response:
        token = self._admitted(request)
        await self._accounts.end_login(api.EndLogin(token=token, session=request.path_params["session"]))
        return json_response({})

    async def end_logins(self, request: Request) -> Response:
        token = self._admitted(request)
        keep = request.query_params.get("keep") == "current"
        await self._accounts.end_logins(api.EndLogins(token=token, keep_current=keep))
        return json_response({})

    async def unlink(self, request: Request) -> Response:
        token = self._admitted(request)
        provider = request.path_params["provider"]
        return json_response(await self._accounts.unlink(api.Unlink(token=token, provider=provider)))

    async def delete_account(self, request: Request) -> Response:
        token = self._admitted(request)
        body = await read_json(request, PasswordOnly)
        await self._accounts.delete_account(
            api.DeleteAccount(token=token, password=body.password, caller=self.caller(request))
        )
        response = json_response({})
        drop_session(response)
        return response

    # --- pictures -------------------------------------------------------------------------------------------

    async def picture(self, request: Request) -> Response:
        """By an id that nobody guesses and that never means another picture."""
        picture = request.path_params["picture"]
        if len(picture) > 64:
            raise ApiError("not.found")
        found = await self._accounts.picture(api.GetPicture(picture=picture))
        headers = {"cache-control": IMMUTABLE, "cross-origin-resource-policy": "same-origin"}
        return Response(found.image, 200, headers, TYPE)

    def _admitted(self, request: Request) -> str:
        """The account token of an admitted request; `auth.missing`."""
        self._http.admit(request)
        token = _token(request)
        if token is None:
            raise ApiError("auth.missing", "Send Authorization: Bearer with the account token.")
        return token


def _token(request: Request) -> str | None:
    return bearer_token(request.headers.get("authorization"))


def _signed_in(signed_in: SignedIn, status: int = 200) -> Response:
    """The secret goes into the cookie and nowhere else."""
    body = {"token": signed_in.token, "expires_in": signed_in.expires_in, "account": signed_in.account}
    response = json_response(body, status)
    set_session(response, signed_in.refresh)
    return response
