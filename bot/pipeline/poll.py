"""Keeps the polls of many feeds under way at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bot.feeds.schedule import Pace, after_poll
from bot.model.feed import Feed, Polling, Unreachable
from bot.pipeline.ingest import Ingest, Polled
from bot.pipeline.lanes import Lanes
from bot.pipeline.placing import NOTHING, Placed
from bot.storage.unit import Storage

LEASE = timedelta(minutes=5)
AT_ONCE = 64
"""Polls under way at a time; more would wait for sockets anyway, and hold what they read."""
AT_A_HOST = 4
"""No more of one host's feeds are begun at a time, and none while so many are under way: they wait
for each other, and a host that hangs would hold up all others."""


@dataclass(slots=True)
class Tally:
    """What polling came to so far."""

    feeds: int = 0
    unchanged: int = 0
    failed: int = 0
    placed: Placed = NOTHING

    def add(self, polled: Polled) -> None:
        self.feeds += 1
        self.unchanged += polled.unchanged
        self.failed += polled.error is not None
        self.placed = self.placed.and_also(polled.placed)

    def counts(self) -> dict[str, int]:
        counts = {"feeds": self.feeds, "unchanged": self.unchanged, "failed": self.failed}
        return counts | asdict(self.placed)


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
        at_a_host: int = AT_A_HOST,
    ) -> None:
        self._storage = storage
        self._ingest = ingest
        self._pace = pace
        self._clock = clock
        self._owner = owner
        self._jitter = jitter
        self._at_a_host = at_a_host
        self.lanes = Lanes[str]("poll")
        self.tally = Tally()

    async def wake(self) -> None:
        """Start on the feeds that are due, as many as there is room for; wait for none."""
        if (room := AT_ONCE - len(self.lanes)) <= 0:
            return
        async with self._storage.begin() as unit:
            due = await unit.feeds.due(
                self._clock(), room, self._owner, LEASE, self.lanes.keys(), self._at_a_host
            )
        for feed, polling, token in due:
            self.lanes.start(feed.id, self._poll(feed, polling, token))

    async def everything(self, feeds: Collection[Feed] | None = None) -> Tally:
        """Poll each of `feeds`, or all that are read, once, due or not; return when all are done."""
        async with self._storage.read() as unit:
            known = await unit.feeds.all()
        if feeds is not None:
            wanted = {feed.id for feed in feeds}
            known = [each for each in known if each[0].id in wanted]
        for feed, polling in _in_rounds([each for each in known if not each[1].paused]):
            await self.lanes.room(AT_ONCE)
            self.lanes.start(feed.id, self._poll(feed, polling, None))
        await self.lanes.idle()
        return self.tally

    async def _poll(self, feed: Feed, polling: Polling, token: int | None) -> None:
        try:
            self.tally.add(await self._ingest.poll(feed, polling, token, self._jitter()))
        except Exception:
            # A bug met with this feed must not make it due again at once, for ever.
            trouble = Unreachable("wirewatch failed on this feed; its log says how")
            async with self._storage.begin() as unit:
                # How the poll ended may have been kept before the bug.
                standing = await unit.feeds.polling(feed.id) or polling
                after = after_poll(
                    feed, standing, trouble, None, self._clock(), self._pace, self._jitter()
                )
                await unit.feeds.save(after, token)
            self.tally.add(Polled(error=trouble.reason))
            raise


def _in_rounds(feeds: Iterable[tuple[Feed, Polling]]) -> list[tuple[Feed, Polling]]:
    """The first feed of each host, then the second of each: none stands long behind one host's."""
    begun: Counter[str] = Counter()

    def its_round(each: tuple[Feed, Polling]) -> int:
        host = urlsplit(each[0].url).netloc.rpartition("@")[2]
        begun[host] += 1
        return begun[host]

    return sorted(feeds, key=its_round)
