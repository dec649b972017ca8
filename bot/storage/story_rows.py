"""Stories, their entries, and why each entry stands where it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Insert, Row, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.entry import Entry, Seen
from bot.model.story import Because, Story, StoryChange, Telling, Turn
from bot.storage.engine import is_one_of
from bot.storage.many import DialectInsert, Many
from bot.storage.tables import entries, entry_keys, stories, story_changes

EVER = datetime(1, 1, 1, tzinfo=UTC)
LATER_KEY = 9
"""The rank of a key by which an article was first met under another."""


@dataclass(frozen=True, slots=True)
class PastChange:
    """What once happened to a story, and why."""

    turn: Turn
    because: Because
    entry_id: str | None
    at: datetime
    other_id: str | None = None
    """Of a merge: the story that was taken in. Of a split: the one that the entry was taken out of."""


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
        """For each, in their order, keep its stories as they are now, the entries moved, and why.

        A closed story has ended at `now`, and so has one that was taken into another; any other is
        open, whatever it was. Thousands at once are cheap.
        """
        if not changes:
            return
        rows = {row["id"]: row for change in changes for row in _story_rows(change, now)}
        await _STORIES.write(self._connection, rows.values())
        await _ENTRIES.write(
            self._connection, (row for change in changes for row in _entry_rows(change))
        )
        await self._save_keys(change.entry for change in changes if change.entry is not None)
        await _CHANGES.write(
            self._connection, (row for change in changes for row in _change_rows(change, now))
        )

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

    async def open_stories(self, since: datetime = EVER) -> list[Story]:
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
            .where(stories.c.changed_at >= since, stories.c.merged_into.is_(None))
            .order_by(stories.c.changed_at.desc(), stories.c.id)
            .limit(limit)
        )
        return found[::-1]

    async def get(self, story_id: str) -> Story | None:
        """The story, or the one that it was taken into."""
        into_id: str | None = story_id
        while into_id is not None:
            story_id = into_id
            into_id = await self._connection.scalar(
                select(stories.c.merged_into).where(stories.c.id == story_id)
            )
        return await self.unmerged(story_id)

    async def unmerged(self, story_id: str) -> Story | None:
        """The story under just this id; one that was taken into another tells nothing any more."""
        found = await self._read(select(stories).where(stories.c.id == story_id))
        return found[0] if found else None

    async def taken_into(self, *story_ids: str) -> dict[str, list[str]]:
        """The ids of the stories that were taken into each of these, by way of others too."""
        taken = (
            select(stories.c.merged_into.label("into"), stories.c.id)
            .where(is_one_of(self._connection, stories.c.merged_into, story_ids))
            .cte(recursive=True)
        )
        taken = taken.union_all(
            select(taken.c.into, stories.c.id).join(taken, stories.c.merged_into == taken.c.id)
        )
        found: dict[str, list[str]] = {story_id: [] for story_id in story_ids}
        for into, story_id in await self._connection.execute(select(taken)):
            found[into].append(story_id)
        return found

    async def changes(self, story_id: str) -> list[PastChange]:
        """What happened to the story, oldest first."""
        rows = await self._connection.execute(
            select(story_changes)
            .where(story_changes.c.story_id == story_id)
            .order_by(story_changes.c.id)
        )
        return [_past_change(row) for row in rows]

    async def taken_out_of(self, story_id: str) -> dict[str, PastChange]:
        """The ids of the stories that were taken out of this one, each with the last time it was."""
        rows = await self._connection.execute(
            select(story_changes)
            .where(story_changes.c.other_id == story_id, story_changes.c.turn == Turn.SPLIT)
            .order_by(story_changes.c.id)
        )
        return {row.story_id: _past_change(row) for row in rows}

    async def counts(self) -> StoryCounts:
        result = await self._connection.execute(
            select(
                select(func.count()).where(stories.c.merged_into.is_(None)).scalar_subquery(),
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
        rows = wanted.subquery()
        of_wanted = entries.c.story_id.in_(select(rows.c.id))
        keys: defaultdict[str, list[str]] = defaultdict(list)
        for entry_id, key in await self._connection.execute(
            select(entry_keys.c.entry_id, entry_keys.c.key)
            .join(entries)
            .where(of_wanted)
            .order_by(entry_keys.c.rank)
        ):
            keys[entry_id].append(key)
        tellings: defaultdict[str, list[Telling]] = defaultdict(list)
        for story_id, copy_of, entry_id, feed_id, *rest in await self._connection.execute(
            _TELLINGS.where(of_wanted)
        ):
            entry = Entry(entry_id, feed_id, tuple(keys[entry_id]), *rest)
            tellings[story_id].append(Telling(entry, copy_of))
        found = [
            Story(story_id, tuple(tellings[story_id]), *rest)
            for story_id, *rest in await self._connection.execute(
                select(*(rows.c[name] for name in _AS_STORY))
            )
        ]
        return sorted(found, key=lambda story: (story.changed_at, story.id))


def _replacing(key: str, *names: str) -> Callable[[DialectInsert], Insert]:
    """A row of the same `key` takes the new values of `names`."""
    return lambda new: new.on_conflict_do_update(
        index_elements=[key], set_={name: new.excluded[name] for name in names}
    )


def _adding(new: DialectInsert) -> Insert:
    return new.on_conflict_do_nothing()


_STORY = ("id", "opened_at", "changed_at", "closed_at", "follows", "settled", "merged_into")
_WORDS = ("title", "link", "summary", "published", "fingerprint", "language", "publisher")
"""What of an entry an outlet may change."""
_ENTRY = ("id", "feed_id", "outlet", "seen_at", "story_id", "place", "copy_of", *_WORDS)
_AS_ENTRY = (
    *("outlet", "publisher", "title", "link", "summary", "published", "seen_at"),
    *("fingerprint", "language"),
)
"""In the order of the fields of `Entry` behind its keys, as making it by name takes much longer."""
_AS_STORY = ("id", "opened_at", "changed_at", "follows", "settled")
"""In the order of the fields of `Story`, but for its tellings."""
_TELLINGS = select(
    *(entries.c[name] for name in ("story_id", "copy_of", "id", "feed_id", *_AS_ENTRY))
).order_by(entries.c.place)
_CHANGE = ("story_id", "turn", "entry_id", "other_id", "words", "score", "shared", "at")

_STORIES = Many(stories, _STORY, _replacing(*_STORY))
_ENTRIES = Many(entries, _ENTRY, _replacing(*_ENTRY))
_KEYS = Many(entry_keys, ("feed_id", "key", "entry_id", "rank"), _adding)
_CHANGES = Many(story_changes, _CHANGE, lambda new: new)


def _past_change(row: Row[Any]) -> PastChange:
    because = Because(row.words, row.score, tuple(row.shared))
    return PastChange(Turn(row.turn), because, row.entry_id, row.at, row.other_id)


def _story_rows(change: StoryChange, now: datetime) -> Iterator[dict[str, Any]]:
    """The rows of the stories that `change` touched."""
    yield _story_row(change.story, closed_at=now if change.turn is Turn.CLOSED else None)
    if change.other is not None:
        if change.turn is Turn.MERGED:
            yield _story_row(change.other, closed_at=now, merged_into=change.story.id)
        else:
            yield _story_row(change.other)


def _story_row(
    story: Story, closed_at: datetime | None = None, merged_into: str | None = None
) -> dict[str, Any]:
    return {
        "id": story.id,
        "opened_at": story.opened_at,
        "changed_at": story.changed_at,
        "closed_at": closed_at,
        "follows": story.follows,
        "settled": story.settled,
        "merged_into": merged_into,
    }


def _words(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _WORDS}


def _entry_rows(change: StoryChange) -> Iterator[dict[str, Any]]:
    """The rows of the entries that `change` touched: one, or all of its stories."""
    match change.turn, change.other:
        case Turn.MERGED, _:
            whole = [change.story]
        case Turn.SPLIT, Story() as other:
            whole = [change.story, other]
        case _:
            whole = []
    for story in whole or [change.story]:
        for place, telling in enumerate(story.tellings):
            if whole or telling.entry is change.entry:
                yield _entry_row(story.id, place, telling)


def _entry_row(story_id: str, place: int, telling: Telling) -> dict[str, Any]:
    entry = telling.entry
    return {
        "id": entry.id,
        "feed_id": entry.feed_id,
        "outlet": entry.outlet,
        "seen_at": entry.seen_at,
        "story_id": story_id,
        "place": place,
        "copy_of": telling.copy_of,
        **_words(entry),
    }


def _change_rows(change: StoryChange, now: datetime) -> Iterator[dict[str, Any]]:
    whose: list[tuple[str, str | None, str | None]]
    if change.turn is Turn.SPLIT and change.other is not None:
        whose = [(change.other.id, entry.id, change.story.id) for entry in change.other.entries]
    else:
        entry_id = None if change.entry is None else change.entry.id
        whose = [(change.story.id, entry_id, None if change.other is None else change.other.id)]
    for story_id, entry_id, other_id in whose:
        yield {
            "story_id": story_id,
            "turn": change.turn,
            "entry_id": entry_id,
            "other_id": other_id,
            "words": change.because.words,
            "score": change.because.score,
            "shared": list(change.because.shared),
            "at": now,
        }
