"""Does what a command says, and answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.commands.feed_desk import FeedDesk
from bot.commands.story_desk import StoryDesk
from bot.commands.vocabulary import (
    AddWatch,
    Caller,
    Command,
    Help,
    ListWatches,
    MergeStories,
    RemoveWatch,
    Reply,
    ShowStory,
    SplitStory,
    TryWatch,
    UndoStory,
)
from bot.commands.watch_desk import WatchDesk
from bot.matching.topics import Topic


@dataclass(frozen=True, slots=True)
class Desk:
    """Where commands are carried out; ingest sees in the database what they changed."""

    watches: WatchDesk
    feeds: FeedDesk
    stories: StoryDesk

    async def perform(self, command: Command, caller: Caller, now: datetime) -> Reply:
        """Raises `Mistake` for what the caller can mend."""
        match command:
            case Help():
                return _help(self.watches.topics)
            case AddWatch() | RemoveWatch() | ListWatches() | TryWatch():
                return await self.watches.perform(command, caller, now)
            case ShowStory() | MergeStories() | SplitStory() | UndoStory():
                return await self.stories.perform(command, caller)
            case _:
                return await self.feeds.perform(command, caller, now)


def _help(topics: Sequence[Topic]) -> Reply:
    return Reply(
        "wirewatch posts one message per news story and keeps it up to date.",
        lines=(
            'watch add QUERY — a topic, or words, "phrases", -excluded, OR',
            "watch list — what this channel watches",
            "watch remove NUMBER — stop a watch",
            "watch test QUERY — which recent stories it would have told",
            "feed add ADDRESS — read a feed, of its own address or of a page that names it",
            "feed find ADDRESS — which feeds there are",
            "feed list · feed status FEED · feed test FEED — the feeds, and how they do",
            "feed edit FEED url=… outlet=… every=30m — change one",
            "feed pause FEED · feed resume FEED · feed remove FEED",
            "feed import ADDRESS · feed export — many at once, as OPML",
            "story show STORY — who tells it, and why; STORY is at the foot of a post, or its link",
            "story split STORY 3 5 — two of its tellings are another story",
            "story merge STORY OTHER — both are one · story undo — take the last of these back",
            "Topics: " + ", ".join(f"{topic.name} ({topic.title})" for topic in topics),
        ),
    )
