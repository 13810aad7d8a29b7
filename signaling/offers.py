"""What the room server must know of an offer before a media server parses it: linear, on the safe side."""

import re
from typing import Final

from signaling.actions import Action
from signaling.messages import Offer
from signaling.permissions import (
    NO_OVERRIDES,
    NO_POLICY,
    PUBLISH,
    Overrides,
    Policy,
    may_publish_anything,
    refuse_denied,
    require,
)
from treble.api import ApiError, Role

# Characters at which one parser may see a new line and another none: two readings of one offer.
_ODD_BREAKS: Final = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]|\r(?!\n)")
_SENDS: Final = {"a=sendrecv", "a=sendonly"}
_RECEIVES: Final = {"a=recvonly", "a=inactive"}


def check_offer(
    role: Role, offer: Offer, policy: Policy = NO_POLICY, overrides: Overrides = NO_OVERRIDES
) -> None:
    """`ApiError`: "forbidden" where the role may not do this, "bad.sdp" where it reads two ways.

    A Track that a host has to be asked for may be offered: its gate stays shut until the answer.
    """
    for track in offer.tracks:
        refuse_denied(role, PUBLISH[track.source], policy, overrides)
    check_sdp(role, offer.sdp, policy, overrides)


def check_sdp(role: Role, sdp: str, policy: Policy = NO_POLICY, overrides: Overrides = NO_OVERRIDES) -> None:
    """An m-line that sends is a Track, whatever else the client says about it."""
    require(role, Action.WATCH, policy, overrides)
    if _ODD_BREAKS.search(sdp):
        raise ApiError("bad.sdp", "odd line break")
    if sends_media(sdp) and not may_publish_anything(role, policy, overrides):
        raise ApiError("forbidden", "m-lines of a viewer are recvonly")


def sends_media(sdp: str) -> bool:
    """True unless each audio or video m-line says that it does not send (no word means that it does)."""
    sections = f"\n{sdp}".split("\nm=")[1:]
    return any(_sends(section) for section in sections if not section.startswith("application"))


def _sends(section: str) -> bool:
    lines = {line.strip().lower() for line in section.split("\n")}
    return bool(lines & _SENDS) or not lines & _RECEIVES


def certificate_of(sdp: str) -> str:
    """The first DTLS fingerprint: it stays the same in all offers of one RTCPeerConnection."""
    for line in sdp.split("\n"):
        if line.startswith("a=fingerprint:"):
            return line.removeprefix("a=fingerprint:").strip().lower()
    return ""
