"""Writes thousands of rows at once.

SQLAlchemy makes the statement, once; the rows go to the driver directly, as its own work on each
row costs more than writing it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.engine import insert_into

DialectInsert = sqlite.Insert | postgresql.Insert
"""Both know ON CONFLICT; SQLAlchemy has one for each dialect."""
Process = Callable[[Any], Any] | None


class Many:
    """An INSERT into `table` as `ending` completes it; rows have just the columns of `names`."""

    def __init__(
        self, table: Table, names: Iterable[str], ending: Callable[[DialectInsert], Insert]
    ) -> None:
        self._table = table
        self._names = tuple(names)
        self._ending = ending
        self._made: dict[str, tuple[str, list[tuple[str, Process]]]] = {}

    async def write(self, connection: AsyncConnection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Each of `rows`, in their order; none is fine."""
        name = connection.dialect.name
        if name not in self._made:
            self._made[name] = self._make(connection)
        sql, columns = self._made[name]
        values = [
            tuple(process(row[name]) if process else row[name] for name, process in columns)
            for row in rows
        ]
        if values:
            await connection.exec_driver_sql(sql, values)

    def _make(self, connection: AsyncConnection) -> tuple[str, list[tuple[str, Process]]]:
        dialect, columns = connection.dialect, self._table.c
        new = self._ending(insert_into(connection, self._table))
        compiled = new.compile(dialect=dialect, column_keys=list(self._names))
        assert compiled.positiontup is not None, "both drivers count their parameters"
        types = {name: columns[name].type.dialect_impl(dialect) for name in compiled.positiontup}
        return str(compiled), [(name, kind.bind_processor(dialect)) for name, kind in types.items()]
