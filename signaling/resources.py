"""WHIP and WHEP (RFC 9725): a participant without a socket, there as long as its Peer."""

import os
from dataclasses import dataclass

from signaling.entrance import LEADERS, Entrance
from signaling.gates import note_offered, set_gates, with_gates
from signaling.live_room import LiveRoom
from signaling.live_rooms import LiveRooms
from signaling.messages import IceServer
from signaling.offers import check_sdp
from signaling.permissions import PUBLISH, may_publish_anything, refuse_denied
from signaling.room.member import Join
from signaling.tokens import Claims
from treble.api import (
    ApiError,
    DeleteResource,
    MediaServer,
    OpenPeer,
    OpenResource,
    PatchResource,
    PeerOpened,
    ResourceOpened,
    ResourcePatched,
    RestartIce,
)
from treble.ids import new_id


@dataclass(frozen=True, slots=True)
class Resource:
    """`sub`: whose token opened it; nobody else may touch it."""

    live: LiveRoom
    participant: str
    sub: str
    peer: str


class Resources:
    """Resources by id; the id is also the participant's Session, so the Room ends both as one."""

    def __init__(self, entrance: Entrance, rooms: LiveRooms, ice_servers: tuple[IceServer, ...]) -> None:
        self._entrance = entrance
        self._rooms = rooms
        self._links = [link for server in ice_servers for link in link_values(server)]
        self._resources: dict[str, Resource] = {}

    async def open(self, request: OpenResource) -> ResourceOpened:
        """Join with an offer; only a `treble token` opens this door (contracts 3)."""
        claims = self._claims(request.token)
        if claims.room != request.room:
            raise ApiError("auth.wrong")
        arrival = await self._entrance.arrival(claims)
        media = self._rooms.media_server()
        resource, participant, peer = new_id(os.urandom), new_id(os.urandom), new_id(os.urandom)
        settings, is_locked = self._rooms.in_force(arrival.room)
        role, policy, overrides = arrival.role, settings.policy, arrival.person.overrides
        if is_locked and role not in LEADERS:
            raise ApiError("locked")
        if settings.e2ee:
            raise ApiError("forbidden", "WHIP and WHEP cannot encrypt end to end")
        if arrival.must_knock:
            raise ApiError("removed")
        if request.publish and not may_publish_anything(role, policy, overrides):
            raise ApiError("forbidden", "a viewer may not publish")
        check_sdp(role, request.sdp, policy, overrides)
        live = self._rooms.enter(arrival.room)
        join = Join(
            participant,
            arrival.person.name,
            role,
            False,
            resource,
            socket=None,
            overrides=overrides,
            admission=claims.sub,
        )
        live.feed(live.machine.handle_join, join)
        self._resources[resource] = Resource(live, participant, claims.sub, peer)
        try:
            live.feed(live.machine.handle_offer, participant, peer)
            opened = await self._publish(live, participant, peer, request.sdp, media)
        except BaseException:
            live.feed(live.machine.handle_leave, participant, "left")
            raise
        return ResourceOpened(resource=resource, sdp=opened.sdp, ice_servers=self._links)

    async def _publish(
        self, live: LiveRoom, participant: str, peer: str, sdp: str, media: MediaServer
    ) -> PeerOpened:
        """What has to be asked for stays shut: a host may allow it."""
        member = live.machine.member(participant)
        if member is None:
            raise ApiError("gone")
        offer = OpenPeer(room=live.id, participant=participant, peer=peer, sdp=sdp)
        offer = with_gates(member, offer)
        opened = await self._rooms.others.ask("open peer", media.open_peer(offer))
        for track in opened.tracks:
            refuse_denied(member.role, PUBLISH[track.source], live.machine.settings.policy, member.overrides)
        sources = tuple(track.source for track in opened.tracks)
        live.feed(live.machine.handle_peer_opened, participant, peer, sources)
        if member.peer is not None:
            note_offered(member.peer, offer)
        await set_gates(self._rooms, live, [member])
        return opened

    async def patch(self, request: PatchResource) -> ResourcePatched:
        """An ICE restart."""
        found = self._find(request.token, request.resource)
        restart = RestartIce(peer=found.peer, sdp_fragment=request.sdp_fragment)
        restarted = await self._rooms.others.ask(
            "restart ice", self._rooms.media_server().restart_ice(restart)
        )
        return ResourcePatched(sdp_fragment=restarted.sdp_fragment)

    def delete(self, request: DeleteResource) -> None:
        found = self._find(request.token, request.resource)
        found.live.feed(found.live.machine.handle_leave, found.participant, "left")

    def tokens(self) -> set[str]:
        """By which tokens (their `sub`) resources were opened."""
        return {resource.sub for resource in self._resources.values()}

    def end_of(self, sub: str) -> None:
        """Whose token is revoked."""
        for resource in list(self._resources.values()):
            if resource.sub == sub:
                resource.live.feed(resource.live.machine.handle_leave, resource.participant, "removed")

    def forget(self, resource: str) -> None:
        """Its participant is gone."""
        self._resources.pop(resource, None)

    def _claims(self, token: str) -> Claims:
        claims = self._entrance.claims(token)
        if not claims.admission:
            raise ApiError("auth.wrong")
        return claims

    def _find(self, token: str, resource: str) -> Resource:
        """`gone` for an unknown resource and for somebody else's alike."""
        claims = self._claims(token)
        found = self._resources.get(resource)
        if found is None or found.sub != claims.sub:
            raise ApiError("gone")
        return found


def link_values(server: IceServer) -> list[str]:
    """`Link` header values of one ICE server (RFC 9725 section 4.6)."""
    extra = ""
    if server.username is not None and server.credential is not None:
        username, credential = _quoted(server.username), _quoted(server.credential)
        extra = f'; username={username}; credential={credential}; credential-type="password"'
    return [f'<{url}>; rel="ice-server"{extra}' for url in server.urls]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
