"""Writes thousands of rows at once.

SQLAlchemy makes the statement, once; the rows go to the driver directly, as its own work on each
row costs more than writing it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Dialect, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Upsert = sqlite.Insert | postgresql.Insert
Process = Callable[[Any], Any] | None


class Many:
    """An INSERT into `table` as `ending` completes it; rows have just the columns of `names`."""

    def __init__(
        self, table: Table, names: Iterable[str], ending: Callable[[Upsert], Insert]
    ) -> None:
        self._table = table
        self._names = tuple(names)
        self._ending = ending
        self._made: dict[str, tuple[str, list[tuple[str, Process]]]] = {}

    async def write(self, connection: AsyncConnection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Each of `rows`, in their order; none is fine."""
        dialect = connection.dialect
        if dialect.name not in self._made:
            self._made[dialect.name] = self._make(dialect)
        sql, columns = self._made[dialect.name]
        values = [
            tuple(process(row[name]) if process else row[name] for name, process in columns)
            for row in rows
        ]
        if values:
            await connection.exec_driver_sql(sql, values)

    def _make(self, dialect: Dialect) -> tuple[str, list[tuple[str, Process]]]:
        new = (sqlite if dialect.name == "sqlite" else postgresql).insert(self._table)
        compiled = self._ending(new).compile(dialect=dialect, column_keys=list(self._names))
        types = self._table.c
        order = compiled.positiontup or self._names
        return str(compiled), [
            (name, types[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in order
        ]
