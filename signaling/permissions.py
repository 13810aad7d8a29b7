"""Who may do what: one table, role by action. Whatever is not in the table is denied."""

from enum import StrEnum
from typing import Final

from treble.api import ApiError, Role, Source


class Action(StrEnum):
    WATCH = "watch"
    TALK = "talk"  # publish a microphone
    SHOW = "show"  # publish a camera
    SHARE = "share"  # publish a screen, with its sound


class Verdict(StrEnum):
    ALLOW = "allow"
    DENY = "deny"


_A, _D = Verdict.ALLOW, Verdict.DENY
_ROLES = (Role.HOST, Role.COHOST, Role.SPEAKER, Role.VIEWER)

# fmt: off
TABLE: Final = {
    #               host  co-host  speaker  viewer
    Action.WATCH:  (_A,   _A,      _A,      _A),
    Action.TALK:   (_A,   _A,      _A,      _D),
    Action.SHOW:   (_A,   _A,      _A,      _D),
    Action.SHARE:  (_A,   _A,      _A,      _D),
}
# fmt: on

PUBLISH: Final = {
    Source.MICROPHONE: Action.TALK,
    Source.CAMERA: Action.SHOW,
    Source.SCREEN: Action.SHARE,
    Source.SCREEN_AUDIO: Action.SHARE,
}


def verdict(role: Role, action: Action) -> Verdict:
    row = TABLE.get(action)
    return Verdict.DENY if row is None else row[_ROLES.index(role)]


def require(role: Role, action: Action) -> None:
    """`ApiError("forbidden")` unless the table allows it."""
    if verdict(role, action) is not Verdict.ALLOW:
        raise ApiError("forbidden", action.value)


def may_publish_anything(role: Role) -> bool:
    return any(verdict(role, action) is Verdict.ALLOW for action in PUBLISH.values())
