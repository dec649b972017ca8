"""Stories come back whole, and it stays known why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.model.entry import Seen
from bot.model.story import Because, Story, StoryChange, Telling, Turn
from bot.storage.story_rows import PastChange, StoryCounts
from bot.storage.unit import Storage
from bot.stories.lifecycle import merged, split
from tests.storage.nouns import NOON, entry, opened, story

DAY = timedelta(days=1)


async def save(storage: Storage, *changes: StoryChange) -> None:
    async with storage.begin() as unit:
        await unit.stories.save_all(changes, NOON)


async def get(storage: Storage, story_id: str) -> Story | None:
    async with storage.read() as unit:
        return await unit.stories.get(story_id)


async def test_a_story_comes_back_as_it_was_last_saved(storage: Storage) -> None:
    first = opened("s1", published=None, link=None, language=None)
    await save(storage, first)
    assert await get(storage, "s1") == first.story
    second = entry("s1-0", outlet="Baghdad Post", published=NOON + DAY)
    tellings = (*first.story.tellings, Telling(second, copy_of="s1-1"))
    grown = story("s1", *tellings, changed_at=NOON + DAY)
    await save(storage, StoryChange(grown, Turn.JOINED, Because("The same text."), second))
    assert await get(storage, "s1") == grown
    assert await get(storage, "s2") is None


async def test_tellings_keep_their_order_however_they_were_saved(storage: Storage) -> None:
    entries = [entry(entry_id) for entry_id in "bca"]
    told = story("s1", *map(Telling, entries))
    changes = [StoryChange(told, Turn.JOINED, Because("Alike."), each) for each in entries]
    await save(storage, *reversed(changes))
    assert await get(storage, "s1") == told


async def test_why_is_remembered(storage: Storage) -> None:
    change = opened("s1")
    await save(storage, change)
    closing = StoryChange(change.story, Turn.CLOSED, Because("Nobody added to it."))
    async with storage.begin() as unit:
        await unit.stories.save_all([closing], NOON + DAY)
        assert await unit.stories.changes("s1") == [
            PastChange(Turn.OPENED, change.because, "s1-1", NOON),
            PastChange(Turn.CLOSED, closing.because, None, NOON + DAY),
        ]


async def test_a_revised_entry_keeps_its_place_and_all_its_keys(storage: Storage) -> None:
    first = opened("s1")
    assert first.entry is not None
    new_words = replace(
        first.entry, title="All troops to leave", fingerprint="f2", keys=("guid:new", "link:s1-1")
    )
    revised = story("s1", Telling(new_words))
    await save(storage, first, StoryChange(revised, Turn.REVISED, Because("New words."), new_words))
    found = await get(storage, "s1")
    assert found is not None
    assert found.entries[0].title == "All troops to leave"
    assert found.entries[0].keys[-1] == "link:s1-1"  # the weakest, though it came before the last
    async with storage.read() as unit:
        all_keys = frozenset({"guid:s1-1", "link:s1-1", "guid:new"})
        assert await unit.stories.known("kabul-daily", ["guid:s1-1"]) == [
            Seen("s1-1", all_keys, "f2")
        ]


async def test_new_words_of_an_old_entry_leave_its_story_alone(storage: Storage) -> None:
    first = opened("s1")
    assert first.entry is not None
    await save(storage, first)
    async with storage.begin() as unit:
        await unit.stories.revise([replace(first.entry, summary="Corrected.", keys=("guid:x",))])
        [seen] = await unit.stories.known("kabul-daily", ["guid:x"])
    found = await get(storage, "s1")
    assert found is not None
    assert (found.changed_at, found.entries[0].summary) == (NOON, "Corrected.")
    assert seen.keys == {"guid:s1-1", "link:s1-1", "guid:x"}


async def test_an_article_is_known_by_any_key_within_its_own_feed(storage: Storage) -> None:
    shared = opened("s2", keys=("guid:2", "link:s1-1"))
    elsewhere = opened("s3", feed_id="other", keys=("guid:s1-1",))
    await save(storage, opened("s1"), shared, elsewhere)
    async with storage.read() as unit:
        known = await unit.stories.known("kabul-daily", ["guid:never", "link:s1-1"])
        assert sorted(seen.entry_id for seen in known) == ["s1-1", "s2-1"]
        assert await unit.stories.known("kabul-daily", []) == []
        assert await unit.stories.known("other", ["link:s1-1"]) == []


async def test_more_keys_than_a_statement_has_parameters(storage: Storage) -> None:
    await save(storage, opened("s1"))
    keys = [f"guid:{number}" for number in range(70_000)]
    async with storage.read() as unit:
        assert len(await unit.stories.known("kabul-daily", [*keys, "guid:s1-1"])) == 1


async def test_closed_stories_are_not_open(storage: Storage) -> None:
    await save(
        storage,
        opened("old", changed_at=NOON - DAY),
        opened("late", changed_at=NOON + DAY),
        opened("shut"),
        opened("open"),
    )
    async with storage.begin() as unit:
        shut = StoryChange(opened("shut").story, Turn.CLOSED, Because("Nobody added to it."))
        await unit.stories.save_all([shut], NOON)
        assert [s.id for s in await unit.stories.open_stories()] == ["old", "open", "late"]
        assert [s.id for s in await unit.stories.open_stories(NOON)] == ["open", "late"]
        assert [s.id for s in await unit.stories.recent(NOON)] == ["late", "shut", "open"]
        assert [s.id for s in await unit.stories.recent(NOON, 1)] == ["late"]


async def test_thousands_of_entries_at_once(storage: Storage) -> None:
    await save(storage, *(opened(f"s{number}") for number in range(3_000)))
    async with storage.read() as unit:
        found = await unit.stories.open_stories()
        assert await unit.stories.counts() == StoryCounts(3_000, 3_000, 0)
    assert [opened(s.id).story for s in found] == found


async def test_nothing_to_save_is_nothing_saved(storage: Storage) -> None:
    await save(storage)
    async with storage.read() as unit:
        assert await unit.stories.counts() == StoryCounts(0, 0, 0)


async def test_a_time_without_a_zone_is_refused(storage: Storage) -> None:
    with pytest.raises(Exception, match="without a zone"):
        await save(storage, opened("s1", seen_at=NOON.replace(tzinfo=None)))


async def test_a_date_may_be_as_old_as_dates_go(storage: Storage) -> None:
    change = opened("s1", published=datetime.min.replace(tzinfo=UTC))
    await save(storage, change)
    assert await get(storage, "s1") == change.story


async def test_every_time_comes_back_in_utc(storage: Storage) -> None:
    kabul = datetime.fromisoformat("2020-11-17T16:30:00.000001+04:30")
    await save(storage, opened("s1", seen_at=kabul))
    found = await get(storage, "s1")
    assert found is not None
    seen_at = found.entries[0].seen_at
    assert seen_at.isoformat() == "2020-11-17T12:00:00.000001+00:00"


async def test_it_is_remembered_of_both_stories_why_they_were_merged_or_split(
    storage: Storage,
) -> None:
    first, second = opened("s1"), opened("s2")
    merge = merged(first.story, second.story, Because("They are one."))
    out = split(merge.story, ["s2-1"], Because("They are two."), "s3")
    await save(storage, first, second, merge, out)
    async with storage.read() as unit:
        assert await unit.stories.changes("s1") == [
            PastChange(Turn.OPENED, first.because, "s1-1", NOON),
            PastChange(Turn.MERGED, merge.because, None, NOON, "s2"),
        ]
        taken_out = PastChange(Turn.SPLIT, out.because, "s2-1", NOON, "s1")
        assert await unit.stories.changes("s3") == [taken_out]
        assert await unit.stories.taken_out_of("s1") == {"s3": taken_out}
        assert await unit.stories.taken_out_of("s2") == {}
        assert {each.id for each in await unit.stories.open_stories()} == {"s1", "s3"}
        assert (await unit.stories.counts()).stories == 2


async def test_what_comes_after_a_split_stands_last(storage: Storage) -> None:
    tellings = [Telling(entry(f"e{number}")) for number in range(5)]
    whole = story("s1", *tellings[:4])
    out = split(whole, ["e0", "e1"], Because("They are two."), "s2")
    last = replace(out.story, tellings=(*out.story.tellings, tellings[4]))
    because = Because("It is like it.")
    first = [StoryChange(whole, Turn.JOINED, because, each) for each in whole.entries]
    await save(storage, *first)
    await save(storage, out)
    await save(storage, StoryChange(last, Turn.JOINED, because, tellings[4].entry))
    assert await get(storage, "s1") == last
