"""One feed at a time: ask it, read what came, hand what it tells to be placed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, assert_never

import structlog

from bot.entries.read import in_order, one_by_one
from bot.entries.recurring import Debris, take_off
from bot.feeds import health
from bot.feeds.redirects import moved
from bot.feeds.schedule import Pace, after_poll, body_hash
from bot.feeds.websub import named_hub
from bot.model.entry import Entry
from bot.model.feed import (
    LOCKED,
    Document,
    Feed,
    FetchResult,
    Items,
    Polling,
    Reading,
    Unchanged,
    Unreachable,
)
from bot.pipeline.notices import tell
from bot.pipeline.placing import BREATH, NOTHING, Placed, Placing, PollEnd
from bot.pipeline.ports import Fetcher
from bot.pipeline.quiet import QuietPolls
from bot.storage.unit import Storage

log = structlog.get_logger()

LONG_PAUSE = timedelta(days=7)
"""What a feed holds that was not read for so long is no news."""


class Reader(Protocol):
    async def read(self, document: Document, known_blocks: bytes) -> Reading:
        """What the body holds but for the item blocks that are known; never raises for a body."""
        ...


@dataclass(frozen=True, slots=True)
class Polled:
    """What one poll of one feed came to."""

    placed: Placed = NOTHING
    unchanged: bool = False
    error: str | None = None


class Ingest:
    """Takes one feed at a time from its address to the outbox."""

    def __init__(
        self,
        storage: Storage,
        fetcher: Fetcher,
        reader: Reader,
        placing: Placing,
        pace: Pace,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._fetcher = fetcher
        self._reader = reader
        self._placing = placing
        self._pace = pace
        self._clock = clock
        self._quiet = QuietPolls(storage)

    async def poll(
        self, feed: Feed, polling: Polling, lease_token: int | None, jitter: float
    ) -> Polled:
        """One whole poll. `jitter` in [0, 1) spreads the next ones.

        What a feed holds when it is first seen, or asked so much later than it was due that it is a
        `LONG_PAUSE`, is taken as known: stored, placed, told to nobody.
        """
        result = LOCKED if feed.locked else await self._fetcher.fetch(feed, polling)
        reading = await self._read(result, polling)
        now = self._clock()  # both may have taken their time
        after = after_poll(feed, polling, result, reading, now, self._pace, jitter)
        if (
            not isinstance(reading, Items)
            or not isinstance(result, Document)
            or (reading.partial and not reading.items)
        ):
            await self._quiet.save(after, lease_token)
            polled = Polled(
                unchanged=reading is None and not isinstance(result, Unreachable),
                error=after.error,
            )
        else:
            entries, debris = take_off(
                await _entries(reading, feed, now), Debris.unpacked(polling.debris)
            )
            end = PollEnd(
                replace(after, debris=debris.packed()),
                lease_token,
                named_hub(feed, result, reading),
            )
            announce = not _is_long_ago(polling, now)
            polled = Polled(await self._placing.take(feed, entries, now, announce, end))
            log.info("told", feed=feed.id, outlet=feed.outlet, new=polled.placed.new)
        if (address := moved(feed, after)) is not None:
            await self._move(feed, address, now)
        return polled

    async def pushed(self, feed: Feed, document: Document) -> Polled:
        """What a hub sent of a feed that was polled before; how its polling stands is left alone."""
        reading = await self._reader.read(document, b"")
        if not isinstance(reading, Items):
            return Polled(error=reading.reason)
        now = self._clock()
        async with self._storage.read() as unit:
            debris = Debris.unpacked(await unit.feeds.debris(feed.id))
        entries, _ = take_off(await _entries(reading, feed, now), debris)
        return Polled(await self._placing.take(feed, entries, now, announce=True))

    async def _move(self, feed: Feed, address: str, now: datetime) -> None:
        """Ask it at `address` from now on, and say so where it is read."""
        async with self._storage.begin() as unit:
            await unit.feeds.move(replace(feed, url=address))
            await tell(unit, [health.moved(feed, address)], now)
        log.info("moved", feed=feed.id)

    async def _read(self, result: FetchResult, polling: Polling) -> Reading | None:
        match result:
            case Document(body=body) if body_hash(body) != polling.body_hash:
                return await self._reader.read(result, polling.blocks)
            case Document() | Unchanged() | Unreachable():
                return None
            case _:
                assert_never(result)


async def _entries(items: Items, feed: Feed, now: datetime) -> tuple[Entry, ...]:
    """`read`, with others having their turn in between: a feed may hold thousands of long texts."""
    told: list[Entry] = []
    for number, entry in enumerate(one_by_one(items, feed, now), start=1):
        if entry is not None:
            told.append(entry)
        if number % BREATH == 0:
            await asyncio.sleep(0)  # noqa: TID251 — waits for nothing
    return in_order(told)


def _is_long_ago(polling: Polling, now: datetime) -> bool:
    """Whether the feed was last read so long ago that what it holds is no news."""
    last = polling.succeeded_at
    if last is None:
        return True
    # A feed that is asked once a week was not left alone for longer than it should be.
    since = last if polling.failures else max(last, polling.due_at)
    return now - since > LONG_PAUSE
