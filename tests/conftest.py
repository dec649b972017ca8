"""What tests of several rooms stand on: a database of each kind, and a time.

A test that asks for `storage` runs on SQLite and on PostgreSQL. One that means SQLite alone says
``@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)``. PostgreSQL starts with the
first test that asks for it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, settings

from bot.storage.unit import Storage, open_storage
from tests.doubles.databases import PostgresServer, SqliteFiles, running_postgres


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--whole-corpus",
        action="store_true",
        help="try the cheap doors on every feed of the corpus, and on many more invented ones",
    )


# How long an example takes says more of who else is on the machine than of the code.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


@pytest.fixture
def now() -> datetime:
    return datetime(2020, 11, 17, 12, 0, tzinfo=UTC)


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    storage = open_storage(database_url)
    yield storage
    await storage.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh database with all tables."""
    databases: SqliteFiles | PostgresServer = request.getfixturevalue(request.param)
    with databases.database() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> SqliteFiles:
    return SqliteFiles(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded as their ``recap``, wherever they ran."""
    for report in terminalreporter.getreports("passed"):
        for name, words in report.user_properties:
            if name == "recap":
                terminalreporter.write_line(f"{report.nodeid}: {words}")
