"""Opens the database, and holds the few places where the two dialects differ."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    Text,
    any_,
    event,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.model.errors import Mistake

LOCK_WAIT = 30.0
"""Seconds that a writer waits for another process on SQLite."""


def open_engines(url: str) -> tuple[AsyncEngine, AsyncEngine]:
    """The engine that writes and the one that reads, for ``sqlite:///FILE`` or ``postgresql://…``.

    Nothing is connected yet. Raises `Mistake` for an address that can never work.
    """
    try:
        address = make_url(url)
    except ArgumentError:
        raise Mistake("The database's address cannot be read.", _FORMS) from None
    match address.get_backend_name():
        case "sqlite":
            return _sqlite(address)
        case "postgresql" | "postgres":
            return _postgresql(address)
        case other:
            raise Mistake(f"{other} is not a database that wirewatch can use.", _FORMS)


_FORMS = "Write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME."


def _sqlite(address: URL) -> tuple[AsyncEngine, AsyncEngine]:
    if not address.database or address.database == ":memory:":
        raise Mistake("The SQLite database needs a file.", _FORMS)
    _check_file(Path(address.database))

    def engine(begin: str, *pragmas: str) -> AsyncEngine:
        made = create_async_engine(
            address.set(drivername="sqlite+aiosqlite"),
            # The driver begins no transaction by itself: reads would stand outside of it.
            connect_args={"isolation_level": None, "timeout": LOCK_WAIT},
        )

        @event.listens_for(made.sync_engine, "connect")
        def prepare(connection: Any, _record: object) -> None:
            cursor = connection.cursor()
            for pragma in ("foreign_keys=ON", *pragmas):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

        @event.listens_for(made.sync_engine, "begin")
        def begin_as_told(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

        @event.listens_for(made.sync_engine, "invalidate")
        def roll_back(connection: Any, _record: object, _error: object) -> None:
            # Closing alone leaves the lock in place for as long as somebody holds a cursor, and a
            # cancelled task does.
            connection.rollback()

        return made

    # A deferred transaction that reads and then writes is refused at once when another wrote in
    # between. FULL: with NORMAL a power loss could undo "sending" after the message went out.
    writing = engine("BEGIN IMMEDIATE", "journal_mode=WAL", "synchronous=FULL")
    return writing, engine("BEGIN DEFERRED", "query_only=ON")


def _check_file(file: Path) -> None:
    if file.is_dir():
        raise Mistake(f"The database {file} is a folder.", "Name a file inside it.")
    if not file.parent.is_dir():
        raise Mistake(f"The database's folder {file.parent} does not exist.", "Make it first.")


def has_file(address: URL) -> bool:
    """False where the database is a file that is not there yet."""
    return address.get_backend_name() != "sqlite" or Path(str(address.database)).exists()


def _postgresql(address: URL) -> tuple[AsyncEngine, AsyncEngine]:
    query = dict(address.query)
    if mode := query.pop("sslmode", None):
        query["ssl"] = mode  # libpq's word, and asyncpg's for the same
    try:
        writing = create_async_engine(
            address.set(drivername="postgresql+asyncpg", query=query), pool_pre_ping=True
        )
    except ModuleNotFoundError:
        raise Mistake(
            "The database is PostgreSQL, and its driver is not installed.",
            "Install wirewatch[postgres].",
        ) from None
    return writing, writing.execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )


def insert_into(connection: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT; SQLAlchemy has one for each dialect."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def is_one_of(
    connection: AsyncConnection, column: Column[str], values: Collection[str]
) -> ColumnElement[bool]:
    """``column IN values`` with one parameter, however many values there are.

    Both drivers limit the number of parameters, and an expanding IN is rendered anew each time.
    """
    if connection.dialect.name == "sqlite":
        return column.in_(
            select(func.json_each(json.dumps(list(values))).table_valued("value").c.value)
        )
    return column == any_(literal(list(values), postgresql.ARRAY(Text)))


def host_of(connection: AsyncConnection, url: ColumnElement[str]) -> ColumnElement[str]:
    """The host of an address, with its port."""
    if connection.dialect.name == "sqlite":
        rest = func.substr(url, func.instr(url, "://") + 3)
        return func.lower(func.substr(rest, 1, func.instr(rest + "/", "/") - 1))
    return func.lower(func.split_part(func.split_part(url, "://", 2), "/", 1))
