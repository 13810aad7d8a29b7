"""The store seen from Trio: each transaction runs in a worker thread, as many at once as the database can use."""

from collections.abc import Callable
from pathlib import Path
from typing import Self, TypeVar

import trio
from sqlalchemy import Connection

from signaling.retention import Retention
from signaling.storage.accounts import Accounts
from signaling.storage.admin_keys import AdminKeys
from signaling.storage.approvals import Approvals
from signaling.storage.audit import AuditLog
from signaling.storage.chat import ChatStore
from signaling.storage.chat_files import ChatFiles
from signaling.storage.codes import Codes
from signaling.storage.families import Families
from signaling.storage.identities import Identities
from signaling.storage.mails import Mails
from signaling.storage.people import People
from signaling.storage.pictures import Pictures
from signaling.storage.rooms import Rooms
from signaling.storage.store import Store
from signaling.storage.webhooks import Webhooks

T = TypeVar("T")


class Database:
    """All methods raise `ApiError("busy")` when the database cannot answer now.

    A cancelled caller still waits for its thread: a commit is never left in the dark.
    """

    def __init__(self, store: Store, retention: Retention | None = None) -> None:
        self._store = store
        self._readers = trio.CapacityLimiter(store.readers)
        self._writers = trio.CapacityLimiter(store.writers)
        self.rooms = Rooms(store.cipher, store.index, retention)
        self.people = People(store.cipher)
        self.audit = AuditLog(store.cipher)
        self.approvals = Approvals(store.cipher)
        self.accounts = Accounts(store.cipher, store.index)
        self.families = Families(store.cipher)
        self.identities = Identities(store.cipher, store.index)
        self.codes = Codes(store.cipher)
        self.mails = Mails(store.cipher)
        self.pictures = Pictures(store.cipher)
        self.chat = ChatStore(store.cipher)
        self.chat_files = ChatFiles(store.cipher)
        self.admin_keys = AdminKeys(store.cipher)
        self.webhooks = Webhooks(store.cipher)

    @classmethod
    async def open(cls, data: Path, url: str | None = None, retention: Retention | None = None) -> Self:
        """As `Store.open`."""
        return cls(await trio.to_thread.run_sync(Store.open, data, url), retention)

    def close(self) -> None:
        self._store.close()

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await trio.to_thread.run_sync(self._store.read, work, limiter=self._readers)

    async def write(self, work: Callable[[Connection], T]) -> T:
        return await trio.to_thread.run_sync(self._store.write, work, limiter=self._writers)
