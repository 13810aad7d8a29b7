"""What a column holds and how long a row stays, declared in the schema itself: `Column(..., info=SEALED)`.

Every column of text or bytes is sealed, a blind index, or in clear with a reason; primary and foreign keys are ids,
which say nothing. Rotation, the check of a restored backup and the tests go by these declarations.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, LargeBinary, MetaData, String, Table

# Sealed by `ColumnCipher` with the place `table`, `column`, and the row's primary key, which is one column.
SEALED: Final[dict[str, Any]] = {"sealed": True}


class Blind(NamedTuple):
    """Of which sealed column of the same row the index is, and what of its text is indexed."""

    of: str
    text: Callable[[str], str]


def blind(of: str, text: Callable[[str], str] = str) -> dict[str, Any]:
    """A `BlindIndex` value with the purpose `table.of`; NULL where the sealed column is."""
    return {"blind": Blind(of, text)}


def plain(why: str) -> dict[str, Any]:
    """In clear, because it is not personal."""
    return {"plain": why}


class Goes(NamedTuple):
    """`keep`: a period of `signaling.retention.Retention`; empty where `after` is the end itself."""

    after: str
    keep: str


def goes(after: str, keep: str = "") -> dict[str, Any]:
    """`Table(..., info=goes("expires_at"))`: a row is deleted when `keep` has passed since the time in that column."""
    return {"goes": Goes(after, keep)}


class SealedTable(NamedTuple):
    """A table with its sealed columns, and the blind indexes by the column that holds them."""

    table: Table
    key: Column[str]
    sealed: tuple[Column[bytes], ...]
    blind: Mapping[Column[bytes], Blind]


def sealed_tables(metadata: MetaData) -> list[SealedTable]:
    """Parents before children."""
    return [found for table in metadata.sorted_tables if (found := _sealed_table(table)).sealed]


def undeclared(metadata: MetaData) -> list[str]:
    """Columns of text or bytes that nobody has thought about, as `table.column`."""
    return [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, String | LargeBinary)
        and not (column.primary_key or column.foreign_keys or _is_declared(column))
    ]


def _sealed_table(table: Table) -> SealedTable:
    sealed = tuple(column for column in table.columns if column.info.get("sealed"))
    blind_columns = {column: column.info["blind"] for column in table.columns if "blind" in column.info}
    return SealedTable(table, next(iter(table.primary_key)), sealed, blind_columns)


def _is_declared(column: Column[Any]) -> bool:
    return len({"sealed", "blind", "plain"} & column.info.keys()) == 1
