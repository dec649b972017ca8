"""Takes in what hubs push, off the request that brings it, and never more than it can bear."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

import structlog

from bot.feeds.schedule import body_hash
from bot.feeds.websub import HubState, Pushing, polls_meanwhile, takes_pushes
from bot.model.errors import Mistake
from bot.model.feed import Document, Feed
from bot.pipeline.ingest import Polled
from bot.pipeline.lanes import Lanes
from bot.storage.unit import Storage
from bot.storage.vault import Vault

log = structlog.get_logger()

MINUTE = timedelta(minutes=1)
MOST_A_MINUTE = 30
"""Pushes of one feed that are looked at, whether or not they prove to be the hub's."""
MOST_WAITING = 4
"""Pushes of one feed."""
MOST_HELD = 30_000_000
"""Bytes of pushes that wait, of all feeds together, before no more are read."""
REMEMBERED = 64
"""Bodies of one feed whose repetition is known."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A push that may come at a callback, and what it must be signed with."""

    feed: Feed
    pushing: Pushing
    secret: str


@dataclass(slots=True)
class _Inflow:
    """What one feed's hub has sent of late."""

    minute: datetime
    in_minute: int = 0
    waiting: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    taken: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBERED))


class Pushes:
    """`ingest` does the work; a push may put off the next poll by up to `ceiling`."""

    def __init__(
        self,
        storage: Storage,
        ingest: Callable[[Feed, Document], Awaitable[Polled]],
        vault: Vault,
        ceiling: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._ingest = ingest
        self._vault = vault
        self._ceiling = ceiling
        self._clock = clock
        self._inflows: dict[str, _Inflow] = {}
        self._held = 0
        self._numbers = count()
        self.lanes = Lanes[tuple[str, int]]("push")
        self.ignored = 0
        """Pushes whose signature did not hold."""

    async def expected(self, callback: str) -> Expected | None:
        """None where nothing may be pushed, or not any more."""
        async with self._storage.read() as unit:
            known = await unit.hubs.of_callback(callback)
        if known is None or not takes_pushes(known[1]):
            return None
        feed, pushing = known
        try:
            return Expected(feed, pushing, self._vault.open(pushing.sealed_secret, feed.id))
        except (
            Mistake
        ) as mistake:  # the operator took the key away: begin anew under the present one
            log.warning("push not readable", feed=feed.id, reason=str(mistake))
            async with self._storage.begin() as unit:
                await unit.hubs.save(replace(pushing, state=HubState.NAMED), before=pushing)
            return None

    def admit(self, feed_id: str) -> bool:
        """Count a push that comes in; False when it is one too many, and should come later."""
        now = self._clock()
        inflow = self._inflow(feed_id)
        if now - inflow.minute >= MINUTE:
            inflow.minute, inflow.in_minute = now, 0
        inflow.in_minute += 1
        return (
            inflow.in_minute <= MOST_A_MINUTE
            and inflow.waiting < MOST_WAITING
            and self._held < MOST_HELD
        )

    def ignore(self, expected: Expected) -> None:
        """The signature did not hold: it may be anyone's."""
        self.ignored += 1
        log.warning("push ignored", feed=expected.feed.id, ignored=self.ignored)

    def take(self, expected: Expected, body: bytes, content_type: str | None) -> None:
        """Take in, soon, a push that is the hub's own; one that was here lately is let go.

        A push that is repeated later by someone who overheard it would undo an edit. One that a
        bug kept from being taken in may come again.
        """
        inflow = self._inflow(expected.feed.id)
        digest = body_hash(body)
        if digest in inflow.taken:
            return
        inflow.taken.append(digest)
        inflow.waiting += 1
        self._held += len(body)
        document = Document(body, url=expected.feed.url, content_type=content_type)
        self.lanes.start(
            (expected.feed.id, next(self._numbers)),
            self._take_in(expected, document, inflow, digest),
        )

    def _inflow(self, feed_id: str) -> _Inflow:
        return self._inflows.setdefault(feed_id, _Inflow(self._clock()))

    async def _take_in(
        self, expected: Expected, document: Document, inflow: _Inflow, digest: str
    ) -> None:
        feed, polled = expected.feed, None
        try:
            async with inflow.turn:  # in the order in which they came
                polled = await self._ingest(feed, document)
        finally:
            inflow.waiting -= 1
            self._held -= len(document.body)
            if polled is None and digest in inflow.taken:
                inflow.taken.remove(digest)
        log.info("pushed", feed=feed.id, error=polled.error)
        if polled.error is None:
            now = self._clock()
            meanwhile = polls_meanwhile(expected.pushing, now, self._ceiling)
            async with self._storage.begin() as unit:
                await unit.hubs.pushed(feed.id, now, meanwhile)
