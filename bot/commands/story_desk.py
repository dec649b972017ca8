"""Stories: who tells one and why, and what people say belongs together.

A story is the same for all who are told it, but nobody is shown what another workspace's feed told.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, assert_never

from bot.commands.rights import may_change
from bot.commands.story_words import (
    PostLink,
    chosen,
    named,
    numbered,
    placements,
    read_name,
    reason,
    unknown,
    whom,
)
from bot.commands.vocabulary import (
    Caller,
    MergeStories,
    Reply,
    ShowStory,
    SplitStory,
    StoryCommand,
    UndoStory,
)
from bot.matching.versions import Version, version_at
from bot.model.delivery import Receipt
from bot.model.ruling import By, Correction, RulingKind
from bot.model.story import Story, Turn
from bot.model.watch import Destination, Platform
from bot.storage.story_rows import PastChange
from bot.storage.unit import Storage, Unit

LATELY = timedelta(hours=72)
MOST_POSTS = 200
"""Posts and edits of a channel that are looked at for the stories to choose from."""
AGAIN = Reply("This request came twice, and was taken care of the first time.")
UNDO = "story undo takes it back."


class Corrections(Protocol):
    """Each raises `Mistake` where it cannot be done, and then nothing has changed.

    None is for a request that was carried out before.
    """

    async def merge(self, into_id: str, other_id: str, by: By) -> Correction | None: ...

    async def split(
        self, story_id: str, entry_ids: Collection[str], by: By
    ) -> Correction | None: ...

    async def undo(self, by: By) -> Correction | None: ...


@dataclass(frozen=True, slots=True)
class StoryDesk:
    """Where commands about stories are carried out."""

    storage: Storage
    corrections: Corrections

    async def perform(self, command: StoryCommand, caller: Caller) -> Reply:
        """Raises `Mistake` for what the caller can mend."""
        match command:
            case ShowStory(story):
                return await self._show(story, caller.destination)
            case _:
                done = await self._change(command, caller)
                return AGAIN if done is None else _told(done)

    async def choices(self, place: Destination, now: datetime) -> list[tuple[str, str]]:
        """The id and the headline of each story that the channel was told lately."""
        async with self.storage.read() as unit:
            return await unit.posts.told(place, now - LATELY, MOST_POSTS)

    async def _show(self, typed: str, place: Destination) -> Reply:
        async with self.storage.read() as unit:
            seen = await _told_here(unit, typed, place)
            story = seen.story
            earlier = await _seen(unit, story.follows, place) if story.follows else None
            taken_in = (await unit.stories.taken_into(story.id))[story.id]
            past = {each: await unit.stories.changes(each) for each in (*taken_in, story.id)}
            left = [
                (other, change)
                for story_id, change in (await unit.stories.taken_out_of(story.id)).items()
                if (other := await _seen(unit, story_id, place)) and other.story.id != story.id
            ]
        titles = _titles(place, seen)
        lines = [whom(story)]
        if earlier is not None and earlier.story.id != story.id:
            lines.append(f"Goes on from {named(earlier.story)}.")
        merges = {
            change.other_id: change
            for changes in past.values()
            for change in changes
            if change.turn is Turn.MERGED
        }
        lines += [
            f"Merged into it: story {other_id} — {reason(merges[other_id], titles)}"
            for other_id in taken_in
            if any(_placed_of(story, change) for change in past[other_id])
        ]
        lines += [
            f"Taken out of it: {named(other.story)} — {reason(change, _titles(place, seen, other))}"
            for other, change in left
        ]
        why = {
            entry_id: reason(change, titles)
            for entry_id, change in placements(past.values()).items()
        }
        since = f"{story.opened_at:%d %B %Y, %H:%M} UTC"
        return Reply(f"{named(story)}, since {since}.", (*lines, *numbered(story, why)))

    async def _change(
        self, command: MergeStories | SplitStory | UndoStory, caller: Caller
    ) -> Correction | None:
        """None for a request that was carried out before."""
        may_change(caller)
        place = caller.destination
        by = By(place.platform, place.workspace, caller.user, caller.key)
        async with self.storage.read() as unit:
            if await unit.inbox.has(by.platform, by.key):
                return None  # what it names may be no more
        match command:
            case MergeStories(story, other):
                return await self._merge(story, other, place, by)
            case SplitStory(story, tellings):
                return await self._split(story, tellings, place, by)
            case UndoStory():
                return await self.corrections.undo(by)
            case _:
                assert_never(command)

    async def _merge(self, typed: str, other: str, place: Destination, by: By) -> Correction | None:
        async with self.storage.read() as unit:
            into = (await _told_here(unit, typed, place)).story
            taken = (await _told_here(unit, other, place)).story
        return await self.corrections.merge(into.id, taken.id, by)

    async def _split(
        self, typed: str, tellings: Sequence[int], place: Destination, by: By
    ) -> Correction | None:
        async with self.storage.read() as unit:
            story = (await _told_here(unit, typed, place)).story
        return await self.corrections.split(story.id, chosen(story, tellings), by)


async def _told_here(unit: Unit, typed: str, place: Destination) -> Version:
    """The story that `typed` names, as it is seen there. Raises `Mistake` where no post tells it."""
    name = read_name(typed)
    story_id = await _story_of(unit, name, place) if isinstance(name, PostLink) else name
    seen = await _seen(unit, story_id, place) if story_id else None
    if seen is None or not (_is_operator(place) or await _posts(unit, seen.story.id, place)):
        raise unknown(typed, place)
    return seen


async def _story_of(unit: Unit, link: PostLink, place: Destination) -> str | None:
    """The id of the story that the post tells, or told until it was merged; None for others' posts."""
    if _is_operator(place):
        return await unit.posts.story_of(link.platform, None, link.channel, link.message_id)
    if link.platform is not place.platform:
        return None
    return await unit.posts.story_of(link.platform, place.workspace, link.channel, link.message_id)


async def _seen(unit: Unit, story_id: str, place: Destination) -> Version | None:
    """The story as it may be seen there."""
    story = await unit.stories.get(story_id)
    if story is None:
        return None
    readers = await unit.subscriptions.readers({entry.feed_id for entry in story.entries})
    return version_at(story, readers, place)


async def _posts(unit: Unit, story_id: str, place: Destination) -> list[Receipt]:
    """What the channels of that workspace hold of the story."""
    return [
        receipt
        for receipt in await unit.outbox.receipts(story_id)
        if receipt.destination.platform is place.platform
        and receipt.destination.workspace == place.workspace
    ]


def _placed_of(story: Story, change: PastChange) -> bool:
    """Whether it placed what is seen of the story. What was only taken out of one placed nothing."""
    return change.turn in (Turn.OPENED, Turn.JOINED) and change.entry_id in story.entry_ids


def _titles(place: Destination, *seen: Version) -> frozenset[str] | None:
    """The headlines that may be quoted there; None: all.

    Of a story of which they see a part it is none: an outlet that is named may be of the other.
    """
    if _is_operator(place):
        return None
    whole = (version.story for version in seen if not version.hidden)
    return frozenset(entry.title for story in whole for entry in story.entries)


def _is_operator(place: Destination) -> bool:
    return place.platform is Platform.CONSOLE


def _told(done: Correction) -> Reply:
    story, other = named(done.story), named(done.other)
    match done.kind:
        case RulingKind.MERGE if done.undone:
            return Reply(f"{other} is a story of its own again, as before it was told in {story}.")
        case RulingKind.MERGE:
            return Reply(f"{other} is told in {story} from now on. {UNDO}")
        case RulingKind.SPLIT if done.undone:
            return Reply(f"{other} is told in {story} again.")
        case RulingKind.SPLIT:
            return Reply(f"{other} is a story of its own now; {story} goes on without it. {UNDO}")
        case _:
            assert_never(done.kind)
