"""What people say of stories, done in the database alone."""

from __future__ import annotations

from collections.abc import Collection

from bot.model.errors import Mistake
from bot.model.ruling import By, Correction, RulingKind
from bot.model.story import Because, Story, StoryChange
from bot.storage.unit import Storage
from bot.stories.lifecycle import merged, split
from tests.storage.nouns import NOON


class Rulings:
    """Does it, and remembers who said so; no channel is told."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.said: list[tuple[object, ...]] = []
        self.refuses: Mistake | None = None

    async def merge(self, into_id: str, other_id: str, by: By) -> Correction | None:
        if await self._came_before(by):
            return None
        self.said.append(("merge", into_id, other_id, by))
        into, other = await self._story(into_id), await self._story(other_id)
        return await self._save(RulingKind.MERGE, merged(into, other, Because("People say so.")))

    async def split(self, story_id: str, entry_ids: Collection[str], by: By) -> Correction | None:
        if await self._came_before(by):
            return None
        self.said.append(("split", story_id, *entry_ids, by))
        change = split(
            await self._story(story_id), entry_ids, Because("People say so."), "taken", settled=True
        )
        return await self._save(RulingKind.SPLIT, change)

    async def undo(self, by: By) -> Correction | None:
        if await self._came_before(by):
            return None
        self.said.append(("undo", by))
        kind = RulingKind.SPLIT if by.user == "splitter" else RulingKind.MERGE
        return Correction(kind, True, await self._story("rockets"), await self._story("fair"))

    async def _came_before(self, by: By) -> bool:
        if self.refuses:
            raise self.refuses
        async with self.storage.begin() as unit:
            return not await unit.inbox.first(by.platform, by.key, NOON)

    async def _story(self, story_id: str) -> Story:
        async with self.storage.read() as unit:
            story = await unit.stories.get(story_id)
        assert story is not None
        return story

    async def _save(self, kind: RulingKind, change: StoryChange) -> Correction:
        async with self.storage.begin() as unit:
            await unit.stories.save_all([change], NOON)
        assert change.other is not None
        return Correction(kind, False, change.story, change.other)
