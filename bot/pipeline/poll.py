"""Keeps the polls of many feeds under way at once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from bot.feeds.schedule import Pace, after_poll
from bot.model.feed import Feed, Polling, Unreachable
from bot.pipeline.ingest import Ingest, Polled
from bot.pipeline.lanes import Lanes
from bot.storage.unit import Storage

LEASE = timedelta(minutes=5)
AT_ONCE = 64
"""Polls under way at a time; more would wait for sockets anyway."""


@dataclass(slots=True)
class Tally:
    """What polling came to so far."""

    feeds: int = 0
    unchanged: int = 0
    failed: int = 0
    entries: int = 0
    new: int = 0
    revised: int = 0
    copies: int = 0
    opened: int = 0
    planned: int = 0

    def add(self, polled: Polled) -> None:
        self.feeds += 1
        self.unchanged += polled.unchanged
        self.failed += polled.error is not None
        for name in ("entries", "new", "revised", "copies", "opened", "planned"):
            setattr(self, name, getattr(self, name) + getattr(polled.placed, name))

    def counts(self) -> dict[str, int]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


class Polls:
    """One lane a feed. `jitter` gives a new number in [0, 1) at each call."""

    def __init__(
        self,
        storage: Storage,
        ingest: Ingest,
        pace: Pace,
        clock: Callable[[], datetime],
        owner: str,
        jitter: Callable[[], float],
    ) -> None:
        self._storage = storage
        self._ingest = ingest
        self._pace = pace
        self._clock = clock
        self._owner = owner
        self._jitter = jitter
        self.lanes = Lanes[str]("poll")
        self.tally = Tally()

    async def wake(self) -> None:
        """Start on the feeds that are due, as many as there is room for; wait for none."""
        if (room := AT_ONCE - len(self.lanes)) <= 0:
            return
        async with self._storage.begin() as unit:
            due = await unit.feeds.due(
                self._clock(), room, self._owner, LEASE, busy=self.lanes.keys()
            )
        for feed, polling, token in due:
            self.lanes.start(feed.id, self._poll(feed, polling, token))

    async def everything(self, feeds: Collection[Feed]) -> Tally:
        """Poll each of these listed feeds once, due or not, and return when all are done."""
        wanted = {feed.id for feed in feeds}
        async with self._storage.read() as unit:
            listed = await unit.feeds.all()
        for feed, polling in listed:
            if feed.id in wanted:
                await self.lanes.room(AT_ONCE)
                self.lanes.start(feed.id, self._poll(feed, polling, None))
        await self.lanes.idle()
        return self.tally

    async def _poll(self, feed: Feed, polling: Polling, token: int | None) -> None:
        try:
            self.tally.add(await self._ingest.poll(feed, polling, token, self._jitter()))
        except Exception:
            now = self._clock()
            # A bug met with this feed must not make it due again at once, for ever.
            trouble = Unreachable("wirewatch failed on this feed; its log says how")
            after = after_poll(feed, polling, trouble, None, now, self._pace, self._jitter())
            async with self._storage.begin() as unit:
                await unit.feeds.save(after, token)
            self.tally.add(Polled(error=trouble.reason))
            raise
