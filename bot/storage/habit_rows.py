"""What each feed has been like: how late it tells, how often it changes its mind, how much it says."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.entry import LEEWAY
from bot.model.story import Turn
from bot.storage.tables import entries, story_changes

SAMPLE = 50
"""A feed's last entries, by which its lag is judged."""
SPAN = timedelta(days=30)
"""How far back a feed's entries a day are counted."""
_OLDEST = timedelta(days=7)
"""What is dated longer ago than this when it comes is an old article, not a late one."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Habit:
    """How one feed has behaved; what it held when it was first read tells nothing of it."""

    lag: timedelta | None = None
    """The median time from an entry's own date to when we saw it; None without credible dates."""
    churn: float = 0.0
    """The share of its entries whose words were changed later."""
    per_day: float = 0.0
    """New entries a day."""


class HabitRows:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self, now: datetime) -> dict[str, Habit]:
        """By feed id; a feed that never gave an entry is not among them."""
        lags = await self._lags()
        churns = await self._churns()
        return {
            feed_id: Habit(lags.get(feed_id), churns.get(feed_id, 0.0), per_day)
            for feed_id, per_day in (await self._per_day(now)).items()
        }

    async def _lags(self) -> dict[str, timedelta]:
        feed_id, at = _FIRST.c.feed_id, _FIRST.c.at
        ranked = select(
            *_FIRST.c,
            func.min(at).over(partition_by=feed_id).label("began"),
            func.row_number().over(partition_by=feed_id, order_by=at.desc()).label("place"),
        ).subquery()
        found: defaultdict[str, list[float]] = defaultdict(list)
        for row in await self._connection.execute(
            select(*ranked.c).where(
                ranked.c.place <= SAMPLE,
                ranked.c.at > ranked.c.began,
                ranked.c.published.is_not(None),
            )
        ):
            lag = row.at - row.published
            if -LEEWAY <= lag <= _OLDEST:
                found[row.feed_id].append(max(0.0, lag.total_seconds()))
        return {feed_id: timedelta(seconds=median(lags)) for feed_id, lags in found.items()}

    async def _churns(self) -> dict[str, float]:
        revised = (
            select(story_changes.c.entry_id)
            .where(story_changes.c.turn == Turn.REVISED)
            .distinct()
            .subquery()
        )
        rows = await self._connection.execute(
            select(entries.c.feed_id, func.count(revised.c.entry_id), func.count())
            .outerjoin(revised, revised.c.entry_id == entries.c.id)
            .group_by(entries.c.feed_id)
        )
        return {feed_id: changed / number for feed_id, changed, number in rows}

    async def _per_day(self, now: datetime) -> dict[str, float]:
        began = (
            select(_FIRST.c.feed_id, func.min(_FIRST.c.at).label("at"))
            .group_by(_FIRST.c.feed_id)
            .subquery()
        )
        is_new = and_(_FIRST.c.at > began.c.at, _FIRST.c.at > now - SPAN)
        rows = await self._connection.execute(
            select(began.c.feed_id, began.c.at, func.count().filter(is_new))
            .join(_FIRST, _FIRST.c.feed_id == began.c.feed_id)
            .group_by(began.c.feed_id, began.c.at)
        )
        return {
            feed_id: number / (max(_DAY, min(now - since, SPAN)) / _DAY)
            for feed_id, since, number in rows
        }


# An entry's own `seen_at` moves with its revisions.
_FIRST = (
    select(entries.c.feed_id, entries.c.published, story_changes.c.at)
    .join(entries, entries.c.id == story_changes.c.entry_id)
    .where(story_changes.c.turn.in_([Turn.OPENED, Turn.JOINED]))
    .subquery()
)
"""When each entry first came."""
