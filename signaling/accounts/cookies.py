"""The two cookies: the login, which no page and no other site gets at, and the way back from a provider."""

from http.cookies import CookieError, SimpleCookie
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

SESSION: Final = "__Secure-treble-session"
SESSION_PATH: Final = "/api/session"
SESSION_SECONDS: Final = 30 * 24 * 3600
OAUTH: Final = "__Host-treble-oauth"  # `__Host-`: no neighbouring site can set it
OAUTH_SECONDS: Final = 600
MAX_VALUE_LETTERS: Final = 256


def set_session(response: Response, refresh: str) -> None:
    """`Strict`: sent by our own pages only; the API asks for an allowed Origin besides."""
    response.set_cookie(
        SESSION,
        refresh,
        max_age=SESSION_SECONDS,
        path=SESSION_PATH,
        secure=True,
        httponly=True,
        samesite="strict",
    )


def drop_session(response: Response) -> None:
    response.delete_cookie(SESSION, path=SESSION_PATH, secure=True, httponly=True, samesite="strict")


def set_oauth(response: Response, browser: str) -> None:
    """`Lax`: the provider's redirect comes from another site."""
    response.set_cookie(
        OAUTH, browser, max_age=OAUTH_SECONDS, path="/", secure=True, httponly=True, samesite="lax"
    )


def drop_oauth(response: Response) -> None:
    response.delete_cookie(OAUTH, path="/", secure=True, httponly=True, samesite="lax")


def cookie(request: Request, name: str) -> str:
    """Its value; empty where there is none, or one that cannot be ours."""
    try:
        found = SimpleCookie(request.headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found is not None and len(found.value) <= MAX_VALUE_LETTERS else ""
