"""Key rotation: every sealed value and blind index moves to the active key, while the servers go on.

A row is locked, opened, sealed anew and updated only where it still holds what was opened, so what somebody else
writes meanwhile stands; a row that another transaction holds is left for the next pass. Rows that have the active key
are not looked at, so work that was broken off goes on where it was.
"""

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, LargeBinary, Row, func, or_, select, update

from signaling.storage import blind_index, columns
from signaling.storage.columns import SealedValueError
from signaling.storage.declared import SealedTable, sealed_tables
from signaling.storage.store import Store
from signaling.storage.tables import metadata
from treble.api import ApiError

LOOK_AT: Final = 500  # ids fetched at once
CHUNK_ROWS: Final = 50  # rows of one transaction: SQLite's other writers wait for so many
CHUNK_BYTES: Final = 1 << 20
ATTEMPTS: Final = 20  # while the database is busy, a second apart
AGAIN_S: Final = 0.2  # until rows that others held are looked at again


class Resealed(NamedTuple):
    """`changed`: rows. `unopened`: rows by table that no key here opens, or that were damaged; they are as they were."""

    changed: int
    unopened: dict[str, int]


def reseal(store: Store) -> Resealed:
    """Move everything to the active key. `ApiError("busy")` when the database stays away; then begin again."""
    changed, unopened = 0, {}
    for found in sealed_tables(metadata):
        while True:
            once = _Pass(store, found)
            once.run()
            changed += once.changed
            if not once.missed:
                break
            time.sleep(AGAIN_S)
        if once.unopened:
            unopened[found.table.name] = once.unopened
    return Resealed(changed, unopened)


def is_used(store: Store, key_id: str) -> bool:
    """Whether any row still needs this key."""

    def any_row(connection: Connection, found: SealedTable) -> bool:
        uses = [_begins(column, columns.prefix_of(key_id)) for column in found.sealed]
        uses += [_begins(column, blind_index.prefix_of(key_id)) for column in found.blind]
        return connection.execute(select(found.key).where(or_(*uses)).limit(1)).first() is not None

    return store.read(lambda connection: any(any_row(connection, found) for found in sealed_tables(metadata)))


class _Pass:
    """Once through one table, in the order of its keys; counts rows. `missed`: others held, wrote or deleted them."""

    def __init__(self, store: Store, found: SealedTable) -> None:
        self._store = store
        self._table = found.table
        self._found = found
        self.changed = self.unopened = self.missed = 0

    def run(self) -> None:
        last = ""
        while rows := _patiently(partial(self._store.read, partial(self._stale_after, last=last))):
            for chunk in _chunks(rows):
                changed, unopened = _patiently(partial(self._store.write, partial(self._move, chunk=chunk)))
                self.changed += changed
                self.unopened += unopened
                self.missed += len(chunk) - changed - unopened
            last = rows[-1][0]

    def _is_stale(self) -> ColumnElement[bool]:
        active = self._store.cipher.active_key_id
        sealed = [~_begins(column, columns.prefix_of(active)) for column in self._found.sealed]
        blind = [~_begins(column, blind_index.prefix_of(active)) for column in self._found.blind]
        return or_(*sealed, *blind)  # NULL begins with nothing and is not stale

    def _stale_after(self, connection: Connection, last: str) -> list[tuple[str, int]]:
        """Keys of rows, and the bytes that they hold."""
        sizes = [func.coalesce(func.length(column), 0) for column in self._found.sealed]
        key = self._found.key
        stale = select(key, sum(sizes[1:], sizes[0])).where(self._is_stale(), key > last)
        return [(row[0], row[1]) for row in connection.execute(stale.order_by(key).limit(LOOK_AT))]

    def _move(self, connection: Connection, chunk: list[str]) -> tuple[int, int]:
        """How many rows were changed, and how many do not open."""
        key = self._found.key
        ours = select(self._table).where(key.in_(chunk), self._is_stale()).order_by(key)
        changed = unopened = 0
        for row in connection.execute(ours.with_for_update(skip_locked=True)).all():
            try:
                values = self._resealed(row)
            except SealedValueError:
                unopened += 1
                continue
            old = row._mapping
            as_it_was = [key == old[key], *(self._table.c[name] == old[name] for name in values)]
            changed += connection.execute(update(self._table).where(*as_it_was).values(**values)).rowcount
        return changed, unopened

    def _resealed(self, row: Row[Any]) -> dict[str, bytes]:
        """New values of the columns that are stale. `SealedValueError`."""
        cipher, table, old = self._store.cipher, self._table.name, row._mapping
        place = old[self._found.key]
        values = {}
        for column in self._found.sealed:
            if old[column] is not None and not cipher.is_of_active_key(old[column]):
                opened = cipher.open_bytes(old[column], table, column.name, place)
                values[column.name] = cipher.seal_bytes(opened, table, column.name, place)
        for column, blind in self._found.blind.items():
            if old[column] is not None and blind_index.key_id_of(old[column]) != cipher.active_key_id:
                opened_text = cipher.open(old[blind.of], table, blind.of, place)
                values[column.name] = self._store.index.of(blind.text(opened_text), f"{table}.{blind.of}")
        return values


def _begins(column: ColumnElement[bytes], prefix: bytes) -> ColumnElement[bool]:
    return func.substr(column, 1, len(prefix), type_=LargeBinary) == prefix


def _chunks(rows: Iterable[tuple[str, int]]) -> Iterable[list[str]]:
    chunk: list[str] = []
    held = 0
    for key, size in rows:
        if chunk and (len(chunk) == CHUNK_ROWS or held + size > CHUNK_BYTES):
            yield chunk
            chunk, held = [], 0
        chunk.append(key)
        held += size
    if chunk:
        yield chunk


def _patiently(work: Callable[[], Any]) -> Any:
    for _ in range(ATTEMPTS):
        try:
            return work()
        except ApiError as error:
            time.sleep(error.retry_after or 1.0)
    return work()
