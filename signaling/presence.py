"""Where Sessions live: outside of any gateway, rebuildable, for 30 s after their socket is lost.

`Presence` is the interface; `MemoryPresence` serves one room server. Resume tokens are kept as hashes only,
and each works once: `resume` takes the old hash away and puts the next one in its place in one step, so of
two sockets that come with the same token one resumes and the other does not.
"""

import hashlib
from typing import Final, Protocol

import msgspec

from treble.units import SECOND

HOLD_NS: Final = 30 * SECOND


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A participant's signalling connection. `socket` is None while lost; `lost_at_ns` is monotonic."""

    id: str
    room: str
    participant: str
    gateway: str
    resume_hash: bytes
    socket: str | None = None
    sockets: int = 1  # how many it has had
    peer: str | None = None
    worker: str = ""
    epoch: int = 0
    last_seq: int = 0
    lost_at_ns: int | None = None


class Presence(Protocol):
    """Sessions by id and by resume token. Unknown ids are no error: a Session may be gone at any time."""

    async def put(self, session: Session) -> None: ...
    async def get(self, session: str) -> Session | None: ...
    async def resume(
        self, resume: str, participant: str, next_hash: bytes, gateway: str, now_ns: int
    ) -> Session | None: ...
    async def set_peer(self, session: str, peer: str) -> None: ...
    async def socket_lost(self, session: str, socket: str, now_ns: int) -> None: ...
    async def forget(self, session: str) -> None: ...


def resume_hash(resume: str) -> bytes:
    return hashlib.sha256(resume.encode("utf-8", "surrogatepass")).digest()


def socket_name(session: str, number: int) -> str:
    """Names one socket of a Session, so that news of an older one is never taken for the newest."""
    return f"{session}.{number}"


class MemoryPresence:
    """Presence of one process; as many Sessions as its Rooms have participants."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._by_resume: dict[bytes, str] = {}

    async def put(self, session: Session) -> None:
        self._drop(session.id)
        self._sessions[session.id] = session
        self._by_resume[session.resume_hash] = session.id

    async def get(self, session: str) -> Session | None:
        return self._sessions.get(session)

    async def resume(
        self, resume: str, participant: str, next_hash: bytes, gateway: str, now_ns: int
    ) -> Session | None:
        """Move the participant's Session to a new socket: once per token, within 30 s of the loss."""
        session = self._sessions.get(self._by_resume.get(resume_hash(resume), ""))
        if session is None or session.participant != participant:
            return None
        if session.lost_at_ns is not None and now_ns >= session.lost_at_ns + HOLD_NS:
            return None
        number = session.sockets + 1
        resumed = msgspec.structs.replace(
            session,
            resume_hash=next_hash,
            gateway=gateway,
            sockets=number,
            socket=socket_name(session.id, number),
            lost_at_ns=None,
        )
        await self.put(resumed)
        return resumed

    async def set_peer(self, session: str, peer: str) -> None:
        found = self._sessions.get(session)
        if found is not None:
            self._sessions[session] = msgspec.structs.replace(found, peer=peer)

    async def socket_lost(self, session: str, socket: str, now_ns: int) -> None:
        found = self._sessions.get(session)
        if found is not None and found.socket == socket:
            self._sessions[session] = msgspec.structs.replace(found, socket=None, lost_at_ns=now_ns)

    async def forget(self, session: str) -> None:
        self._drop(session)

    def _drop(self, session: str) -> None:
        found = self._sessions.pop(session, None)
        if found is not None:
            self._by_resume.pop(found.resume_hash, None)
