"""`treble restore`: a backup into a database without rows, of either kind; all of it or nothing."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, LargeBinary, MetaData, Table, insert, inspect, select
from sqlalchemy.exc import DataError, IntegrityError

from signaling.keyring import put_key
from signaling.storage.archive import ArchiveReader, BackupError, Manifest
from signaling.storage.backup import KEYRINGS
from signaling.storage.columns import SealedValueError
from signaling.storage.declared import SealedTable, sealed_tables
from signaling.storage.store import Store, migrate, revisions
from signaling.storage.tables import metadata

ROWS_AT_ONCE: Final = 50


def restore(path: Path, data: Path, url: str | None) -> Manifest:
    """Keys of the file go to the data folder first; each sealed value is opened once. `BackupError`, `OSError`,
    `KeyFileError`, `ApiError("busy")`.
    """
    archive = ArchiveReader(path)
    try:
        _check_schema(archive.manifest)
        for name in archive.manifest.keys:
            _put_key(archive, data, name)
        store = Store.connect(data, url)
        try:
            store.write(lambda connection: _load(store, connection, archive))
        finally:
            store.close()
    finally:
        archive.close()
    return archive.manifest


def _check_schema(manifest: Manifest) -> None:
    known = {table.name: set(table.columns.keys()) for table in metadata.sorted_tables}
    strange = [name for name, of in manifest.tables.items() if not set(of.columns) <= known.get(name, set())]
    if strange or manifest.schema not in revisions():
        raise BackupError("the backup was made by a newer version of Treble: restore it with that one")


def _put_key(archive: ArchiveReader, data: Path, name: str) -> None:
    _keys, purpose, key_id = name.split("/")
    put_key(data / KEYRINGS[purpose], key_id, archive.read(name))


def _load(store: Store, connection: Connection, archive: ArchiveReader) -> None:
    """The tables as they were when the backup was made, its rows, then what later versions add."""
    _drop_empty_tables(connection)
    migrate(connection, archive.manifest.schema)
    sealed = {found.table.name: found for found in sealed_tables(metadata)}
    for table in metadata.sorted_tables:
        if table.name in archive.manifest.tables:
            rows = archive.rows(table.name, _binary(table))
            found = sealed.get(table.name)
            _insert(connection, table, rows if found is None else _opened(store, found, rows))
    migrate(connection)


def _drop_empty_tables(connection: Connection) -> None:
    found = MetaData()
    found.reflect(connection)
    for table in found.sorted_tables:
        is_ours = table.name in metadata.tables
        if table.name != "alembic_version" and (not is_ours or _has_rows(connection, table)):
            raise BackupError(f"the database is not empty: table {table.name}")
    found.drop_all(connection)
    assert not inspect(connection).get_table_names()


def _has_rows(connection: Connection, table: Table) -> bool:
    return connection.execute(select(table).limit(1)).first() is not None


def _binary(table: Table) -> set[str]:
    return {column.name for column in table.columns if isinstance(column.type, LargeBinary)}


def _insert(connection: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        try:
            connection.execute(insert(table), batch)
        except (DataError, IntegrityError) as error:
            raise BackupError(f"{table.name}: a row does not fit: {error.orig}") from None


def _opened(store: Store, found: SealedTable, rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The same rows, once each sealed value has opened in its place."""
    for row in rows:
        for column in found.sealed:
            sealed = row.get(column.name)
            if sealed is not None:
                try:
                    store.cipher.open_bytes(sealed, found.table.name, column.name, row[found.key.name])
                except SealedValueError as error:
                    raise BackupError(
                        f"a value does not open: {error} (the keys are in the data folder)"
                    ) from None
        yield row
