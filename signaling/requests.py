"""A joined client's requests: checked, carried to the media server, and only then told to the Room."""

import os

from signaling.chat.service import ChatService
from signaling.chat_messages import ChatRequest
from signaling.door_messages import Enter, Knock
from signaling.gates import note_offered, set_gates, with_gates
from signaling.hosting import Hosting
from signaling.key_messages import SendKeys
from signaling.line import Line
from signaling.live_rooms import LiveRooms
from signaling.membership import Membership, MembershipRequest
from signaling.messages import (
    Answer,
    ClientMessage,
    Done,
    Failed,
    Hello,
    Layers,
    Leave,
    Mute,
    Offer,
    Ping,
    View,
    encode,
)
from signaling.offers import certificate_of, check_offer
from signaling.permissions import PUBLISH, refuse_denied, require
from signaling.room.effects import Closing
from signaling.room.member import Member
from treble.api import (
    ApiError,
    OpenPeer,
    PeerOpened,
    PeerState,
    SessionAnswer,
    SetLayers,
    SetView,
    Source,
)
from treble.ids import new_id


class Requests:
    """Answers each request exactly once; a refusal is an answer too."""

    def __init__(self, rooms: LiveRooms, membership: Membership, hosting: Hosting, chat: ChatService) -> None:
        self._rooms = rooms
        self._membership = membership
        self._hosting = hosting
        self._chat = chat

    async def answer(self, line: Line, message: ClientMessage) -> SessionAnswer:
        """In the line's order; a request that was answered before gets the same answer again."""
        if isinstance(message, Ping):
            return SessionAnswer(message=encode(Done(re=message.id)))
        async with line.lock:
            answer = line.answers.get(message.id)
            if answer is None:
                answer = await self._attempt(line, message)
                if not isinstance(message, Enter):  # each welcome has a resume token of its own
                    line.answers.keep(message.id, answer)
            return answer

    async def _attempt(self, line: Line, message: ClientMessage) -> SessionAnswer:
        member = line.member()
        if member is None and line.waiter() is None:
            return gone()
        try:
            if isinstance(message, Enter):
                welcome, place = await self._membership.enter(line, message)
                return SessionAnswer(message=welcome, chat=place)
            if member is None:
                return await self._at_door(line, message)
            return await self._carry_out(line, member, message)
        except ApiError as error:
            return failed(message.id, error)

    async def _at_door(self, line: Line, message: ClientMessage) -> SessionAnswer:
        """Of somebody who waits; nothing else is for them."""
        match message:
            case Knock():
                return SessionAnswer(message=await self._membership.knock(line, message))
            case Leave():
                return self._leave(line, message)
            case _:
                raise ApiError("ask", "wait until you are let in")

    def _leave(self, line: Line, message: Leave) -> SessionAnswer:
        line.live.feed(line.live.machine.handle_leave, line.participant, "left")
        return SessionAnswer(message=encode(Done(re=message.id)), close=Closing.LEFT)

    async def _carry_out(self, line: Line, member: Member, message: ClientMessage) -> SessionAnswer:
        match message:
            case Offer():
                sdp = await self._offer(line, member, message)
                return SessionAnswer(message=encode(Answer(re=message.id, sdp=sdp)))
            case View():
                line.tiles = message.tiles
                await self._view(line, member)
            case Mute():
                await self._mute(line, member, message)
            case Layers():
                line.layers[message.source] = message.layers
                await self._layers(line, member, message.source)
            case SendKeys():
                line.live.feed(line.live.machine.handle_keys, line.participant, tuple(message.items))
            case Leave():
                return self._leave(line, message)
            case Hello():
                raise ApiError("bad.message", "hello is only the first message")
            case Ping():
                pass
            case _ if isinstance(message, MembershipRequest):
                answer = await self._membership.carry_out(line, member, message)
                return SessionAnswer(message=encode(answer))
            case _ if isinstance(message, ChatRequest):
                return SessionAnswer(message=encode(await self._chat.carry_out(line, member, message)))
            case _:
                return SessionAnswer(message=encode(await self._hosting.carry_out(line, member, message)))
        return SessionAnswer(message=encode(Done(re=message.id)))

    async def _offer(self, line: Line, member: Member, offer: Offer) -> str:
        """The answer's SDP. The same certificate again means the same Peer, another one a new Peer."""
        check_offer(member.role, offer, line.live.machine.settings.policy, member.overrides)
        media = self._rooms.media_server()
        certificate = certificate_of(offer.sdp)
        peer = _same_peer(member) if certificate == line.certificate else None
        is_new = peer is None
        peer = peer or new_id(os.urandom)
        line.live.feed(line.live.machine.handle_offer, line.participant, peer)
        request = OpenPeer(
            room=line.live.id,
            participant=line.participant,
            peer=peer,
            sdp=offer.sdp,
            tracks=offer.tracks,
            slots=offer.slots,
        )
        request = with_gates(member, request)
        try:
            opened = await self._rooms.others.ask("open peer", media.open_peer(request))
            if is_new:
                self._check_tracks(line, member, opened)
        except BaseException:
            line.live.feed(line.live.machine.handle_peer_refused, line.participant, peer)
            if is_new:
                self._rooms.let_go(peer)
            raise
        sources = tuple(track.source for track in opened.tracks)
        line.live.feed(line.live.machine.handle_peer_opened, line.participant, peer, sources)
        line.certificate = certificate
        if member.peer is not None and member.peer.id == peer:
            note_offered(member.peer, request)
            await set_gates(self._rooms, line.live, [member])  # what has changed meanwhile
        self._check_tracks(line, member, opened)
        if is_new:
            await self._rooms.note_peer(line.session, peer)
        if is_new and line.tiles is not None:
            await self._view(line, member)
        for source in line.layers:
            await self._layers(line, member, source)
        return opened.sdp

    def _check_tracks(self, line: Line, member: Member, opened: PeerOpened) -> None:
        """The media server's reading of the offer is checked too, and what has changed meanwhile."""
        policy = line.live.machine.settings.policy
        for track in opened.tracks:
            refuse_denied(member.role, PUBLISH[track.source], policy, member.overrides)

    async def _view(self, line: Line, member: Member) -> None:
        if member.peer is not None and line.tiles is not None:
            view = SetView(peer=member.peer.id, tiles=line.tiles)
            await self._rooms.others.ask("view", self._rooms.media_server().set_view(view))

    async def _layers(self, line: Line, member: Member, source: Source) -> None:
        """What one's own Track offers; kept for a Track that is published later."""
        if member.peer is not None and source in member.tracks:
            layers = SetLayers(peer=member.peer.id, source=source, layers=line.layers[source])
            await self._rooms.others.ask("layers", self._rooms.media_server().set_layers(layers))

    async def _mute(self, line: Line, member: Member, mute: Mute) -> None:
        """The media server's gate first, then the others are told (contracts 4). What one may not publish stays shut."""
        source, machine = mute.source, line.live.machine
        if not mute.muted:
            require(member.role, PUBLISH[source], machine.settings.policy, member.overrides)
        line.live.feed(machine.handle_muted, line.participant, source, mute.muted)
        try:
            await set_gates(self._rooms, line.live, [member])
        except ApiError:
            if not mute.muted:  # nobody knows whether it is open
                line.live.feed(machine.handle_muted, line.participant, source, True)
            raise


def failed(request: int, error: ApiError) -> SessionAnswer:
    refusal = Failed(re=request, code=error.code, detail=error.detail, retry_after=error.retry_after)
    return SessionAnswer(message=encode(refusal))


def gone() -> SessionAnswer:
    """The socket is of no Session any more. The request stays unanswered (`re` 0 names none), so that the
    client sends it again after it has resumed, or gives it up with its Session."""
    return SessionAnswer(message=encode(Failed(re=0, code="gone")), close=Closing.RESUME)


def _same_peer(member: Member) -> str | None:
    peer = member.peer
    return peer.id if peer is not None and peer.opened and peer.state is not PeerState.CLOSED else None
