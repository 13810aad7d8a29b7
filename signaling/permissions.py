"""Who may do what: one table, role by action, with the safest answers as defaults.

A host may set the policy of a Room, but only for what `LOOSEST` names and no further than it says: nobody ever
unmutes another person, whatever the settings. What a host allows or forbids one participant (`overrides`) comes
before the policy and has the same bounds. Whatever is not in the table is denied.
"""

from collections.abc import Mapping
from typing import Final

from signaling.actions import Action, Verdict
from treble.api import ApiError, Role, Source

_A, _K, _D = Verdict.ALLOW, Verdict.ASK, Verdict.DENY
_ROLES: Final = (Role.HOST, Role.COHOST, Role.SPEAKER, Role.VIEWER)

# fmt: off
TABLE: Final = {
    #                      host  co-host  speaker  viewer
    Action.ENTER:         (_A,   _A,      _K,      _K),
    Action.WATCH:         (_A,   _A,      _A,      _A),
    Action.TALK:          (_A,   _A,      _A,      _D),
    Action.SHOW:          (_A,   _A,      _A,      _D),
    Action.SHARE:         (_A,   _A,      _K,      _D),
    Action.RENAME:        (_A,   _A,      _K,      _K),
    Action.PICTURE:       (_A,   _A,      _K,      _K),
    Action.CHAT:          (_A,   _A,      _A,      _A),
    Action.WHISPER:       (_A,   _A,      _A,      _D),
    Action.HISTORY:       (_A,   _A,      _D,      _D),
    Action.FILES:         (_A,   _A,      _A,      _D),
    Action.REACT:         (_A,   _A,      _A,      _A),
    Action.HAND:          (_A,   _A,      _A,      _A),
    Action.RECORD:        (_A,   _K,      _D,      _D),
    Action.BROADCAST:     (_A,   _K,      _D,      _D),
    Action.CAPTION:       (_A,   _A,      _D,      _D),
    Action.INVITE:        (_A,   _A,      _D,      _D),
    Action.ADMIT:         (_A,   _A,      _D,      _D),
    Action.ANSWER:        (_A,   _A,      _D,      _D),
    Action.MUTE:          (_A,   _A,      _D,      _D),
    Action.ASK_UNMUTE:    (_A,   _A,      _D,      _D),
    Action.STOP_CAMERA:   (_A,   _A,      _D,      _D),
    Action.STOP_SHARE:    (_A,   _A,      _D,      _D),
    Action.UNMUTE_OTHERS: (_D,   _D,      _D,      _D),
    Action.LOWER_HANDS:   (_A,   _A,      _D,      _D),
    Action.PERMIT:        (_A,   _A,      _D,      _D),
    Action.SPOTLIGHT:     (_A,   _A,      _D,      _D),
    Action.REMOVE:        (_A,   _A,      _D,      _D),
    Action.BAN:           (_A,   _A,      _D,      _D),
    Action.ERASE:         (_A,   _A,      _D,      _D),
    Action.LOCK:          (_A,   _A,      _D,      _D),
    Action.SETTINGS:      (_A,   _D,      _D,      _D),
    Action.ROLES:         (_A,   _D,      _D,      _D),
    Action.HAND_OVER:     (_A,   _D,      _D,      _D),
    Action.AUDIT:         (_A,   _A,      _D,      _D),
    Action.EXPORT:        (_A,   _D,      _D,      _D),
    Action.END:           (_A,   _D,      _D,      _D),
}

# How far a host may go with policy and overrides; for everything else the table is the last word.
LOOSEST: Final = {
    #                      co-host  speaker  viewer
    Action.ENTER:         (_A,      _A,      _A),
    Action.TALK:          (_A,      _A,      _A),
    Action.SHOW:          (_A,      _A,      _A),
    Action.SHARE:         (_A,      _A,      _A),
    Action.RENAME:        (_A,      _A,      _A),
    Action.PICTURE:       (_A,      _A,      _A),
    Action.CHAT:          (_A,      _A,      _A),
    Action.WHISPER:       (_A,      _A,      _A),
    Action.HISTORY:       (_A,      _A,      _A),
    Action.FILES:         (_A,      _A,      _A),
    Action.REACT:         (_A,      _A,      _A),
    Action.HAND:          (_A,      _A,      _A),
    Action.RECORD:        (_A,      _K,      _D),
    Action.BROADCAST:     (_A,      _K,      _D),
    Action.CAPTION:       (_A,      _A,      _A),
    Action.INVITE:        (_A,      _A,      _A),
}
# fmt: on

PUBLISH: Final = {
    Source.MICROPHONE: Action.TALK,
    Source.CAMERA: Action.SHOW,
    Source.SCREEN: Action.SHARE,
    Source.SCREEN_AUDIO: Action.SHARE,
}
# What a host does to others' Tracks.
STOP: Final = {
    Source.MICROPHONE: Action.MUTE,
    Source.CAMERA: Action.STOP_CAMERA,
    Source.SCREEN: Action.STOP_SHARE,
    Source.SCREEN_AUDIO: Action.STOP_SHARE,
}

Overrides = Mapping[Action, Verdict]
# Role, then action: what a host has set for everybody of that role.
Policy = Mapping[Role, Overrides]
NO_OVERRIDES: Final[Overrides] = {}
NO_POLICY: Final[Policy] = {}

STRICTNESS: Final = (Verdict.ALLOW, Verdict.ASK, Verdict.DENY)


def verdict(
    role: Role, action: Action, policy: Policy = NO_POLICY, overrides: Overrides = NO_OVERRIDES
) -> Verdict:
    """The table's answer, unless policy or overrides say otherwise within `LOOSEST`."""
    row = TABLE.get(action)
    if row is None:
        return Verdict.DENY
    wished = overrides.get(action) or policy.get(role, {}).get(action)
    bound = loosest(role, action)
    if wished is None or bound is None:
        return row[_ROLES.index(role)]
    return max(wished, bound, key=STRICTNESS.index)


def loosest(role: Role, action: Action) -> Verdict | None:
    """The least strict verdict that a host may give this role; None where nothing can be changed."""
    if role is Role.HOST or action not in LOOSEST:
        return None
    return LOOSEST[action][_ROLES.index(role) - 1]


def require(
    role: Role, action: Action, policy: Policy = NO_POLICY, overrides: Overrides = NO_OVERRIDES
) -> None:
    """`ApiError`: "forbidden", or "ask" where a host has to be asked first."""
    found = verdict(role, action, policy, overrides)
    if found is Verdict.ASK:
        raise ApiError("ask", action.value)
    if found is Verdict.DENY:
        raise ApiError("forbidden", action.value)


def refuse_denied(
    role: Role, action: Action, policy: Policy = NO_POLICY, overrides: Overrides = NO_OVERRIDES
) -> None:
    """`ApiError("forbidden")` for what not even asking makes possible."""
    if verdict(role, action, policy, overrides) is Verdict.DENY:
        raise ApiError("forbidden", action.value)


def outranks(actor: Role, target: Role) -> bool:
    """Whether host controls of `actor` reach `target`: co-hosts do not remove or mute hosts and each other."""
    return _ROLES.index(actor) < _ROLES.index(target)


def may_publish_anything(role: Role, policy: Policy = NO_POLICY, overrides: Overrides = NO_OVERRIDES) -> bool:
    """A Track that somebody has to be asked for may be offered; its gate stays shut until the answer."""
    return any(verdict(role, action, policy, overrides) is not Verdict.DENY for action in PUBLISH.values())
