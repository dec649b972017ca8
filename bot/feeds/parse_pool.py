"""Parsing in worker processes that can be killed: a feed that hangs or crashes hurts itself alone.

Workers come from a fork server, which is safe beside threads and a running loop and makes new ones
cheaply. They end with their parent however it ends: an idle one reads the end of its pipe, a busy
one runs into its limit of processor time first.

What this does not give: pebble passes results as pickles, which the parent loads. A worker whose
interpreter were taken over by a feed could therefore run code in the parent. The limits hold
against feeds that hang or crash, not against that; expat is to be kept up to date.
"""

from __future__ import annotations

import asyncio
import math
import multiprocessing
import resource
import time
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Self

from pebble import ProcessExpired, ProcessPool

from bot.model.feed import Document, Reading, Trouble, Unreadable

TASKS_A_WORKER = 500
"""feedparser's memory does not come back, so workers are replaced."""


class ParsePool:
    """Reads documents in `workers` processes, each document within `timeout` seconds.

    `memory` is the address space of a worker in bytes. Nothing is started before the first document.
    Use it as an async context manager, or call `close` when nobody reads any more.
    """

    def __init__(self, workers: int, timeout: float = 10.0, memory: int = 1 << 30) -> None:
        self._workers = workers
        self._timeout = timeout
        self._memory = memory
        self._pool: ProcessPool | None = None
        self._starting = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def read(self, document: Document) -> Reading:
        pool = await self._running()
        try:
            future = pool.schedule(
                _read_within,
                args=(document.body, document.url, document.content_type, self._timeout),
                timeout=self._timeout,
            )
            reading: Reading = await asyncio.wrap_future(future)
        except TimeoutError:
            reason = f"Reading it takes longer than {self._timeout:g} seconds."
            return Unreadable(reason, Trouble.HARMFUL)
        except (ProcessExpired, MemoryError):
            return Unreadable("Reading it takes too much time or memory.", Trouble.HARMFUL)
        except (BrokenProcessPool, RuntimeError):
            return Unreadable("The feed reader broke down; it is started again.")
        return reading

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(_stop, pool)

    async def _running(self) -> ProcessPool:
        async with self._starting:
            if self._pool is not None and not self._pool.active:
                await self.close()
            if self._pool is None:
                context = multiprocessing.get_context("forkserver")
                context.set_forkserver_preload(["bot.feeds.parse"])
                self._pool = ProcessPool(
                    self._workers,
                    TASKS_A_WORKER,
                    initializer=_confine,
                    initargs=(self._memory,),
                    context=context,
                )
                # To ask whether it is active starts it, and that takes long enough to hold up
                # the loop.
                await asyncio.to_thread(getattr, self._pool, "active")
            return self._pool


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _confine(memory: int) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (memory, most))


def _read_within(body: bytes, url: str, content_type: str | None, seconds: float) -> Reading:
    from bot.feeds.parse import parse  # in the worker only: the parent never needs feedparser

    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    spent = math.ceil(time.process_time() + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (spent, most))
    return parse(body, url, content_type)
