"""Sends what is in the `mails` table, again and again until a server has taken it or it is worth nothing any more.

Every try is a deadline in the row, claimed by one conditional update: any number of room servers may send, and
a server that dies in the middle leaves its mail to the next try.
"""

import os
from collections.abc import Callable
from typing import Final

import structlog
import trio
from sqlalchemy import Connection

from signaling.accounts.mail import MailPutOff, MailRefused, MailSender
from signaling.counters import Counters
from signaling.database import Database
from signaling.storage.mails import Mail, QueuedMail
from treble.api import ApiError
from treble.ids import new_id
from treble.units import SECOND

PERIOD_S: Final = 1.0
AT_ONCE: Final = 4  # connections to the mail server
CLAIM_NS: Final = 120 * SECOND  # longer than a try takes
BACKOFF_S: Final = (5, 30, 120, 600, 1800, 3600)  # after the first, second, ... try; the last one for good

_log = structlog.get_logger("signaling.accounts.mail")


class MailOutbox:
    """`wall_ns` is Unix time. `add` belongs into the transaction that makes the mail necessary."""

    def __init__(
        self, database: Database, sender: MailSender, counters: Counters, wall_ns: Callable[[], int]
    ) -> None:
        self._database = database
        self._sender = sender
        self._counters = counters
        self._wall_ns = wall_ns
        self._news = trio.Event()

    def add(self, connection: Connection, mail: Mail, expires_at: int) -> None:
        """`expires_at` in Unix nanoseconds: when its code has expired, or a day."""
        self._database.mails.add(connection, new_id(os.urandom), mail, self._wall_ns(), expires_at)

    def wake(self) -> None:
        """There is something new: look at once."""
        self._news.set()

    async def run(self) -> None:
        while True:
            self._news = trio.Event()
            try:
                await self.once()
            except ApiError as error:  # the database is away; mails wait in it
                _log.warning("mails put off", cause=error.detail)
            with trio.move_on_after(PERIOD_S):
                await self._news.wait()

    async def once(self) -> None:
        now_ns = self._wall_ns()
        due = await self._database.read(
            lambda connection: self._database.mails.due(connection, now_ns, AT_ONCE)
        )
        async with trio.open_nursery() as nursery:
            for queued in due:
                nursery.start_soon(self._try, queued, now_ns)

    async def _try(self, queued: QueuedMail, now_ns: int) -> None:
        try:
            await self._send(queued, now_ns)
        except ApiError as error:  # claimed or sent and not noted: it comes again
            _log.warning("mail put off", cause=error.detail)

    async def _send(self, queued: QueuedMail, now_ns: int) -> None:
        mails = self._database.mails
        if queued.expires_at <= now_ns:
            self._counters.count("mails", "given up")
            return await self._database.write(lambda connection: mails.remove(connection, queued.id))
        claimed = now_ns + CLAIM_NS
        if not await self._database.write(lambda connection: mails.claim(connection, queued, claimed)):
            return None
        try:
            await trio.to_thread.run_sync(self._sender.send, queued.id, queued.mail, now_ns // SECOND)
        except MailPutOff as error:
            wait_s = BACKOFF_S[min(queued.attempts, len(BACKOFF_S) - 1)]
            self._counters.count("mails", "put off")
            _log.warning("mail put off", cause=str(error), attempts=queued.attempts + 1, again_in_s=wait_s)
            again = self._wall_ns() + wait_s * SECOND
            return await self._database.write(lambda connection: mails.put_off(connection, queued.id, again))
        except MailRefused as error:
            self._counters.count("mails", "refused")
            _log.warning("mail refused", cause=str(error))
        else:
            self._counters.count("mails", "sent")
        return await self._database.write(lambda connection: mails.remove(connection, queued.id))
