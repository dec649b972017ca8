"""The service: polls, places and posts until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from bot import __version__
from bot.model.watch import Platform
from bot.pipeline.dispatch import Dispatch
from bot.pipeline.notices import Notices
from bot.pipeline.ports import Sink
from bot.pipeline.recover import Recovery
from bot.wiring.build import Newsroom, Sources, open_newsroom
from bot.wiring.chats import open_chats
from bot.wiring.clock import now
from bot.wiring.owner import OWNER
from bot.wiring.reports import SERVICE, STOPPED
from bot.wiring.settings import Settings
from bot.wiring.ticks import Ticks
from bot.wiring.web import open_web

log = structlog.get_logger()

GRACE = 7.0
"""Seconds that what is under way is given to end; Docker kills after ten."""
FORGET_AFTER = timedelta(days=30)
"""How long a feed is kept that nobody wants any more, should somebody want it again."""


async def serve(settings: Settings, sources: Sources) -> None:
    """Serve until SIGTERM or SIGINT. Raises `Mistake` where a platform refuses the settings."""
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[None] = loop.create_future()

    def stop() -> None:
        if not stopped.done():
            stopped.set_result(None)

    def fail(error: BaseException) -> None:
        if stopped.done():
            log.error("failed while stopping", exc_info=error)
        else:
            stopped.set_exception(error)

    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop)
    async with (
        open_newsroom(settings, sources, now, prune=True) as room,
        open_chats(settings, room, fail) as sinks,
        ticking(settings, room, sinks),
        open_web(settings, room),
    ):
        log.info("started", version=__version__, feeds=len(sources.feeds))
        try:
            await stopped
        finally:
            log.info("stopping")
    log.info("stopped")


@asynccontextmanager
async def ticking(
    settings: Settings, room: Newsroom, sinks: Mapping[Platform, Sink]
) -> AsyncIterator[None]:
    """Poll, deliver, recover, close and give a sign of life, each at its own beat."""
    dispatch = Dispatch(room.storage, sinks, now, OWNER)
    notices = Notices(room.storage, now)
    recovery = Recovery(
        room.storage,
        dispatch,
        sinks,
        now,
        OWNER,
        timedelta(seconds=settings.delivery.read_back_after),
    )

    async def beat() -> None:
        async with room.storage.begin() as unit:
            await unit.kept.beat(SERVICE, now(), f"wirewatch {__version__}")

    async def sweep() -> None:
        await room.placing.close_stale()
        async with room.storage.begin() as unit:
            await unit.feeds.sweep(now() - FORGET_AFTER)

    ticks = Ticks()
    start = now()
    ticks.every(1, "poll", room.polls.wake, start)
    ticks.every(1, "dispatch", dispatch.wake, start)
    ticks.every(15, "recover", recovery.wake, start)
    ticks.every(60, "notices", notices.wake, start + timedelta(seconds=60))
    ticks.every(60, "recaps", notices.recap, start + timedelta(seconds=60))
    ticks.every(600, "sweep", sweep, start + timedelta(seconds=600))
    ticks.every(15, "watchdog", beat, start)
    ticks.start()
    try:
        yield
    finally:
        await asyncio.gather(
            ticks.stop(GRACE),
            room.polls.lanes.stop(GRACE),
            dispatch.stop(GRACE),
            recovery.lanes.stop(GRACE),
        )
        async with room.storage.begin() as unit:
            await unit.kept.beat(SERVICE, now(), STOPPED)
