"""Commands against a real database, answered as a person would read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import count

import pytest

from bot.commands import vocabulary
from bot.commands.perform import Desk
from bot.commands.story_desk import StoryDesk
from bot.commands.vocabulary import (
    AddWatch,
    Caller,
    Command,
    Help,
    ListWatches,
    RemoveWatch,
    Reply,
    ShowStory,
)
from bot.commands.watch_desk import MOST_STORIES, MOST_WATCHES, WatchDesk
from bot.matching.topics import read_topics
from bot.model.delivery import Post
from bot.model.errors import Mistake
from bot.model.watch import Destination, Platform
from bot.storage.unit import Storage
from tests.commands.reading_room import ReadingRoom
from tests.commands.rulings import Rulings
from tests.storage.nouns import bulletin, feed, opened

HERE = Destination(Platform.DISCORD, "guild-a", "desk")
NEXT_DOOR = replace(HERE, channel="lobby")
ABROAD = Destination(Platform.DISCORD, "guild-b", "desk")
TOPIC = """
title: Drills
description: Drills.
words: {drill: [drill*]}
when:
  - together: [drill]
"""
_keys = count()


def caller(place: Destination = HERE, *, may_change: bool = True, key: str = "") -> Caller:
    return Caller(place, "u1", may_change, key or f"key-{next(_keys)}")


class Counter:
    """The desk, and a caller for each line."""

    def __init__(self, storage: Storage, now: datetime) -> None:
        topics, mistakes = read_topics({"drill.yaml": TOPIC})
        assert not mistakes
        self.storage, self.now = storage, now
        self.desk = Desk(
            WatchDesk(storage, topics),
            ReadingRoom().desk(storage),
            StoryDesk(storage, Rulings(storage)),
        )

    async def ask(self, command: Command, by: Caller | None = None) -> Reply:
        return await self.desk.perform(command, by or caller(), self.now)


@pytest.fixture
async def counter(storage: Storage, now: datetime) -> Counter:
    async with storage.begin() as unit:
        await unit.feeds.sync([feed("kabul-daily")], now)
    return Counter(storage, now)


async def test_a_watch_is_added_listed_and_removed(counter: Counter) -> None:
    added = await counter.ask(AddWatch("baghdad  ROCKETS"))
    assert added.text.startswith("Watching baghdad rockets, as watch 1.")
    assert added.private
    listed = await counter.ask(ListWatches())
    assert listed.lines == ("1 · baghdad rockets",)
    removed = await counter.ask(RemoveWatch(1))
    assert removed.text == "Removed watch 1: baghdad rockets. What it posted stays."
    assert "no watch yet" in (await counter.ask(ListWatches())).text


async def test_the_bare_name_of_a_topic_means_the_topic(counter: Counter) -> None:
    assert "Watching topic:drill" in (await counter.ask(AddWatch("drill"))).text
    assert "drill (Drills)" in " ".join((await counter.ask(Help())).lines)


async def test_the_same_watch_twice_is_one_watch(counter: Counter) -> None:
    await counter.ask(AddWatch("rockets"))
    again = await counter.ask(AddWatch("ROCKETS"))
    assert again.text == "This channel has that watch already: 1 · rockets."


async def test_a_request_that_is_delivered_twice_is_answered_as_if_once(counter: Counter) -> None:
    first = await counter.ask(AddWatch("rockets"), caller(key="once"))
    assert await counter.ask(AddWatch("rockets"), caller(key="once")) == first
    await counter.ask(RemoveWatch(1), caller(key="away"))
    assert (await counter.ask(RemoveWatch(1), caller(key="away"))).text == "Watch 1 is removed."


async def test_no_workspace_sees_or_removes_anothers_watches(counter: Counter) -> None:
    await counter.ask(AddWatch("plans secret"))
    listed = await counter.ask(ListWatches(), caller(ABROAD))
    assert "secret" not in listed.text + " ".join(listed.lines)
    with pytest.raises(Mistake, match="There is no watch 1 in this channel"):
        await counter.ask(RemoveWatch(1), caller(ABROAD))
    assert (await counter.ask(ListWatches())).lines == ("1 · plans secret",)


async def test_no_channel_removes_or_reads_anothers_watch(counter: Counter) -> None:
    await counter.ask(AddWatch("plans secret"))
    by = caller(NEXT_DOOR)
    for _ in "twice":  # the same request again is told the same
        with pytest.raises(Mistake, match=r"^There is no watch 1 in this channel\.") as refused:
            await counter.ask(RemoveWatch(1), by)
        assert "secret" not in str(refused.value)
    assert (await counter.ask(ListWatches())).lines == ("1 · plans secret",)


async def test_other_channels_of_the_workspace_are_counted(counter: Counter) -> None:
    await counter.ask(AddWatch("rockets"))
    listed = await counter.ask(ListWatches(), caller(NEXT_DOOR))
    assert "1 more in other channels" in listed.text


async def test_stories_are_spoken_of_at_the_same_desk(counter: Counter) -> None:
    async with counter.storage.begin() as unit:
        await unit.stories.save_all([opened("s1", title="Rockets hit the port")], counter.now)
        await unit.outbox.put([Post(HERE, bulletin("s1"), "asked for")], counter.now)
    assert (await counter.ask(ShowStory("s1"))).text.startswith("“Rockets hit the port”")
    assert "story show STORY" in "\n".join((await counter.ask(Help())).lines)


@pytest.mark.parametrize("command", [AddWatch("rockets"), RemoveWatch(1)])
async def test_who_may_not_change_the_channel_changes_nothing(
    counter: Counter, command: Command
) -> None:
    await counter.ask(AddWatch("mortars"))
    with pytest.raises(Mistake, match="You may not change"):
        await counter.ask(command, caller(may_change=False))
    assert (await counter.ask(ListWatches())).lines == ("1 · mortars",)


async def test_there_is_a_most_to_what_a_workspace_may_watch(counter: Counter) -> None:
    async with counter.storage.begin() as unit:
        for number in range(MOST_WATCHES):
            await unit.watches.add(HERE, f"word{number}", "u1", counter.now)
    with pytest.raises(Mistake, match=f"has {MOST_WATCHES} watches"):
        await counter.ask(AddWatch("one more"))
    assert "Watching" in (await counter.ask(AddWatch("one more"), caller(ABROAD))).text


async def test_a_query_that_cannot_be_read_is_explained(counter: Counter) -> None:
    with pytest.raises(Mistake, match="quote"):
        await counter.ask(AddWatch('"green zone'))


async def test_a_test_shows_recent_stories_and_saves_nothing(counter: Counter) -> None:
    async with counter.storage.begin() as unit:
        await unit.stories.save_all([opened("s1", title="Rockets hit the port")], counter.now)
        await unit.stories.save_all([opened("s2", title="Fair opens")], counter.now)
    reply = await counter.ask(vocabulary.TryWatch("rockets"))
    assert reply.text == "rockets matches 1 of the last 2 stories."
    assert len(reply.lines) == 1 and reply.lines[0].startswith("Rockets hit the port — ")
    assert "no watch yet" in (await counter.ask(ListWatches())).text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_test_is_tried_on_so_many_stories_and_says_how_many(counter: Counter) -> None:
    async with counter.storage.begin() as unit:
        for number in range(MOST_STORIES + 1):
            await unit.stories.save_all([opened(f"s{number}", title="Rockets")], counter.now)
    reply = await counter.ask(vocabulary.TryWatch("rockets"))
    assert reply.text == "rockets matches 1000 of the last 1000 stories."


async def test_a_test_shows_each_workspace_what_it_may_see(counter: Counter) -> None:
    async with counter.storage.begin() as unit:
        told = opened("of-all", title="Rockets, says everybody")
        await unit.stories.save_all([told], counter.now)
        for place, feed_id in ((HERE, "own"), (ABROAD, "theirs")):
            await unit.subscriptions.add(feed(feed_id), place, "u1", counter.now, counter.now)
            told = opened(f"of-{feed_id}", feed_id=feed_id, title=f"Rockets, says {feed_id}")
            await unit.stories.save_all([told], counter.now)
    for place, seen in ((HERE, "own"), (ABROAD, "theirs")):
        reply = await counter.ask(vocabulary.TryWatch("rockets"), caller(place))
        assert reply.text == "rockets matches 2 of the last 2 stories."
        titles = {line.partition(" — ")[0] for line in reply.lines}
        assert titles == {"Rockets, says everybody", f"Rockets, says {seen}"}
