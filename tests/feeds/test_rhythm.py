from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.feeds.rhythm import LONGEST, SHORTEST, learnt
from bot.feeds.schedule import Pace, after_poll
from bot.model.feed import Document, Feed, Item, Items, Polling, Unchanged

NOW = datetime(2020, 11, 17, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NEVER_ASKED = Polling("f", NOW)
PACE = Pace(floor=5 * MINUTE, ceiling=12 * HOUR)
FEED = Feed("f", "https://a.example/f", outlet="A", publisher="A")


def items(*published: datetime | None, partial: bool = False) -> Items:
    return Items(tuple(Item(None, None, "T", "", each) for each in published), partial=partial)


def every(gap: timedelta, count: int = 20, until: datetime = NOW) -> list[datetime]:
    return [until - gap * number for number in range(1, count + 1)]


@pytest.mark.parametrize("gap", [7 * MINUTE, HOUR, DAY, 7 * DAY])
def test_a_whole_feed_shows_its_rhythm_at_once(gap: timedelta) -> None:
    assert learnt(NEVER_ASKED, items(*every(gap)), NOW, HOUR) == gap


@pytest.mark.parametrize(
    "odd",
    [
        [datetime(1, 1, 1, tzinfo=UTC)] * 5,
        [NOW + 400 * DAY] * 5,
        [None] * 5,
        [NOW - 3000 * DAY] * 5,
    ],
    ids=["year 1", "future", "none", "pinned"],
)
def test_odd_dates_change_little(odd: list[datetime | None]) -> None:
    rhythm = learnt(NEVER_ASKED, items(*every(HOUR, 15), *odd), NOW, HOUR)
    assert rhythm == HOUR


def test_without_dates_nothing_is_known_of_a_new_feed() -> None:
    assert learnt(NEVER_ASKED, items(None, None), NOW, HOUR) is None
    assert learnt(NEVER_ASKED, items(NOW - HOUR), NOW, HOUR) is None
    assert learnt(NEVER_ASKED, items(*[datetime(1, 1, 1, tzinfo=UTC)] * 20), NOW, HOUR) is None


def test_it_stays_within_reason() -> None:
    assert learnt(NEVER_ASKED, items(*[NOW] * 20), NOW, HOUR) == SHORTEST
    assert learnt(NEVER_ASKED, items(*every(300 * DAY)), NOW, HOUR) == LONGEST


def test_silence_slows_and_news_quicken() -> None:
    polling = replace(NEVER_ASKED, rhythm=HOUR, succeeded_at=NOW - 10 * MINUTE)
    slower = learnt(polling, None, NOW, HOUR)
    quicker = learnt(polling, items(NOW - MINUTE, None, partial=True), NOW, HOUR)
    assert slower is not None
    assert quicker is not None
    assert quicker < HOUR < slower < HOUR * 1.05


def test_old_articles_that_change_are_no_news() -> None:
    polling = replace(NEVER_ASKED, rhythm=DAY, succeeded_at=NOW - HOUR)
    edited = items(*every(DAY), partial=True)
    assert learnt(polling, edited, NOW, HOUR) == learnt(polling, None, NOW, HOUR)


def test_a_long_time_without_looking_says_little() -> None:
    polling = replace(NEVER_ASKED, rhythm=HOUR, succeeded_at=NOW - 300 * DAY)
    rhythm = learnt(polling, None, NOW, HOUR)
    assert rhythm is not None
    assert rhythm < 3 * HOUR


def test_a_clock_that_was_set_back_does_no_harm() -> None:
    polling = replace(NEVER_ASKED, rhythm=HOUR, succeeded_at=NOW + 300 * DAY)
    assert learnt(polling, None, NOW, HOUR) == HOUR


def settled(gap: timedelta) -> timedelta:
    """How long the waits are for an outlet that keeps to `gap`, once a feed was read often."""
    polling, now, told = NEVER_ASKED, NOW, NOW
    for number in range(400):
        news: list[datetime | None] = []
        while told <= now:
            news.append(told)
            told += gap
        if not news:
            polling = after_poll(FEED, polling, Unchanged(), None, now, PACE, 0.0)
        else:
            document = Document(b"%d" % number, FEED.url)
            reading = items(*news, partial=True)
            polling = after_poll(FEED, polling, document, reading, now, PACE, 0.0)
        wait, now = polling.due_at - now, polling.due_at
    return wait


def test_quick_outlets_are_asked_in_minutes_and_slow_ones_in_hours() -> None:
    assert settled(5 * MINUTE) == PACE.floor
    assert 10 * MINUTE < settled(40 * MINUTE) < 40 * MINUTE
    assert 2 * HOUR < settled(10 * HOUR) < 10 * HOUR
    assert settled(7 * DAY) == PACE.ceiling
