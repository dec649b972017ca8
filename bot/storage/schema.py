"""Brings the tables to this program's version, or says why that cannot be done."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from bot.model.errors import Mistake

if TYPE_CHECKING:
    from alembic.config import Config

# Alembic is imported where there is something to upgrade: most starts find nothing.

HEAD = "0001"
"""The last migration; a test holds it to that."""

_UPGRADE_LOCK = 7_733_001
"""PostgreSQL's advisory lock for upgrades: any number, as long as it stays the same."""


def upgrade(connection: Connection) -> None:
    """Runs within the caller's transaction: all of it or nothing."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
    if version(connection) == HEAD:
        return
    from alembic import command

    config = _config()
    refuse_newer(connection)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def check(connection: Connection) -> None:
    """Raise `Mistake` unless the tables are exactly of this program's version."""
    refuse_newer(connection)
    if version(connection) != HEAD:
        raise Mistake(
            "The database's tables are older than this wirewatch.", "Run: wirewatch db upgrade"
        )


def version(connection: Connection) -> str | None:
    """What the tables say of themselves; None where there are none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def refuse_newer(connection: Connection) -> None:
    """Raise `Mistake` where a newer program has been here; its tables are not understood."""
    found = version(connection)
    if found in (None, HEAD):
        return
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_config())
    known = {script.revision for script in scripts.walk_revisions()}
    if found not in known:
        raise Mistake(
            f"The database was written by a newer wirewatch (its tables are of version {found}).",
            "Upgrade the program or restore a backup; nothing was changed.",
        )


def _config() -> Config:
    from alembic.config import Config

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
