"""What operators may ask. Over HTTP (`admin_routes.py`) `body` is the body, what the path names comes from there, and
everything else is a query parameter."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from signaling.settings import Settings
from treble.api import Role, ShortId, Source, Struct

Cursor = Annotated[str, Meta(max_length=200)]
Limit = Annotated[int, Meta(ge=1, le=500)]
Title = Annotated[str, Meta(max_length=120)]
Alias = Annotated[str, Meta(min_length=1, max_length=64)]
RoomPassword = Annotated[str, Meta(min_length=8, max_length=128)]
PersonName = Annotated[str, Meta(min_length=1, max_length=60)]
LifetimeSeconds = Annotated[int, Meta(ge=60, le=366 * 24 * 3600)]
PAGE: int = 100
WORKING_DAY: int = 12 * 3600


class By(Struct, frozen=True):
    """Who asks: the key, and the address that it came from."""

    key: str = ""
    address: str = ""


class Asked(Struct, frozen=True):
    by: By


class Body(Struct, frozen=True, forbid_unknown_fields=True):
    """Base of what a request's body holds: a field that we do not know is a mistake of the caller's."""


class Paged(Asked, frozen=True):
    cursor: Cursor | None = None
    limit: Limit = PAGE


class OfRoom(Asked, frozen=True):
    """`room`: its id or its friendly link."""

    room: ShortId


# --- rooms ----------------------------------------------------------------------------------------------------


class RoomBody(Body, frozen=True):
    """What is left out is chosen: an unguessable id, a generated password, the server's `room_defaults`."""

    id: ShortId | None = None
    title: Title = ""
    alias: Alias | None = None
    password: RoomPassword | None = None
    settings: Settings | None = None


class CreateRoom(Asked, frozen=True):
    body: RoomBody = RoomBody()


class ListRooms(Paged, frozen=True):
    """Newest first. `live`: only those that somebody is in now, or at whose door."""

    live: bool = False


class ShowRoom(OfRoom, frozen=True):
    pass


class RoomChange(Body, frozen=True):
    """What is left out stays. `alias` null: no friendly link. `password` null: a new one is made. `settings` replace
    the earlier ones as a whole."""

    title: Title | UnsetType = UNSET
    alias: Alias | UnsetType | None = UNSET
    password: RoomPassword | UnsetType | None = UNSET
    locked: bool | UnsetType = UNSET
    settings: Settings | UnsetType = UNSET


class ChangeRoom(OfRoom, frozen=True):
    body: RoomChange = RoomChange()


class EndRoom(OfRoom, frozen=True):
    pass


class DeleteRoom(OfRoom, frozen=True):
    pass


class ReadAudit(OfRoom, frozen=True):
    """Newest first."""

    before_ms: Annotated[int, Meta(ge=0, le=2**53 - 1)] | None = None


# --- participants ---------------------------------------------------------------------------------------------


class ListParticipants(OfRoom, frozen=True):
    """Those who are there, then all others that the room knows, oldest first."""

    cursor: Cursor | None = None
    limit: Limit = PAGE
    live: bool = False


class OfParticipant(OfRoom, frozen=True):
    participant: ShortId


class ShowParticipant(OfParticipant, frozen=True):
    pass


class ParticipantChange(Body, frozen=True):
    role: Role


class ChangeParticipant(OfParticipant, frozen=True):
    body: ParticipantChange


class SourceBody(Body, frozen=True):
    source: Source = Source.MICROPHONE


class MuteParticipant(OfParticipant, frozen=True):
    """`microphone` and `camera` may be opened again by their owner, a screen ends."""

    body: SourceBody = SourceBody()


class MuteAll(OfRoom, frozen=True):
    """Everybody but hosts and co-hosts."""

    body: SourceBody = SourceBody()


class RemoveParticipant(OfParticipant, frozen=True):
    """`ban`: never let in again; otherwise a knock may be answered."""

    ban: bool = False


class AdmitParticipant(OfParticipant, frozen=True):
    pass


class AdmitAll(OfRoom, frozen=True):
    pass


class RefuseParticipant(OfParticipant, frozen=True):
    pass


# --- tokens and Sessions --------------------------------------------------------------------------------------


class TokenBody(Body, frozen=True):
    """An admission: it skips password and knock, and WHIP and WHEP take it. The room is made if it is new."""

    room: ShortId
    name: PersonName
    role: Role = Role.SPEAKER
    lifetime_s: LifetimeSeconds = WORKING_DAY


class CreateToken(Asked, frozen=True):
    body: TokenBody


class ListTokens(Paged, frozen=True):
    room: ShortId | None = None


class RevokeToken(Asked, frozen=True):
    """Whoever came in by it is put out within a second."""

    token: ShortId


class ListSessions(Paged, frozen=True):
    room: ShortId | None = None


class EndSession(Asked, frozen=True):
    session: ShortId


# --- users ----------------------------------------------------------------------------------------------------


class UserBody(Body, frozen=True):
    """An account whose e-mail address counts as verified. Without a password its owner asks for one by mail."""

    email: Annotated[str, Meta(min_length=3, max_length=254)]
    name: PersonName
    password: Annotated[str, Meta(max_length=1024)] | None = None


class CreateUser(Asked, frozen=True):
    body: UserBody


class ListUsers(Paged, frozen=True):
    """Newest first. `guests`: guest identities too."""

    email: Annotated[str, Meta(max_length=254)] | None = None
    guests: bool = False


class OfUser(Asked, frozen=True):
    user: ShortId


class ShowUser(OfUser, frozen=True):
    pass


class UserChange(Body, frozen=True):
    """`disabled`: nobody gets in with this account any more, and whoever is in is put out within a second."""

    name: PersonName | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET


class ChangeUser(OfUser, frozen=True):
    body: UserChange = UserChange()


class DeleteUser(OfUser, frozen=True):
    """What the account wrote stays, without its name."""


class ListLogins(OfUser, frozen=True):
    pass


class EndLogins(OfUser, frozen=True):
    """All of them, or, with `session`, one."""

    session: ShortId | None = None


# --- webhooks and keys ----------------------------------------------------------------------------------------


class WebhookBody(Body, frozen=True):
    """`events` empty: all. Without a `secret` one is made."""

    url: Annotated[str, Meta(min_length=1, max_length=1000)]
    events: Annotated[list[str], Meta(max_length=32)] = []
    secret: Annotated[str, Meta(min_length=16, max_length=256)] | None = None


class CreateWebhook(Asked, frozen=True):
    body: WebhookBody


class ListWebhooks(Asked, frozen=True):
    pass


class OfWebhook(Asked, frozen=True):
    webhook: ShortId


class DeleteWebhook(OfWebhook, frozen=True):
    pass


class ListDeliveries(OfWebhook, frozen=True):
    """Newest first, for a week."""

    cursor: Cursor | None = None
    limit: Limit = PAGE
