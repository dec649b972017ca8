"""What the product does, in order: fetch, read, place, tell whom it concerns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, assert_never

import structlog

from bot.delivery.plan import plan
from bot.entries.novelty import fresh
from bot.entries.read import read
from bot.feeds.schedule import Pace, after_poll, body_hash
from bot.matching.match import Watches
from bot.matching.topics import Topic
from bot.model.delivery import Action
from bot.model.entry import Entry, News, Revised
from bot.model.feed import (
    Document,
    Feed,
    FetchResult,
    Items,
    Polling,
    Reading,
    Unchanged,
    Unreachable,
)
from bot.model.story import StoryChange, Turn
from bot.pipeline.ports import Fetcher
from bot.storage.unit import Storage, Unit
from bot.stories.change import describe
from bot.stories.cluster import place
from bot.stories.lifecycle import OPEN_FOR, stale
from bot.stories.summary import summarise
from bot.stories.window import Window

log = structlog.get_logger()


SLICE = 50
"""Entries placed in one transaction: a feed of thousands holds nobody up for long."""
PLACER = "placer"
"""Under this name is kept who placed last."""


class Reader(Protocol):
    async def read(self, document: Document) -> Reading:
        """What the body holds; never raises for what a body can do."""
        ...


@dataclass(frozen=True, slots=True)
class Polled:
    """What one poll of one feed came to."""

    entries: int = 0
    new: int = 0
    revised: int = 0
    copies: int = 0
    opened: int = 0
    planned: int = 0
    """Posts and edits put into the outbox."""
    unchanged: bool = False
    error: str | None = None

    def and_also(self, more: Polled) -> Polled:
        """What both came to, told of one feed."""
        return replace(
            self,
            new=self.new + more.new,
            revised=self.revised + more.revised,
            copies=self.copies + more.copies,
            opened=self.opened + more.opened,
            planned=self.planned + more.planned,
        )


class Ingest:
    """Takes one feed at a time from its address to the outbox."""

    def __init__(
        self,
        storage: Storage,
        fetcher: Fetcher,
        reader: Reader,
        topics: Sequence[Topic],
        pace: Pace,
        clock: Callable[[], datetime],
        owner: str,
    ) -> None:
        self._storage = storage
        self._fetcher = fetcher
        self._reader = reader
        self._pace = pace
        self._clock = clock
        self._owner = owner
        self._watches = Watches((), topics)
        self._watches_of: object = None
        self._window: Window | None = None
        self._placing = asyncio.Lock()

    async def poll(
        self, feed: Feed, polling: Polling, lease_token: int | None, jitter: float
    ) -> Polled:
        """One whole poll. `jitter` in [0, 1) spreads the next ones.

        What a feed holds when it is first seen is taken as known: stored, placed, told to nobody.
        """
        result = await self._fetcher.fetch(feed, polling)
        reading = await self._read(result, polling)
        now = self._clock()  # both may have taken their time
        after = after_poll(feed, polling, result, reading, now, self._pace, jitter)
        entries = read(reading, feed, now) if isinstance(reading, Items) else ()
        if not entries:
            async with self._storage.begin() as unit:
                await unit.feeds.save(after, lease_token)
            unchanged = reading is None and not isinstance(result, Unreachable)
            return Polled(unchanged=unchanged, error=after.error)
        first_sight = polling.succeeded_at is None
        polled = Polled(entries=len(entries))
        for start in range(0, len(entries), SLICE):
            is_last = start + SLICE >= len(entries)
            async with self._one_placer(now) as (unit, window):
                some = await self._place(
                    unit, window, feed, entries[start : start + SLICE], now, not first_sight
                )
                if is_last:
                    await unit.feeds.save(after, lease_token)
            polled = polled.and_also(some)
        log.info("polled", feed=feed.id, outlet=feed.outlet, new=polled.new, baseline=first_sight)
        return polled

    async def close_stale(self) -> int:
        """Close the stories that nobody added to for `OPEN_FOR`."""
        now = self._clock()
        async with self._one_placer(now) as (unit, window):
            closed = stale(await unit.stories.unchanged_since(now - OPEN_FOR), now)
            await unit.stories.save_all(closed, now)
            await unit.stories.close([change.story.id for change in closed], now)
            window.forget(now - OPEN_FOR)
        return len(closed)

    @asynccontextmanager
    async def _one_placer(self, now: datetime) -> AsyncIterator[tuple[Unit, Window]]:
        """A transaction, and the picture of the open stories as it stands in it.

        Others who place, here or in another process, wait. The picture is in doubt until the
        commit, and so is one that another process has placed beside.
        """
        async with self._placing:
            window, self._window = self._window, None
            async with self._storage.begin() as unit:
                last_placer = await unit.kept.swap(PLACER, self._owner)
                if window is None or last_placer != self._owner:
                    window = Window.restore(await unit.stories.open_stories(now - OPEN_FOR))
                yield unit, window
            self._window = window

    async def _read(self, result: FetchResult, polling: Polling) -> Reading | None:
        match result:
            case Document(body=body) if body_hash(body) != polling.body_hash:
                return await self._reader.read(result)
            case Document() | Unchanged() | Unreachable():
                return None
            case _:
                assert_never(result)

    async def _place(
        self,
        unit: Unit,
        window: Window,
        feed: Feed,
        entries: Sequence[Entry],
        now: datetime,
        announce: bool,
    ) -> Polled:
        keys = [key for entry in entries for key in entry.keys]
        news = fresh(entries, await unit.stories.known(feed.id, keys))
        changes = place(news, window)
        await unit.stories.save_all(changes, now)
        await unit.stories.revise(_revised_elsewhere(news, changes))
        planned = await self._tell(unit, changes, window, now) if announce else 0
        window.advance(changes)
        return _count(news, changes, planned)

    async def _tell(
        self, unit: Unit, changes: Sequence[StoryChange], window: Window, now: datetime
    ) -> int:
        """Plan for each story that changed, once, as it stands after all of this feed's news."""
        if changes and (revision := await unit.watches.revision()) != self._watches_of:
            # People, and other processes, change them in the database alone.
            self._watches.replace(await unit.watches.all())
            self._watches_of = revision
        changed = {change.story.id: change for change in changes}
        receipts = await unit.outbox.receipts(*changed)
        actions: list[Action] = []
        for story_id, change in changed.items():
            held = [receipt for receipt in receipts if receipt.story_id == story_id]
            audience = self._watches.concerned(change.story)
            if audience or held:
                news = describe(change, before=window.get(story_id))
                actions += plan(summarise(change.story, news), audience, held)
        await unit.outbox.put(actions, now)
        return len(actions)


def _revised_elsewhere(news: Iterable[News], changes: Iterable[StoryChange]) -> list[Entry]:
    """Revised entries whose story is closed: their words are kept, nobody is told."""
    placed = {change.entry.id for change in changes if change.entry is not None}
    return [n.entry for n in news if isinstance(n, Revised) and n.entry.id not in placed]


def _count(news: Sequence[News], changes: Sequence[StoryChange], planned: int) -> Polled:
    revised = sum(isinstance(item, Revised) for item in news)
    copies = sum(
        telling.copy_of is not None
        for change in changes
        for telling in change.story.tellings
        if telling.entry is change.entry and change.turn is not Turn.REVISED
    )
    opened = sum(change.turn is Turn.OPENED for change in changes)
    return Polled(
        new=len(news) - revised, revised=revised, copies=copies, opened=opened, planned=planned
    )
