"""Keeps how quiet polls ended: those that end close together, in one transaction."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from bot.model.feed import Polling
from bot.storage.unit import Storage

Row = tuple[Polling, int | None]
"""How polling stands, and the token of the lease under which it was polled."""


@dataclass(slots=True)
class _Batch:
    rows: list[Row] = field(default_factory=list)
    kept: bool = False


class QuietPolls:
    """While one batch is written the next one gathers, so that batches are as large as need be."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._gathering = _Batch()
        self._turn = asyncio.Lock()

    async def save(self, polling: Polling, lease_token: int | None) -> None:
        """Return when it is kept. One that cannot be written costs the others of its batch nothing."""
        row, batch = (polling, lease_token), self._gathering
        batch.rows.append(row)
        async with self._turn:
            if batch is self._gathering:
                self._gathering = _Batch()
                if len(batch.rows) > 1:
                    with suppress(Exception):  # whosever it is, it meets it again on its own
                        await self._write(batch.rows)
                        batch.kept = True
            if not batch.kept:
                await self._write([row])

    async def _write(self, rows: list[Row]) -> None:
        async with self._storage.begin() as unit:
            await unit.feeds.save_many(rows)
