"""Nothing personal is in clear: every column is declared, what is declared sealed is, and a raw dump tells nothing."""

import subprocess
from pathlib import Path

import pytest
from sqlalchemy import Column, LargeBinary, MetaData, String, Table, select

from signaling.storage.declared import SEALED, plain, sealed_tables, undeclared
from signaling.storage.store import Store
from signaling.storage.tables import metadata
from tests.signaling.storage.postgres import binaries
from tests.signaling.storage.telltales import TELLTALES, fill


def test_every_column_of_text_or_bytes_is_sealed_or_says_why_not() -> None:
    assert undeclared(metadata) == []


@pytest.mark.parametrize(
    ("column", "missing"),
    [
        (Column("a", String(64)), ["t.a"]),
        (Column("a", LargeBinary), ["t.a"]),
        (Column("a", LargeBinary, info=SEALED), []),
        (Column("a", String(64), info=plain("a word of ours")), []),
        (Column("a", LargeBinary, info=SEALED | plain("both at once")), ["t.a"]),
    ],
)
def test_a_column_that_nobody_thought_about_is_found(column: Column, missing: list[str]) -> None:
    made = MetaData()
    Table("t", made, Column("id", String(64), primary_key=True), column)
    assert undeclared(made) == missing


def test_what_is_declared_sealed_opens_in_its_place_and_every_table_is_tried(store: Store) -> None:
    fill(store)
    for table in metadata.sorted_tables:
        rows = store.read(lambda connection, table=table: connection.execute(select(table)).mappings().all())
        assert rows, f"no telltale in {table.name}"
    for table, key, sealed, blind in sealed_tables(metadata):
        rows = store.read(lambda connection, table=table: connection.execute(select(table)).mappings().all())
        for column in sealed:
            filled = [row for row in rows if row[column] is not None]
            assert filled, f"no telltale in {table.name}.{column.name}"
            for row in filled:
                store.cipher.open_bytes(row[column], table.name, column.name, row[key])
        for column, (of, text) in blind.items():
            for row in rows:
                opened = row[of] and store.cipher.open(row[of], table.name, of, row[key])
                assert row[column] == (opened and store.index.of(text(opened), f"{table.name}.{of}"))


def test_a_raw_dump_holds_nothing_personal(store: Store, tmp_path: Path, database_url: str) -> None:
    fill(store)
    dumps = {"while open": dump(tmp_path, database_url)}
    store.close()
    dumps["closed"] = dump(tmp_path, database_url)
    for when, raw in dumps.items():
        assert b"telltale-room" in raw
        for text in TELLTALES:
            for spelling in (text, text.lower(), text.split()[0]):
                for found in (spelling.encode(), spelling.encode().hex().encode()):
                    assert found not in raw, (when, spelling)


def dump(data: Path, url: str) -> bytes:
    """The files of SQLite, write-ahead log and all; what `pg_dump` says of PostgreSQL."""
    if url == "sqlite":
        return b"".join(path.read_bytes() for path in data.glob("treble.db*"))
    programs = binaries()
    assert programs is not None
    return subprocess.run([programs / "pg_dump", url], check=True, capture_output=True).stdout
