"""Ingress gates at the media server: what the Room holds of a Track is what they are told, the newest last.

The Room's state is changed first, between two checkpoints; then `set_gates` tells the media server whatever it has not
agreed to yet, each time with a later epoch. So however the answers come in, the gate ends as the Room's state says; where
the media server does not answer, the Room holds the Track shut all the same, and the next offer shuts it again.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import structlog
import trio

from signaling.calls import RETRY_AFTER_SECONDS
from signaling.live_room import LiveRoom
from signaling.live_rooms import LiveRooms
from signaling.room.member import Gate, Member, Peer
from treble.api import ApiError, OpenPeer, SetMuted, Source

TRIES: Final = 60
RETRY_S: Final = 1.0

_log = structlog.get_logger("signaling.gates")


async def set_gates(
    rooms: LiveRooms, live: LiveRoom, members: Sequence[Member], *, may_open: bool = True
) -> None:
    """Bring the media server's gates to what the Room holds, all at once, and let the others see it.

    `ApiError("busy")` when some could not be set, after all have been tried; what must be shut is tried again behind the
    caller's back. `may_open` false: only shut.
    """
    failed: list[ApiError] = []

    async def set_one(member: Member, peer: Peer, source: Source) -> None:
        try:
            await _set_gate(rooms, member, peer, source)
        except ApiError as error:
            failed.append(error)
        live.feed(live.machine.handle_gates, member.id)

    async with trio.open_nursery() as nursery:
        for member in members:
            for peer in member.open_peers():
                for source in _stale(member, peer):
                    if may_open or member.is_shut(source):
                        nursery.start_soon(set_one, member, peer, source)
    if failed:
        for member in members:
            rooms.start(_keep_shutting, rooms, live, member)
        raise ApiError("busy", failed[0].detail, RETRY_AFTER_SECONDS) from failed[0]


async def _keep_shutting(rooms: LiveRooms, live: LiveRoom, member: Member) -> None:
    """Until the media server has shut what must be shut, or the Peer is gone."""
    for _ in range(TRIES):
        await trio.sleep(RETRY_S)
        left = [
            (peer, source)
            for peer in member.open_peers()
            for source in _stale(member, peer)
            if member.is_shut(source)
        ]
        if not left or live.is_over or live.machine.member(member.id) is not member:
            return
        for peer, source in left:
            try:
                await _set_gate(rooms, member, peer, source)
            except ApiError as error:
                _log.warning("a gate is not shut", peer=peer.id, source=source, cause=error.detail)


async def regate(rooms: LiveRooms, live: LiveRoom, member: Member, *, may_open: bool = False) -> None:
    """After a member's role, overrides or the Room's policy have changed in memory: shut each Track that it may not
    publish any more; with `may_open` open those that it may again and that nobody has muted.
    """
    await set_gates(rooms, live, [member], may_open=may_open)


def with_gates(member: Member, offer: OpenPeer) -> OpenPeer:
    """The offer with what must be shut from the start, whether it is offered or not."""
    member.epoch += 1
    shut = [source for source in Source if member.is_shut(source)]
    by_host = [source for source in shut if member.is_shut_by_host(source)]
    return msgspec.structs.replace(offer, shut=shut, by_host=by_host, epoch=member.epoch)


def note_offered(peer: Peer, offer: OpenPeer) -> None:
    """The media server took it."""
    for source in offer.shut:
        gate = peer.gates.get(source)
        if gate is None or gate.epoch <= offer.epoch:
            peer.gates[source] = Gate(True, source in offer.by_host, offer.epoch, is_known=True)


def _stale(member: Member, peer: Peer) -> list[Source]:
    """Tracks of which the media server has not agreed to what the Room holds; a new one is open."""
    return [source for source in member.tracks if not _agrees(member, peer.gates.get(source), source)]


def _agrees(member: Member, gate: Gate | None, source: Source) -> bool:
    if gate is None:
        return not member.is_shut(source)
    wanted = (member.is_shut(source), member.is_shut_by_host(source))
    return gate.is_known and (gate.is_shut, gate.by_host) == wanted


async def _set_gate(rooms: LiveRooms, member: Member, peer: Peer, source: Source) -> None:
    member.epoch += 1
    gate = Gate(member.is_shut(source), member.is_shut_by_host(source), member.epoch)
    peer.gates[source] = gate
    request = SetMuted(
        peer=peer.id, source=source, muted=gate.is_shut, by_host=gate.by_host, epoch=gate.epoch
    )
    try:
        await rooms.others.ask("mute", rooms.others.media_server().set_muted(request))
    except ApiError as error:
        if error.code != "ended":  # the Peer is gone, and with it all that it sent
            raise
    if peer.gates[source] is gate:
        peer.gates[source] = Gate(gate.is_shut, gate.by_host, gate.epoch, is_known=True)
