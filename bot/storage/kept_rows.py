"""Small facts by name, and the signs of life of the program's loops."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.engine import insert_into
from bot.storage.tables import heartbeats, kept


@dataclass(frozen=True, slots=True)
class Beat:
    """The last sign of life of one loop."""

    name: str
    at: datetime
    detail: str


class KeptRows:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, name: str) -> str | None:
        return await self._connection.scalar(select(kept.c.value).where(kept.c.name == name))

    async def set(self, name: str, value: str) -> None:
        new = insert_into(self._connection, kept).values(name=name, value=value)
        await self._connection.execute(
            new.on_conflict_do_update(index_elements=["name"], set_={"value": value})
        )

    async def swap(self, name: str, value: str) -> str | None:
        """Set it and return what stood there; until the commit, all others who swap it wait."""
        before: str | None = await self._connection.scalar(
            select(kept.c.value).where(kept.c.name == name).with_for_update()
        )
        await self.set(name, value)
        return before

    async def beat(self, name: str, now: datetime, detail: str = "") -> None:
        new = insert_into(self._connection, heartbeats).values(name=name, at=now, detail=detail)
        await self._connection.execute(
            new.on_conflict_do_update(index_elements=["name"], set_={"at": now, "detail": detail})
        )

    async def beats(self) -> list[Beat]:
        rows = await self._connection.execute(select(heartbeats).order_by(heartbeats.c.name))
        return [Beat(row.name, row.at, row.detail) for row in rows]
