"""When a redirect is believed for good, and what address is saved then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.feeds.redirects import moved
from bot.feeds.schedule import Pace, after_poll
from bot.model.feed import Document, Feed, Polling, Unchanged, Unreadable


def at(day: int) -> datetime:
    return datetime(2020, 11, day, 12, tzinfo=UTC)


PACE = Pace(floor=timedelta(minutes=10), ceiling=timedelta(hours=6))
FEED = Feed("f", "https://a.example/f", outlet="A", publisher="A")
POLLING = Polling("f", at(17), succeeded_at=at(17))
NEW_HOME = "https://new.example/f"


def moved_on(*days: int, to: str = NEW_HOME, feed: Feed = FEED) -> str | None:
    polling = POLLING
    for day in days:
        result = Unchanged(moved_to=to)
        polling = after_poll(feed, polling, result, None, at(day), PACE, 0.0)
    return moved(feed, polling)


def test_a_feed_has_moved_when_it_was_seen_there_on_three_days_in_a_row() -> None:
    assert moved_on(18, 18, 18, 18) is None
    assert moved_on(18, 19, 19) is None
    assert moved_on(18, 19, 20) == NEW_HOME


@pytest.mark.parametrize("meanwhile", [None, "https://other.example/f"])
def test_a_redirect_that_goes_away_or_elsewhere_starts_again(meanwhile: str | None) -> None:
    polling = POLLING
    for day, to in ((18, NEW_HOME), (19, NEW_HOME), (20, meanwhile), (21, NEW_HOME)):
        polling = after_poll(FEED, polling, Unchanged(moved_to=to), None, at(day), PACE, 0.0)
    assert moved(FEED, polling) is None
    assert polling.moved_times == 1


def test_a_move_to_what_cannot_be_read_is_no_move() -> None:
    page = Document(b"<html>", FEED.url, moved_to=NEW_HOME)
    unreadable = Unreadable("It is a web page.")
    assert after_poll(FEED, POLLING, page, unreadable, at(18), PACE, 0.0).moved_to is None


@pytest.mark.parametrize(
    ("old", "new", "saved"),
    [
        ("http://a.example/f", "https://a.example/f", "https://a.example/f"),
        ("https://a.example/f", "http://a.example/f", None),
        ("https://a.example/f", "https://a.example/f", None),
        ("https://u:p@a.example/f", "https://a.example/g", "https://u:p@a.example/g"),
        ("https://u:p@a.example/f", "https://b.example/f", None),
        ("http://u:p@a.example/f", "https://a.example/f", None),
    ],
)
def test_a_move_neither_opens_nor_passes_on_what_was_closed(
    old: str, new: str, saved: str | None
) -> None:
    assert moved_on(18, 19, 20, to=new, feed=replace(FEED, url=old)) == saved
