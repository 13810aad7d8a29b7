"""`treble backup`: everything of one moment in one file, while the servers go on."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, select

from signaling.keyring import Keyring
from signaling.storage.archive import ArchiveWriter, Manifest, TableOf, new_archive
from signaling.storage.store import DATA_KEYS, TOKEN_KEYS, Store, revisions
from signaling.storage.tables import metadata

ROWS_AT_ONCE: Final = 50  # a part of a file has a quarter of a megabyte
KEYRINGS: Final = {"data": DATA_KEYS, "token": TOKEN_KEYS}


def backup(store: Store, path: Path, data: Path, *, with_keys: bool) -> Manifest:
    """Sealed values stay sealed: without their keys the file opens for nobody. `BackupError`, `OSError`,
    `ApiError("busy")`.
    """
    with new_archive(path) as archive:
        tables = store.read(lambda connection: _put_tables(connection, archive))
        keys = _put_keys(archive, data) if with_keys else []
        manifest = Manifest(schema=revisions()[0], made_at=time.time_ns(), tables=tables, keys=keys)
        archive.close_with(manifest)
    return manifest


def _put_tables(connection: Connection, archive: ArchiveWriter) -> dict[str, TableOf]:
    """One read transaction sees one moment."""
    tables = {}
    for table in metadata.sorted_tables:
        columns = [str(name) for name in table.columns.keys()]  # noqa: SIM118
        count = archive.rows(table.name, _rows(connection, table))
        tables[str(table.name)] = TableOf(columns=columns, rows=count)
    return tables


def _rows(connection: Connection, table: Table) -> Iterator[Sequence[Any]]:
    for row in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(select(table)):
        yield tuple(row)


def _put_keys(archive: ArchiveWriter, data: Path) -> list[str]:
    names = []
    for purpose, folder in KEYRINGS.items():
        for key in Keyring(data / folder).all():
            names.append(f"keys/{purpose}/{key.id}")
            archive.put(names[-1], key.secret)
    return names
