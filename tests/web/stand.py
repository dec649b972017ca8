"""A subscriber in this process, and a hub: the real server, fetcher and database between them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Network

from bot.feeds.fetch import HttpFetcher
from bot.feeds.websub import HubState, Pushing
from bot.model.feed import Document, Feed, Polling
from bot.pipeline.hubs import Hubs
from bot.pipeline.ingest import Polled
from bot.pipeline.pushes import Pushes
from bot.storage.unit import Storage
from bot.storage.vault import Vault
from bot.web.server import listening
from tests.doubles.hub_server import HubServer
from tests.storage.nouns import feed

CEILING = timedelta(hours=1)
FEEDS = [feed(feed_id) for feed_id in "abcdef"]


@dataclass
class Newsroom:
    """Takes pushes in, and keeps what it was given."""

    pushed: list[tuple[Feed, Document]] = field(default_factory=list)
    slow: asyncio.Event | None = None
    error: str | None = None
    bug: Exception | None = None

    async def take_in(self, feed: Feed, document: Document) -> Polled:
        if self.slow is not None:
            await self.slow.wait()
        if self.bug is not None:
            raise self.bug
        self.pushed.append((feed, document))
        return Polled(error=self.error)


@dataclass
class Stand:
    storage: Storage
    hub: HubServer
    hubs: Hubs
    pushes: Pushes
    newsroom: Newsroom
    clock: datetime
    port: int = 0

    def now(self) -> datetime:
        return self.clock

    async def name_hub(self, feed_id: str = "a", hub: str | None = None) -> None:
        """The feed named a hub when it was polled."""
        async with self.storage.begin() as unit:
            await unit.hubs.note(feed_id, hub or self.hub.url, topic(feed_id), self.clock)

    async def wake(self) -> None:
        """One tick, and all that the hub does about it."""
        await self.hubs.wake()
        await self.hubs.lanes.idle()
        await self.hub.idle()

    async def subscribe(self, feed_id: str = "a") -> None:
        await self.name_hub(feed_id)
        await self.wake()
        assert await self.state(feed_id) is HubState.ACTIVE

    async def state(self, feed_id: str = "a") -> HubState | None:
        pushing = await self.pushing(feed_id)
        return None if pushing is None else pushing.state

    async def pushing(self, feed_id: str = "a") -> Pushing | None:
        async with self.storage.read() as unit:
            far = self.clock + timedelta(days=99)
            known = {each.feed_id: each for each, _ in await unit.hubs.open_questions(far)}
        return known.get(feed_id)

    async def due_at(self, feed_id: str = "a") -> datetime:
        async with self.storage.read() as unit:
            return {feed.id: polling.due_at for feed, polling in await unit.feeds.all()}[feed_id]

    async def push(self, body: bytes, feed_id: str = "a", **how: str) -> int:
        """The answer, once what was pushed is taken in."""
        status = await self.hub.push(topic(feed_id), body, **how)
        if self.newsroom.slow is None:
            await self.pushes.lanes.idle()
        return status

    @property
    def bodies(self) -> list[bytes]:
        return [document.body for _, document in self.newsroom.pushed]


def topic(feed_id: str = "a") -> str:
    return f"https://{feed_id}.example/topic"


@asynccontextmanager
async def standing(
    storage: Storage,
    now: datetime,
    *,
    allow: str = "127.0.0.0/8",
    keys: tuple[str, ...] = ("k",),
    patience: float = 30.0,
) -> AsyncIterator[Stand]:
    """`allow`: which addresses of this machine the program may connect to, if any."""
    async with (
        HubServer() as hub,
        HttpFetcher(
            "wirewatch/test",
            sleep=asyncio.sleep,
            monotonic=time.monotonic,
            allow=[IPv4Network(allow)] if allow else (),
            host_gap=0,
        ) as fetcher,
    ):
        newsroom = Newsroom()
        stand: Stand

        def clock() -> datetime:
            return stand.now()

        # The port is known only once something listens, and the hub is told it.
        vault = Vault(keys)
        pushes = Pushes(storage, newsroom.take_in, vault, CEILING, clock)
        hubs = Hubs(storage, fetcher, vault, "", clock)
        stand = Stand(storage, hub, hubs, pushes, newsroom, now)
        async with storage.begin() as unit:
            await unit.feeds.sync(FEEDS, now)
            for feed in FEEDS:  # each was just read
                await unit.feeds.save(Polling(feed.id, now, succeeded_at=now))
        async with listening(hubs, pushes, "127.0.0.1", 0, patience) as port:
            stand.port = port
            stand.hubs = hubs = Hubs(storage, fetcher, vault, f"http://127.0.0.1:{port}", clock)
            yield stand
        await asyncio.gather(hubs.lanes.stop(0.1), pushes.lanes.stop(0.1))
