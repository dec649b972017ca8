"""Why a feed is asked when it is, in words for people."""

from __future__ import annotations

from datetime import timedelta

from bot.feeds.schedule import SPREAD, STRIKES, Pace, usual_wait
from bot.model.feed import Feed, Polling, Trouble


def why_then(feed: Feed, polling: Polling, pace: Pace) -> str:
    """The reason for `polling.due_at`."""
    if polling.paused:
        return "paused"
    if polling.failures:
        return _why_failing(polling)
    if polling.succeeded_at is None:
        return "never asked so far"
    if feed.every is not None:
        return f"fixed at every {in_words(feed.every)}"
    usual = usual_wait(polling.ask_every, polling.rhythm, pace)
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
