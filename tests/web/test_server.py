"""What the outside gets from the one open door, and what it cannot do through it."""

from __future__ import annotations

import asyncio
import gzip
import hmac
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot.feeds.websub import HubState
from bot.pipeline.pushes import MOST_A_MINUTE, MOST_WAITING
from bot.storage.unit import Storage
from bot.web.server import AT_ONCE, BODY_LIMIT
from tests.doubles.hub_server import Subscriber
from tests.web.stand import CEILING, Stand, standing, topic

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NEWS = b"<rss>news</rss>"


@pytest.fixture
async def stand(storage: Storage, now: datetime) -> AsyncIterator[Stand]:
    async with standing(storage, now) as stand:
        yield stand


@pytest.fixture
async def outside() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def address(stand: Stand, path: str) -> str:
    return f"http://127.0.0.1:{stand.port}{path}"


def callback(stand: Stand, feed_id: str = "a") -> str:
    return stand.hub.subscribers[topic(feed_id)].callback


# What is pushed.


async def test_what_the_hub_pushes_is_taken_in(stand: Stand) -> None:
    await stand.subscribe()
    assert await stand.push(NEWS, content_type="application/atom+xml; charset=utf-8") == 202
    [(feed, document)] = stand.newsroom.pushed
    assert feed.id == "a"
    assert document.body == NEWS
    assert document.url == topic()
    assert document.content_type == "application/atom+xml; charset=utf-8"


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
async def test_every_kind_of_signature_is_taken(stand: Stand, method: str) -> None:
    await stand.subscribe()
    assert await stand.push(NEWS, method=method) == 202
    assert stand.bodies == [NEWS]


@pytest.mark.parametrize("signature", ["sha256=" + "0" * 64, "sha256=", "md5=0", "", "é"])
async def test_a_push_that_is_not_signed_is_answered_like_any_and_ignored(
    stand: Stand, signature: str
) -> None:
    """The recommendation wants it so: whoever guesses learns nothing."""
    await stand.subscribe()
    assert await stand.push(NEWS, signature=signature) == 202
    assert stand.bodies == []
    assert stand.pushes.ignored == 1


async def test_a_push_without_any_signature_is_ignored(
    stand: Stand, outside: aiohttp.ClientSession
) -> None:
    await stand.subscribe()
    async with outside.post(callback(stand), data=NEWS) as answer:
        assert answer.status == 202
    await stand.pushes.lanes.idle()
    assert stand.bodies == []


async def test_one_feeds_secret_signs_nothing_of_another(stand: Stand) -> None:
    await stand.subscribe("a")
    await stand.subscribe("b")
    ours, theirs = (stand.hub.subscribers[topic(each)] for each in "ab")
    stand.hub.subscribers[topic()] = Subscriber(ours.callback, ours.topic, theirs.secret)
    assert await stand.push(NEWS) == 202
    assert stand.bodies == []


async def test_a_push_that_is_repeated_is_taken_in_once(stand: Stand) -> None:
    """An old one sent again by someone who overheard it would undo an edit."""
    await stand.subscribe()
    for body in (NEWS, b"<rss>edited</rss>", NEWS):
        assert await stand.push(body) == 202
    assert stand.bodies == [NEWS, b"<rss>edited</rss>"]


async def test_a_body_beyond_the_limit_is_not_read_to_its_end(stand: Stand) -> None:
    await stand.subscribe()
    try:
        status = await stand.push(b"x" * (BODY_LIMIT + 2_000_000))
    except aiohttp.ClientConnectionError:
        status = 413  # it was cut off while it was sent
    assert status == 413
    assert stand.bodies == []


async def test_a_body_that_never_ends_is_cut_off(
    stand: Stand, outside: aiohttp.ClientSession
) -> None:
    await stand.subscribe()
    sent = 0

    async def drip() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 100_000
            yield b"x" * 100_000

    with pytest.raises(aiohttp.ClientError):
        async with outside.post(callback(stand), data=drip()) as answer:
            assert answer.status == 413
            raise aiohttp.ClientError
    assert sent < 2 * BODY_LIMIT


async def test_a_compressed_body_is_not_opened_here(
    stand: Stand, outside: aiohttp.ClientSession
) -> None:
    """What is signed is what was sent; the reader refuses what is no feed."""
    await stand.subscribe()
    bomb = gzip.compress(b"x" * BODY_LIMIT)
    secret = stand.hub.subscribers[topic()].secret
    headers = {
        "Content-Encoding": "gzip",
        "X-Hub-Signature": f"sha1={hmac.digest(secret.encode(), bomb, 'sha1').hex()}",
    }
    async with outside.post(callback(stand), data=bomb, headers=headers) as answer:
        assert answer.status == 202
    await stand.pushes.lanes.idle()
    assert stand.bodies == [bomb]


# What a flood comes to.


async def test_the_hub_is_answered_before_the_push_is_taken_in(stand: Stand) -> None:
    await stand.subscribe()
    stand.newsroom.slow = asyncio.Event()
    assert await stand.push(NEWS) == 202
    assert stand.bodies == []
    stand.newsroom.slow.set()
    await stand.pushes.lanes.idle()
    assert stand.bodies == [NEWS]


async def test_a_push_waits_for_the_one_before_it(stand: Stand) -> None:
    await stand.subscribe()
    stand.newsroom.slow = first = asyncio.Event()
    await stand.push(NEWS)
    await asyncio.sleep(0)
    stand.newsroom.slow = None
    assert await stand.hub.push(topic(), b"<rss>edited</rss>") == 202
    first.set()
    await stand.pushes.lanes.idle()
    assert stand.bodies == [NEWS, b"<rss>edited</rss>"]


async def test_only_so_many_pushes_of_a_feed_wait(stand: Stand) -> None:
    await stand.subscribe("a")
    await stand.subscribe("b")
    stand.newsroom.slow = asyncio.Event()
    bodies = [f"<rss>{number}</rss>".encode() for number in range(MOST_WAITING + 2)]
    answers = [await stand.push(body) for body in bodies]
    assert answers == [202] * MOST_WAITING + [429, 429]
    assert await stand.push(b"<rss>other</rss>", "b") == 202, "another feed is not held up"
    stand.newsroom.slow.set()
    await stand.pushes.lanes.idle()
    assert [body for body in stand.bodies if b"other" not in body] == bodies[:MOST_WAITING]


async def test_only_so_many_pushes_of_a_feed_come_in_in_a_minute(stand: Stand) -> None:
    await stand.subscribe()
    answers = [await stand.push(f"<rss>{n}</rss>".encode()) for n in range(MOST_A_MINUTE + 1)]
    assert answers == [202] * MOST_A_MINUTE + [429]
    stand.clock += timedelta(minutes=1)
    assert await stand.push(NEWS) == 202


@asynccontextmanager
async def half_a_push(stand: Stand, feed_id: str) -> AsyncIterator[asyncio.StreamReader]:
    """A hub that stops in the middle of a body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", stand.port)
    path = urlsplit(callback(stand, feed_id)).path
    writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n<rss".encode())
    await writer.drain()
    yield reader
    writer.close()


async def test_one_body_of_a_feed_is_read_at_a_time(stand: Stand) -> None:
    await stand.subscribe()
    async with half_a_push(stand, "a"):
        await until_answered(stand, "a", 429)
    await until_answered(stand, "a", 202)


async def test_only_so_many_bodies_are_read_at_a_time(stand: Stand) -> None:
    for feed_id in "abcdef":
        await stand.subscribe(feed_id)
    async with AsyncExitStack() as stack:
        for feed_id in "abcdef"[:AT_ONCE]:
            await stack.enter_async_context(half_a_push(stand, feed_id))
        await until_answered(stand, "f", 503)
    await until_answered(stand, "f", 202)


async def until_answered(stand: Stand, feed_id: str, status: int) -> None:
    """What was sent before this on another connection may come to be read after it."""
    for number in range(MOST_A_MINUTE):
        if await stand.push(f"<rss>{number}</rss>".encode(), feed_id) == status:
            return
    raise AssertionError(f"it was never answered {status}")


async def test_what_waits_is_bounded_in_all(stand: Stand) -> None:
    stand.newsroom.slow = asyncio.Event()
    for feed_id in "abc":
        await stand.subscribe(feed_id)
    large = b"x" * BODY_LIMIT
    assert [await stand.push(large, each) for each in "abc"] == [202, 202, 429]
    stand.newsroom.slow.set()
    await stand.pushes.lanes.idle()
    assert await stand.push(large, "c") == 202


async def test_a_body_that_stops_is_given_up(storage: Storage, now: datetime) -> None:
    async with standing(storage, now, patience=0.1) as stand:
        await stand.subscribe()
        async with half_a_push(stand, "a") as reader:
            assert b" 408 " in await reader.readline()


async def test_a_connection_that_says_nothing_is_closed(storage: Storage, now: datetime) -> None:
    async with standing(storage, now, patience=0.1) as stand:
        reader, writer = await asyncio.open_connection("127.0.0.1", stand.port)
        writer.write(b"GET / HTTP/1.1\r\nHost:")
        async with asyncio.timeout(20):
            assert await reader.read() == b""
        writer.close()


async def test_a_bug_met_with_one_push_ends_there(stand: Stand) -> None:
    await stand.subscribe()
    stand.newsroom.bug = KeyError("a bug")
    assert await stand.push(NEWS) == 202
    stand.newsroom.bug = None
    assert await stand.push(b"<rss>more</rss>") == 202
    assert stand.bodies == [b"<rss>more</rss>"]


# What it does to polling.


async def test_a_push_makes_the_next_poll_needless(stand: Stand) -> None:
    await stand.subscribe()
    await stand.push(NEWS)
    assert await stand.due_at() == stand.clock + CEILING


async def test_a_push_that_cannot_be_read_does_not(stand: Stand) -> None:
    await stand.subscribe()
    stand.newsroom.error = "It is not a feed."
    await stand.push(NEWS)
    assert await stand.due_at() == stand.clock


async def test_a_forged_push_does_not(stand: Stand) -> None:
    await stand.subscribe()
    await stand.push(NEWS, signature="sha1=0")
    assert await stand.due_at() == stand.clock


# The door itself.


@pytest.mark.parametrize(
    "path", ["/", "/websub", "/websub/", "/websub/short", f"/websub/{'x' * 44}", "/health"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "HEAD"])
async def test_there_is_nothing_else(
    stand: Stand, outside: aiohttp.ClientSession, method: str, path: str
) -> None:
    async with outside.request(method, address(stand, path)) as answer:
        assert answer.status == 404
        assert "Server" not in answer.headers


async def test_a_callback_that_nobody_was_given_is_not_there(
    stand: Stand, outside: aiohttp.ClientSession
) -> None:
    unknown = address(stand, f"/websub/{'x' * 43}")
    query = {"hub.mode": "subscribe", "hub.topic": topic(), "hub.challenge": "say"}
    async with outside.get(unknown, params=query) as answer:
        assert answer.status == 404
    async with outside.post(unknown, data=NEWS) as answer:
        assert answer.status == 410, "a hub that we have forgotten is told to stop"


async def test_a_challenge_is_text_whatever_is_in_it(
    stand: Stand, outside: aiohttp.ClientSession
) -> None:
    await stand.subscribe()
    query = {
        "hub.mode": "subscribe",
        "hub.topic": topic(),
        "hub.challenge": "<script>alert()</script>",
        "hub.lease_seconds": "3600",
    }
    async with outside.get(callback(stand), params=query) as answer:
        assert await answer.text() == "<script>alert()</script>"
        assert answer.content_type == "text/plain"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_head_that_is_too_large_is_refused(
    stand: Stand, outside: aiohttp.ClientSession
) -> None:
    async with outside.get(address(stand, "/"), headers={"X-Long": "x" * 10_000}) as answer:
        assert answer.status == 400
    many = {f"X-{number}": "x" for number in range(100)}
    async with outside.get(address(stand, "/"), headers=many) as answer:
        assert answer.status == 400


async def test_the_port_is_closed_at_the_end(storage: Storage, now: datetime) -> None:
    async with standing(storage, now) as stand:
        port = stand.port
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_subscription_that_was_denied_takes_no_pushes(stand: Stand) -> None:
    await stand.subscribe()
    stand.hub.denies = "Not any more."
    stand.clock += timedelta(days=6)
    await stand.wake()
    assert await stand.state() is HubState.DENIED
    assert await stand.push(NEWS) == 410
