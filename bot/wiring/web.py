"""Lets WebSub's hubs reach the program, where the operator gave it a public address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import structlog

from bot.model.errors import Mistake
from bot.pipeline.hubs import Hubs
from bot.pipeline.pushes import Pushes
from bot.web.server import listening
from bot.wiring.build import Newsroom
from bot.wiring.clock import now
from bot.wiring.settings import Settings
from bot.wiring.ticks import Ticks

log = structlog.get_logger()

GRACE = 5.0
"""Seconds that what is under way is given to end."""


def web_mistakes(settings: Settings) -> tuple[Mistake, ...]:
    """A public address without a key to keep the hubs' secrets with."""
    if settings.web.public_url is None or settings.secret_keys:
        return ()
    return (
        Mistake(
            "web.public_url is set, and there is no key to keep the hubs' secrets with.",
            "Set WIREWATCH_SECRET_KEY_FILE to a file with a long random text "
            "(openssl rand -hex 32).",
        ),
    )


@asynccontextmanager
async def open_web(settings: Settings, room: Newsroom) -> AsyncIterator[None]:
    """Listen and keep the hubs asked until the end of the block; without `web.public_url`, neither.

    Raises `Mistake` where the port is taken.
    """
    web = settings.web
    if web.public_url is None:
        yield
        return
    ceiling = timedelta(seconds=settings.poll_interval.ceiling)
    hubs = Hubs(room.storage, room.http, room.vault, str(web.public_url), now)
    pushes = Pushes(room.storage, room.ingest.pushed, room.vault, ceiling, now)
    ticks = Ticks()
    ticks.every(2, "hubs", hubs.wake, now())
    async with AsyncExitStack() as stack:
        try:
            port = await stack.enter_async_context(listening(hubs, pushes, web.host, web.port))
        except OSError as error:
            raise Mistake(
                f"Nothing can listen on {web.host}:{web.port} ({error.strerror}).",
                "Set web.host and web.port to an address of this machine that is free.",
            ) from error
        log.info("listening", host=web.host, port=port)
        ticks.start()
        try:
            yield
        finally:
            await asyncio.gather(
                ticks.stop(GRACE), hubs.lanes.stop(GRACE), pushes.lanes.stop(GRACE)
            )
