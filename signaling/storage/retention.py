"""How long things are kept, and deleting what has stayed long enough: a few rows at a time, by any room server.

Rooms go by their own deadline (`signaling/sweep.py`) and take what belongs to them along; here goes what is declared
to (`declared.goes`), while its Room lives on or without one.
"""

from typing import Final

from sqlalchemy import Connection, Table, delete, select

from signaling.retention import Retention
from signaling.storage.declared import Goes
from signaling.storage.tables import metadata

ROWS_AT_ONCE: Final = 500  # of one transaction, so that others wait for no more


def tables_that_go() -> list[Table]:
    """Children first: what a row takes along need not be deleted with it."""
    return [table for table in reversed(metadata.sorted_tables) if "goes" in table.info]


def drop(connection: Connection, table: Table, retention: Retention, now_ns: int) -> bool:
    """Delete up to `ROWS_AT_ONCE` rows whose time has passed; whether there may be more."""
    rule: Goes = table.info["goes"]
    keep_ns = getattr(retention, rule.keep) if rule.keep else 0
    (key,) = table.primary_key
    passed = select(key).where(table.c[rule.after] <= now_ns - keep_ns).limit(ROWS_AT_ONCE)
    ours = passed.with_for_update(skip_locked=True)  # another room server has the others
    return connection.execute(delete(table).where(key.in_(ours))).rowcount == ROWS_AT_ONCE
