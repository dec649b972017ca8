"""When to ask a feed again, after what asking it gave."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import assert_never
from urllib.parse import urlsplit

from bot.feeds.redirects import same_origin
from bot.feeds.rhythm import learnt
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
    Unreadable,
)

FARTHEST = timedelta(hours=24)
"""No failing feed is left alone for longer, but for one that is gone; none is ever given up."""
GONE_FOR = timedelta(days=7)
"""How long a feed is left alone of which the server says that it is no more."""
MISSED_FOR = timedelta(days=7)
"""After so long a 404 is believed like a 410."""
STRIKES = 3
"""After so many readings in a row that did harm, a feed is set aside for a day at a time."""
MOVES = 3
"""On so many days in a row a permanent redirect must lead to the same place to be believed."""
SPREAD = 0.1
"""By how much of the wait jitter may lengthen it, so that feeds do not fall into step."""

_ASKS_AN_ARTICLE = 2
"""How often a feed is asked in the time that its outlet takes for one article."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a feed that works is asked, unless its entry says otherwise."""

    floor: timedelta
    ceiling: timedelta


def body_hash(body: bytes) -> str:
    """What `Polling.body_hash` holds: equal bodies need no second reading."""
    return hashlib.blake2b(body, digest_size=12).hexdigest()


def after_poll(
    feed: Feed,
    polling: Polling,
    result: FetchResult,
    reading: Reading | None,
    now: datetime,
    pace: Pace,
    jitter: float,
) -> Polling:
    """How polling stands after `result`; `jitter` is in [0, 1).

    `reading` is None where nothing was read: no body came, or one that we had already.
    """
    match result:
        case Unreachable():
            return _failed(feed, polling, result, now, pace, jitter)
        case Unchanged():
            return _worked(feed, polling, result, None, now, pace, jitter)
        case Document():
            if isinstance(reading, Unreadable):
                # The validators stay those of the last body that could be read: with the new ones
                # the server would go on answering 304 to a body that taught us nothing.
                failure = Unreachable(reading.reason, trouble=reading.trouble)
                return _failed(feed, polling, failure, now, pace, jitter)
            kept = replace(polling, etag=result.etag, last_modified=result.last_modified)
            if reading is not None:
                kept = replace(
                    kept,
                    body_hash=body_hash(result.body),
                    blocks=reading.blocks,
                    ask_every=reading.ask_every,
                    skip_hours=reading.skip_hours,
                    skip_days=reading.skip_days,
                )
            return _worked(feed, kept, result, reading, now, pace, jitter)
    assert_never(result)


def _worked(
    feed: Feed,
    polling: Polling,
    result: Document | Unchanged,
    reading: Items | None,
    now: datetime,
    pace: Pace,
    jitter: float,
) -> Polling:
    rhythm = learnt(polling, reading, now, unknown=pace.floor * _ASKS_AN_ARTICLE)
    wait = feed.every or _usual_wait(polling.ask_every, rhythm, pace, result.fresh_for)
    return replace(
        polling,
        due_at=_due(feed, polling, now, wait, jitter),
        failures=0,
        failing_since=None,
        trouble=None,
        strikes=0,
        rhythm=rhythm,
        moved_to=result.moved_to,
        moved_times=_moved_times(polling, result.moved_to, now),
        succeeded_at=now,
        error=None,
    )


def _usual_wait(
    ask_every: timedelta | None,
    rhythm: timedelta | None,
    pace: Pace,
    fresh_for: timedelta | None = None,
) -> timedelta:
    wait = pace.floor
    if rhythm is not None:
        wait = max(wait, rhythm / _ASKS_AN_ARTICLE)
    if ask_every is not None:
        wait = max(wait, ask_every)
    if fresh_for is not None:
        wait = max(wait, fresh_for)
    return min(wait, pace.ceiling)


def _failed(
    feed: Feed, polling: Polling, failure: Unreachable, now: datetime, pace: Pace, jitter: float
) -> Polling:
    failures = polling.failures + 1
    since = polling.failing_since or now
    trouble = failure.trouble
    if failure.status == HTTPStatus.NOT_FOUND and now - since < MISSED_FOR:
        trouble = Trouble.DOWN  # many a feed was not found for an hour
    strikes = polling.strikes + (trouble is Trouble.HARMFUL)
    usual = feed.every or pace.floor
    if trouble is Trouble.GONE:
        wait = max(GONE_FOR, usual)
    elif trouble is Trouble.HARMFUL and strikes >= STRIKES:
        wait = max(FARTHEST, usual)
    else:
        # 2 ** 11 minutes are more than a day; the limit keeps it small after years of failure.
        back_off = min(usual * (1 << min(failures, 11)), max(FARTHEST, usual))
        wait = max(back_off, min(failure.retry_after or back_off, FARTHEST))
    return replace(
        polling,
        due_at=_due(feed, polling, now, wait, jitter),
        failures=failures,
        failing_since=since,
        trouble=trouble,
        strikes=strikes,
        error=failure.reason,
    )


def _due(feed: Feed, polling: Polling, now: datetime, wait: timedelta, jitter: float) -> datetime:
    due = now + wait * (1 + SPREAD * jitter)
    if feed.every is None and (polling.skip_hours or polling.skip_days):
        return _out_of_skipped(due, polling.skip_hours, polling.skip_days)
    return due


def _out_of_skipped(due: datetime, hours: frozenset[int], days: frozenset[int]) -> datetime:
    """Whole hours later, at most a day, when the feed does not ask to be left alone."""
    if len(hours) >= 24:
        hours = frozenset()
    if len(days) >= 7:
        days = frozenset()
    for _ in range(24):
        if due.hour not in hours and due.weekday() not in days:
            break
        due += _HOUR
    return due


def _moved_times(polling: Polling, moved_to: str | None, now: datetime) -> int:
    """On how many days in a row the feed moved there: one bad hour of a server is one day."""
    if moved_to is None:
        return 0
    if moved_to != polling.moved_to:
        return 1
    last = polling.succeeded_at
    return polling.moved_times + (last is not None and last.date() < now.date())


def moved(feed: Feed, polling: Polling) -> str | None:
    """The address to save in place of the feed's own. None: let it be.

    It was seen on `MOVES` days in a row, and what it gave was readable each time. A login stays
    within its origin: a feed that needs one is not moved to another.
    """
    if polling.moved_to is None or polling.moved_times < MOVES:
        return None
    old, new = urlsplit(feed.url), urlsplit(polling.moved_to)
    if old.scheme == "https" and new.scheme != "https":
        return None
    user, at, _ = old.netloc.rpartition("@")
    if at and not same_origin(feed.url, polling.moved_to):
        return None
    address = new._replace(netloc=user + at + new.netloc).geturl()
    return address if address != feed.url else None


def why_then(feed: Feed, polling: Polling, pace: Pace) -> str:
    """Why the feed is due when it is, for people."""
    if polling.paused:
        return "paused"
    if polling.failures:
        return _why_failing(polling)
    if polling.succeeded_at is None:
        return "never asked so far"
    if feed.every is not None:
        return f"fixed at every {in_words(feed.every)}"
    usual = _usual_wait(polling.ask_every, polling.rhythm, pace)
    wait = polling.due_at - polling.succeeded_at
    if wait > usual * (1 + SPREAD) + timedelta(seconds=1):
        if polling.skip_hours or polling.skip_days:
            return "the feed asks to be left alone until then"
        return f"the server asked for {in_words(min(wait, pace.ceiling))}"
    if polling.ask_every is not None and polling.ask_every >= usual > pace.floor:
        return f"the feed asks for {in_words(polling.ask_every)}"
    if polling.rhythm is not None:
        return f"it publishes about every {in_words(polling.rhythm)}"
    return f"no more often than every {in_words(pace.floor)}"


def _why_failing(polling: Polling) -> str:
    if polling.trouble is Trouble.GONE:
        return "gone, as its server says: asked once a week"
    if polling.trouble is Trouble.HARMFUL and polling.strikes >= STRIKES:
        return f"reading it did harm {polling.strikes} times: asked once a day"
    if polling.trouble is Trouble.BUSY:
        return f"its server is busy: {polling.failures} in a row"
    return f"failing: {polling.failures} in a row"


def in_words(span: timedelta) -> str:
    """Two digits are enough: ``45 s``, ``7 min``, ``36 h``, ``5 days``."""
    seconds = span.total_seconds()
    for unit, length, most in (("s", 1, 90), ("min", 60, 90), ("h", 3600, 48)):
        if seconds < most * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds / 86400:.0f} days"
