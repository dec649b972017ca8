from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.redirects import moved
from bot.feeds.rhythm import LONGEST, SHORTEST
from bot.feeds.schedule import (
    BELIEVED_AFTER,
    FARTHEST,
    GONE_FOR,
    SPREAD,
    Pace,
    after_poll,
    body_hash,
)
from bot.feeds.why import why_then
from bot.model.feed import (
    Document,
    Feed,
    FetchResult,
    Item,
    Items,
    Polling,
    Reading,
    Trouble,
    Unchanged,
    Unreachable,
    Unreadable,
)

NOW = datetime(2020, 11, 17, 12, 0, tzinfo=UTC)
PACE = Pace(floor=timedelta(minutes=10), ceiling=timedelta(hours=6))
FEED = Feed("f", "https://a.example/f", outlet="A", publisher="A")
POLLING = Polling("f", NOW, etag='"old"', succeeded_at=NOW - timedelta(hours=1))
BODY = Document(b"<rss/>", FEED.url, etag='"new"', last_modified="yesterday")


def polled(
    result: FetchResult,
    reading: Reading | None = None,
    polling: Polling = POLLING,
    feed: Feed = FEED,
    jitter: float = 0.0,
) -> Polling:
    return after_poll(feed, polling, result, reading, NOW, PACE, jitter)


def test_a_readable_body_is_remembered_with_its_validators() -> None:
    reading = Items(
        (),
        ask_every=timedelta(hours=2),
        skip_hours=frozenset({3}),
        skip_days=frozenset({6}),
        blocks=b"12345678",
    )
    first = replace(POLLING, succeeded_at=None)
    assert polled(BODY, reading, first) == Polling(
        "f",
        due_at=NOW + timedelta(hours=2),
        etag='"new"',
        last_modified="yesterday",
        body_hash=body_hash(b"<rss/>"),
        blocks=b"12345678",
        ask_every=timedelta(hours=2),
        skip_hours=frozenset({3}),
        skip_days=frozenset({6}),
        succeeded_at=NOW,
    )


def test_an_unreadable_body_is_a_failure_and_will_be_asked_for_again() -> None:
    after = polled(BODY, Unreadable("It is a web page."))
    assert (after.failures, after.error) == (1, "It is a web page.")
    assert (after.etag, after.body_hash) == ('"old"', None)
    assert after.succeeded_at == POLLING.succeeded_at


def test_unchanged_ends_a_row_of_failures() -> None:
    failing = polled(Unreachable("It cannot be reached."))
    after = polled(Unchanged(), polling=failing)
    assert (after.failures, after.error, after.succeeded_at) == (0, None, NOW)
    assert after.etag == '"old"'


def test_the_same_body_again_takes_the_new_validators_and_keeps_the_rest() -> None:
    polling = replace(POLLING, body_hash="h", blocks=b"12345678", ask_every=timedelta(hours=2))
    after = polled(BODY, None, polling)
    assert after.etag == '"new"'
    assert (after.body_hash, after.blocks, after.ask_every) == (
        "h",
        b"12345678",
        timedelta(hours=2),
    )


def test_what_the_feed_asked_for_holds_while_nothing_changes() -> None:
    polling = polled(BODY, Items((), ask_every=timedelta(hours=2)))
    assert polled(Unchanged(), polling=polling).due_at == NOW + timedelta(hours=2)


def test_what_the_feed_asked_for_holds_while_no_item_is_new() -> None:
    polling = replace(
        POLLING,
        ask_every=timedelta(hours=2),
        skip_hours=frozenset({3}),
        skip_days=frozenset({6}),
    )

    def asked(reading: Items) -> tuple[timedelta | None, frozenset[int], frozenset[int]]:
        after = polled(BODY, reading, polling)
        return after.ask_every, after.skip_hours, after.skip_days

    assert asked(Items((), partial=True)) == (timedelta(hours=2), frozenset({3}), frozenset({6}))
    assert asked(Items(())) == (None, frozenset(), frozenset())


def test_server_and_feed_may_ask_for_more_time_within_the_ceiling() -> None:
    hour, week = timedelta(hours=1), timedelta(weeks=1)
    assert polled(Unchanged(fresh_for=hour)).due_at == NOW + hour
    assert polled(BODY, Items((), ask_every=2 * hour)).due_at == NOW + 2 * hour
    assert polled(Unchanged(fresh_for=week)).due_at == NOW + PACE.ceiling


def test_an_interval_of_the_feed_s_own_stands_above_the_pace() -> None:
    feed = Feed("f", FEED.url, outlet="A", publisher="A", every=timedelta(days=2))
    assert polled(Unchanged(), feed=feed).due_at == NOW + timedelta(days=2)


def test_failures_wait_longer_each_time_and_at_most_a_day() -> None:
    polling, waits = POLLING, []
    for _ in range(12):
        polling = polled(Unreachable("It cannot be reached."), polling=polling)
        waits.append(polling.due_at - NOW)
    assert waits[:3] == [timedelta(minutes=20), timedelta(minutes=40), timedelta(minutes=80)]
    assert waits == sorted(waits)
    assert waits[-1] == FARTHEST


@pytest.mark.parametrize(
    ("reason", "status"), [("It answered 410 (Gone).", 410), ("It answered 404 (Not Found).", 404)]
)
def test_a_feed_is_taken_for_gone_when_it_was_said_for_long(reason: str, status: int) -> None:
    """And is then asked once a week; one stray answer leaves a feed alone for minutes."""
    gone = Unreachable(reason, status, None, Trouble.GONE)
    after = polled(gone)
    assert (after.due_at - NOW, after.trouble) == (timedelta(minutes=20), Trouble.DOWN)
    began = NOW - BELIEVED_AFTER[status]
    after = polled(gone, polling=replace(after, failing_since=began + timedelta(seconds=1)))
    assert after.trouble is Trouble.DOWN
    after = polled(gone, polling=replace(after, failing_since=began))
    assert (after.due_at - NOW, after.trouble) == (GONE_FOR, Trouble.GONE)


def test_a_feed_that_was_not_asked_is_as_it_was_but_for_when_it_is_due() -> None:
    rest = Unreachable("Wait.", 429, timedelta(minutes=5), Trouble.BUSY, unasked=True)
    failing = polled(Unreachable("It cannot be reached."))
    for polling in (POLLING, replace(failing, due_at=NOW)):
        after = polled(rest, polling=polling)
        assert after == replace(polling, due_at=NOW + timedelta(minutes=5))
    later = replace(POLLING, due_at=NOW + timedelta(hours=1))
    assert polled(rest, polling=later) == later


def test_the_start_and_the_kind_of_a_row_of_failures_are_kept() -> None:
    since = NOW - timedelta(hours=3)
    polling = replace(POLLING, failures=2, failing_since=since, trouble=Trouble.DOWN)
    after = polled(Unreachable("It is slow.", trouble=Trouble.SLOW), polling=polling)
    assert (after.failing_since, after.trouble, after.failures) == (since, Trouble.SLOW, 3)
    assert polled(Unreachable("It is slow.")).failing_since == NOW
    healed = polled(Unchanged(), polling=after)
    assert (healed.failing_since, healed.trouble) == (None, None)


def test_the_third_harm_in_a_row_sets_a_feed_aside_for_a_day() -> None:
    harm = Unreadable("Reading it hung.", Trouble.HARMFUL)
    once = polled(BODY, harm)
    twice = polled(BODY, harm, once)
    assert polled(Unreachable("It cannot be reached."), polling=twice).strikes == 2
    thrice = polled(BODY, harm, twice)
    assert [each.strikes for each in (once, twice, thrice)] == [1, 2, 3]
    assert twice.due_at < NOW + FARTHEST <= thrice.due_at
    assert polled(BODY, Items(()), thrice).strikes == 0
    assert polled(BODY, Unreadable("It is a web page.", Trouble.NOT_A_FEED)).strikes == 0


def at(hour: int, day: int = 17) -> datetime:
    """In November 2020; the 17th is a Tuesday."""
    return datetime(2020, 11, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "days", "due"),
    [
        ({12}, set(), at(13)),
        ({12, 13, 14}, set(), at(15)),
        ({11, 13}, set(), at(12)),
        (set(range(24)), set(), at(12)),
        (set(range(24)) - {11}, set(), at(11, 18)),
        (set(), {1}, at(0, 18)),
        (set(), {0, 2}, at(12)),
        (set(), set(range(7)), at(12)),
        (set(), {1, 2}, at(12, 18)),  # never for more than a day
        (set(range(8)), {1}, at(8, 18)),
    ],
)
def test_a_feed_is_not_asked_when_it_says_not_to(
    hours: set[int], days: set[int], due: datetime
) -> None:
    polling = replace(
        POLLING,
        skip_hours=frozenset(hours),
        skip_days=frozenset(days),
        rhythm=timedelta(minutes=1),
    )
    after = after_poll(FEED, polling, Unchanged(), None, NOW - PACE.floor, PACE, 0.0)
    assert after.due_at == due
    fixed = replace(FEED, every=PACE.floor)
    assert after_poll(fixed, polling, Unchanged(), None, NOW - PACE.floor, PACE, 0.0).due_at == NOW


def test_retry_after_is_heeded_up_to_a_day() -> None:
    def wait(retry_after: timedelta) -> timedelta:
        return polled(Unreachable("Busy.", 429, retry_after)).due_at - NOW

    assert wait(timedelta(hours=3)) == timedelta(hours=3)
    assert wait(timedelta(seconds=1)) == timedelta(minutes=20)
    assert wait(timedelta(days=300)) == FARTHEST


spans = st.timedeltas(timedelta(0), timedelta(days=4000))
dates = st.datetimes(timezones=st.just(UTC))
addresses = st.none() | st.sampled_from(["https://new.example/f", "http://a.example/f"])
results = st.one_of(
    st.builds(Unchanged, fresh_for=st.none() | spans, moved_to=addresses),
    st.builds(
        Unreachable,
        reason=st.just("No."),
        status=st.sampled_from([None, 404, 410, 500]),
        retry_after=st.none() | spans,
        trouble=st.sampled_from(Trouble),
    ),
    st.builds(
        Document,
        body=st.binary(),
        url=st.just(FEED.url),
        fresh_for=st.none() | spans,
        moved_to=addresses,
    ),
)
items = st.builds(
    Item,
    guid=st.none(),
    link=st.none(),
    title=st.just("T"),
    summary=st.just(""),
    published=st.none() | dates,
)
hours = st.frozensets(st.integers(0, 23))
days = st.frozensets(st.integers(0, 6))
readings = st.one_of(
    st.none(),
    st.builds(Unreadable, reason=st.just("No."), trouble=st.sampled_from(Trouble)),
    st.builds(
        Items,
        items=st.lists(items, max_size=30).map(tuple),
        ask_every=st.none() | spans,
        skip_hours=hours,
        skip_days=days,
        partial=st.booleans(),
    ),
)
pollings = st.builds(
    Polling,
    feed_id=st.just("f"),
    due_at=st.just(NOW),
    failures=st.integers(0, 10_000),
    failing_since=st.none() | dates,
    strikes=st.integers(0, 100),
    ask_every=st.none() | spans,
    skip_hours=hours,
    skip_days=days,
    rhythm=st.none() | st.timedeltas(SHORTEST, LONGEST),
    moved_to=addresses,
    moved_times=st.integers(0, 100),
    succeeded_at=st.none() | dates,
)


@given(
    result=results,
    reading=readings,
    polling=pollings,
    every=st.none() | st.timedeltas(timedelta(minutes=1), timedelta(days=366)),
    jitter=st.floats(0, 1, exclude_max=True),
)
def test_the_next_poll_is_in_the_future_and_within_bounds(
    result: FetchResult,
    reading: Reading | None,
    polling: Polling,
    every: timedelta | None,
    jitter: float,
) -> None:
    feed = replace(FEED, every=every)
    after = after_poll(feed, polling, result, reading, NOW, PACE, jitter)
    least = min(PACE.floor, every or PACE.floor)
    longest = GONE_FOR if after.trouble is Trouble.GONE else FARTHEST
    most = max(PACE.ceiling, longest, every or longest)
    skipping = timedelta(0) if every else timedelta(days=1)
    assert NOW + least <= after.due_at <= NOW + most * (1 + SPREAD) + skipping
    assert after.rhythm is None or SHORTEST <= after.rhythm <= LONGEST
    assert (after.failing_since is None) == (after.failures == 0) == (after.trouble is None)
    assert why_then(feed, after, PACE)
    moved(feed, after)


@given(jitter=st.floats(0, 1, exclude_max=True), polling=pollings, fresh_for=st.none() | spans)
def test_a_healthy_feed_is_asked_at_least_every_ceiling(
    jitter: float, polling: Polling, fresh_for: timedelta | None
) -> None:
    polling = replace(polling, skip_hours=frozenset(), skip_days=frozenset())
    after = polled(Unchanged(fresh_for=fresh_for), polling=polling, jitter=jitter)
    assert after.due_at <= NOW + PACE.ceiling * (1 + SPREAD)
