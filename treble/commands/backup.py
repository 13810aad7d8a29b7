"""`treble backup` and `treble restore`: the whole database as one file, for SQLite and PostgreSQL alike."""

import argparse
from pathlib import Path

from treble.commands.common import Commands, add_keys, load


def add(commands: Commands) -> None:
    text = "write everything that the database holds to a new file, while the servers go on"
    backup = commands.add_parser("backup", help=text, description=text[0].upper() + text[1:] + ".")
    add_keys(backup, ("data", "database"))
    backup.add_argument("file", metavar="FILE", type=Path)
    backup.add_argument(
        "--with-keys",
        action="store_true",
        help="put the keys in too: whoever has the file can then read all of it",
    )
    backup.set_defaults(run=_backup)
    text = "read such a file into a database without rows, of either kind; all of it or nothing"
    restore = commands.add_parser("restore", help=text, description=text[0].upper() + text[1:] + ".")
    add_keys(restore, ("data", "database"))
    restore.add_argument("file", metavar="FILE", type=Path)
    restore.set_defaults(run=_restore)


def _backup(given: argparse.Namespace) -> None:
    config = load(given)
    from signaling.storage.backup import backup
    from signaling.storage.store import Store

    store = Store.open(config["data"], config["database"])
    try:
        manifest = backup(store, given.file, config["data"], with_keys=given.with_keys)
    finally:
        store.close()
    rows = sum(table.rows for table in manifest.tables.values())
    keys = "" if manifest.keys else "; its keys are not in it, keep the folder keys/ of the data folder apart"
    print(f"{rows} rows of {len(manifest.tables)} tables are in {given.file}{keys}")


def _restore(given: argparse.Namespace) -> None:
    config = load(given)
    from signaling.storage.restore import restore

    manifest = restore(given.file, config["data"], config["database"])
    rows = sum(table.rows for table in manifest.tables.values())
    print(f"{rows} rows of {len(manifest.tables)} tables are restored")
