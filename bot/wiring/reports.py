"""What the command line tells of the database: feeds, watches, and whether the service is well."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from bot.matching.match import Watches
from bot.model.delivery import TicketState
from bot.storage.unit import Storage, Unit, open_storage
from bot.wiring.build import read_sources
from bot.wiring.clock import now
from bot.wiring.logs import redact
from bot.wiring.settings import Settings

SERVICE = "service"
"""The name under which a running service says that it lives."""
STOPPED = "stopped"
"""Its last sign of life, where it stopped because it was told to."""
SILENT = timedelta(seconds=60)
"""A service that has said nothing for this long is not well."""


async def feed_rows(settings: Settings) -> list[dict[str, str]]:
    """Every feed of the list; how its polling stands where the database knows it."""
    async with _reading(settings) as unit:
        known = dict(await unit.feeds.all()) if unit else {}
    pollings = {feed.id: polling for feed, polling in known.items()}
    rows = []
    for feed in read_sources(settings).feeds:
        polling = pollings.get(feed.id)
        rows.append(
            {
                "id": feed.id,
                "outlet": feed.outlet,
                "publisher": feed.publisher,
                "language": feed.language or "",
                "address": redact(feed.url),
                "read": _when(polling.succeeded_at) if polling else "never",
                "next": _when(polling.due_at) if polling else "at once",
                "trouble": (polling.error or "") if polling else "",
            }
        )
    return rows


async def watch_rows(settings: Settings) -> list[dict[str, str]]:
    """Every watch of every workspace: for the operator, who may see them all."""
    async with _reading(settings) as unit:
        watches = await unit.watches.all() if unit else []
    broken = Watches(watches, read_sources(settings).topics).broken
    troubles = {watch.id: str(mistake) for watch, mistake in broken}
    return [
        {
            "id": str(watch.id),
            "platform": watch.destination.platform,
            "workspace": watch.destination.workspace,
            "channel": watch.destination.channel,
            "query": watch.query,
            "by": watch.created_by,
            "since": _when(watch.created_at),
            "trouble": troubles.get(watch.id, ""),
        }
        for watch in watches
    ]


async def service_health(settings: Settings) -> tuple[bool, str]:
    """Whether a service on this database lives, and the words for it.

    The words also count the messages that wait; how long they have waited is not judged.
    """
    async with _reading(settings) as unit:
        if unit is None:
            return False, "There is no database yet. Start the service: wirewatch run"
        beats = {beat.name: beat for beat in await unit.kept.beats()}
        counts = await unit.outbox.counts()
    beat = beats.get(SERVICE)
    if beat is None:
        return False, "No service has run on this database. Start it: wirewatch run"
    if beat.detail == STOPPED:
        return False, f"The service was stopped at {_when(beat.at)}. Start it: wirewatch run"
    silent = now() - beat.at
    if silent > SILENT:
        return False, f"The service has been silent since {_when(beat.at)}. Look at its log."
    waiting = sum(n for (_, state), n in counts.items() if state == TicketState.PENDING)
    parked = sum(n for (_, state), n in counts.items() if state == TicketState.PARKED)
    return True, f"The service is well. {waiting} messages wait, {parked} need a person."


@asynccontextmanager
async def _reading(settings: Settings) -> AsyncIterator[Unit | None]:
    """The database as it is; None where there is none yet. Nothing is made or upgraded."""
    storage: Storage = open_storage(settings.database_url.get_secret_value())
    try:
        if not await storage.exists():
            yield None
            return
        await storage.check()
        async with storage.read() as unit:
            yield unit
    finally:
        await storage.dispose()


def _when(at: datetime | None) -> str:
    return "never" if at is None else at.strftime("%Y-%m-%d %H:%M UTC")
