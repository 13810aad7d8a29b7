"""Ingress gates that follow the permission table: shut where a member may not publish, whatever its page sends.

A gate is shut at the media server first, then in the Room (contracts 4). Where the media server does not answer, the Room
holds the Track shut all the same, and the next offer shuts it again.
"""

from signaling.actions import Verdict
from signaling.live_room import LiveRoom
from signaling.live_rooms import LiveRooms
from signaling.member import Member
from signaling.permissions import PUBLISH
from treble.api import SetMuted, Source


async def regate(rooms: LiveRooms, live: LiveRoom, member: Member, *, may_open: bool = False) -> None:
    """Shut each Track of a member that it may not publish (any more); with `may_open` open those that it may again.

    Call it after the member's role, overrides or the Room's policy have changed in memory. `ApiError` where the media
    server did not answer: the Tracks are shut in the Room, and the call may be repeated.
    """
    allowed = {source: live.machine.verdict(member, PUBLISH[source]) is Verdict.ALLOW for source in Source}
    for source in member.tracks:
        if not allowed[source] and source not in member.blocked:
            await set_blocked(rooms, live, member, source, blocked=True)
    if may_open:
        for source in [source for source in Source if source in member.blocked and allowed[source]]:
            await set_blocked(rooms, live, member, source, blocked=False)


async def set_blocked(
    rooms: LiveRooms, live: LiveRoom, member: Member, source: Source, *, blocked: bool
) -> None:
    """Shut one gate whatever its owner wishes, or leave it to its owner again."""
    if blocked:
        try:
            await set_gate(rooms, member, source, muted=True)
        finally:
            live.feed(live.machine.handle_blocked, member.id, source, True)
    else:
        await set_gate(rooms, member, source, muted=source in member.muted)
        live.feed(live.machine.handle_blocked, member.id, source, False)


async def set_gate(rooms: LiveRooms, member: Member, source: Source, *, muted: bool) -> None:
    """At the media server, where there is such a Track; each change has a later epoch than the one before."""
    if member.peer is not None and source in member.tracks:
        member.epoch += 1
        gate = SetMuted(peer=member.peer.id, source=source, muted=muted, epoch=member.epoch)
        await rooms.others.ask("mute", rooms.others.media_server().set_muted(gate))
