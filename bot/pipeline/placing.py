"""Places what a feed told into the open stories, and plans whom it concerns: the transactions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from bot.delivery.catch_up import LATELY, fold
from bot.delivery.plan import plan
from bot.entries.novelty import recognise
from bot.matching.match import Watches
from bot.matching.topics import Topic
from bot.matching.versions import versions
from bot.model.delivery import Action, Post
from bot.model.entry import Entry, News, Revised
from bot.model.feed import Feed, Polling
from bot.model.story import Story, StoryChange, Turn
from bot.storage.unit import Storage, Unit
from bot.stories.change import describe
from bot.stories.cluster import place
from bot.stories.lifecycle import OPEN_FOR, stale
from bot.stories.summary import summarise
from bot.stories.window import Window

SLICE = 50
"""Entries placed in one transaction: a feed of thousands holds nobody up for long."""
BREATH = 5
"""Entries cleaned or placed before others have their turn on the loop: a few milliseconds."""
PLACER = "placer"
"""Under this name is kept who placed last."""


@dataclass(frozen=True, slots=True)
class Placed:
    """What the entries of one feed came to."""

    entries: int = 0
    """Read; what stands in the feed as it stood at the last poll is not."""
    new: int = 0
    revised: int = 0
    copies: int = 0
    opened: int = 0
    planned: int = 0
    """Posts and edits put into the outbox."""

    def and_also(self, more: Placed) -> Placed:
        return Placed(
            entries=self.entries + more.entries,
            new=self.new + more.new,
            revised=self.revised + more.revised,
            copies=self.copies + more.copies,
            opened=self.opened + more.opened,
            planned=self.planned + more.planned,
        )


NOTHING = Placed()


@dataclass(frozen=True, slots=True)
class PollEnd:
    """What is to be kept of a poll along with what it told."""

    polling: Polling
    lease_token: int | None
    hub: tuple[str, str] | None = None
    """The feed's WebSub hub, and the topic by which that knows it."""


class Placing:
    """One placer at a time, here or in another process on the same database."""

    def __init__(
        self,
        storage: Storage,
        topics: Sequence[Topic],
        clock: Callable[[], datetime],
        owner: str,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._owner = owner
        self._watches = Watches((), topics)
        self._watches_of: object = None
        self._window: Window | None = None
        self._turn = asyncio.Lock()

    async def take(
        self,
        feed: Feed,
        entries: Sequence[Entry],
        now: datetime,
        announce: bool,
        end: PollEnd | None = None,
    ) -> Placed:
        """Place `entries`, tell of them where `announce`, and with the last keep how the poll ended."""
        placed = Placed()
        for start in range(0, max(1, len(entries)), SLICE):
            some = entries[start : start + SLICE]
            async with self._one_placer(now) as (unit, window):
                placed = placed.and_also(await self._place(unit, window, feed, some, now, announce))
                if start + SLICE >= len(entries) and end is not None:
                    await unit.feeds.save(end.polling, end.lease_token)
                    if end.hub is not None:
                        await unit.hubs.note(feed.id, *end.hub, now)
        return placed

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

        Others who place, here or in another process, wait. What is placed is taken into the picture
        at once: where the transaction fails, the picture is thrown away, and so is one that another
        process has placed beside.
        """
        async with self._turn:
            window, self._window = self._window, None
            async with self._storage.begin() as unit:
                last_placer = await unit.kept.swap(PLACER, self._owner)
                if window is None or last_placer != self._owner:
                    window = Window.restore(await unit.stories.open_stories(now - OPEN_FOR))
                yield unit, window
            self._window = window

    async def _place(
        self,
        unit: Unit,
        window: Window,
        feed: Feed,
        entries: Sequence[Entry],
        now: datetime,
        announce: bool,
    ) -> Placed:
        keys = [key for entry in entries for key in entry.keys]
        met = recognise(entries, await unit.stories.known(feed.id, keys))
        news = met.news
        await unit.stories.remember(feed.id, met.renamed)
        changes: list[StoryChange] = []
        before: dict[str, Story | None] = {}
        for number, item in enumerate(news, start=1):
            if (change := place(item, window)) is not None:
                before.setdefault(change.story.id, window.get(change.story.id))
                window.advance((change,))
                changes.append(change)
            if number % BREATH == 0:
                await asyncio.sleep(0)  # noqa: TID251 — waits for nothing
        await unit.stories.save_all(changes, now)
        await unit.stories.revise(_revised_elsewhere(news, changes))
        planned = await self._tell(unit, changes, before, now) if announce and changes else 0
        return _count(len(entries), news, changes, planned)

    async def _tell(
        self,
        unit: Unit,
        changes: Sequence[StoryChange],
        before: Mapping[str, Story | None],
        now: datetime,
    ) -> int:
        """Plan for each story that changed, once, as it stands after all of this feed's news."""
        if (revision := await unit.watches.revision()) != self._watches_of:
            # People, and other processes, change them in the database alone.
            self._watches.replace(await unit.watches.all())
            self._watches_of = revision
        changed = {change.story.id: change for change in changes}
        told_by = {entry.feed_id for change in changed.values() for entry in change.story.entries}
        readers = await unit.subscriptions.readers(told_by)
        receipts = await unit.outbox.receipts(*changed)
        actions: list[Action] = []
        for story_id, change in changed.items():
            held = [receipt for receipt in receipts if receipt.story_id == story_id]
            for version in versions(change.story, readers):
                if change.entry is not None and change.entry.id not in version.story.entry_ids:
                    continue  # they see nothing of what is new
                seen = [receipt for receipt in held if version.is_for(receipt.destination)]
                audience = [
                    concern
                    for concern in self._watches.concerned(version.story)
                    if version.is_for(concern.watch.destination)
                ]
                if audience or seen:
                    words = describe(
                        replace(change, story=version.story), version.of(before[story_id])
                    )
                    actions += plan(summarise(version.story, words), audience, seen)
        posted_lately = await unit.notices.posted_since(now - LATELY) if actions else {}
        told, held_back = fold(actions, posted_lately)
        await unit.outbox.put(told, now)
        await unit.notices.hold(held_back, now)
        await unit.notices.release(
            (action.destination, action.bulletin.story_id)
            for action in told
            if isinstance(action, Post)
        )
        return len(told)


def _revised_elsewhere(news: Iterable[News], changes: Iterable[StoryChange]) -> list[Entry]:
    """Revised entries whose story is closed: their words are kept, nobody is told."""
    placed = {change.entry.id for change in changes if change.entry is not None}
    return [n.entry for n in news if isinstance(n, Revised) and n.entry.id not in placed]


def _count(
    entries: int, news: Sequence[News], changes: Sequence[StoryChange], planned: int
) -> Placed:
    revised = sum(isinstance(item, Revised) for item in news)
    copies = sum(
        telling.copy_of is not None
        for change in changes
        for telling in change.story.tellings
        if telling.entry is change.entry and change.turn is not Turn.REVISED
    )
    opened = sum(change.turn is Turn.OPENED for change in changes)
    return Placed(
        entries=entries,
        new=len(news) - revised,
        revised=revised,
        copies=copies,
        opened=opened,
        planned=planned,
    )
