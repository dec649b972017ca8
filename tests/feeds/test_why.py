"""The words for when a feed is asked next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.feeds.schedule import Pace, after_poll
from bot.feeds.why import in_words, why_then
from bot.model.feed import (
    Document,
    Feed,
    FetchResult,
    Items,
    Polling,
    Reading,
    Trouble,
    Unchanged,
    Unreachable,
)

NOW = datetime(2020, 11, 17, 12, 0, tzinfo=UTC)
PACE = Pace(floor=timedelta(minutes=10), ceiling=timedelta(hours=6))
FEED = Feed("f", "https://a.example/f", outlet="A", publisher="A")
POLLING = Polling("f", NOW, succeeded_at=NOW - timedelta(hours=1))
BODY = Document(b"<rss/>", FEED.url)


def after(
    result: FetchResult, reading: Reading | None = None, polling: Polling = POLLING
) -> Polling:
    return after_poll(FEED, polling, result, reading, NOW, PACE, 0.0)


HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


@pytest.mark.parametrize(
    ("polling", "every", "words"),
    [
        (Polling("f", NOW), None, "never asked so far"),
        (replace(POLLING, paused=True), None, "paused"),
        (after(Unchanged()), 2 * HOUR, "fixed at every 2 h"),
        (after(Unchanged(fresh_for=HOUR)), None, "the server asked for 60 min"),
        (after(Unchanged(fresh_for=WEEK)), None, "the server asked for 6 h"),
        (after(BODY, Items((), ask_every=HOUR)), None, "the feed asks for 60 min"),
        (
            after(BODY, Items((), skip_hours=frozenset({12}))),
            None,
            "the feed asks to be left alone until then",
        ),
        (
            after(Unchanged(), polling=replace(POLLING, rhythm=2 * DAY)),
            None,
            "it publishes about every 2 days",
        ),
        (
            after(BODY, Items(()), replace(POLLING, succeeded_at=None)),
            None,
            "no more often than every 10 min",
        ),
        (after(Unreachable("No.", 500)), None, "failing: 1 in a row"),
        (
            after(Unreachable("No.", 429, HOUR, Trouble.BUSY)),
            None,
            "its server is busy: 1 in a row",
        ),
        (
            after(
                Unreachable("No.", 410, None, Trouble.GONE),
                polling=replace(POLLING, failing_since=NOW - DAY),
            ),
            None,
            "gone, as its server says: asked once a week",
        ),
        (
            replace(POLLING, failures=3, strikes=3, trouble=Trouble.HARMFUL),
            None,
            "reading it did harm 3 times: asked once a day",
        ),
    ],
)
def test_why_a_feed_is_due_when_it_is(
    polling: Polling, every: timedelta | None, words: str
) -> None:
    assert why_then(replace(FEED, every=every), polling, PACE) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (89, "89 s"),
        (90, "2 min"),
        (5_399, "90 min"),
        (5_400, "2 h"),
        (259_200, "3 days"),
    ],
)
def test_a_span_is_told_in_one_unit(seconds: int, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words
