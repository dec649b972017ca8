"""When to ask a feed again, after what asking it gave."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import assert_never

from bot.feeds.redirects import moved_times
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
BELIEVED_AFTER: Mapping[int | None, timedelta] = {
    HTTPStatus.GONE: timedelta(days=1),
    HTTPStatus.NOT_FOUND: timedelta(days=7),
}
"""How long a feed must have failed for its server to be believed that it is gone."""
STRIKES = 3
"""After so many readings in a row that did harm, a feed is set aside for a day at a time."""
SPREAD = 0.1
"""By how much of the wait jitter may lengthen it, so that feeds do not fall into step."""

_ASKS_AN_ARTICLE = 2
"""How often a feed is asked in the time that its outlet takes for one article."""
_NOW = timedelta(0)
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
        case Unreachable(unasked=True):
            due = _due(feed, polling, now, result.retry_after or pace.floor, jitter)
            return replace(polling, due_at=max(polling.due_at, due))
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
                kept = replace(kept, body_hash=body_hash(result.body), blocks=reading.blocks)
            if reading is not None and (reading.items or not reading.partial):
                # Else no item was new, and what the channel says was not read.
                kept = replace(
                    kept,
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
    wait = feed.every or usual_wait(polling.ask_every, rhythm, pace, result.fresh_for)
    return replace(
        polling,
        due_at=_due(feed, polling, now, wait, jitter),
        failures=0,
        failing_since=None,
        trouble=None,
        strikes=0,
        rhythm=rhythm,
        moved_to=result.moved_to,
        moved_times=moved_times(polling, result.moved_to, now),
        succeeded_at=now,
        error=None,
    )


def usual_wait(
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
    if trouble is Trouble.GONE and now - since < BELIEVED_AFTER.get(failure.status, _NOW):
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
