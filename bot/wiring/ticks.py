"""The scheduler: a handful of ticks, each of which asks the database what is due.

Never a job a feed. A tick starts work and returns; the work goes on in its own lane.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from apscheduler.events import EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = structlog.get_logger()

Tick = Callable[[], Awaitable[object]]


class Ticks:
    """Use `every` for each tick, then `start`; `stop` lets a running tick end."""

    def __init__(self) -> None:
        # By default a run that is a second late is skipped without a word.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler = AsyncIOScheduler(timezone="UTC", job_defaults=defaults)
        self._scheduler.add_listener(_log_skipped, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        self._running: set[asyncio.Task[None]] = set()

    def every(self, seconds: float, name: str, tick: Tick, first: datetime) -> None:
        self._scheduler.add_job(
            self._run, "interval", args=(name, tick), seconds=seconds, next_run_time=first, id=name
        )

    def start(self) -> None:
        self._scheduler.start()

    async def stop(self, grace: float) -> None:
        self._scheduler.pause()
        if self._running:
            await asyncio.wait(self._running, timeout=grace)
        self._scheduler.shutdown(wait=False)  # it cancels what still runs, whatever `wait` says

    async def _run(self, name: str, tick: Tick) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            await tick()
        except Exception:
            # The scheduler would swallow it into a log of its own, without our fields.
            log.exception("tick failed", tick=name)
        finally:
            self._running.discard(task)


def _log_skipped(event: JobExecutionEvent) -> None:
    log.debug("tick skipped", tick=event.job_id, code=event.code)
