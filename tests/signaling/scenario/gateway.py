"""A gateway that keeps the bytes too, and says what a socket may be sent before its welcome."""

import json
from collections import defaultdict

from tests.signaling.world import FakeGateway
from treble.api import Deliver, Done, EndSession

# All that a waiting client may receive (contracts 3), to the last field.
ALLOWED = {
    "waiting": {"type", "reason", "re", "expires_at", "resume"},
    "refused": {"type", "retry_after"},
    "expired": {"type"},
    "admitted": {"type"},
    "failed": {"type", "re", "code", "detail", "retry_after"},
    "done": {"type", "re"},
    "elsewhere": {"type"},
    "ended": {"type", "reason"},
}


class RawGateway(FakeGateway):
    def __init__(self) -> None:
        super().__init__()
        self.raw: dict[str, list[bytes]] = defaultdict(list)

    async def deliver(self, request: Deliver) -> Done:
        for session in request.sessions:
            self.raw[session].append(request.message)
        return await super().deliver(request)

    async def end_session(self, request: EndSession) -> Done:
        if request.message:
            self.raw[request.session].append(request.message)
        return await super().end_session(request)


def check_waiting(frames: list[bytes], secrets: list[str]) -> None:
    for frame in frames:
        message = json.loads(frame)
        assert message["type"] in ALLOWED, f"a waiting client was sent {frame!r}"
        assert set(message) <= ALLOWED[message["type"]], f"a waiting client was sent {frame!r}"
        for secret in secrets:
            assert secret.encode() not in frame, f"a waiting client was told {secret!r}: {frame!r}"
