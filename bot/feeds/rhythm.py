"""How often an outlet publishes, as learnt from its feed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.model.feed import Item, Items, Polling

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=28)

_LATEST = 20
"""Articles looked at: the outlet as it is these days."""
_PAST = 16
"""So many articles' worth of the past weighs against what was just seen: enough that a quiet night
of a busy outlet costs its morning little."""
_BELATED = timedelta(hours=1)
"""How long after its own date an article may first appear in the feed."""
_LONGEST_SILENCE = timedelta(days=1)
"""More time between two looks says more about us than about the outlet."""
_EPOCH = datetime(1990, 1, 1, tzinfo=UTC)
"""There was no web to publish on before."""


def learnt(
    polling: Polling, reading: Items | None, now: datetime, unknown: timedelta
) -> timedelta | None:
    """The usual time between two articles, after a look at `now`; None: it cannot be told yet.

    `reading` is None where nothing had changed. A rhythm not known before is taken for `unknown`.
    """
    if reading is not None and not reading.partial:
        seen = _by_dates(reading.items, now)
        if seen is not None:
            return _within_reason(seen)
    if polling.succeeded_at is None:
        return polling.rhythm
    silence = min(max(now - polling.succeeded_at, timedelta(0)), _LONGEST_SILENCE)
    new = _new_ones(reading, polling.succeeded_at)
    return _within_reason(((polling.rhythm or unknown) * _PAST + silence) / (_PAST + new))


def _by_dates(items: Sequence[Item], now: datetime) -> timedelta | None:
    """By the newer half, so that what is pinned, old or wrongly dated does not count."""
    dates = sorted(
        (item.published for item in items if item.published and _EPOCH < item.published <= now),
        reverse=True,
    )[:_LATEST]
    if len(dates) < 2:
        return None
    half = (len(dates) + 1) // 2
    return (now - dates[half - 1]) / half


def _new_ones(reading: Items | None, looked_last: datetime) -> int:
    if reading is None:
        return 0
    if not reading.partial:
        return 1  # at least; the others cannot be told from the known
    return sum(
        item.published is None or item.published > looked_last - _BELATED for item in reading.items
    )


def _within_reason(rhythm: timedelta) -> timedelta:
    return min(max(rhythm, SHORTEST), LONGEST)
