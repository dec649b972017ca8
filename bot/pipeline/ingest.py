"""What the product does, in order: fetch, read, place, tell whom it concerns."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
from bot.model.story import StoryChange
from bot.pipeline.ports import Fetcher
from bot.storage.unit import Storage, Unit
from bot.stories.change import describe
from bot.stories.cluster import place
from bot.stories.lifecycle import OPEN_FOR, stale
from bot.stories.summary import summarise
from bot.stories.window import Window

log = structlog.get_logger()


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


class Ingest:
    """Takes one feed at a time from its address to the outbox."""

    def __init__(
        self,
        storage: Storage,
        fetcher: Fetcher,
        reader: Reader,
        topics: Sequence[Topic],
        pace: Pace,
    ) -> None:
        self._storage = storage
        self._fetcher = fetcher
        self._reader = reader
        self._pace = pace
        self._watches = Watches((), topics)
        self._watches_of: object = None
        self._window: Window | None = None
        self._placing = asyncio.Lock()

    async def poll(
        self, feed: Feed, polling: Polling, lease_token: int | None, now: datetime, jitter: float
    ) -> Polled:
        """One whole poll. `jitter` in [0, 1) spreads the next ones.

        What a feed holds when it is first seen is taken as known: stored, placed, told to nobody.
        """
        result = await self._fetcher.fetch(feed, polling)
        reading = await self._read(result, polling)
        after = after_poll(feed, polling, result, reading, now, self._pace, jitter)
        entries = read(reading, feed, now) if isinstance(reading, Items) else ()
        if not entries:
            async with self._storage.begin() as unit:
                await unit.feeds.save(after, lease_token)
            unchanged = reading is None and not isinstance(result, Unreachable)
            return Polled(unchanged=unchanged, error=after.error)
        first_sight = polling.succeeded_at is None
        async with self._placing:
            news, changes, planned = await self._place(
                entries, after, lease_token, now, announce=not first_sight
            )
        polled = _count(entries, news, changes, planned)
        log.info("polled", feed=feed.id, outlet=feed.outlet, new=polled.new, baseline=first_sight)
        return polled

    async def close_stale(self, now: datetime) -> int:
        """Close the stories that nobody added to for `OPEN_FOR`."""
        async with self._placing:
            window = await self._open_window(now)
            closed = stale(window, now)
            async with self._storage.begin() as unit:
                await unit.stories.save_all(closed, now)
                await unit.stories.close([change.story.id for change in closed], now)
            window.advance(closed)
        return len(closed)

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
        entries: Sequence[Entry],
        after: Polling,
        lease_token: int | None,
        now: datetime,
        *,
        announce: bool,
    ) -> tuple[Sequence[News], Sequence[StoryChange], int]:
        window = await self._open_window(now)
        self._window = None  # in doubt until the commit is known to have happened
        async with self._storage.begin() as unit:
            keys = [key for entry in entries for key in entry.keys]
            news = fresh(entries, await unit.stories.known(after.feed_id, keys))
            changes = place(news, window)
            await unit.stories.save_all(changes, now)
            await unit.stories.revise(_revised_elsewhere(news, changes))
            planned = await self._tell(unit, changes, window, now) if announce else 0
            await unit.feeds.save(after, lease_token)
        window.advance(changes)
        self._window = window
        return news, changes, planned

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

    async def _open_window(self, now: datetime) -> Window:
        """The picture of the open stories; drawn again from the database when in doubt."""
        if self._window is None:
            async with self._storage.read() as unit:
                self._window = Window.restore(await unit.stories.open_stories(now - OPEN_FOR))
        return self._window


def _revised_elsewhere(news: Iterable[News], changes: Iterable[StoryChange]) -> list[Entry]:
    """Revised entries whose story is closed: their words are kept, nobody is told."""
    placed = {change.entry.id for change in changes if change.entry is not None}
    return [n.entry for n in news if isinstance(n, Revised) and n.entry.id not in placed]


def _count(
    entries: Sequence[Entry], news: Sequence[News], changes: Sequence[StoryChange], planned: int
) -> Polled:
    revised = sum(isinstance(item, Revised) for item in news)
    new = {item.entry.id for item in news if not isinstance(item, Revised)}
    copies = {
        telling.entry.id
        for change in changes
        for telling in change.story.tellings
        if telling.copy_of is not None and telling.entry.id in new
    }
    opened = sum(change.turn == "opened" for change in changes)
    return Polled(len(entries), len(news) - revised, revised, len(copies), opened, planned)
