"""Watches: adding, removing, listing and trying them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from bot.commands.grammar import EXAMPLES
from bot.commands.rights import may_change
from bot.commands.vocabulary import (
    AddWatch,
    Caller,
    ListWatches,
    RemoveWatch,
    Reply,
    TryWatch,
    WatchCommand,
)
from bot.matching.match import matches
from bot.matching.query import Query, parse_query
from bot.matching.topics import Topic
from bot.matching.versions import versions
from bot.model.errors import Mistake
from bot.model.story import Story
from bot.model.watch import Watch
from bot.storage.unit import Storage

LOOK_BACK = timedelta(hours=72)
MOST_STORIES = 1000
"""That a query is tried on: anybody may ask, as often as they like."""
SHOWN = 10
MOST_WATCHES = 100
"""In one workspace."""


@dataclass(frozen=True, slots=True)
class WatchDesk:
    """Where commands about watches are carried out."""

    storage: Storage
    topics: Sequence[Topic]

    async def perform(self, command: WatchCommand, caller: Caller, now: datetime) -> Reply:
        """Raises `Mistake` for what the caller can mend."""
        match command:
            case AddWatch(query):
                return await self._add(query, caller, now)
            case RemoveWatch(watch_id):
                return await self._remove(watch_id, caller, now)
            case ListWatches():
                return await self._list(caller)
            case TryWatch(query):
                return await self._test(query, caller, now)
            case _:
                assert_never(command)

    async def _add(self, text: str, caller: Caller, now: datetime) -> Reply:
        may_change(caller)
        query = str(self._query(text))
        place = caller.destination
        async with self.storage.begin() as unit:
            first = await unit.inbox.first(place.platform, caller.key, now)
            known = await unit.watches.of_workspace(place.platform, place.workspace)
            here = [w for w in known if w.destination == place and w.query == query]
            if not here and len(known) >= MOST_WATCHES:
                raise Mistake(
                    f"This workspace has {MOST_WATCHES} watches, and that is the most.",
                    "Remove one first: watch remove, then its number.",
                )
            watch, made = await unit.watches.add(place, query, caller.user, now)
        if first and not made:
            return Reply(f"This channel has that watch already: {_told(watch)}.")
        return Reply(
            f"Watching {query}, as watch {watch.id}. "
            "Each new story is posted here once and kept up to date in place."
        )

    async def _remove(self, watch_id: int, caller: Caller, now: datetime) -> Reply:
        may_change(caller)
        place = caller.destination
        async with self.storage.begin() as unit:
            first = await unit.inbox.first(place.platform, caller.key, now)
            known = await unit.watches.of_workspace(place.platform, place.workspace)
            here = (w for w in known if w.id == watch_id and w.destination == place)
            watch = next(here, None)
            if watch is not None:
                await unit.watches.remove(watch_id, place.platform, place.workspace)
            elif first:
                raise Mistake(
                    f"There is no watch {watch_id} in this channel.",
                    "watch list shows those there are.",
                )
        if watch is None:
            return Reply(f"Watch {watch_id} is removed.")
        return Reply(f"Removed watch {watch_id}: {watch.query}. What it posted stays.")

    async def _list(self, caller: Caller) -> Reply:
        place = caller.destination
        async with self.storage.read() as unit:
            known = await unit.watches.of_workspace(place.platform, place.workspace)
        here = [w for w in known if w.destination == place]
        elsewhere = len(known) - len(here)
        more = f" {elsewhere} more in other channels." if elsewhere else ""
        if not here:
            return Reply(f"This channel has no watch yet.{more}", lines=(EXAMPLES,))
        return Reply(f"Watches of this channel:{more}", lines=tuple(map(_told, here)))

    async def _test(self, text: str, caller: Caller, now: datetime) -> Reply:
        query = self._query(text)
        async with self.storage.read() as unit:
            recent = await unit.stories.recent(now - LOOK_BACK, MOST_STORIES)
            readers = await unit.subscriptions.readers(
                {entry.feed_id for story in recent for entry in story.entries}
            )
        stories = [
            version.story
            for story in recent
            for version in versions(story, readers)
            if version.is_for(caller.destination)
        ]
        hits = await asyncio.to_thread(_hits, query, self.topics, stories)
        said = f"{query} matches {len(hits)} of the last {len(stories)} stories."
        rest = (f"… and {len(hits) - SHOWN} more.",) if len(hits) > SHOWN else ()
        return Reply(said, lines=(*hits[:SHOWN], *rest))

    def _query(self, text: str) -> Query:
        return parse_query(text, [topic.name for topic in self.topics])


def _hits(query: Query, topics: Sequence[Topic], stories: Iterable[Story]) -> list[str]:
    """The stories that answer the query, and why; the latest first."""
    return [
        f"{story.entries[0].title} — {because}"
        for story in sorted(stories, key=lambda s: s.changed_at, reverse=True)
        if (because := matches(query, topics, story)) is not None
    ]


def _told(watch: Watch) -> str:
    return f"{watch.id} · {watch.query}"
