"""Work under way, one task a key: a slow feed or channel holds up nobody but itself."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Hashable
from typing import Any, Generic, TypeVar

import structlog

log = structlog.get_logger()

K = TypeVar("K", bound=Hashable)


class Lanes(Generic[K]):
    """The edge of one piece of work: what it raises is logged once with its key, and ends there."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._tasks: dict[K, asyncio.Task[None]] = {}
        self.failures = 0

    def __len__(self) -> int:
        return len(self._tasks)

    def __contains__(self, key: K) -> bool:
        return key in self._tasks

    def keys(self) -> list[K]:
        return list(self._tasks)

    def start(self, key: K, work: Coroutine[Any, Any, None]) -> None:
        """The key must not be under way already."""
        task = asyncio.create_task(self._run(key, work))
        self._tasks[key] = task
        task.add_done_callback(lambda _: self._tasks.pop(key))

    async def _run(self, key: K, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            self.failures += 1
            log.exception("failed", lane=self._name, key=str(key))

    async def room(self, limit: int) -> None:
        """Return when fewer than `limit` are under way."""
        while len(self._tasks) >= limit:
            await asyncio.wait(self._tasks.values(), return_when=asyncio.FIRST_COMPLETED)

    async def idle(self) -> None:
        """Return when nothing is under way, what has been started meanwhile included."""
        while self._tasks:
            await asyncio.wait(self._tasks.values())

    async def stop(self, grace: float) -> None:
        """Let what is under way end within `grace` seconds; cancel the rest."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=grace)
        for task in tuple(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
