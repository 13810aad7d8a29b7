"""Messages by which a Room is guarded and led: roles, permissions, host controls. Those of the door, of approvals and of
the log are in files of their own, and join the others in the unions at the end.

Each request is checked against the permission table (`permissions.py`). Those that restrict are in force at the media
server when they are answered; those that permit are stored first (contracts 4).
"""

from typing import Annotated, Final, Literal

import msgspec

from signaling.actions import Action, Verdict
from signaling.approval_messages import Approvals, Ask, Asked, Decide, Decided, Unask
from signaling.audit_messages import Audit, AuditPage
from signaling.door_messages import (
    Admit,
    Admitted,
    Enter,
    Expired,
    Knock,
    Refuse,
    Refused,
    Waiters,
    Waiting,
)
from signaling.message import Id, Message, Name, Part, People, PersonId, UnixMs
from signaling.settings import Settings
from treble.api import Role, Source

PlainUse = Literal["broadcast", "captions", "recording"]

# What one can react with in the call, in the order in which it is offered.
EMOJI: Final = ("👍", "❤️", "😂", "😮", "🎉", "🙏")

# --- requests of a participant ----------------------------------------------------------------------------------


class Rename(Message, frozen=True):
    """`done`, or `asked` where a host has to agree."""

    id: Id
    name: Name


class SetPicture(Message, frozen=True):
    """Show the picture of one's account (`picture`: its id), or none. `done`, or `asked`."""

    id: Id
    picture: PersonId | None


class Hand(Message, frozen=True):
    id: Id
    raised: bool


class Emote(Message, frozen=True):
    """A reaction that everybody sees for a moment; `emoji` is one of 👍 ❤️ 😂 😮 🎉 🙏. Not stored."""

    id: Id
    emoji: Annotated[str, msgspec.Meta(max_length=16)]


class Renew(Message, frozen=True):
    """A new access token for this Session's participant; answered by `renewed`."""

    id: Id


class Invitation(Message, frozen=True):
    """Who may invite gets the password: answered by `invited`."""

    id: Id


class HandOver(Message, frozen=True):
    """Make another participant the host; oneself becomes co-host."""

    id: Id
    participant: PersonId


# --- requests of hosts ------------------------------------------------------------------------------------------


class Stop(Message, frozen=True):
    """Mute or stop others' Tracks of this source; without a list those of everybody whom one outranks."""

    id: Id
    source: Source
    participants: People | None = None


class AskUnmute(Message, frozen=True):
    """Ask somebody to unmute (microphone) or to start the camera; nobody can be made to."""

    id: Id
    participant: PersonId
    source: Source = Source.MICROPHONE


class Permit(Message, frozen=True):
    """Allow or forbid one participant something; `verdict` None: as the Room's policy says."""

    id: Id
    participant: PersonId
    action: Action
    verdict: Verdict | None = None


class LowerHands(Message, frozen=True):
    id: Id
    participants: People | None = None


class Spotlight(Message, frozen=True):
    """Show this participant large to everybody; None ends it."""

    id: Id
    participant: PersonId | None = None


class Remove(Message, frozen=True):
    """`ban`: do not let them back in."""

    id: Id
    participant: PersonId
    ban: bool = False


class Lock(Message, frozen=True):
    """While a Room is locked nobody new comes in, nor knocks."""

    id: Id
    locked: bool


class SetRole(Message, frozen=True):
    id: Id
    participant: PersonId
    role: Role


class Configure(Message, frozen=True):
    """Change the Room's settings as a whole, its title too; both come back in `roomstate`."""

    id: Id
    settings: Settings
    title: Annotated[str, msgspec.Meta(max_length=120)] = ""


class End(Message, frozen=True):
    """The meeting is over for everybody."""

    id: Id


# --- answers ----------------------------------------------------------------------------------------------------


class Applied(Message, frozen=True):
    """In force, and stored as soon as the database is back."""

    re: Id


class Renewed(Message, frozen=True):
    re: Id
    token: str
    expires_at: UnixMs


class Invited(Message, frozen=True):
    re: Id
    room: str
    password: str | None


# --- pushes -----------------------------------------------------------------------------------------------------


class RoomState(Message, frozen=True):
    """What everybody in the Room may know of it; latest wins."""

    title: str = ""
    locked: bool = False
    spotlight: str | None = None
    settings: Settings | None = None  # to those who may change them
    e2ee: bool = False  # end-to-end encrypted, unless something runs that needs the media in clear:
    plain: list[PlainUse] = []
    captions: str | None = None  # the language of captions; None: they are off


class Verdicts(Message, frozen=True):
    """What one may do now, action by action, and one's own role; latest wins."""

    role: Role
    verdicts: dict[Action, Verdict]


class Stopped(Message, frozen=True):
    """A host has muted or stopped this Track of one's own; its packets go nowhere any more."""

    source: Source
    by: str  # the host's name


class AskedUnmute(Message, frozen=True):
    """A host asks one to unmute or to start the camera."""

    source: Source
    by: str


class Emotion(Part, frozen=True):
    """One participant's reaction."""

    participant: str
    emoji: str


class Emoted(Message, frozen=True):
    """Reactions of the last moment, in their order; to everybody who has a socket now, oneself included."""

    emotions: list[Emotion]


class LoweredHand(Message, frozen=True):
    """A host has lowered one's hand."""

    by: str


HostRequest = (
    Enter
    | Knock
    | Ask
    | Unask
    | Rename
    | SetPicture
    | Hand
    | Emote
    | Renew
    | Invitation
    | HandOver
    | Admit
    | Refuse
    | Decide
    | Stop
    | AskUnmute
    | Permit
    | LowerHands
    | Spotlight
    | Remove
    | Lock
    | SetRole
    | Configure
    | Audit
    | End
)
HostAnswer = Applied | Asked | Renewed | Invited | AuditPage
HostPush = (
    Waiting
    | Admitted
    | Refused
    | Expired
    | RoomState
    | Verdicts
    | Waiters
    | Approvals
    | Decided
    | Stopped
    | AskedUnmute
    | LoweredHand
    | Emoted
)
