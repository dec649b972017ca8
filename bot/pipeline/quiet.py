"""Keeps how quiet polls ended: those that end close together, in one transaction."""

from __future__ import annotations

import asyncio

from bot.model.feed import Polling
from bot.storage.unit import Storage


class QuietPolls:
    """While one batch is written the next one gathers, so that batches are as large as need be."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._gathering: list[tuple[Polling, int | None]] = []
        self._turn = asyncio.Lock()

    async def save(self, polling: Polling, lease_token: int | None) -> None:
        """Return when it is kept.

        Where the write fails, one of the batch is told; the leases of the others end by themselves.
        """
        batch = self._gathering
        batch.append((polling, lease_token))
        async with self._turn:
            if batch is not self._gathering:
                return  # another wrote it along with its own
            self._gathering = []
            async with self._storage.begin() as unit:
                await unit.feeds.save_many(batch)
