"""Brings the tables to this program's version, or says why that cannot be done."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import SQLAlchemyError

from bot.model.errors import Mistake

_UPGRADE_LOCK = 7_733_001
"""PostgreSQL's advisory lock for upgrades: any number, as long as it stays the same."""


def upgrade(connection: Connection) -> None:
    """Runs within the caller's transaction: all of it or nothing."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
    config = _config()
    refuse_newer(connection)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def check(connection: Connection) -> None:
    """Raise `Mistake` unless the tables are exactly of this program's version."""
    refuse_newer(connection)
    if version(connection) != ScriptDirectory.from_config(_config()).get_current_head():
        raise Mistake(
            "The database's tables are older than this wirewatch.", "Run: wirewatch db upgrade"
        )


def version(connection: Connection) -> str | None:
    """What the tables say of themselves; None where there are none yet."""
    return MigrationContext.configure(connection).get_current_revision()


def refuse_newer(connection: Connection) -> None:
    """Raise `Mistake` where a newer program has been here; its tables are not understood."""
    found = version(connection)
    scripts = ScriptDirectory.from_config(_config())
    known = {script.revision for script in scripts.walk_revisions()}
    if found is not None and found not in known:
        raise Mistake(
            f"The database was written by a newer wirewatch (its tables are of version {found}).",
            "Upgrade the program or restore a backup; nothing was changed.",
        )


def _config() -> Config:
    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


@contextmanager
def opening(url: URL) -> Iterator[None]:
    """What fails on first use of a database is a person's mistake in most cases: say it plainly."""
    try:
        if url.get_backend_name() == "sqlite":
            _probe(str(url.database))
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip()
        raise Mistake(
            f"The database {_named(url)} cannot be used: {reason}.",
            "Check its address, and that wirewatch may read and write there.",
        ) from error


def _probe(file: str) -> None:
    """A connection that fails within aiosqlite leaves a thread behind, which may outlive the loop."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA schema_version")


def _named(url: URL) -> str | None:
    if url.get_backend_name() == "sqlite":
        return url.database
    return f"{url.database} on {url.host or 'this machine'}"
