from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from bot.feeds.fetch import UNREACHABLE, HttpFetcher, next_hop
from bot.model.feed import Document, Feed, FetchResult, Polling, Unchanged, Unreachable
from tests.doubles.feed_server import Article, FeedServer, Raw, Redirect, Slow, Status, rss

LOOPBACK = (ip_network("127.0.0.0/8"),)
NEVER_ASKED = Polling("f", datetime(2020, 11, 17, tzinfo=UTC))
ROCKETS = Article("1", "Rockets hit the Green Zone")


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    async with FeedServer() as server:
        server.publish("/news.xml", ROCKETS)
        yield server


@asynccontextmanager
async def fetcher(**settings: Any) -> AsyncIterator[HttpFetcher]:
    usual: dict[str, Any] = {
        "sleep": asyncio.sleep,
        "monotonic": time.monotonic,
        "allow": LOOPBACK,
        "host_gap": 0,
    }
    async with HttpFetcher("wirewatch/1 (+https://us.example)", **(usual | settings)) as fetching:
        yield fetching


async def fetched(url: str, polling: Polling = NEVER_ASKED, **settings: Any) -> FetchResult:
    async with fetcher(**settings) as fetching:
        return await fetching.fetch(feed(url), polling)


def feed(url: str) -> Feed:
    return Feed("f", url, outlet="O", publisher="O")


async def test_a_feed_comes_with_its_validators_and_the_next_request_is_conditional(
    server: FeedServer,
) -> None:
    url = server.url("/news.xml")
    async with fetcher() as fetching:
        first = await fetching.fetch(feed(url), NEVER_ASKED)
        assert isinstance(first, Document)
        assert (first.body, first.url) == (rss("/news.xml", ROCKETS), url)
        assert first.content_type == "application/rss+xml"
        again = replace(NEVER_ASKED, etag=first.etag, last_modified="Tue, 17 Nov 2020 12:00:00 GMT")
        assert await fetching.fetch(feed(url), again) == Unchanged()
    asked = server.requests["/news.xml"][1]
    assert asked["If-None-Match"] == first.etag
    assert asked["If-Modified-Since"] == "Tue, 17 Nov 2020 12:00:00 GMT"
    assert asked["User-Agent"] == "wirewatch/1 (+https://us.example)"
    assert asked["Accept-Encoding"] == "gzip, deflate"


async def test_not_modified_to_an_unconditional_request_is_no_success(server: FeedServer) -> None:
    server.fail("/news.xml", Status(304))
    assert await fetched(server.url("/news.xml")) == Unreachable(
        "It answered 304 (Not Modified).", 304
    )


async def test_gzip_is_decoded(server: FeedServer) -> None:
    body = gzip.compress(b"<rss/>")
    server.fail("/news.xml", Raw(body, headers={"Content-Encoding": "gzip"}))
    result = await fetched(server.url("/news.xml"))
    assert isinstance(result, Document)
    assert result.body == b"<rss/>"


async def test_a_bomb_is_left_at_fifteen_megabytes(server: FeedServer) -> None:
    body = gzip.compress(bytes(40_000_000))
    server.fail("/news.xml", Raw(body, headers={"Content-Encoding": "gzip"}))
    assert await fetched(server.url("/news.xml")) == Unreachable("It is larger than 15 MB.", 200)


DATE = "Tue, 17 Nov 2020 12:00:00 GMT"
IN_AN_HOUR = "Tue, 17 Nov 2020 13:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "fresh_for"),
    [
        ({"Cache-Control": "public, max-age=600"}, timedelta(minutes=10)),
        ({"Cache-Control": "max-age=0"}, None),
        ({"Cache-Control": "no-cache, max-age=600"}, None),
        ({"Expires": IN_AN_HOUR, "Date": DATE}, timedelta(hours=1)),
        ({"Expires": DATE, "Date": IN_AN_HOUR}, None),
        ({"Expires": "0", "Date": DATE}, None),
        (
            {"Cache-Control": "max-age=60", "Expires": IN_AN_HOUR, "Date": DATE},
            timedelta(minutes=1),
        ),
    ],
)
async def test_freshness_is_read(
    server: FeedServer, headers: dict[str, str], fresh_for: timedelta | None
) -> None:
    server.fail("/news.xml", Raw(b"<rss/>", headers=headers))
    result = await fetched(server.url("/news.xml"))
    assert isinstance(result, Document)
    assert result.fresh_for == fresh_for


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (404, {}, Unreachable("It answered 404 (Not Found).", 404)),
        (
            429,
            {"Retry-After": "120"},
            Unreachable("It answered 429 (Too Many Requests).", 429, timedelta(minutes=2)),
        ),
        (
            503,
            {"Retry-After": IN_AN_HOUR, "Date": DATE},
            Unreachable("It answered 503 (Service Unavailable).", 503, timedelta(hours=1)),
        ),
        (
            500,
            {"Retry-After": "soon"},
            Unreachable("It answered 500 (Internal Server Error).", 500),
        ),
        (599, {}, Unreachable("It answered 599.", 599)),
    ],
)
async def test_an_error_status_is_told_with_when_to_come_back(
    server: FeedServer, status: int, headers: dict[str, str], expected: Unreachable
) -> None:
    server.fail("/news.xml", Status(status, headers))
    assert await fetched(server.url("/news.xml")) == expected


async def test_a_redirect_is_followed_and_the_last_address_told(server: FeedServer) -> None:
    server.fail("/old.xml", Redirect("/news.xml"))
    result = await fetched(server.url("/old.xml"))
    assert isinstance(result, Document)
    assert result.url == server.url("/news.xml")


async def test_a_redirect_loop_ends(server: FeedServer) -> None:
    server.fail("/news.xml", Redirect("/news.xml"))
    assert await fetched(server.url("/news.xml")) == Unreachable("It redirects more than 5 times.")
    assert len(server.requests["/news.xml"]) == 6


async def test_a_closed_port_and_a_guarded_address_sound_alike(server: FeedServer) -> None:
    assert await fetched("http://127.0.0.1:1/") == UNREACHABLE
    assert await fetched(server.url("/news.xml"), allow=()) == UNREACHABLE
    assert not server.requests


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "①②⑦.⓪.⓪.①", "0x7f.1"]
)
async def test_no_spelling_of_an_address_leads_past_the_guard(
    server: FeedServer, host: str
) -> None:
    url = server.url("/news.xml").replace("127.0.0.1", host)
    assert await fetched(url, allow=()) == UNREACHABLE
    assert not server.requests
    assert isinstance(await fetched(url), Document)  # so it was the guard


async def test_no_redirect_leads_past_the_guard(server: FeedServer) -> None:
    server.fail("/hop.xml", Redirect(server.url("/news.xml")))
    allowed = server.url("/hop.xml").replace("127.0.0.1", "[::ffff:127.0.0.1]")
    assert await fetched(allowed, allow=(ip_network("::ffff:127.0.0.1/128"),)) == UNREACHABLE
    assert list(server.requests) == ["/hop.xml"]


async def test_a_password_goes_with_the_feed_but_not_to_another_origin(server: FeedServer) -> None:
    async with FeedServer() as elsewhere:
        elsewhere.publish("/news.xml", ROCKETS)
        server.fail("/hop.xml", Redirect(elsewhere.url("/news.xml")))
        server.fail("/first.xml", Redirect("/hop.xml"))
        url = server.url("/first.xml").replace("http://", "http://reader:hunter2@")
        result = await fetched(url)
        assert isinstance(result, Document)
        assert "Authorization" in server.requests["/hop.xml"][0]
        assert "Authorization" not in elsewhere.requests["/news.xml"][0]
    assert "hunter2" not in result.url


@pytest.mark.parametrize(
    ("url", "location", "expected"),
    [
        ("https://a.example/f", "http://a.example/f", "encrypted address to an open one"),
        ("https://a.example/f", "file:///etc/passwd", "not on the web"),
        ("https://a.example/f", "javascript:alert(1)", "not on the web"),
        ("https://a.example/f", None, "redirects to nowhere"),
    ],
)
def test_some_redirects_are_not_followed(url: str, location: str | None, expected: str) -> None:
    hop = next_hop(url, location)
    assert isinstance(hop, Unreachable)
    assert expected in hop.reason


@pytest.mark.parametrize(
    "url",
    ["http://a b/", "http://[::1/", "http://example.com:99999/", "http:///f", "http://999.1.1.1/"],
)
async def test_an_address_that_is_none_is_told(url: str) -> None:
    assert isinstance(await fetched(url), Unreachable)


async def test_a_slow_server_is_left(server: FeedServer) -> None:
    server.fail("/news.xml", Slow(5))
    assert await fetched(server.url("/news.xml"), timeout=0.05) == Unreachable(
        "It did not answer in full within 0.05 seconds."
    )


async def test_reasons_hold_no_secrets(server: FeedServer) -> None:
    server.fail("/moved.xml", Redirect("ftp://x.example/?key=hunter2"))
    bad = server.url("/moved.xml?token=hunter2").replace("http://", "http://reader:hunter2@")
    for url in (bad, "http://reader:hunter2@127.0.0.1:1/?token=hunter2", "http://h:hunter2@[x]/"):
        result = await fetched(url)
        assert isinstance(result, Unreachable)
        assert "hunter2" not in result.reason


@pytest.mark.parametrize(
    "answer",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<rss",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20_000 + b"\r\n\r\n",
        b"",
    ],
    ids=["not HTTP", "cut short", "not gzip", "long header", "nothing"],
)
async def test_a_garbled_answer_is_a_reason_and_no_error(answer: bytes) -> None:
    async def garble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(garble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert isinstance(await fetched(f"http://127.0.0.1:{port}/"), Unreachable)


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


async def test_requests_to_one_host_start_apart_and_other_hosts_do_not_wait(
    server: FeedServer,
) -> None:
    fake = FakeTime()
    urls = [server.url("/news.xml")] * 3 + [
        server.url("/news.xml").replace("127.0.0.1", "127.0.0.2")
    ]
    async with fetcher(host_gap=2.0, sleep=fake.sleep, monotonic=fake.monotonic) as fetching:
        await asyncio.gather(*(fetching.fetch(feed(url), NEVER_ASKED) for url in urls))
    assert fake.slept == [2.0, 2.0]


@pytest.mark.parametrize(
    ("settings", "most"),
    [({"host_concurrency": 2}, 2), ({"host_concurrency": 9, "concurrency": 3}, 3)],
)
async def test_no_more_requests_than_allowed_are_under_way(
    settings: dict[str, int], most: int
) -> None:
    under_way = [0]
    seen: list[int] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        under_way[0] += 1
        seen.append(under_way[0])
        for _ in range(20):  # let every request that may start do so
            await asyncio.sleep(0)
        under_way[0] -= 1
        writer.write(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with fetcher(**settings) as fetching:
            await asyncio.gather(*(fetching.fetch(feed(url), NEVER_ASKED) for _ in range(9)))
    assert max(seen) == most


async def test_cookies_are_not_kept(server: FeedServer) -> None:
    server.fail("/news.xml", Raw(b"<rss/>", headers={"Set-Cookie": "a=b"}))
    async with fetcher() as fetching:
        for _ in range(2):
            await fetching.fetch(feed(server.url("/news.xml")), NEVER_ASKED)
    assert all("Cookie" not in headers for headers in server.requests["/news.xml"])
