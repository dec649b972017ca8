"""Stories, their entries, and why each entry stands where it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Insert, Row, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.entry import Entry, Seen
from bot.model.story import Because, Story, StoryChange, Telling, Turn
from bot.storage.engine import is_one_of
from bot.storage.many import DialectInsert, Many
from bot.storage.tables import entries, entry_keys, stories, story_changes

LATER_KEY = 9
"""The rank of a key by which an article was first met under another."""


@dataclass(frozen=True, slots=True)
class PastChange:
    """What once happened to a story, and why."""

    turn: Turn
    because: Because
    entry_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class StoryCounts:
    """How much is stored."""

    stories: int
    entries: int
    copies: int
    """Entries that repeat another's text."""


class StoryRows:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def known(self, feed_id: str, keys: Collection[str]) -> list[Seen]:
        """What is remembered of the feed's articles that have one of these keys."""
        met = select(entry_keys.c.entry_id).where(
            entry_keys.c.feed_id == feed_id, is_one_of(self._connection, entry_keys.c.key, keys)
        )
        rows = await self._connection.execute(
            select(entry_keys.c.entry_id, entry_keys.c.key, entries.c.fingerprint)
            .join(entries)
            .where(entry_keys.c.entry_id.in_(met))
        )
        all_keys: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for entry_id, key, fingerprint in rows:
            all_keys[entry_id, fingerprint].add(key)
        return [
            Seen(entry_id, frozenset(keys), fingerprint)
            for (entry_id, fingerprint), keys in all_keys.items()
        ]

    async def save_all(self, changes: Sequence[StoryChange], now: datetime) -> None:
        """For each, in their order, keep its story as it is now, the entry that changed it, and why.

        Thousands at once are cheap.
        """
        if not changes:
            return
        changed = {change.story.id: change.story for change in changes}
        told = [(change.entry, change.story) for change in changes if change.entry is not None]
        await _STORIES.write(self._connection, map(_story_row, changed.values()))
        await _ENTRIES.write(self._connection, (_entry_row(*each) for each in told))
        await self._save_keys(entry for entry, _ in told)
        await _CHANGES.write(self._connection, (_change_row(change, now) for change in changes))

    async def remember(self, feed_id: str, renamed: Iterable[Seen]) -> None:
        """Know these articles again by these keys too."""
        await _KEYS.write(
            self._connection,
            (
                {"feed_id": feed_id, "key": key, "entry_id": row.entry_id, "rank": LATER_KEY}
                for row in renamed
                for key in sorted(row.keys)
            ),
        )

    async def revise(self, revised: Collection[Entry]) -> None:
        """Keep the new words of entries where they stand; their stories do not change by it."""
        for entry in revised:
            await self._connection.execute(
                update(entries).where(entries.c.id == entry.id).values(_words(entry))
            )
        await self._save_keys(revised)

    async def open_stories(self, since: datetime) -> list[Story]:
        """The stories that are not closed and changed since then, oldest change first."""
        return await self._read(
            select(stories).where(stories.c.closed_at.is_(None), stories.c.changed_at >= since)
        )

    async def unchanged_since(self, before: datetime) -> list[Story]:
        """The stories that are not closed though nothing has changed them since then."""
        return await self._read(
            select(stories).where(stories.c.closed_at.is_(None), stories.c.changed_at < before)
        )

    async def recent(self, since: datetime, limit: int | None = None) -> list[Story]:
        """The last stories that changed since then, open or closed, newest first."""
        found = await self._read(
            select(stories)
            .where(stories.c.changed_at >= since)
            .order_by(stories.c.changed_at.desc(), stories.c.id)
            .limit(limit)
        )
        return found[::-1]

    async def get(self, story_id: str) -> Story | None:
        found = await self._read(select(stories).where(stories.c.id == story_id))
        return found[0] if found else None

    async def close(self, story_ids: Collection[str], now: datetime) -> None:
        """Nothing joins these stories any more."""
        await self._connection.execute(
            update(stories)
            .where(
                is_one_of(self._connection, stories.c.id, story_ids), stories.c.closed_at.is_(None)
            )
            .values(closed_at=now)
        )

    async def changes(self, story_id: str) -> list[PastChange]:
        """What happened to the story, oldest first."""
        rows = await self._connection.execute(
            select(story_changes)
            .where(story_changes.c.story_id == story_id)
            .order_by(story_changes.c.id)
        )
        return [
            PastChange(
                Turn(row.turn),
                Because(row.words, row.score, tuple(row.shared)),
                row.entry_id,
                row.at,
            )
            for row in rows
        ]

    async def counts(self) -> StoryCounts:
        result = await self._connection.execute(
            select(
                select(func.count()).select_from(stories).scalar_subquery(),
                func.count(entries.c.id),
                func.count(entries.c.copy_of),
            )
        )
        return StoryCounts(*result.one())

    async def _save_keys(self, told: Iterable[Entry]) -> None:
        """Keys only ever join those that an entry is known by."""
        rows = (
            {"feed_id": entry.feed_id, "key": key, "entry_id": entry.id, "rank": rank}
            for entry in told
            for rank, key in enumerate(entry.keys)
        )
        await _KEYS.write(self._connection, rows)

    async def _read(self, wanted: Select[Any]) -> list[Story]:
        """The wanted rows of `stories`, whole, in the order of their last change."""
        of_wanted = entries.c.story_id.in_(select(wanted.subquery().c.id))
        keys: defaultdict[str, list[str]] = defaultdict(list)
        for entry_id, key in await self._connection.execute(
            select(entry_keys.c.entry_id, entry_keys.c.key)
            .join(entries)
            .where(of_wanted)
            .order_by(entry_keys.c.rank)
        ):
            keys[entry_id].append(key)
        tellings: defaultdict[str, list[Telling]] = defaultdict(list)
        for row in await self._connection.execute(
            select(entries).where(of_wanted).order_by(entries.c.place)
        ):
            tellings[row.story_id].append(Telling(_entry(row, tuple(keys[row.id])), row.copy_of))
        found = [
            Story(row.id, tuple(tellings[row.id]), row.opened_at, row.changed_at)
            for row in await self._connection.execute(wanted)
        ]
        return sorted(found, key=lambda story: (story.changed_at, story.id))


def _replacing(key: str, *names: str) -> Callable[[DialectInsert], Insert]:
    """A row of the same `key` takes the new values of `names`."""
    return lambda new: new.on_conflict_do_update(
        index_elements=[key], set_={name: new.excluded[name] for name in names}
    )


def _adding(new: DialectInsert) -> Insert:
    return new.on_conflict_do_nothing()


_STORY = ("id", "opened_at", "changed_at")
_WORDS = ("title", "link", "summary", "published", "fingerprint", "language", "publisher")
"""What of an entry an outlet may change."""
_ENTRY = ("id", "feed_id", "outlet", "seen_at", "story_id", "place", "copy_of", *_WORDS)
_CHANGE = ("story_id", "turn", "entry_id", "words", "score", "shared", "at")

_STORIES = Many(stories, _STORY, _replacing(*_STORY))
_ENTRIES = Many(entries, _ENTRY, _replacing(*_ENTRY))
_KEYS = Many(entry_keys, ("feed_id", "key", "entry_id", "rank"), _adding)
_CHANGES = Many(story_changes, _CHANGE, lambda new: new)


def _story_row(story: Story) -> dict[str, Any]:
    return {name: getattr(story, name) for name in _STORY}


def _words(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _WORDS}


def _entry_row(entry: Entry, story: Story) -> dict[str, Any]:
    place, telling = next(
        (place, t) for place, t in enumerate(story.tellings) if t.entry.id == entry.id
    )
    return {
        "id": entry.id,
        "feed_id": entry.feed_id,
        "outlet": entry.outlet,
        "seen_at": entry.seen_at,
        "story_id": story.id,
        "place": place,
        "copy_of": telling.copy_of,
        **_words(entry),
    }


def _entry(row: Row[Any], keys: tuple[str, ...]) -> Entry:
    return Entry(
        id=row.id,
        feed_id=row.feed_id,
        keys=keys,
        outlet=row.outlet,
        publisher=row.publisher,
        title=row.title,
        link=row.link,
        summary=row.summary,
        published=row.published,
        seen_at=row.seen_at,
        fingerprint=row.fingerprint,
        language=row.language,
    )


def _change_row(change: StoryChange, now: datetime) -> dict[str, Any]:
    return {
        "story_id": change.story.id,
        "turn": change.turn,
        "entry_id": None if change.entry is None else change.entry.id,
        "words": change.because.words,
        "score": change.because.score,
        "shared": list(change.because.shared),
        "at": now,
    }
