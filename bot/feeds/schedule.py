"""When to ask a feed again, after what asking it gave."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

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

FARTHEST = timedelta(hours=24)
"""No failing feed is left alone for longer; none is ever given up."""
SPREAD = 0.1
"""By how much of the wait jitter may lengthen it, so that feeds do not fall into step."""


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
        case Unreachable(reason=reason, retry_after=retry_after):
            return _failed(feed, polling, reason, retry_after, now, pace, jitter)
        case Unchanged(fresh_for=fresh_for):
            return _worked(feed, polling, fresh_for, None, now, pace, jitter)
        case Document():
            if isinstance(reading, Unreadable):
                # The validators stay those of the last body that could be read: with the new ones
                # the server would go on answering 304 to a body that taught us nothing.
                return _failed(feed, polling, reading.reason, None, now, pace, jitter)
            validated = replace(
                polling,
                etag=result.etag,
                last_modified=result.last_modified,
                body_hash=body_hash(result.body),
            )
            return _worked(feed, validated, result.fresh_for, reading, now, pace, jitter)
    assert_never(result)


def _worked(
    feed: Feed,
    polling: Polling,
    fresh_for: timedelta | None,
    reading: Items | None,
    now: datetime,
    pace: Pace,
    jitter: float,
) -> Polling:
    asked = (pace.floor, fresh_for, reading.ask_every if reading else None)
    wait = feed.every or min(max(each for each in asked if each is not None), pace.ceiling)
    return replace(
        polling, due_at=now + _spread(wait, jitter), failures=0, succeeded_at=now, error=None
    )


def _failed(
    feed: Feed,
    polling: Polling,
    reason: str,
    retry_after: timedelta | None,
    now: datetime,
    pace: Pace,
    jitter: float,
) -> Polling:
    failures = polling.failures + 1
    usual = feed.every or pace.floor
    # 2 ** 11 minutes are more than a day; the limit keeps the number small after years of failure.
    back_off = min(usual * 2 ** min(failures, 11), max(FARTHEST, usual))
    wait = max(back_off, min(retry_after or back_off, FARTHEST))
    return replace(polling, due_at=now + _spread(wait, jitter), failures=failures, error=reason)


def _spread(wait: timedelta, jitter: float) -> timedelta:
    return wait * (1 + SPREAD * jitter)
