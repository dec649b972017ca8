"""Whatever people say and servers answer, the program connects to no closed address.

The rooms are the real ones, from the command to the socket. Each way in is first shown to lead to
the listener where nothing is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from itertools import count
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

from bot.commands.feed_desk import FeedDesk
from bot.commands.limits import Allowance, Limit
from bot.commands.scout import Scout
from bot.commands.vocabulary import (
    AddFeed,
    Caller,
    EditFeed,
    FeedCommand,
    FindFeeds,
    ImportFeeds,
    Reply,
    TryFeed,
)
from bot.feeds.addresses import holds_secret
from bot.feeds.discovery import MOST_CANDIDATES
from bot.feeds.fetch import HttpFetcher
from bot.feeds.parse_pool import ParsePool
from bot.feeds.reader import FeedReader
from bot.feeds.redirects import MOVES
from bot.feeds.schedule import Pace
from bot.model.errors import Mistake
from bot.model.feed import Feed, Polling
from bot.model.watch import Destination, Platform
from bot.pipeline.hubs import Hubs
from bot.pipeline.ingest import Ingest
from bot.pipeline.placing import Placing
from bot.pipeline.poll import Polls
from bot.storage.unit import Storage, open_storage
from bot.storage.vault import Vault
from tests.doubles.feed_server import Article, FeedServer, Raw, Redirect, Status
from tests.feeds.test_ssrf import (
    ADDRESSES,
    DOOR,
    HERE,
    ONLY_THE_DOOR,
    SPELLINGS,
    dns,
    fetcher,
    has_ipv6,
    named,
    on_port_80,
    watched,
)

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

EVERYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))
OPERATOR = Destination(Platform.CONSOLE, "", "")
VAULT = Vault(["k" * 32])
PACE = Pace(timedelta(minutes=5), timedelta(hours=1))
NO_LIMIT = Limit(10**6, timedelta(hours=1))


@dataclass
class Room:
    """A newsroom before which a server in the open stands."""

    storage: Storage
    desk: FeedDesk
    polls: Polls
    hubs: Hubs
    door: FeedServer
    now: datetime
    _keys: Iterator[int]

    async def say(self, command: FeedCommand) -> Reply | Mistake:
        caller = Caller(OPERATOR, "operator", True, str(next(self._keys)))
        try:
            return await self.desk.perform(command, caller, self.now)
        except Mistake as mistake:
            return mistake

    async def poll(self) -> None:
        """Every feed that is due, and then every hub."""
        self.now += timedelta(days=2)
        for wake, lanes in ((self.polls.wake, self.polls.lanes), (self.hubs.wake, self.hubs.lanes)):
            await wake()
            while len(lanes):
                await lanes.idle()
                await wake()

    def open_page(self, path: str, body: str) -> str:
        self.door.fail(path, Raw(body.encode(), "text/html"))
        return self.door.url(path)

    def open_feed(self, path: str, inside: str = "") -> str:
        space = 'xmlns:atom="http://www.w3.org/2005/Atom"'
        item = "<item><guid>1</guid><title>Harmless</title></item>"
        body = f'<rss version="2.0" {space}><channel>{inside}{item}</channel></rss>'
        self.door.fail(path, Raw(body.encode()))
        return self.door.url(path)


@asynccontextmanager
async def standing(
    storage: Storage, now: datetime, door: FeedServer, pool: ParsePool, http: HttpFetcher
) -> AsyncIterator[Room]:
    room: Room

    def clock() -> datetime:
        return room.now

    reader = FeedReader(pool)
    ingest = Ingest(storage, http, reader, Placing(storage, (), clock, "us"), PACE, clock)
    room = Room(
        storage,
        FeedDesk(
            storage,
            Scout(http.get, reader.read),
            VAULT.feed_id,
            PACE,
            adds=Allowance(NO_LIMIT, NO_LIMIT),
            looks=Allowance(NO_LIMIT, NO_LIMIT),
        ),
        Polls(storage, ingest, PACE, clock, "us", lambda: 0.0),
        Hubs(storage, http, VAULT, "https://wirewatch.example", clock),
        door,
        now,
        count(),
    )
    yield room
    await asyncio.gather(room.polls.lanes.stop(1), room.hubs.lanes.stop(1))


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    storage = open_storage(database_url, VAULT)
    yield storage
    await storage.dispose()


@pytest.fixture
async def pool() -> AsyncIterator[ParsePool]:
    async with ParsePool(workers=1) as pool:
        yield pool


@pytest.fixture
async def door() -> AsyncIterator[FeedServer]:
    async with FeedServer(DOOR) as door:
        yield door


@pytest.fixture
async def inside() -> AsyncIterator[list[FeedServer]]:
    """What must not be reached."""
    async with AsyncExitStack() as stack:
        hosts = ["127.0.0.1", "::1"] if has_ipv6() else ["127.0.0.1"]
        servers = [await stack.enter_async_context(FeedServer(host)) for host in hosts]
        for server in servers:
            server.publish("/secret.xml", Article("1", "Inside"))
        yield servers


async def by_adding(room: Room, targets: Sequence[str]) -> None:
    for target in targets:
        await room.say(AddFeed(target))


async def by_finding(room: Room, targets: Sequence[str]) -> None:
    for target in targets:
        await room.say(FindFeeds(target))


async def by_finding_without_a_scheme(room: Room, targets: Sequence[str]) -> None:
    for target in targets:
        await room.say(FindFeeds(target.removeprefix("http://")))


async def by_testing(room: Room, targets: Sequence[str]) -> None:
    for target in targets:
        await room.say(TryFeed(target))


async def by_editing(room: Room, targets: Sequence[str]) -> None:
    own = room.open_feed("/own.xml")
    assert isinstance(await room.say(AddFeed(own)), Reply)
    for target in targets:
        if isinstance(await room.say(EditFeed(own, url=target)), Reply):
            own = target


async def by_a_list(room: Room, targets: Sequence[str]) -> None:
    outlines = "".join(f'<outline text="A" xmlUrl={quoteattr(target)}/>' for target in targets)
    told = await room.say(ImportFeeds(f"<opml><body>{outlines}</body></opml>".encode()))
    assert isinstance(told, Reply)
    async with room.storage.read() as unit:
        assert len(await unit.feeds.all()) >= len(targets) * 0.9  # which are polled
    await room.poll()


async def by_the_address_of_a_list(room: Room, targets: Sequence[str]) -> None:
    for target in targets:
        await room.say(ImportFeeds(target))


async def by_a_redirect(room: Room, targets: Sequence[str]) -> None:
    for number, target in enumerate(targets):
        room.door.fail(f"/{number}", Redirect(target, 302))
        await room.say(AddFeed(room.door.url(f"/{number}")))


async def by_the_links_of_a_page(room: Room, targets: Sequence[str]) -> None:
    for number in range(0, len(targets), MOST_CANDIDATES):
        some = targets[number : number + MOST_CANDIDATES]
        kind = 'rel="alternate" type="application/rss+xml"'
        links = "".join(f"<link {kind} href={quoteattr(target)}>" for target in some)
        await room.say(AddFeed(room.open_page(f"/{number}", f"<html>{links}")))


async def by_the_base_of_a_page(room: Room, targets: Sequence[str]) -> None:
    for number, target in enumerate(targets):
        base, _, name = target.rpartition("/")
        tags = f"<base href={quoteattr(base + '/')}><a href={quoteattr(name)}>RSS feed.xml</a>"
        link = f'<link rel="alternate" type="application/rss+xml" href={quoteattr(name)}>'
        await room.say(FindFeeds(room.open_page(f"/{number}", f"<html>{tags}{link}")))


async def by_a_saved_move(room: Room, targets: Sequence[str]) -> None:
    room.door.fail("/moved", Status(500))
    feeds = [
        Feed(f"f{number}", f"{room.door.url('/moved')}?{number}", "O", "O")
        for number, _ in enumerate(targets)
    ]
    async with room.storage.begin() as unit:
        await unit.feeds.sync(feeds, room.now)
        for feed, target in zip(feeds, targets, strict=True):
            saved = Polling(feed.id, room.now, moved_to=target, moved_times=MOVES)
            await unit.feeds.save(saved)
    await room.poll()
    async with room.storage.read() as unit:
        moved = {feed.url for feed, _ in await unit.feeds.all()}
    assert moved >= {target for target in targets if not holds_secret(target)}
    await room.poll()


async def by_hubs_and_topics(room: Room, targets: Sequence[str]) -> None:
    feeds = []
    for number, target in enumerate(targets):
        links = "".join(
            f"<atom:link rel='{rel}' href={quoteattr(target)}/>" for rel in ("hub", "self")
        )
        feeds.append(Feed(f"f{number}", room.open_feed(f"/{number}", links), "O", "O"))
    async with room.storage.begin() as unit:
        await unit.feeds.sync(feeds, room.now)
    await room.poll()
    async with room.storage.read() as unit:
        asked = [pushing for pushing, _ in await unit.hubs.open_questions(room.now)]
        asked += [p for p, _ in await unit.hubs.open_questions(room.now + timedelta(days=30))]
    assert len(asked) >= len(targets) * 0.9
    for pushing in asked:
        query = {"hub.mode": "subscribe", "hub.topic": pushing.topic, "hub.challenge": "c"}
        await room.hubs.called_back(pushing.callback, query | {"hub.lease_seconds": "600"})
    await room.poll()


WAYS = [
    by_adding,
    by_finding,
    by_finding_without_a_scheme,
    by_testing,
    by_editing,
    by_a_list,
    by_the_address_of_a_list,
    by_a_redirect,
    by_the_links_of_a_page,
    by_the_base_of_a_page,
    by_a_saved_move,
    by_hubs_and_topics,
]
every_way = pytest.mark.parametrize("way", WAYS)
Way = Callable[[Room, Sequence[str]], Awaitable[None]]


@every_way
async def test_no_closed_address_is_reached(
    way: Way,
    storage: Storage,
    now: datetime,
    door: FeedServer,
    inside: list[FeedServer],
    pool: ParsePool,
) -> None:
    targets = list(map(on_port_80, SPELLINGS))
    targets += [
        named(spelling, server)
        for spelling in HERE
        for server in inside
        if spelling.startswith("[") or server is inside[0]
    ]
    async with fetcher() as http, standing(storage, now, door, pool, http) as room:
        with watched() as tried:
            await way(room, targets)
    assert {*tried} <= {DOOR}
    assert [server.requests for server in inside] == [{}] * len(inside)


@every_way
async def test_without_the_guard_the_listener_is_hit(
    way: Way,
    storage: Storage,
    now: datetime,
    door: FeedServer,
    inside: list[FeedServer],
    pool: ParsePool,
) -> None:
    """So that it is known what the test above proves."""
    targets = [server.url("/secret.xml") for server in inside]
    async with fetcher(EVERYWHERE) as http, standing(storage, now, door, pool, http) as room:
        with watched() as tried:
            await way(room, targets)
    assert {server.host for server in inside} <= {*tried}
    assert all(server.requests["/secret.xml"] for server in inside)


async def test_no_closed_address_is_reached_by_a_name_whose_answer_changes(
    storage: Storage, now: datetime, door: FeedServer, pool: ParsePool
) -> None:
    """It is public while the feed is added, and closed ever after."""
    door.publish("/feed.xml", Article("1", "Harmless"))
    with watched() as tried:
        for number, answer in enumerate(ADDRESSES):
            url = door.url("/feed.xml").replace(DOOR, f"rebound{number}.example")
            look_up: Any = dns(DOOR, answer)
            async with (
                fetcher(look_up=look_up) as http,
                standing(storage, now, door, pool, http) as room,
            ):
                assert isinstance(await room.say(AddFeed(url)), Reply), answer
            async with (
                fetcher(ONLY_THE_DOOR, look_up=look_up) as http,
                standing(storage, now, door, pool, http) as room,
            ):
                asked = len(door.requests["/feed.xml"])
                assert isinstance(await room.say(TryFeed(url)), Mistake), answer
                assert isinstance(await room.say(EditFeed(url, url=f"{url}?a")), Mistake), answer
                assert isinstance(await room.say(FindFeeds(url)), Mistake), answer
                await room.poll()
                assert len(door.requests["/feed.xml"]) == asked
    assert {*tried} == {DOOR}
