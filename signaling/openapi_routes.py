"""Every HTTP operation under `/api` as it is described in docs/openapi.json; a test says that none is missing.

Those of the operators come from the table that they are served from, the others stand here.
"""

from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec

from signaling.accounts import bodies
from signaling.chat_messages import SharedFile
from signaling.http_api import Entry
from signaling.message import Name
from treble import account_api
from treble.admin_routes import OPERATIONS, PREFIX
from treble.api import CheckBegun, RoomCreated, RoomEntered


class Security:
    """Names of the document's security schemes; None: nothing is asked for."""

    ADMIN = "adminKey"
    ACCOUNT = "accountToken"
    COOKIE = "loginCookie"
    ROOM = "roomToken"


class Described(NamedTuple):
    """`query` are fields of a struct, `body` and `answer` its types; `media` of an answer that is no JSON."""

    method: str
    path: str
    tag: str
    summary: str
    body: Any = None
    answer: Any = None
    status: int = 200
    security: tuple[str, ...] = ()
    query: tuple[msgspec.structs.FieldInfo, ...] = ()
    detail: str = ""
    media: str = ""
    sends: str = ""  # content type of a body that is no JSON


class Health(msgspec.Struct, frozen=True):
    status: str
    version: str


class SignedIn(msgspec.Struct, frozen=True):
    """`token` goes into `Authorization: Bearer`; the login itself is in a cookie."""

    token: str
    expires_in: int
    account: account_api.Account


class OAuthUrl(msgspec.Struct, frozen=True):
    url: str


class NewMeeting(msgspec.Struct, frozen=True):
    """`http_api.NewRoom`, whose `settings` are decoded later: those that differ from the server's defaults."""

    name: Name
    title: Annotated[str, msgspec.Meta(max_length=120)] = ""
    alias: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    settings: dict[str, Any] = {}


class ChatFormat(msgspec.Struct, frozen=True):
    """The query of a chat's export."""

    format: Literal["text", "json"] = "text"


class Nothing(msgspec.Struct, frozen=True):
    """An empty object."""


_ME = (Security.ACCOUNT,)
_COOKIE = (Security.COOKIE,)
_IN_ROOM = (Security.ROOM,)
_A = "accounts"

_OTHERS: Final = (
    Described("GET", "/api/health", "server", "Whether the server answers.", answer=Health),
    Described(
        "GET",
        "/api/openapi.json",
        "server",
        "This document.",
        answer=dict[str, Any],
        media="application/json",
    ),
    Described(
        "POST", "/api/rooms", "rooms", "Make a room; whoever asks is its host.", NewMeeting, RoomCreated, 201
    ),
    Described("POST", "/api/rooms/{room}/enter", "rooms", "Enter by password.", Entry, RoomEntered),
    Described(
        "POST",
        "/api/rooms/{room}/files",
        "chat",
        "Share a file; `X-File-Name` is its name.",
        None,
        SharedFile,
        201,
        _IN_ROOM,
        sends="*/*",
    ),
    Described(
        "GET",
        "/api/rooms/{room}/files/{file}",
        "chat",
        "A shared file.",
        security=_IN_ROOM,
        media="*/*",
    ),
    Described(
        "GET",
        "/api/rooms/{room}/chat",
        "chat",
        "The whole chat, as a file.",
        security=_IN_ROOM,
        query=msgspec.structs.fields(ChatFormat),
        media="text/plain",
    ),
    Described("POST", "/api/check", "server", "Begin a connection test.", None, CheckBegun, 201),
    Described(
        "POST",
        "/api/check/{check}",
        "server",
        "Offer a path of a connection test; where one sends, later ones receive it.",
        None,
        None,
        201,
        sends="application/sdp",
        media="application/sdp",
    ),
    Described("DELETE", "/api/check/{check}", "server", "End a connection test.", None, Nothing),
    Described("POST", "/api/session/guest", _A, "Be a guest, by a name.", bodies.Guest, SignedIn, 201),
    Described("POST", "/api/session/refresh", _A, "A new account token.", None, SignedIn, 200, _COOKIE),
    Described("POST", "/api/session", _A, "Sign in.", bodies.Credentials, SignedIn),
    Described("DELETE", "/api/session", _A, "Sign out.", None, Nothing, 200, _COOKIE),
    Described("POST", "/api/account/sign-up", _A, "Ask for an account.", bodies.SignUp, Nothing, 202),
    Described("POST", "/api/account/verify", _A, "A mail's link.", bodies.Code, account_api.Verified),
    Described("POST", "/api/account/reset", _A, "Ask for a new password.", bodies.EmailOnly, Nothing, 202),
    Described(
        "POST",
        "/api/account/reset/finish",
        _A,
        "Set it.",
        bodies.CodeAndPassword,
        account_api.Verified,
    ),
    Described(
        "POST",
        "/api/account/password",
        _A,
        "Change the password.",
        bodies.NewPassword,
        account_api.Account,
        200,
        _ME,
    ),
    Described("POST", "/api/account/email", _A, "Change the address.", bodies.NewEmail, Nothing, 202, _ME),
    Described(
        "PUT",
        "/api/account/picture",
        _A,
        "Set a picture.",
        None,
        account_api.Account,
        200,
        _ME,
        sends="image/*",
    ),
    Described("DELETE", "/api/account/picture", _A, "Remove it.", None, account_api.Account, 200, _ME),
    Described(
        "GET", "/api/account/sessions", _A, "Where one is signed in.", None, account_api.Logins, 200, _ME
    ),
    Described("DELETE", "/api/account/sessions", _A, "Sign out everywhere.", None, Nothing, 200, _ME),
    Described("DELETE", "/api/account/sessions/{session}", _A, "Sign out there.", None, Nothing, 200, _ME),
    Described(
        "DELETE",
        "/api/account/providers/{provider}",
        _A,
        "Unlink a provider.",
        None,
        account_api.Account,
        200,
        _ME,
    ),
    Described(
        "POST", "/api/account/delete", _A, "Delete one's account.", bodies.PasswordOnly, Nothing, 200, _ME
    ),
    Described("GET", "/api/account", _A, "One's account.", None, account_api.Account, 200, _ME),
    Described("PATCH", "/api/account", _A, "Rename.", bodies.NameOnly, account_api.Account, 200, _ME),
    Described("GET", "/api/pictures/{picture}", _A, "A picture.", media="image/webp"),
    Described("GET", "/api/oauth", _A, "By whom one may sign in.", None, account_api.Providers),
    Described(
        "POST", "/api/oauth/{provider}/start", _A, "Begin with a provider.", bodies.BeginOAuth, OAuthUrl
    ),
    Described("GET", "/api/oauth/{provider}/callback", _A, "Back from a provider.", None, None, 302),
)


def _admin() -> list[Described]:
    return [
        Described(
            each.method,
            PREFIX + each.path,
            "admin",
            each.summary,
            each.body,
            each.answer,
            each.status,
            (Security.ADMIN,),
            tuple(each.query),
            _own_words(each.request),
        )
        for each in OPERATIONS
    ]


def _own_words(kind: type) -> str:
    """A struct's docstring, if it has one of its own."""
    text = kind.__dict__.get("__doc__") or ""
    return "" if text.startswith(f"{kind.__name__}(") else " ".join(text.split())


DESCRIBED: Final = (*_OTHERS, *_admin())
