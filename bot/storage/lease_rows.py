"""Who has taken what for himself: feeds, channels, tickets."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import channels, feeds, outbox

_LEASED = (feeds, channels, outbox)


class LeaseRows:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def owners(self, now: datetime) -> set[str]:
        """Everyone who holds a lease that has not ended."""
        held = union(
            *(select(table.c.lease_owner).where(table.c.lease_until > now) for table in _LEASED)
        )
        return set(await self._connection.scalars(held))

    async def end(self, owners: Collection[str], now: datetime) -> None:
        """End all leases of those who are known to be dead; their fences stay as they are."""
        for table in _LEASED:
            await self._connection.execute(
                update(table)
                .where(table.c.lease_owner.in_(owners), table.c.lease_until > now)
                .values(lease_until=now)
            )
