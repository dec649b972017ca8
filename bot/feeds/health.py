"""When it is worth telling people that a feed fails, or works again, and the words for it.

A failure is told once, when it has lasted as long as its kind deserves; its end once, when it has
lasted as well. A feed that goes back and forth is told of once in a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.model.delivery import Bulletin, Line
from bot.model.feed import Feed, Polling, Trouble, without_secrets

STABLE = timedelta(hours=1)
"""How long a feed has to work before it is said to work again."""
CALM = timedelta(days=3)
"""How long after a notice that it fails the next such notice of the same feed comes at the earliest."""
LATELY = timedelta(minutes=15)
"""A feed that was read within this time shows that the network works."""
FEW = 4
"""With no more feeds than this, all of them failing at once does not tell whose fault it is."""
MOST = 15
"""Feeds named in one message."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said of one feed."""

    feed_id: str
    fails: bool
    """False: it is good to know, and nothing is wrong."""
    headline: str
    lines: tuple[str, ...]
    """Sentences; the first is enough where many feeds share one message."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How all the feeds that are polled do, taken together."""

    asked: int
    failing: int
    unreachable: int
    """Those of `failing` that are down or slow."""
    reached: int
    """Those that were read `LATELY`."""


@dataclass(frozen=True, slots=True)
class _Patience:
    failures: int
    """In a row."""
    lasting: timedelta


_AT_ONCE = _Patience(1, timedelta(0))
_HOURS = _Patience(3, timedelta(hours=3))
_DAY = _Patience(4, timedelta(days=1))
_PATIENCE = {
    Trouble.GONE: _AT_ONCE,
    Trouble.BLOCKED: _HOURS,
    Trouble.NOT_A_FEED: _HOURS,
    Trouble.UNREADABLE: _HOURS,
    Trouble.HARMFUL: _HOURS,
    Trouble.BUSY: _DAY,
    Trouble.DOWN: _DAY,
    Trouble.SLOW: _DAY,
}
"""A feed that is asked once a day takes its failures' number of days."""

_HEADLINE = {
    Trouble.GONE: "the feed is gone",
    Trouble.BLOCKED: "the site does not let wirewatch in",
    Trouble.NOT_A_FEED: "there is no feed at its address",
    Trouble.UNREADABLE: "the feed is broken",
    Trouble.HARMFUL: "the feed does harm to who reads it",
    Trouble.BUSY: "the site wants to be asked less",
    Trouble.DOWN: "nothing comes from its feed",
    Trouble.SLOW: "the feed does not answer in time",
}
_REMEDY = {
    Trouble.GONE: "Look for its new address (feed find) and change it (feed edit), or remove the feed.",
    Trouble.BLOCKED: (
        "wirewatch does not go around such walls. Ask the outlet to let it in, give the address with"
        " its user and password where it needs them (feed edit), or take another feed."
    ),
    Trouble.NOT_A_FEED: (
        "Open the address in a browser. Look for the feed (feed find) and change it (feed edit)."
    ),
    Trouble.UNREADABLE: "Only the outlet can mend it: tell them, or take another feed of theirs.",
    Trouble.HARMFUL: "Take another feed of theirs; whoever runs wirewatch finds more in its log.",
    Trouble.BUSY: "Nothing is wrong with the feed. A longer interval may help (feed edit).",
    Trouble.DOWN: (
        "Open the address in a browser. If it is there, tell whoever runs wirewatch; if not, wait,"
        " or look for a new address (feed find)."
    ),
    Trouble.SLOW: "Wait, if the outlet's site is slow as well; else take another feed of theirs.",
}


def is_in_trouble(polling: Polling, now: datetime) -> bool:
    """Whether the feed has failed often and long enough, for its kind of failure, to worry."""
    if polling.failing_since is None or polling.paused:
        return False
    patience = _PATIENCE[_trouble(polling)]
    return polling.failures >= patience.failures and now - polling.failing_since >= patience.lasting


def is_our_fault(condition: Condition) -> bool:
    """Whether so many feeds are out of reach at once, and none within, that it must be our network.

    Any workspace may add feeds that lead nowhere, as many as it likes.
    """
    most_are_out = condition.asked > FEW and condition.unreachable * 2 > condition.asked
    return most_are_out and condition.reached == 0


def worth_a_notice(
    feed: Feed,
    polling: Polling,
    now: datetime,
    told_at: datetime | None,
    works_since: datetime | None,
) -> Notice | None:
    """What the channels that depend on the feed should be told now; None: nothing.

    `told_at` is when they were last told that it fails. `works_since` is the first success after
    that, and None while it fails.
    """
    if polling.noticed:
        if works_since is None or now - works_since < STABLE:
            return None
        return _works(feed, works_since)
    if not is_in_trouble(polling, now) or (told_at is not None and now - told_at < CALM):
        return None
    return _fails(feed, polling, now)


def moved(feed: Feed, to: str) -> Notice:
    """The words for an address that was changed because the server said so again and again.

    `feed` is as it was before.
    """
    words = f"It was at {feed.shown} and is now read from {without_secrets(to)}."
    remedy = "If that is not the same feed, change it back (feed edit)."
    return Notice(feed.id, False, f"{feed.outlet}: the feed has moved", (words, remedy))


def announce(notices: Sequence[Notice], now: datetime) -> Bulletin:
    """One message for all that one channel is to be told at this moment; of one notice or more."""
    headline, lines = notices[0].headline, notices[0].lines
    if len(notices) > 1:
        headline = _together(notices)
        lines = tuple(f"{notice.headline}. {notice.lines[0]}" for notice in notices[:MOST])
        if len(notices) > MOST:
            lines = (f"{MOST} of them:", *lines)
    return Bulletin(
        story_id=f"feed:{notices[0].feed_id}:{now:%Y%m%dT%H%M%SZ}",
        headline=headline,
        link=None,
        lines=tuple(Line(line, "", None) for line in lines),
        counts=(),
        mentions=(),
        publishers=0,
        opened_at=now,
        changed_at=now,
        notice=True,
    )


def _fails(feed: Feed, polling: Polling, now: datetime) -> Notice:
    assert polling.failing_since is not None
    trouble = _trouble(polling)
    reason = f" ({polling.error.rstrip('.')})" if polling.error else ""
    happened = (
        f"Since {_at(polling.failing_since)} nothing could be read from {feed.shown},"
        f" {polling.failures} times in a row{reason}."
    )
    soon = "soon" if polling.due_at <= now else f"at {_at(polling.due_at)}"
    promise = f"wirewatch asks again {soon}, goes on asking, and says here when it works."
    lines = (happened, promise, _REMEDY[trouble])
    return Notice(feed.id, True, f"{feed.outlet}: {_HEADLINE[trouble]}", lines)


def _works(feed: Feed, works_since: datetime) -> Notice:
    words = f"wirewatch reads {feed.shown} again since {_at(works_since)}."
    return Notice(feed.id, False, f"{feed.outlet}: the feed works again", (words,))


def _together(notices: Sequence[Notice]) -> str:
    failing = sum(notice.fails for notice in notices)
    if failing == 0:
        return f"{len(notices)} feeds changed"
    if failing == len(notices):
        return f"{failing} feeds fail"
    return f"{failing} of {len(notices)} feeds {'fails' if failing == 1 else 'fail'}"


def _trouble(polling: Polling) -> Trouble:
    return polling.trouble or Trouble.DOWN


def _at(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%d %b %Y, %H:%M UTC").lstrip("0")
