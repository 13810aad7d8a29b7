"""One set of tests for both databases: a SQLite file, and a real PostgreSQL server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from signaling.storage.store import Store
from tests.signaling.storage.postgres import PostgresServer, binaries, running_server

needs_postgresql = pytest.mark.skipif(
    binaries() is None, reason="the package postgresql is missing (deploy/install-packages.sh test)"
)
DATABASES = ["sqlite", pytest.param("postgresql", marks=needs_postgresql)]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with running_server() as server:
        yield server


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """What `Store.open` takes: `sqlite`, or the URL of a migrated database without rows."""
    if request.param == "sqlite":
        yield "sqlite"
        return
    with request.getfixturevalue("postgres").database() as url:
        yield url


@pytest.fixture(params=DATABASES)
def new_database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The same without tables."""
    if request.param == "sqlite":
        yield "sqlite"
        return
    with request.getfixturevalue("postgres").database("template0") as url:
        yield url


@pytest.fixture
def store(tmp_path: Path, database_url: str) -> Iterator[Store]:
    opened = Store.open(tmp_path, database_url)
    yield opened
    opened.close()
