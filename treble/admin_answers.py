"""What operators are answered. Times are Unix seconds unless a name says otherwise; `cursor` opens the next page."""

from signaling.actions import Action, Verdict
from signaling.settings import Settings
from treble.api import Role, Source, Struct


class Acted(Struct, frozen=True):
    """In force. `stored` false: the database is away, and will have it when it is back."""

    stored: bool = True


class RoomSummary(Struct, frozen=True):
    """`participants` and `waiting`: how many are inside and at the door now."""

    id: str
    title: str
    alias: str | None
    owner: str | None
    locked: bool
    created_at: int
    expires_at: int
    live: bool
    participants: int
    waiting: int


class RoomDetails(RoomSummary, frozen=True):
    """`password` None: the room has none."""

    password: str | None
    settings: Settings


class RoomPage(Struct, frozen=True):
    rooms: list[RoomSummary]
    cursor: str | None = None


class TrackDetails(Struct, frozen=True):
    source: Source
    muted: bool


class ParticipantDetails(Struct, frozen=True):
    """`state`: `new`, `in`, `refused` or `banned`. `connection`: how it is there now (`joining`, `connected`,
    `reconnecting`, `waiting`); None: it is not."""

    id: str
    name: str
    role: Role
    guest: bool
    state: str
    connection: str | None = None
    verified: bool = False
    email: str | None = None
    user: str | None = None
    tracks: list[TrackDetails] = []
    overrides: dict[Action, Verdict] = {}
    created_at: int | None = None


class ParticipantPage(Struct, frozen=True):
    participants: list[ParticipantDetails]
    cursor: str | None = None


class AuditLine(Struct, frozen=True):
    at_ms: int
    action: str
    actor: str
    subject: str
    detail: str


class AuditLines(Struct, frozen=True):
    """`before_ms` opens the next page."""

    entries: list[AuditLine]
    before_ms: int | None = None


class TokenSummary(Struct, frozen=True):
    id: str
    room: str
    role: Role
    name: str
    created_at: int
    expires_at: int


class NewToken(TokenSummary, frozen=True):
    """`token` is shown this once."""

    token: str


class TokenPage(Struct, frozen=True):
    tokens: list[TokenSummary]
    cursor: str | None = None


class SessionDetails(Struct, frozen=True):
    """`media_only`: WHIP or WHEP, without a WebSocket."""

    id: str
    room: str
    participant: str
    name: str
    role: Role
    connection: str
    media_only: bool


class SessionPage(Struct, frozen=True):
    sessions: list[SessionDetails]
    cursor: str | None = None


class UserDetails(Struct, frozen=True):
    """An account, or with `guest` a guest identity."""

    id: str
    name: str
    guest: bool
    email: str | None
    disabled: bool
    has_password: bool
    providers: list[str]
    created_at: int


class UserPage(Struct, frozen=True):
    users: list[UserDetails]
    cursor: str | None = None


class LoginDetails(Struct, frozen=True):
    """One browser that is signed in."""

    id: str
    created_at: int
    used_at: int
    agent: str
    address: str


class LoginList(Struct, frozen=True):
    sessions: list[LoginDetails]


class WebhookDetails(Struct, frozen=True):
    """`events` empty: all. `configured`: by the configuration, so not to be deleted here."""

    id: str
    url: str
    events: list[str]
    created_at: int
    configured: bool


class NewWebhook(WebhookDetails, frozen=True):
    """`secret` signs what is sent; it is shown this once."""

    secret: str


class WebhookList(Struct, frozen=True):
    webhooks: list[WebhookDetails]


class DeliveryDetails(Struct, frozen=True):
    """`outcome` of the last attempt: an HTTP status, or `timeout`, `connect`, `dns`, `tls`, `address`, `broken`,
    `queue full`. `next_at` None: there is no further attempt."""

    id: str
    event: str
    type: str
    room: str
    created_at: int
    attempts: int
    outcome: str
    delivered: bool
    next_at: int | None


class DeliveryPage(Struct, frozen=True):
    deliveries: list[DeliveryDetails]
    cursor: str | None = None


class AdminKeySummary(Struct, frozen=True):
    id: str
    name: str
    created_at: int
    expires_at: int | None


class NewAdminKey(AdminKeySummary, frozen=True):
    """`key` is shown this once."""

    key: str


class AdminKeyList(Struct, frozen=True):
    keys: list[AdminKeySummary]
