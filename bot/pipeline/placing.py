"""Places what a feed told into the open stories, and plans whom it concerns: the transactions."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from bot.delivery.catch_up import LATELY, fold
from bot.delivery.plan import plan, point
from bot.entries.novelty import recognise
from bot.matching.match import Watches
from bot.matching.topics import Topic
from bot.matching.versions import Workspace, versions
from bot.model.delivery import Action, Post, Receipt
from bot.model.entry import Entry, News, Revised
from bot.model.errors import Mistake
from bot.model.feed import Feed, Polling
from bot.model.story import Story, StoryChange, Turn
from bot.model.watch import Destination
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


@dataclass(slots=True)
class Alone:
    """Where just one may place: a transaction, and the picture of the open stories if it is drawn."""

    unit: Unit
    window: Window | None

    async def earlier(self, story: Story) -> Story | None:
        """The story that this one goes on from, as it stands now."""
        if story.follows is None:
            return None
        held = self.window and self.window.get(story.follows)
        found = held or await self.unit.stories.get(story.follows)
        return None if found is None or found.id == story.id else found


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
            async with self._one_placer(now) as (alone, window):
                placed = placed.and_also(
                    await self._place(alone, window, feed, some, now, announce)
                )
                if start + SLICE >= len(entries) and end is not None:
                    await alone.unit.feeds.save(end.polling, end.lease_token)
                    if end.hub is not None:
                        await alone.unit.hubs.note(feed.id, *end.hub, now)
        return placed

    async def close_stale(self) -> int:
        """Close the stories that nobody added to for `OPEN_FOR`."""
        now = self._clock()
        async with self._one_placer(now) as (alone, window):
            closed = stale(await alone.unit.stories.unchanged_since(now - OPEN_FOR), now)
            await alone.unit.stories.save_all(closed, now)
            window.advance(closed)
            window.forget(now - OPEN_FOR)
            if closed:
                await alone.unit.window.close([change.story.id for change in closed], window.past)
        return len(closed)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[Alone]:
        """A transaction, while others who place, here or in another process, wait.

        What is placed is taken into the picture at once: where the transaction fails, the picture
        is thrown away, and so is one that another process has placed beside. A `Mistake` is raised
        before anything is placed.
        """
        async with self._turn:
            window, self._window = self._window, None
            try:
                async with self._storage.begin() as unit:
                    if await unit.kept.swap(PLACER, self._owner) != self._owner:
                        window = None
                    alone = Alone(unit, window)
                    yield alone
            except Mistake:
                self._window = window
                raise
            self._window = alone.window

    async def tell(
        self, alone: Alone, change: StoryChange, before: Mapping[str, Story | None], now: datetime
    ) -> None:
        """Take in what people made of the stories, and plan whom it concerns.

        It is saved, and the posts are handed over; `before` is how the stories were. It is no news:
        only channels are told that hold a post of these stories, or where one waits for a recap.
        """
        if alone.window is not None:
            alone.window.advance((change,))
            stories = (change.story, change.other) if change.turn is Turn.SPLIT else (change.story,)
            told = [entry for story in stories if story for entry in story.entries]
            await alone.unit.window.keep({e.id: alone.window.compared(e) for e in told})
        await self._tell(alone, [change], before, now, announce=False)

    @asynccontextmanager
    async def _one_placer(self, now: datetime) -> AsyncIterator[tuple[Alone, Window]]:
        """The same with a picture at hand."""
        async with self.alone() as alone:
            if alone.window is None:
                kept, since = alone.unit.window, now - OPEN_FOR
                alone.window = Window.restore(
                    await alone.unit.stories.open_stories(since),
                    await kept.past(),
                    await kept.compared(since),
                )
            yield alone, alone.window

    async def _place(
        self,
        alone: Alone,
        window: Window,
        feed: Feed,
        entries: Sequence[Entry],
        now: datetime,
        announce: bool,
    ) -> Placed:
        unit = alone.unit
        keys = [key for entry in entries for key in entry.keys]
        met = recognise(entries, await unit.stories.known(feed.id, keys))
        news = met.news
        await unit.stories.remember(feed.id, met.renamed)
        changes: list[StoryChange] = []
        before: dict[str, Story | None] = {}

        for number, item in enumerate(news, start=1):
            for change in place(item, window):
                before.setdefault(change.story.id, window.get(change.story.id))
                window.advance((change,))
                changes.append(change)
            if number % BREATH == 0:
                await asyncio.sleep(0)  # noqa: TID251 — waits for nothing
        await unit.stories.save_all(changes, now)
        placed = (change.entry for change in changes if change.entry is not None)
        await unit.window.keep({entry.id: window.compared(entry) for entry in placed})
        await unit.stories.revise(_revised_elsewhere(news, changes))
        for change in changes:
            if change.turn is Turn.MERGED and change.other is not None:
                await unit.outbox.hand_over(change.other.id, change.story.id)
        planned = await self._tell(alone, changes, before, now, announce)
        return _count(len(entries), news, changes, planned)

    async def _tell(
        self,
        alone: Alone,
        changes: Sequence[StoryChange],
        before: Mapping[str, Story | None],
        now: datetime,
        announce: bool,
    ) -> int:
        """Plan for each story that changed, once, as it stands after all of `changes`.

        Without `announce` only stories that were merged or split are told of, and only in the
        channels that hold a post of one of them, or where one waits for a recap. Returns how many
        posts and edits were put into the outbox.
        """
        unit = alone.unit
        for change in changes:
            if change.turn is Turn.MERGED and change.other is not None:
                await unit.notices.hand_over(change.other.id, change.story.id)
        reshaped = _reshaped(changes)
        changed = {
            story_id: change
            for story_id, change in _as_they_stand(changes).items()
            if announce or story_id in reshaped
        }
        if not changed:
            return 0
        if (revision := await unit.watches.revision()) != self._watches_of:
            # People, and other processes, change them in the database alone.
            self._watches.replace(await unit.watches.all())
            self._watches_of = revision
        beside = {
            story_id: (before.get(story_id), await alone.earlier(change.story), change.other)
            for story_id, change in changed.items()
        }
        told_by = {
            entry.feed_id
            for story_id, change in changed.items()
            for story in (change.story, *beside[story_id])
            if story is not None
            for entry in story.entries
        }
        readers = await unit.subscriptions.readers(told_by)
        for change in changes:
            if change.turn is Turn.SPLIT and change.other is not None:
                await _follow(unit, change.story, change.other, readers)
        taken_in = await unit.stories.taken_into(*reshaped)
        receipts = await unit.outbox.receipts(*changed, *chain.from_iterable(taken_in.values()))
        told_in = {} if announce else await _told_in(unit, receipts)
        actions: list[Action] = []
        for story_id, change in changed.items():
            held = [receipt for receipt in receipts if receipt.story_id == story_id]
            left = [each for each in receipts if each.story_id in taken_in.get(story_id, ())]
            told = {each for one in reshaped.get(story_id, ()) for each in told_in.get(one, ())}
            was, earlier, other = beside[story_id]
            for version in versions(change.story, readers, filter(None, beside[story_id])):
                if (
                    story_id not in reshaped
                    and change.entry is not None
                    and change.entry.id not in version.story.entry_ids
                ):
                    continue  # they see nothing of what is new
                seen = [receipt for receipt in held if version.is_for(receipt.destination)]
                audience = [
                    concern
                    for concern in self._watches.concerned(version.story)
                    if (announce or concern.watch.destination in told)
                    and version.is_for(concern.watch.destination)
                ]
                if audience or seen:
                    seen_of_it = replace(change, story=version.story, other=version.of(other))
                    words = describe(seen_of_it, version.of(was))
                    bulletin = summarise(version.story, words, version.of(earlier))
                    actions += plan(bulletin, audience, seen)
                    actions += point(left, seen, bulletin)
        posted_lately = await unit.notices.posted_since(now - LATELY) if actions else {}
        planned, held_back = fold(actions, posted_lately)
        await unit.outbox.put(planned, now)
        await unit.notices.hold(held_back, now)
        await unit.notices.release(
            (action.destination, action.bulletin.story_id)
            for action in planned
            if isinstance(action, Post)
        )
        return len(planned)


async def _follow(
    unit: Unit, left: Story, taken: Story, readers: Mapping[str, frozenset[Workspace]]
) -> None:
    """Let the posts whose readers see nothing of what is `left` tell what was `taken` out."""
    seen = versions(left, readers)
    lost = [
        receipt.delivery_key
        for receipt in await unit.outbox.receipts(left.id)
        if not any(version.is_for(receipt.destination) for version in seen)
    ]
    if lost:
        await unit.outbox.exchange(lost, left.id, taken.id)


async def _told_in(unit: Unit, receipts: Iterable[Receipt]) -> Mapping[str, set[Destination]]:
    """For each story the channels that hold its post, or where it waits for a recap."""
    found: defaultdict[str, set[Destination]] = defaultdict(set)
    for receipt in receipts:
        if not receipt.gone:
            found[receipt.story_id].add(receipt.destination)
    for held in await unit.notices.held():
        found[held.story_id].add(held.destination)
    return found


def _reshaped(changes: Iterable[StoryChange]) -> dict[str, set[str]]:
    """The ids of the stories that were merged or split, each with those that it was or is one with."""
    found: dict[str, set[str]] = {}
    for change in changes:
        if change.other is not None:
            both = {change.story.id, change.other.id}
            for story_id in both:
                found[story_id] = both | found.get(story_id, set())
    return found


def _as_they_stand(changes: Iterable[StoryChange]) -> dict[str, StoryChange]:
    """The last change of each story, but for those that were taken into another."""
    last: dict[str, StoryChange] = {}
    for change in changes:
        before = last.get(change.story.id)
        if change.other is None and before is not None and before.turn is Turn.MERGED:
            last[change.story.id] = replace(change, other=before.other)
            continue
        last[change.story.id] = change
        if change.other is not None:
            if change.turn is Turn.SPLIT:
                last[change.other.id] = StoryChange(change.other, Turn.SPLIT, change.because)
            else:
                last.pop(change.other.id, None)
    return last


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
        if telling.entry is change.entry and change.turn in (Turn.OPENED, Turn.JOINED)
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
