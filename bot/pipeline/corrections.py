"""People say that two stories are one, or that one is two; and take it back.

Stories are the same for everybody, so people of one workspace may only correct those that no other
one holds posts of. Whoever runs wirewatch may correct any.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime

from bot.matching.versions import version_at
from bot.model.errors import Mistake
from bot.model.ruling import By, Correction, Ruling, RulingKind
from bot.model.story import Because, Story, StoryChange
from bot.model.watch import Destination
from bot.pipeline.placing import Alone, Placing
from bot.storage.unit import Unit
from bot.stories.lifecycle import merged, split, story_id

MERGE, SPLIT = RulingKind.MERGE, RulingKind.SPLIT


class Corrections:
    """Each raises `Mistake` for what cannot be done; nothing has changed then.

    Each gives None for a request that was carried out before. That one was is remembered together
    with what it changed, so that a refusal is a refusal again.
    Every other process that places looks at its stories anew after it. A story may be named by
    the id of one that was taken into it.

    A correction is no news. It opens posts only in channels that hold one of these stories, or where
    one waits for a recap: whoever was told is told how it is, and nobody else is, be the stories
    open or long closed.
    """

    def __init__(self, placing: Placing, clock: Callable[[], datetime]) -> None:
        self._placing = placing
        self._clock = clock

    async def merge(self, into_id: str, other_id: str, by: By) -> Correction | None:
        """Make them one story, which keeps the first one's id."""
        now = self._clock()
        async with self._placing.alone() as alone:
            unit = alone.unit
            if await _came_before(unit, by, now):
                return None
            into, other = await _story(unit, into_id, by), await _story(unit, other_id, by)
            if into.id == other.id:
                raise Mistake("They are one story already.", "story show tells what is in it.")
            await _must_be_theirs(unit, by, f"merge {into.id} {other.id}", into, other)
            words = f"People said that story {other.id} is the same."
            change = merged(into, other, Because(words), settled=True)
            await unit.stories.save_all([change], now)
            posts = await unit.outbox.hand_over(other.id, into.id)
            await unit.rulings.add(MERGE, into, other.id, _copies(other), posts, by, now)
            return await self._told(alone, change, into, MERGE, by, now)

    async def split(self, story_id: str, entry_ids: Collection[str], by: By) -> Correction | None:
        """Make these entries of the story, and the copies of them, a story of their own."""
        now = self._clock()
        async with self._placing.alone() as alone:
            unit = alone.unit
            if await _came_before(unit, by, now):
                return None
            whole = await _story(unit, story_id, by)
            await _must_be_theirs(unit, by, f"split {whole.id}", whole)
            seen = await _as_seen(unit, whole, by)
            if not seen.entry_ids.issuperset(entry_ids):
                raise Mistake(f"Story {whole.id} has no such article.", "Look at the story again.")
            change = _taken_out(whole, entry_ids, now)
            assert change.other is not None
            copied = _copies(whole)
            moved = {entry_id: copied[entry_id] for entry_id in change.other.entry_ids}
            await unit.stories.save_all([change], now)
            await unit.rulings.add(SPLIT, whole, change.other.id, moved, (), by, now)
            return await self._told(alone, change, whole, SPLIT, by, now)

    async def undo(self, by: By) -> Correction | None:
        """Take back the last merge or split of this workspace; the operator, the last of all.

        What has been told since stays where it is, or goes with the entry that it copies.
        """
        now = self._clock()
        async with self._placing.alone() as alone:
            unit = alone.unit
            if await _came_before(unit, by, now):
                return None
            ruling = await unit.rulings.last(by)
            if ruling is None:
                raise Mistake("There is no merge or split to undo.")
            story = await unit.stories.unmerged(ruling.story_id)
            other = await unit.stories.unmerged(ruling.other_id)
            assert story is not None and other is not None
            holds = story if ruling.kind is MERGE else other
            if await unit.rulings.is_built_upon(ruling) or not holds.entry_ids.issuperset(
                ruling.entries
            ):
                raise Mistake(
                    f"The {ruling.kind} of story {story.id} can be undone no more: "
                    "it has been merged or split again since."
                )
            await _must_be_theirs(unit, by, "undo", story, other)
            change = _taken_back(ruling, story, other)
            await unit.stories.save_all([change], now)
            if ruling.kind is MERGE:
                await unit.outbox.exchange(ruling.posts, story.id, other.id)
            else:
                await unit.outbox.hand_over(other.id, story.id)
            await unit.rulings.undo(ruling, now)
            return await self._told(alone, change, story, ruling.kind, by, now, undone=True)

    async def _told(
        self,
        alone: Alone,
        change: StoryChange,
        was: Story,
        kind: RulingKind,
        by: By,
        now: datetime,
        undone: bool = False,
    ) -> Correction:
        assert change.other is not None
        await self._placing.tell(alone, change, {was.id: was}, now)
        story = await _as_seen(alone.unit, change.story, by)
        other = await _as_seen(alone.unit, change.other, by)
        return Correction(kind, undone, story, other)


def _taken_out(story: Story, entry_ids: Collection[str], now: datetime) -> StoryChange:
    """The split that people asked for `now`: no two of a story are given one id."""
    because = Because(f"People said that some of story {story.id} is another story.")
    new_id = story_id(f"{story.id} {now.isoformat()}")
    return split(story, entry_ids, because, new_id, settled=True)


def _taken_back(ruling: Ruling, story: Story, other: Story) -> StoryChange:
    """The change that undoes `ruling`, of the stories as they stand."""
    because = Because(f"People took the {ruling.kind} with story {other.id} back.")
    if ruling.kind is MERGE:
        change = split(story, ruling.entries, because, other.id)
        assert change.other is not None
        apart = replace(change.other, follows=other.follows, settled=other.settled)
    else:
        # Its copies of what `story` tells stood for that meanwhile.
        change = merged(story, _copying(other, ruling.entries), because)
        apart = other
    as_before = replace(change.story, follows=ruling.follows, settled=ruling.settled)
    return replace(change, story=as_before, other=apart)


def _copying(story: Story, copies: Mapping[str, str | None]) -> Story:
    """The story with what these entries copied before."""
    tellings = (
        replace(telling, copy_of=copies.get(telling.entry.id, telling.copy_of))
        for telling in story.tellings
    )
    return replace(story, tellings=tuple(tellings))


def _copies(story: Story) -> dict[str, str | None]:
    return {telling.entry.id: telling.copy_of for telling in story.tellings}


async def _came_before(unit: Unit, by: By, now: datetime) -> bool:
    return bool(by.key) and not await unit.inbox.first(by.platform, by.key, now)


async def _story(unit: Unit, name: str, by: By) -> Story:
    """Raises `Mistake` also for one of which they may see nothing."""
    story = await unit.stories.get(name)
    if story is None or not (await _as_seen(unit, story, by)).tellings:
        raise Mistake(f"There is no story {name}.", "The foot of each post shows its story's id.")
    return story


async def _as_seen(unit: Unit, story: Story, by: By) -> Story:
    """What they may see of it, which may be nothing."""
    readers = await unit.subscriptions.readers({entry.feed_id for entry in story.entries})
    seen = version_at(story, readers, Destination(by.platform, by.workspace, ""))
    return story.with_only(()) if seen is None else seen.story


async def _must_be_theirs(unit: Unit, by: By, command: str, *stories: Story) -> None:
    """Raises `Mistake` where another workspace holds posts of these stories."""
    receipts = await unit.outbox.receipts(*(story.id for story in stories))
    theirs = (by.platform, by.workspace)
    if not by.is_operator and any(
        (r.destination.platform, r.destination.workspace) != theirs for r in receipts
    ):
        raise Mistake(
            "Others than this workspace were told of it, and it would change for them too.",
            f"Ask whoever runs wirewatch to do it: wirewatch story {command}",
        )
