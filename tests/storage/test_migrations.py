"""An empty database upgraded to the last version is what `tables` says, and newer ones are refused."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.model.errors import Mistake
from bot.storage import schema
from bot.storage.engine import open_engines
from bot.storage.tables import metadata
from bot.storage.unit import Storage, open_storage
from tests.doubles.databases import PostgresServer, SqliteFiles

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest) -> Iterator[str]:
    databases: SqliteFiles | PostgresServer = request.getfixturevalue(request.param)
    with databases.database(empty=True) as url:
        yield url


@pytest.fixture
async def empty(empty_url: str) -> AsyncIterator[Storage]:
    storage = open_storage(empty_url)
    yield storage
    await storage.dispose()


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    writing, _ = open_engines(database_url)
    yield writing
    await writing.dispose()


async def test_the_migrations_end_where_the_tables_end(engine: AsyncEngine) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        found: list[object] = compare_metadata(context, metadata)
        return found

    async with engine.begin() as connection:
        assert await connection.run_sync(differences) == []


def test_the_version_that_is_looked_for_is_the_last() -> None:
    assert ScriptDirectory(str(Path(schema.__file__).parent / "migrations")).get_heads() == [
        schema.HEAD
    ]


async def test_the_definitions_are_the_same_to_the_letter(empty: Storage, empty_url: str) -> None:
    """Alembic does not compare the condition of a partial index, nor autoincrement."""
    engine, _ = open_engines(empty_url)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        told = await definitions(connection)
        await connection.run_sync(metadata.drop_all)
    await empty.upgrade()
    async with engine.begin() as connection:
        assert await definitions(connection) == told
    await engine.dispose()


async def definitions(connection: AsyncConnection) -> set[str]:
    if connection.dialect.name == "sqlite":
        query = "SELECT sql FROM sqlite_master WHERE sql <> '' AND name <> 'alembic_version'"
    else:
        query = "SELECT indexdef FROM pg_indexes WHERE tablename NOT LIKE ALL ('{alembic%,pg_%}')"
    return {" ".join(definition.split()) for definition in await connection.scalars(text(query))}


async def test_an_upgrade_may_be_repeated(empty: Storage) -> None:
    assert not await empty.exists()
    with pytest.raises(Mistake, match="wirewatch db upgrade"):
        await empty.check()
    await empty.upgrade()
    await empty.upgrade()
    await empty.check()
    assert await empty.exists()


def test_asking_whether_a_file_exists_does_not_make_it(tmp_path: Path) -> None:
    async def exists() -> bool:
        storage = open_storage(f"sqlite:///{tmp_path}/w.db")
        try:
            return await storage.exists()
        finally:
            await storage.dispose()

    assert not asyncio.run(exists())
    assert list(tmp_path.iterdir()) == []


async def test_a_newer_database_is_refused_and_left_alone(
    storage: Storage, engine: AsyncEngine
) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for step in (storage.check, storage.upgrade, storage.refuse_newer):
        with pytest.raises(
            Mistake, match=r"written by a newer wirewatch.*9999.*nothing was changed"
        ):
            await step()
    async with engine.begin() as connection:
        assert await connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"


def test_several_processes_may_upgrade_at_once(empty_url: str) -> None:
    program = "import sys; from tests.doubles.databases import upgrade; upgrade(sys.argv[1])"
    processes = [
        subprocess.Popen([sys.executable, "-c", program, empty_url], cwd=ROOT) for _ in range(3)
    ]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
