"""Whether a member may do this, and to whom: the checks before every host act. Unknown and forbidden look alike."""

from collections.abc import Iterable

from signaling.actions import Action, Verdict
from signaling.permissions import outranks
from signaling.room.machine import Room
from signaling.room.member import Member
from treble.api import ApiError


def check(machine: Room, member: Member, action: Action) -> None:
    """`ApiError`: "forbidden", or "ask" where a host has to be asked first."""
    verdict = machine.verdict(member, action)
    if verdict is not Verdict.ALLOW:
        raise ApiError("ask" if verdict is Verdict.ASK else "forbidden")


def subject(machine: Room, actor: Member, participant: str) -> Member:
    """Somebody in the Room whom the actor outranks; so nobody acts on oneself."""
    found = machine.member(participant)
    if found is None or not outranks(actor.role, found.role):
        raise ApiError("forbidden")
    return found


def subjects(machine: Room, actor: Member, participants: Iterable[str] | None) -> list[Member]:
    """These, all of whom must be subject to the actor; None: everybody who is."""
    if participants is None:
        return [member for member in machine if outranks(actor.role, member.role)]
    return [subject(machine, actor, participant) for participant in dict.fromkeys(participants)]
