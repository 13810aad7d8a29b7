"""A PostgreSQL server of the tests' own: made in a temporary folder, reached by a socket in it, ended with them."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from signaling.storage.store import Store

USER = "treble"
SERVER_USER = "postgres"  # PostgreSQL refuses to run as root; Debian's package makes this user
ANOTHER_USER = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
TEMPLATE = "migrated"
START_SECONDS = 30


def binaries() -> Path | None:
    """Where Debian puts the newest version's programs; None where the package is missing."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


class PostgresServer:
    """`durable`: with fsync, as in production; the others are faster without. `max_file`: bytes in a file."""

    def __init__(self, folder: Path, durable: bool, max_file: int | None) -> None:
        self._max_file = "unlimited" if max_file is None else str(max_file)
        self.folder = folder
        self._cluster = folder / "cluster"
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self._as_user: dict[str, Any] = {}
        self._prefix: list[str] = []
        programs = binaries()
        assert programs is not None
        self.programs = programs

    def make(self) -> None:
        if os.geteuid() == 0:
            self._be_no_root()
        initdb = [self.programs / "initdb", "-D", self._cluster, "-U", USER, "-A", "trust", "-E", "UTF8"]
        self._run([*initdb, "--no-locale", "--no-sync"]).communicate(timeout=START_SECONDS)

    def start(self) -> None:
        fsync = "on" if self._durable else "off"
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "fsync": fsync,
            "full_page_writes": fsync,
            "shared_buffers": "16MB",
            "max_connections": "60",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        self._process = self._run([self.programs / "postgres", "-D", self._cluster, *options])
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return self.admin("select 1")
            except psycopg.OperationalError:
                assert self._process.poll() is None, (self.folder / "log").read_text()
                assert time.monotonic() < deadline
            time.sleep(0.02)

    def stop(self) -> None:
        """As `pg_ctl stop -m immediate`: without a checkpoint, so that the next start recovers from the log."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(START_SECONDS)

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@/{database}?host={self.folder}"

    def admin(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def make_template(self) -> None:
        self.admin(f"create database {TEMPLATE}")
        Store.open(self.folder / "keys-of-template", self.url(TEMPLATE)).close()

    @contextmanager
    def database(self, template: str = TEMPLATE) -> Iterator[str]:
        """The URL of a database of one's own: migrated, or with `template0` empty."""
        self._databases += 1
        name = f"test{self._databases}"
        self.admin(f"create database {name} template {template}")
        try:
            yield self.url(name)
        finally:
            self.admin(f"drop database {name} with (force)")

    def _be_no_root(self) -> None:
        """The root of a user namespace (tests/browser/namespace.py) cannot become another user, only look like one."""
        try:
            shutil.chown(self.folder, SERVER_USER, SERVER_USER)
        except OSError:
            self._prefix = ANOTHER_USER
        else:
            self._as_user = {"user": SERVER_USER, "group": SERVER_USER, "extra_groups": []}

    def _run(self, command: list[str | Path]) -> subprocess.Popen[bytes]:
        """As a user who is not root, and never longer than the tests."""
        limit = ["prlimit", f"--fsize={self._max_file}", "setpriv", "--pdeathsig", "QUIT"]
        with open(self.folder / "log", "ab") as log:
            return subprocess.Popen(
                [*self._prefix, *limit, *command], stdout=log, stderr=log, cwd=self.folder, **self._as_user
            )


@contextmanager
def running_server(durable: bool = False, max_file: int | None = None) -> Iterator[PostgresServer]:
    folder = Path(tempfile.mkdtemp(prefix="treble-pg-"))
    server = PostgresServer(folder, durable, max_file)
    try:
        server.make()
        server.start()
        try:
            server.make_template()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
