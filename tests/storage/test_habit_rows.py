"""How late a feed tells, how often it changes its words, and how much it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.model.story import Because, StoryChange, Turn
from bot.storage.habit_rows import SAMPLE, Habit
from bot.storage.unit import Storage
from tests.storage.nouns import opened

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


async def tells(
    storage: Storage, now: datetime, lags: Sequence[timedelta | None], feed_id: str = "a"
) -> None:
    """After what it held at first, two days ago, it tells an entry every ten minutes, each so late."""
    first = opened(f"{feed_id}-first", feed_id=feed_id, published=now - 2 * DAY - 99 * MINUTE)
    async with storage.begin() as unit:
        await unit.stories.save_all([first], now - 2 * DAY)
        for number, lag in enumerate(lags):
            at = now - (len(lags) - number) * timedelta(minutes=10)
            published = None if lag is None else at - lag
            entry = opened(f"{feed_id}-{number}", feed_id=feed_id, published=published, seen_at=at)
            await unit.stories.save_all([entry], at)


async def habit(storage: Storage, now: datetime, feed_id: str = "a") -> Habit:
    async with storage.read() as unit:
        return (await unit.habits.all(now))[feed_id]


@pytest.mark.parametrize(
    ("lags", "lag"),
    [
        ([1, 2, 9], 2),
        ([1, 2, 4, 9], 3),
        ([None, 3, None], 3),
        ([-30, 0, 1], 0),  # its clock is a little fast
        ([-600, 60 * 24 * 8, 5], 5),  # dates that nobody can believe
        ([None], None),
        ([], None),
        ([999] * 60 + [1] * SAMPLE, 1),
    ],
)
async def test_the_lag_is_the_usual_one_of_the_last_entries(
    storage: Storage, now: datetime, lags: list[int | None], lag: int | None
) -> None:
    await tells(storage, now, [None if each is None else each * MINUTE for each in lags])
    assert (await habit(storage, now)).lag == (None if lag is None else lag * MINUTE)


async def test_each_feed_has_its_own_habits(storage: Storage, now: datetime) -> None:
    await tells(storage, now, [MINUTE], "a")
    await tells(storage, now, [9 * MINUTE] * 3, "b")
    assert await habit(storage, now, "a") == Habit(MINUTE, 0.0, 0.5)
    assert await habit(storage, now, "b") == Habit(9 * MINUTE, 0.0, 1.5)


async def test_the_churn_is_the_share_of_entries_that_changed(
    storage: Storage, now: datetime
) -> None:
    await tells(storage, now, [MINUTE] * 3)
    change = opened("a-0", feed_id="a", published=now)
    assert change.entry is not None
    revised = replace(change.entry, title="New words", seen_at=now + DAY)
    story = replace(change.story, tellings=(replace(change.story.tellings[0], entry=revised),))
    async with storage.begin() as unit:
        for _ in range(2):
            again = StoryChange(story, Turn.REVISED, Because("New words."), revised)
            await unit.stories.save_all([again], now)
    found = await habit(storage, now)
    assert (found.churn, found.per_day) == (0.25, 1.5)


async def test_entries_of_long_ago_do_not_count_for_today(storage: Storage, now: datetime) -> None:
    await tells(storage, now - 29 * DAY, [MINUTE] * 30)
    assert (await habit(storage, now)).per_day == 1.0
    assert (await habit(storage, now + 5 * DAY)).per_day == 0.0
