"""The operators' HTTP API as a table: which method and path asks for what of `admin_api.Admin`.

The gateway serves from it, `treble room` and its sisters ask by it, and docs/openapi.json is made from it.
"""

from typing import Any, Final, NamedTuple, get_type_hints

import msgspec

from treble.admin_api import Admin
from treble.api import Done

PREFIX: Final = "/api/admin"


class Operation(NamedTuple):
    """`name`: the method of `Admin`. `success`: the status where it answers with something; without, 204."""

    method: str
    path: str
    name: str
    summary: str
    success: int = 200

    @property
    def request(self) -> type[msgspec.Struct]:
        request: type[msgspec.Struct] = _hints(self.name)["request"]
        return request

    @property
    def answer(self) -> type[msgspec.Struct] | None:
        """None: there is nothing to say but that it is done."""
        answer: type[msgspec.Struct] = _hints(self.name)["return"]
        return None if answer is Done else answer

    @property
    def status(self) -> int:
        return self.success if self.answer is not None else 204

    @property
    def path_names(self) -> list[str]:
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]

    @property
    def body(self) -> Any:
        return get_type_hints(self.request, include_extras=True).get("body")

    @property
    def query(self) -> list[msgspec.structs.FieldInfo]:
        taken = {"by", "body", *self.path_names}
        return [field for field in msgspec.structs.fields(self.request) if field.name not in taken]


def _hints(name: str) -> dict[str, Any]:
    return get_type_hints(getattr(Admin, name))


_ROOM, _WHO = "/rooms/{room}", "/rooms/{room}/participants/{participant}"

OPERATIONS: Final = (
    Operation("POST", "/rooms", "create_room", "Make a room.", 201),
    Operation("GET", "/rooms", "rooms", "Rooms, newest first."),
    Operation("GET", _ROOM, "room", "One room, with its password."),
    Operation("PATCH", _ROOM, "change_room", "Change title, friendly link, password, lock or settings."),
    Operation("DELETE", _ROOM, "delete_room", "Delete a room with all that belongs to it."),
    Operation("POST", f"{_ROOM}/end", "end_room", "End the meeting for everybody."),
    Operation("POST", f"{_ROOM}/mute", "mute_all", "Mute or stop everybody but hosts and co-hosts."),
    Operation("POST", f"{_ROOM}/admit", "admit_all", "Let in everybody who waits."),
    Operation("GET", f"{_ROOM}/audit", "audit", "Who did what in a room."),
    Operation("GET", f"{_ROOM}/participants", "participants", "Who is there, and who was."),
    Operation("GET", _WHO, "participant", "One participant."),
    Operation("PATCH", _WHO, "change_participant", "Give a participant another role."),
    Operation("DELETE", _WHO, "remove", "Put a participant out, with `ban` for good."),
    Operation("POST", f"{_WHO}/mute", "mute", "Mute or stop one source of a participant."),
    Operation("POST", f"{_WHO}/admit", "admit", "Let in somebody who waits."),
    Operation("POST", f"{_WHO}/refuse", "refuse", "Do not let in somebody who waits."),
    Operation("POST", "/tokens", "create_token", "Make an admission: it skips password and knock.", 201),
    Operation("GET", "/tokens", "tokens", "Admissions in force, newest first."),
    Operation("DELETE", "/tokens/{token}", "revoke_token", "Revoke an admission."),
    Operation("GET", "/sessions", "sessions", "Who is connected now."),
    Operation("DELETE", "/sessions/{session}", "end_session", "End a Session."),
    Operation("POST", "/users", "create_user", "Make an account with a verified e-mail address.", 201),
    Operation("GET", "/users", "users", "Accounts, newest first."),
    Operation("GET", "/users/{user}", "user", "One account."),
    Operation("PATCH", "/users/{user}", "change_user", "Rename, disable or enable an account."),
    Operation("DELETE", "/users/{user}", "delete_user", "Delete an account."),
    Operation("GET", "/users/{user}/sessions", "logins", "Where an account is signed in."),
    Operation("DELETE", "/users/{user}/sessions", "end_logins", "Sign an account out, everywhere or once."),
    Operation("POST", "/webhooks", "create_webhook", "Tell a receiver what happens in rooms.", 201),
    Operation("GET", "/webhooks", "webhook_list", "Who is told."),
    Operation("DELETE", "/webhooks/{webhook}", "delete_webhook", "Tell a receiver no more."),
    Operation("GET", "/webhooks/{webhook}/deliveries", "deliveries", "What was sent, and what came of it."),
)
