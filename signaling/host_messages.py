"""Messages by which a Room is guarded and led: waiting, roles, permissions, approvals, host controls.

Each request is checked against the permission table (`permissions.py`). Those that restrict are in force at the media
server when they are answered; those that permit are stored first (contracts 4).
"""

from typing import Annotated, Final, Literal

import msgspec

from signaling.actions import Action, Verdict
from signaling.message import Id, Message, Name, Part, PersonId, UnixMs
from signaling.settings import Settings
from treble.api import Role, Source

PlainUse = Literal["broadcast", "captions", "recording"]

# What one can react with in the call, in the order in which it is offered.
EMOJI: Final = ("👍", "❤️", "😂", "😮", "🎉", "🙏")

People = Annotated[list[PersonId], msgspec.Meta(max_length=1000)]

# --- before one is in the Room --------------------------------------------------------------------------------


class Enter(Message, frozen=True):
    """After `admitted`, on the same socket: answered by `welcome`."""

    id: Id


class Knock(Message, frozen=True):
    """Ask again, after `refused` or `expired`; answered by `waiting`."""

    id: Id


class Waiting(Message, frozen=True):
    """Answers `hello` (then with `re`) where somebody has to let one in; sent again when the reason changes.

    `host`: the meeting starts when a host joins. `knock`: a host has been told, and has until `expires_at`.
    """

    reason: Literal["host", "knock"]
    re: Id | None = None
    expires_at: UnixMs | None = None
    resume: str | None = None  # with `re`: for the next socket, once, within 30 s; the place is kept


class Admitted(Message, frozen=True):
    """A host lets one in: `enter` comes next."""


class Refused(Message, frozen=True):
    """A host does not. `retry_after` seconds on one may `knock` again; None: not any more."""

    retry_after: float | None = None


class Expired(Message, frozen=True):
    """Nobody has answered the knock."""


# --- requests of a participant ----------------------------------------------------------------------------------


class Ask(Message, frozen=True):
    """Ask for something whose verdict is `ask`. `value`: what exactly, where that is not plain (the new name)."""

    id: Id
    action: Action
    value: Annotated[str, msgspec.Meta(max_length=256)] = ""


class Unask(Message, frozen=True):
    """Take back what one has asked for."""

    id: Id
    approval: PersonId


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


class Admit(Message, frozen=True):
    """Let these in, or, without a list, all who wait."""

    id: Id
    participants: People | None = None


class Refuse(Message, frozen=True):
    id: Id
    participants: People | None = None


class Decide(Message, frozen=True):
    """Answer what somebody asked for; the first answer counts."""

    id: Id
    approval: PersonId
    allow: bool


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


class Audit(Message, frozen=True):
    """Who did what: a page of the log, newest first; answered by `auditpage`."""

    id: Id
    before: UnixMs | None = None


class End(Message, frozen=True):
    """The meeting is over for everybody."""

    id: Id


# --- answers ----------------------------------------------------------------------------------------------------


class Asked(Message, frozen=True):
    """A host has been asked; `decided` follows."""

    re: Id
    approval: str
    expires_at: UnixMs


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


class AuditEntry(Part, frozen=True):
    """`actor` and `subject` are names as they were; `detail` is a key or a new value."""

    at: UnixMs
    action: str
    actor: str
    subject: str = ""
    detail: str = ""


class AuditPage(Message, frozen=True):
    re: Id
    entries: list[AuditEntry]
    more: bool = False


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


class Waiter(Part, frozen=True):
    """Somebody at the door. `email` only where the account has verified it."""

    participant: str
    name: str
    guest: bool
    since: UnixMs
    email: str | None = None
    picture: str | None = None


class Waiters(Message, frozen=True):
    """Everybody at the door, to those who may admit; latest wins."""

    waiters: list[Waiter]


class Approval(Part, frozen=True):
    """Something asked for and not yet answered. `value`: the new name, or the picture's id."""

    approval: str
    participant: str
    name: str
    action: Action
    since: UnixMs
    expires_at: UnixMs
    value: str = ""


class Approvals(Message, frozen=True):
    """All that is asked for, oldest first, to those who may answer; latest wins."""

    approvals: list[Approval]


class Decided(Message, frozen=True):
    """What has become of one's own request: `allow`, `deny` or `expired`."""

    approval: str
    action: Action
    outcome: Literal["allow", "deny", "expired"]


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
