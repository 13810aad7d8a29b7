"""A Room's settings as they are stored, sent and changed; the defaults are the safest."""

from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec

from signaling.actions import Action, Verdict
from signaling.permissions import LOOSEST, STRICTNESS, loosest, verdict
from signaling.retention import Retention
from treble.api import ApiError, Role
from treble.units import SECOND

MAX_CAPACITY: Final = 10_000

UnixTime = Annotated[int, msgspec.Meta(ge=0, le=2**40)]  # seconds


class RoomDefaults(StrEnum):
    """`safe`: password, knock, waiting for the host, screen on request. `open`: whoever has the password enters."""

    SAFE = "safe"
    OPEN = "open"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Unknown keys of a newer version are kept out of the way, not an error."""

    capacity: Annotated[int, msgspec.Meta(ge=1, le=MAX_CAPACITY)] | None = (
        None  # None: as the server is configured
    )
    persistent: bool = False
    has_password: bool = True
    wait_for_host: bool = True  # nobody but hosts and co-hosts enters before one of them is there
    hand_over_to_guests: bool = False  # an unverified guest may become host when the host has gone
    opens_at: UnixTime | None = None  # before it only hosts and co-hosts enter
    closes_at: UnixTime | None = None  # the Room ends
    e2ee: bool = False  # the participants encrypt their media for each other; the server cannot read it
    policy: dict[Role, dict[Action, Verdict]] = {}

    def expires_at(self, used_at_ns: int, retention: Retention) -> int:
        """Until when (Unix nanoseconds) a Room is kept that was used last then, or is to be used later."""
        planned = max(self.opens_at or 0, self.closes_at or 0) * SECOND
        keep_ns = retention.persistent_ns if self.persistent else retention.one_off_ns
        return max(used_at_ns, planned) + keep_ns


OPEN_POLICY: Final = {
    Role.SPEAKER: {
        Action.ENTER: Verdict.ALLOW,
        Action.SHARE: Verdict.ALLOW,
        Action.RENAME: Verdict.ALLOW,
        Action.PICTURE: Verdict.ALLOW,
        Action.HISTORY: Verdict.ALLOW,
    },
    Role.VIEWER: {Action.ENTER: Verdict.ALLOW, Action.HISTORY: Verdict.ALLOW},
}


def new_settings(defaults: RoomDefaults) -> Settings:
    if defaults is RoomDefaults.OPEN:
        return Settings(wait_for_host=False, policy=OPEN_POLICY)
    return Settings()


def check_settings(settings: Settings) -> None:
    """`ApiError("bad.settings")` names what cannot be."""
    for role, verdicts in settings.policy.items():
        for action, wished in verdicts.items():
            bound = loosest(role, action)
            if bound is None or STRICTNESS.index(wished) < STRICTNESS.index(bound):
                raise ApiError("bad.settings", f"policy: {action} of {role} cannot be {wished}")
    if settings.opens_at and settings.closes_at and settings.opens_at >= settings.closes_at:
        raise ApiError("bad.settings", "closes_at: the room would close before it opens")


def parse_settings(text: bytes, defaults: RoomDefaults) -> Settings:
    """Some settings as JSON, the others as by default; `ApiError("bad.settings")`."""
    try:
        given = msgspec.json.decode(text, type=dict[str, Any])
        settings = msgspec.convert(msgspec.to_builtins(new_settings(defaults)) | given, Settings)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ApiError("bad.settings", str(error)) from None
    check_settings(settings)
    return settings


def stricter(one: Settings, other: Settings) -> Settings:
    """Settings that permit only what both permit."""
    policy: dict[Role, dict[Action, Verdict]] = {
        role: {
            action: max(
                verdict(role, action, one.policy), verdict(role, action, other.policy), key=STRICTNESS.index
            )
            for action in LOOSEST
        }
        for role in Role
        if role is not Role.HOST
    }
    return Settings(
        capacity=min(one.capacity or MAX_CAPACITY, other.capacity or MAX_CAPACITY),
        persistent=other.persistent,
        has_password=one.has_password or other.has_password,
        wait_for_host=one.wait_for_host or other.wait_for_host,
        hand_over_to_guests=one.hand_over_to_guests and other.hand_over_to_guests,
        opens_at=max(one.opens_at or 0, other.opens_at or 0) or None,
        closes_at=min((at for at in (one.closes_at, other.closes_at) if at is not None), default=None),
        e2ee=one.e2ee or other.e2ee,
        policy=policy,
    )


def only_restricts(before: Settings, after: Settings) -> bool:
    """Whether nothing is permitted that was not permitted before."""
    return stricter(before, after) == stricter(after, after)
