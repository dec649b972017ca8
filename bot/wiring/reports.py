"""What the command line tells of the database: feeds, watches, and whether the service is well."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from bot.feeds.health import LATELY, is_in_trouble
from bot.feeds.why import why_then
from bot.matching.match import Watches
from bot.model.delivery import TicketState
from bot.model.feed import Feed, Polling
from bot.storage.habit_rows import Habit
from bot.storage.unit import Unit
from bot.wiring.build import database, pace_of, read_sources
from bot.wiring.clock import now
from bot.wiring.settings import Settings

SERVICE = "service"
"""The name under which a running service says that it lives."""
STOPPED = "stopped"
"""Its last sign of life, where it stopped because it was told to."""
SILENT = timedelta(seconds=60)
"""A service that has said nothing for this long is not well."""


async def feed_rows(settings: Settings) -> list[dict[str, str]]:
    """Every feed of the list, then those added by command; how its polling stands where known."""
    async with _reading(settings) as unit:
        known = dict(await unit.feeds.all()) if unit else {}
    pollings = {feed.id: polling for feed, polling in known.items()}
    listed = read_sources(settings).feeds
    ids = {feed.id for feed in listed}
    rows = []
    for feed in (*listed, *(feed for feed in known if feed.id not in ids)):
        polling = pollings.get(feed.id)
        rows.append(
            {
                "id": feed.id,
                "outlet": feed.outlet,
                "publisher": feed.publisher,
                "language": feed.language or "",
                "address": feed.shown,
                "read": _when(polling.succeeded_at) if polling else "never",
                "next": _when(polling.due_at) if polling else "at once",
                "trouble": (polling.error or "") if polling else "",
            }
        )
    return rows


async def feeds_health(settings: Settings) -> tuple[bool, list[dict[str, Any]]]:
    """Whether no feed is in trouble, and how each does, those that fail first.

    Times are in ISO 8601, lags in seconds, churn is a share.
    """
    at = now()
    async with _reading(settings) as unit:
        known = await unit.feeds.all() if unit else []
        habits = await unit.habits.all(at) if unit else {}
    met = {feed.id for feed, _ in known}
    known += [
        (feed, Polling(feed.id, due_at=at))
        for feed in read_sources(settings).feeds
        if feed.id not in met
    ]
    pace = pace_of(settings)
    rows = [
        _health(feed, polling, habits.get(feed.id, Habit()), why_then(feed, polling, pace))
        for feed, polling in known
    ]
    rows.sort(key=lambda row: row["since"] is None)
    return not any(is_in_trouble(polling, at) for _, polling in known), rows


def _health(feed: Feed, polling: Polling, habit: Habit, why: str) -> dict[str, Any]:
    return {
        "id": feed.id,
        "outlet": feed.outlet,
        "address": feed.shown,
        "read": _iso(polling.succeeded_at),
        "next": None if polling.paused else _iso(polling.due_at),
        "why": why,
        "paused": polling.paused,
        "trouble": polling.trouble,
        "since": _iso(polling.failing_since),
        "error": polling.error,
        "lag": habit.lag and habit.lag.total_seconds(),
        "churn": round(habit.churn, 3),
        "per_day": round(habit.per_day, 1),
    }


def health_words(row: dict[str, Any]) -> dict[str, str]:
    """One feed's health for people, with the table's headings."""
    failing = row["error"] and f"{row['trouble']} since {_minute(row['since'])}: {row['error']}"
    return {
        "feed": f"{row['outlet']}\n{row['address']}",
        "read": _minute(row["read"]),
        "next": row["why"] if row["paused"] else f"{_minute(row['next'])}\n{row['why']}",
        "lag": "" if row["lag"] is None else f"{row['lag'] / 60:.0f} min",
        "revised": f"{row['churn']:.0%}",
        "a day": f"{row['per_day']:.1f}",
        "trouble": failing or "",
    }


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
        condition = await unit.notices.condition(now() - LATELY)
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
    words = f"The service is well. {waiting} messages wait, {parked} need a person."
    if condition.failing:
        words += f" {condition.failing} of {condition.asked} feeds fail: wirewatch feeds health"
    return True, words


@asynccontextmanager
async def _reading(settings: Settings) -> AsyncIterator[Unit | None]:
    """The database as it is; None where there is none yet. Nothing is made or upgraded."""
    storage = database(settings)
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


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")


def _minute(iso: str | None) -> str:
    return _when(None if iso is None else datetime.fromisoformat(iso))
