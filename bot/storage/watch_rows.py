"""What channels asked for. No answer about one workspace holds a row of another."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Row, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.watch import Destination, Platform, Watch
from bot.storage.engine import insert_into
from bot.storage.tables import watches


class WatchRows:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self, destination: Destination, query: str, created_by: str, now: datetime
    ) -> tuple[Watch, bool]:
        """The channel's watch for this query, and whether it is new."""
        row = {
            "platform": destination.platform,
            "workspace": destination.workspace,
            "channel": destination.channel,
            "query": query,
        }
        new = insert_into(self._connection, watches).values(
            **row, created_by=created_by, created_at=now
        )
        result = await self._connection.execute(new.on_conflict_do_nothing().returning(*watches.c))
        if made := result.one_or_none():
            return _watch(made), True
        [standing] = await self._where(*(watches.c[name] == value for name, value in row.items()))
        return standing, False

    async def remove(self, watch_id: int, platform: Platform, workspace: str) -> Watch | None:
        """Take back one of this workspace's watches; None when it has no such watch."""
        result = await self._connection.execute(
            delete(watches)
            .where(
                watches.c.id == watch_id,
                watches.c.platform == platform,
                watches.c.workspace == workspace,
            )
            .returning(*watches.c)
        )
        row = result.one_or_none()
        return None if row is None else _watch(row)

    async def of_workspace(self, platform: Platform, workspace: str) -> list[Watch]:
        """Oldest first."""
        return await self._where(watches.c.platform == platform, watches.c.workspace == workspace)

    async def all(self) -> list[Watch]:
        """Of every workspace, oldest first: for matching, never for an answer in a chat."""
        return await self._where()

    async def revision(self) -> tuple[int, int]:
        """Another value after any `add` or `remove`, whichever process made it.

        Numbers only grow, so no other set of as many watches has the same sum.
        """
        result = await self._connection.execute(
            select(func.count(), func.coalesce(func.sum(watches.c.id), 0)).select_from(watches)
        )
        count, total = result.one()
        return count, int(total)

    async def declare(
        self,
        wanted: Collection[tuple[Destination, str]],
        created_by: str,
        now: datetime,
        *,
        prune: bool = True,
    ) -> None:
        """Make the watches made by `created_by` (a settings file) exactly these.

        One that a person asked for as well stays that person's. Without `prune` none is taken away.
        """
        declared = {(await self.add(*each, created_by, now))[0].id for each in wanted}
        if not prune:
            return
        for watch in await self._where(watches.c.created_by == created_by):
            if watch.id not in declared:
                await self._connection.execute(delete(watches).where(watches.c.id == watch.id))

    async def _where(self, *conditions: ColumnElement[bool]) -> list[Watch]:
        rows = await self._connection.execute(
            select(watches).where(*conditions).order_by(watches.c.id)
        )
        return [_watch(row) for row in rows]


def _watch(row: Row[*tuple[object, ...]]) -> Watch:
    return Watch(
        id=row.id,
        destination=Destination(Platform(row.platform), row.workspace, row.channel),
        query=row.query,
        created_by=row.created_by,
        created_at=row.created_at,
    )
