"""The file of a backup: a zip of one text file a table, the same for both databases.

`rows/TABLE.jsonl` has one JSON array a row, bytes in base64; `keys/PURPOSE/ID` are key files, where they were asked
for; `manifest.json` comes last and says what the others must hold. A zip's directory stands at its end, and each entry
has a checksum: half a file is none.
"""

import os
import zipfile
import zlib
from binascii import a2b_base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"

# What reading raises where a file is cut or changed; msgspec's errors are values' errors.
_DAMAGED: Final = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError)


class BackupError(Exception):
    """This backup cannot be made or restored; the text says why."""


class TableOf(msgspec.Struct, frozen=True, kw_only=True):
    columns: list[str]
    rows: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`schema`: the migration that the rows fit. `made_at` in Unix nanoseconds."""

    format: int = FORMAT
    schema: str
    made_at: int
    tables: dict[str, TableOf]
    keys: list[str] = []


@contextmanager
def new_archive(path: Path) -> Iterator["ArchiveWriter"]:
    """Written beside `path`, and there under that name once it is whole and on the disk. `BackupError`, `OSError`."""
    if path.exists():
        raise BackupError(f"{path} is there already")
    draft = path.with_name(f".{path.name}.part")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(handle, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as opened:
                yield ArchiveWriter(opened)
            file.flush()
            os.fsync(file.fileno())
        os.rename(draft, path)
    except BaseException:
        draft.unlink()
        raise


class ArchiveWriter:
    def __init__(self, opened: zipfile.ZipFile) -> None:
        self._zip = opened

    def rows(self, table: str, rows: Iterator[Sequence[Any]]) -> int:
        count = 0
        with self._zip.open(_rows_of(table), "w", force_zip64=True) as entry:
            for row in rows:
                entry.write(msgspec.json.encode(row) + b"\n")
                count += 1
        return count

    def put(self, name: str, content: bytes) -> None:
        self._zip.writestr(name, content)

    def close_with(self, manifest: Manifest) -> None:
        self.put(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))


class ArchiveReader:
    """All methods raise `BackupError` where the file is not what a backup is."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            self.manifest = msgspec.json.decode(self._zip.read(MANIFEST), type=Manifest)
        except _DAMAGED as error:
            raise BackupError(f"{path} is not a whole backup: {error}") from None
        if self.manifest.format != FORMAT:
            raise BackupError(f"{path} is of format {self.manifest.format}, this version reads {FORMAT}")

    def close(self) -> None:
        self._zip.close()

    def rows(self, table: str, binary: set[str]) -> Iterator[dict[str, Any]]:
        """As values by column; `binary`: columns whose text is base64."""
        expected, count = self.manifest.tables[table], 0
        try:
            with self._zip.open(_rows_of(table)) as entry:
                for line in entry:
                    row = dict(zip(expected.columns, msgspec.json.decode(line), strict=True))
                    yield {
                        name: a2b_base64(value) if name in binary and value is not None else value
                        for name, value in row.items()
                    }
                    count += 1
        except _DAMAGED as error:
            raise BackupError(f"the rows of {table} are damaged: {error}") from None
        if count != expected.rows:
            raise BackupError(f"{table} has {count} rows of {expected.rows}")

    def read(self, name: str) -> bytes:
        try:
            return self._zip.read(name)
        except _DAMAGED as error:
            raise BackupError(f"{name} is damaged: {error}") from None


def _rows_of(table: str) -> str:
    return f"rows/{table}.jsonl"
