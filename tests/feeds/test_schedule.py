from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.schedule import FARTHEST, SPREAD, Pace, after_poll, body_hash
from bot.model.feed import (
    Document,
    Feed,
    FetchResult,
    Items,
    Polling,
    Reading,
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
    assert polled(BODY, Items(())) == Polling(
        "f",
        due_at=NOW + PACE.floor,
        etag='"new"',
        last_modified="yesterday",
        body_hash=body_hash(b"<rss/>"),
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


def test_the_same_body_again_takes_the_new_validators() -> None:
    assert polled(BODY, None).etag == '"new"'


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


def test_retry_after_is_heeded_up_to_a_day() -> None:
    def wait(retry_after: timedelta) -> timedelta:
        return polled(Unreachable("Busy.", 429, retry_after)).due_at - NOW

    assert wait(timedelta(hours=3)) == timedelta(hours=3)
    assert wait(timedelta(seconds=1)) == timedelta(minutes=20)
    assert wait(timedelta(days=300)) == FARTHEST


spans = st.timedeltas(timedelta(0), timedelta(days=4000))
results = st.one_of(
    st.builds(Unchanged, fresh_for=st.none() | spans),
    st.builds(Unreachable, reason=st.just("No."), retry_after=st.none() | spans),
    st.builds(Document, body=st.binary(), url=st.just(FEED.url), fresh_for=st.none() | spans),
)
readings = st.one_of(
    st.none(),
    st.just(Unreadable("No.")),
    st.builds(Items, items=st.just(()), ask_every=st.none() | spans),
)


@given(
    result=results,
    reading=readings,
    failures=st.integers(0, 10_000),
    every=st.none() | st.timedeltas(timedelta(minutes=1), timedelta(days=366)),
    jitter=st.floats(0, 1, exclude_max=True),
)
def test_the_next_poll_is_in_the_future_and_within_bounds(
    result: FetchResult,
    reading: Reading | None,
    failures: int,
    every: timedelta | None,
    jitter: float,
) -> None:
    feed = Feed("f", FEED.url, outlet="A", publisher="A", every=every)
    after = after_poll(
        feed, Polling("f", NOW, failures=failures), result, reading, NOW, PACE, jitter
    )
    least = min(PACE.floor, every or PACE.floor)
    most = max(PACE.ceiling, FARTHEST, every or FARTHEST)
    assert NOW + least <= after.due_at <= NOW + most * (1 + SPREAD)
