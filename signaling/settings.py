"""A Room's settings as they are stored, sent and changed; the defaults are the safest."""

from enum import StrEnum
from typing import Annotated, Final

import msgspec

from signaling.actions import Action, Verdict
from signaling.permissions import loosest
from treble.api import ApiError, Role
from treble.units import SECOND

ONE_OFF_NS: Final = 24 * 3600 * SECOND  # contracts 6: how long a room outlives its last use
PERSISTENT_NS: Final = 30 * ONE_OFF_NS

UnixTime = Annotated[int, msgspec.Meta(ge=0, le=2**40)]  # seconds


class RoomDefaults(StrEnum):
    """`safe`: password, knock, waiting for the host, screen on request. `open`: whoever has the password enters."""

    SAFE = "safe"
    OPEN = "open"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Unknown keys of a newer version are kept out of the way, not an error."""

    capacity: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None  # None: as the server is configured
    persistent: bool = False
    has_password: bool = True
    wait_for_host: bool = True  # nobody but hosts and co-hosts enters before one of them is there
    hand_over_to_guests: bool = False  # an unverified guest may become host when the host has gone
    opens_at: UnixTime | None = None  # before it only hosts and co-hosts enter
    closes_at: UnixTime | None = None  # the Room ends
    policy: dict[Role, dict[Action, Verdict]] = {}

    @property
    def retention_ns(self) -> int:
        return PERSISTENT_NS if self.persistent else ONE_OFF_NS


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
            order = (Verdict.ALLOW, Verdict.ASK, Verdict.DENY)
            if bound is None or order.index(wished) < order.index(bound):
                raise ApiError("bad.settings", f"policy: {action} of {role} cannot be {wished}")
    if settings.opens_at and settings.closes_at and settings.opens_at >= settings.closes_at:
        raise ApiError("bad.settings", "closes_at: the room would close before it opens")
