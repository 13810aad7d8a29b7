"""What operators may ask, on the room server's side: implements `treble.admin_api.Admin`.

Each method looks at the key first and then goes to the part that knows how: what hosts can do too goes their way.
"""

import trio

from signaling.admin.gate import AdminGate, LocalGate
from signaling.admin.hooks import AdminHooks
from signaling.admin.parts import AdminParts
from signaling.admin.people import AdminPeople
from signaling.admin.rooms import AdminRooms
from signaling.admin.sessions import AdminSessions
from signaling.admin.tokens import AdminTokens
from signaling.admin.users import AdminUsers
from signaling.admin.watch import AdminWatch
from signaling.webhooks.service import WebhookService
from treble import admin_answers as answers, admin_requests as requests
from treble.api import ApiError, Done


class AdminServer:
    """There is only what `open` was given while the database is open."""

    def __init__(self) -> None:
        self._open: _Open | None = None

    def open(self, parts: AdminParts) -> None:
        """The database is there."""
        service = WebhookService(parts.config, parts.database, parts.counters, parts.wall_ns)
        parts.rooms.observer = service.feed
        gate = AdminGate(parts.database, parts.counters, parts.now_ns, parts.wall_ns)
        self._open = _Open(parts, gate, service)

    def open_locally(self, parts: AdminParts) -> None:
        """For a command on the data folder: no key is asked for, and nothing is sent."""
        self._open = _Open(parts, LocalGate(), None)

    def close(self) -> None:
        """The database is about to be closed."""
        self._open = None

    async def run(self) -> None:
        """What goes on beside the requests: webhooks, and what was taken back elsewhere; until cancelled."""
        opened = self._opened
        async with trio.open_nursery() as nursery:
            if opened.webhooks is not None:
                nursery.start_soon(opened.webhooks.run)
            nursery.start_soon(opened.watch.run)

    @property
    def webhooks(self) -> WebhookService | None:
        return self._opened.webhooks

    async def check_key(self, request: requests.Asked) -> Done:
        await self._actor(request)
        return Done()

    # --- rooms ------------------------------------------------------------------------------------------------

    async def create_room(self, request: requests.CreateRoom) -> answers.RoomDetails:
        return await self._opened.rooms.create(await self._actor(request), request)

    async def rooms(self, request: requests.ListRooms) -> answers.RoomPage:
        await self._actor(request)
        return await self._opened.rooms.page(request)

    async def room(self, request: requests.ShowRoom) -> answers.RoomDetails:
        await self._actor(request)
        return await self._opened.rooms.show(request)

    async def change_room(self, request: requests.ChangeRoom) -> answers.RoomDetails:
        return await self._opened.rooms.change(await self._actor(request), request)

    async def end_room(self, request: requests.EndRoom) -> answers.Acted:
        return await self._opened.rooms.end(await self._actor(request), request)

    async def delete_room(self, request: requests.DeleteRoom) -> Done:
        return await self._opened.rooms.delete(await self._actor(request), request)

    async def audit(self, request: requests.ReadAudit) -> answers.AuditLines:
        await self._actor(request)
        return await self._opened.rooms.audit(request)

    # --- participants -----------------------------------------------------------------------------------------

    async def participants(self, request: requests.ListParticipants) -> answers.ParticipantPage:
        await self._actor(request)
        return await self._opened.people.page(request)

    async def participant(self, request: requests.ShowParticipant) -> answers.ParticipantDetails:
        await self._actor(request)
        return await self._opened.people.show(request)

    async def change_participant(self, request: requests.ChangeParticipant) -> answers.Acted:
        return await self._opened.people.change(await self._actor(request), request)

    async def mute(self, request: requests.MuteParticipant) -> answers.Acted:
        return await self._opened.people.mute(await self._actor(request), request)

    async def mute_all(self, request: requests.MuteAll) -> answers.Acted:
        return await self._opened.people.mute_all(await self._actor(request), request)

    async def remove(self, request: requests.RemoveParticipant) -> answers.Acted:
        return await self._opened.people.remove(await self._actor(request), request)

    async def admit(self, request: requests.AdmitParticipant) -> Done:
        return await self._opened.people.admit(await self._actor(request), request)

    async def admit_all(self, request: requests.AdmitAll) -> Done:
        return await self._opened.people.admit_all(await self._actor(request), request)

    async def refuse(self, request: requests.RefuseParticipant) -> answers.Acted:
        return await self._opened.people.refuse(await self._actor(request), request)

    # --- tokens and Sessions ----------------------------------------------------------------------------------

    async def create_token(self, request: requests.CreateToken) -> answers.NewToken:
        return await self._opened.tokens.create(await self._actor(request), request)

    async def tokens(self, request: requests.ListTokens) -> answers.TokenPage:
        await self._actor(request)
        return await self._opened.tokens.page(request)

    async def revoke_token(self, request: requests.RevokeToken) -> Done:
        return await self._opened.tokens.revoke(await self._actor(request), request)

    async def sessions(self, request: requests.ListSessions) -> answers.SessionPage:
        await self._actor(request)
        return await self._opened.sessions.page(request)

    async def end_session(self, request: requests.EndSession) -> Done:
        return await self._opened.sessions.end(await self._actor(request), request)

    # --- users ------------------------------------------------------------------------------------------------

    async def create_user(self, request: requests.CreateUser) -> answers.UserDetails:
        await self._actor(request)
        return await self._opened.users.create(request)

    async def users(self, request: requests.ListUsers) -> answers.UserPage:
        await self._actor(request)
        return await self._opened.users.page(request)

    async def user(self, request: requests.ShowUser) -> answers.UserDetails:
        await self._actor(request)
        return await self._opened.users.show(request)

    async def change_user(self, request: requests.ChangeUser) -> answers.UserDetails:
        await self._actor(request)
        return await self._opened.users.change(request)

    async def delete_user(self, request: requests.DeleteUser) -> Done:
        await self._actor(request)
        return await self._opened.users.delete(request)

    async def logins(self, request: requests.ListLogins) -> answers.LoginList:
        await self._actor(request)
        return await self._opened.users.logins(request)

    async def end_logins(self, request: requests.EndLogins) -> Done:
        await self._actor(request)
        return await self._opened.users.end_logins(request)

    # --- webhooks ---------------------------------------------------------------------------------------------

    async def create_webhook(self, request: requests.CreateWebhook) -> answers.NewWebhook:
        await self._actor(request)
        return await self._opened.hooks.create(request)

    async def webhook_list(self, request: requests.ListWebhooks) -> answers.WebhookList:
        await self._actor(request)
        return await self._opened.hooks.all()

    async def delete_webhook(self, request: requests.DeleteWebhook) -> Done:
        await self._actor(request)
        return await self._opened.hooks.delete(request)

    async def deliveries(self, request: requests.ListDeliveries) -> answers.DeliveryPage:
        await self._actor(request)
        return await self._opened.hooks.deliveries(request)

    # --- inside -----------------------------------------------------------------------------------------------

    @property
    def _opened(self) -> "_Open":
        if self._open is None:
            raise ApiError("busy", "the room server is not running", 1.0)
        return self._open

    async def _actor(self, request: requests.Asked) -> str:
        return await self._opened.gate.actor(request.by)


class _Open:
    """What there is only while the database is open."""

    def __init__(
        self, parts: AdminParts, gate: AdminGate | LocalGate, service: WebhookService | None
    ) -> None:
        self.gate = gate
        self.watch = AdminWatch(parts)
        self.webhooks = service
        self.rooms = AdminRooms(parts)
        self.people = AdminPeople(parts)
        self.tokens = AdminTokens(parts)
        self.sessions = AdminSessions(parts)
        self.users = AdminUsers(parts)
        self.hooks = AdminHooks(parts, service)
