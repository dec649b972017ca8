"""The requests that came in, so that one delivered twice is done once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.watch import Platform
from bot.storage.engine import insert_into
from bot.storage.tables import inbox


class InboxRows:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def has(self, platform: Platform, key: str) -> bool:
        """Whether the request was here before."""
        found = await self._connection.scalar(
            select(inbox.c.key).where(inbox.c.platform == platform, inbox.c.key == key)
        )
        return found is not None

    async def first(self, platform: Platform, key: str, now: datetime) -> bool:
        """Remember the request; False when it was here before."""
        result = await self._connection.execute(
            insert_into(self._connection, inbox)
            .values(platform=platform, key=key, received_at=now)
            .on_conflict_do_nothing()
        )
        return result.rowcount == 1
