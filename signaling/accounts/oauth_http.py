"""`/api/oauth`: to a provider and back."""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from signaling.accounts.bodies import BeginOAuth
from signaling.accounts.cookies import OAUTH, cookie, drop_oauth, set_oauth, set_session
from signaling.counters import Counters
from signaling.http_api import HttpApi
from signaling.http_common import guarded, json_response, read_json
from signaling.origin import bearer_token
from treble import account_api as api
from treble.account_api import Accounts, Caller
from treble.api import ApiError

MAX_QUERY_LETTERS: Final = 4096  # of one value that a provider hands back


class OAuthHttp:
    """The page asks for a URL by POST, so no other site can begin a flow in somebody's browser."""

    def __init__(self, accounts: Accounts, http: HttpApi, caller: Callable[[Request], Caller]) -> None:
        self._accounts = accounts
        self._http = http
        self._caller = caller

    def routes(self, counters: Counters) -> list[Route]:
        return [
            Route("/api/oauth", guarded(self.providers, counters), methods=["GET"]),
            Route("/api/oauth/{provider}/start", guarded(self.start, counters), methods=["POST"]),
            Route("/api/oauth/{provider}/callback", guarded(self.callback, counters), methods=["GET"]),
        ]

    async def providers(self, request: Request) -> Response:
        self._http.admit(request)
        return json_response(await self._accounts.providers(api.ListProviders()))

    async def start(self, request: Request) -> Response:
        self._http.admit(request)
        body = await read_json(request, BeginOAuth)
        started = await self._accounts.start_oauth(
            api.StartOAuth(
                provider=request.path_params["provider"],
                caller=self._caller(request),
                back=body.back,
                link=body.link,
                token=bearer_token(request.headers.get("authorization")),
            )
        )
        response = json_response({"url": started.url})
        set_oauth(response, started.browser)
        return response

    async def callback(self, request: Request) -> Response:
        """A person looks at what comes of this: always the page again, with a word for it."""
        try:
            self._http.admit(request)
            finished = await self._accounts.finish_oauth(self._finish(request))
        except ApiError as error:
            finished = api.OAuthFinished(result=error.code)
        target = f"{finished.back}?{urlencode({'oauth': finished.result})}"
        response = Response(status_code=302, headers={"location": target, "cache-control": "no-store"})
        drop_oauth(response)
        if finished.refresh:
            set_session(response, finished.refresh)
        return response

    def _finish(self, request: Request) -> api.FinishOAuth:
        """A value that came twice counts as none: which one the provider meant, nobody knows."""

        def value(name: str) -> str:
            given = request.query_params.getlist(name)
            return given[0] if len(given) == 1 and len(given[0]) <= MAX_QUERY_LETTERS else ""

        return api.FinishOAuth(
            provider=request.path_params["provider"],
            browser=cookie(request, OAUTH),
            caller=self._caller(request),
            state=value("state"),
            code=value("code"),
            error=value("error"),
            issuer=value("iss"),
        )
