"""What is declared to go goes when its time has come, a few rows at a time, and nothing else does."""

from dataclasses import fields

import pytest
from sqlalchemy import BigInteger, insert, select

from signaling.retention import DAY, HOUR, Retention
from signaling.storage import retention as retention_module
from signaling.storage.approval_tables import audit
from signaling.storage.audit import AuditLog, Entry
from signaling.storage.retention import drop, tables_that_go
from signaling.storage.schema import admissions, deadlines
from signaling.storage.store import Store
from signaling.storage.tables import metadata
from tests.signaling.storage.telltales import fill
from tests.signaling.storage.writers import NOW, create

KEEP = Retention(audit_ns=7 * DAY, settled_ns=2 * HOUR)


def ids(store: Store, table: object) -> set[str]:
    return set(store.read(lambda it: it.execute(select(table.c.id)).scalars().all()))


@pytest.mark.parametrize("table", tables_that_go(), ids=str)
def test_each_rule_names_a_time_and_a_period(table: object) -> None:
    after, keep = table.info["goes"]
    assert isinstance(table.c[after].type, BigInteger)
    assert keep in {"", *(field.name for field in fields(Retention))}


def test_what_is_not_declared_to_go_goes_with_its_room_or_account_or_by_its_owner() -> None:
    gone = {table.name for table in tables_that_go()}
    assert gone >= {"admissions", "approvals", "audit", "deadlines"}
    assert {"rooms", "people"}.isdisjoint(gone)


def test_the_audit_log_is_kept_as_long_as_it_is_configured(store: Store) -> None:
    create(store, "r")
    log = AuditLog(store.cipher)
    for name, age in (("old", 7 * DAY), ("young", 7 * DAY - 1)):
        entry = Entry(at=NOW - age, action="lock", actor="A")
        store.write(lambda it, name=name, entry=entry: log.note(it, name, "r", entry))
    assert not store.write(lambda it: drop(it, audit, KEEP, NOW))
    assert ids(store, audit) == {"young"}


def test_admissions_go_with_their_token_and_deadlines_some_time_after_they_were_settled(store: Store) -> None:
    create(store, "r")
    rows = [("over", NOW), ("good", NOW + 1)]
    sealed = store.cipher.seal("A", "admissions", "name", "x")
    values = [
        {"id": name, "room": "r", "role": "viewer", "name": sealed, "created_at": 0, "expires_at": at}
        for name, at in rows
    ]
    store.write(lambda it: it.execute(insert(admissions), values))
    settled = [("old", NOW - 2 * HOUR), ("young", NOW - HOUR), ("open", None)]
    values = [
        {"id": name, "room": "r", "kind": "k", "expires_at": 0, "settled_at": at} for name, at in settled
    ]
    store.write(lambda it: it.execute(insert(deadlines), values))
    for table in (admissions, deadlines):
        store.write(lambda it, table=table: drop(it, table, KEEP, NOW))
    assert ids(store, admissions) == {"good"}
    assert ids(store, deadlines) == {"d-r", "young", "open"}


def test_a_few_rows_at_a_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention_module, "ROWS_AT_ONCE", 10)
    create(store, "r")
    log = AuditLog(store.cipher)
    for number in range(25):
        entry = Entry(at=NOW - 8 * DAY, action="lock", actor="A")
        store.write(lambda it, number=number, entry=entry: log.note(it, f"{number}", "r", entry))
    assert [store.write(lambda it: drop(it, audit, KEEP, NOW)) for _ in range(3)] == [True, True, False]
    assert ids(store, audit) == set()


def test_a_young_database_loses_nothing(store: Store) -> None:
    fill(store)
    for table in metadata.sorted_tables:
        if table in tables_that_go():
            before = ids(store, table)
            store.write(lambda it, table=table: drop(it, table, KEEP, NOW - 1))
            assert ids(store, table) == before


def test_two_servers_at_once_do_not_wait_for_each_other(store: Store) -> None:
    """On PostgreSQL the second takes what the first has left; on SQLite it waits its turn."""
    if store.writers == 1:
        return
    create(store, "r")
    entry = Entry(at=NOW - 8 * DAY, action="lock", actor="A")
    store.write(lambda it: AuditLog(store.cipher).note(it, "a", "r", entry))

    def first(connection: object) -> None:
        drop(connection, audit, KEEP, NOW)
        store.write(lambda it: drop(it, audit, KEEP, NOW))  # `busy` if it waited

    store.write(first)
    assert ids(store, audit) == set()
