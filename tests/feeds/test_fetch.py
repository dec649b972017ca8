from __future__ import annotations

import asyncio
import gzip
import itertools
import logging
import socket
import threading
import time
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from bot.feeds.fetch import LOOK_UPS, UNREACHABLE, HttpFetcher
from bot.feeds.redirects import next_hop
from bot.feeds.turns import HOSTS_KEPT, Turns
from bot.model.feed import Document, Feed, FetchResult, Polling, Trouble, Unchanged, Unreachable
from tests.doubles.feed_server import Article, FeedServer, Raw, Redirect, Slow, Status, rss

LOOPBACK = (ip_network("127.0.0.0/8"),)
NEVER_ASKED = Polling("f", datetime(2020, 11, 17, tzinfo=UTC))
READ_BEFORE = replace(NEVER_ASKED, succeeded_at=NEVER_ASKED.due_at)
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


@pytest.mark.parametrize(
    "odd", [b'"caf\xe9"', b'"\xc3\xa9"', b'"a\tb"', b'"' + b"x" * 2_000 + b'"'], ids=repr
)
async def test_a_validator_that_could_not_be_kept_is_left_out(odd: bytes) -> None:
    headers = b"ETag: %b\r\nLast-Modified: %b\r\nContent-Length: 6\r\n\r\n" % (odd, odd)
    async with answering(HEAD + headers + b"<rss/>") as url:
        result = await fetched(url)
    assert isinstance(result, Document)
    assert (result.etag, result.last_modified) == (None, None)


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


async def test_a_bomb_is_left_at_the_limit(server: FeedServer) -> None:
    body = gzip.compress(bytes(40_000_000))
    server.fail("/news.xml", Raw(body, headers={"Content-Encoding": "gzip"}))
    url = server.url("/news.xml")
    assert await fetched(url, READ_BEFORE) == Unreachable(
        "It is larger than 15 MB.", 200, trouble=Trouble.UNREADABLE
    )
    assert await fetched(url) == Unreachable(
        "It is larger than 5 MB.", 200, trouble=Trouble.UNREADABLE
    )


async def test_more_is_read_of_a_feed_that_was_read_before(server: FeedServer) -> None:
    server.fail("/news.xml", Raw(bytes(5_000_001)))
    url = server.url("/news.xml")
    assert isinstance(await fetched(url), Unreachable)
    assert isinstance(await fetched(url, READ_BEFORE), Document)
    async with fetcher() as fetching:
        assert isinstance(await fetching.get(url), Unreachable)
        assert isinstance(await fetching.get(url, limit=6_000_000), Document)


DATE = "Tue, 17 Nov 2020 12:00:00 GMT"
IN_AN_HOUR = "Tue, 17 Nov 2020 13:00:00 GMT"


async def test_how_long_the_server_asks_us_to_stay_away_is_told(server: FeedServer) -> None:
    server.fail("/news.xml", Raw(b"<rss/>", headers={"Cache-Control": "max-age=600"}))
    result = await fetched(server.url("/news.xml"))
    assert isinstance(result, Document)
    assert result.fresh_for == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (404, {}, Unreachable("It answered 404 (Not Found).", 404, None, Trouble.GONE)),
        (410, {}, Unreachable("It answered 410 (Gone).", 410, None, Trouble.GONE)),
        (401, {}, Unreachable("It answered 401 (Unauthorized).", 401, None, Trouble.BLOCKED)),
        (403, {}, Unreachable("It answered 403 (Forbidden).", 403, None, Trouble.BLOCKED)),
        (
            451,
            {},
            Unreachable(
                "It answered 451 (Unavailable For Legal Reasons).", 451, None, Trouble.BLOCKED
            ),
        ),
        (
            429,
            {"Retry-After": "120"},
            Unreachable(
                "It answered 429 (Too Many Requests).", 429, timedelta(minutes=2), Trouble.BUSY
            ),
        ),
        (
            503,
            {"Retry-After": IN_AN_HOUR, "Date": DATE},
            Unreachable(
                "It answered 503 (Service Unavailable).", 503, timedelta(hours=1), Trouble.BUSY
            ),
        ),
        (504, {}, Unreachable("It answered 504 (Gateway Timeout).", 504, None, Trouble.SLOW)),
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


CHALLENGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title>"


@pytest.mark.parametrize(
    "fault",
    [
        Raw(CHALLENGE, "text/html", {"Server": "cloudflare"}, 403),
        Raw(CHALLENGE, "text/html", {"Server": "cloudflare"}, 503),
        Raw(b"", "text/html", {"cf-mitigated": "challenge"}, 429),
        Raw(b"", "text/html", {"cf-mitigated": "challenge"}, 200),
        Raw(b"", "text/html", {"x-amzn-waf-action": "challenge"}, 202),
        Raw(b'<script src="/_Incapsula_Resource?SWJIYLWA=1">', "text/html", None, 403),
    ],
)
async def test_a_wall_against_robots_is_told_from_a_fault(server: FeedServer, fault: Raw) -> None:
    server.fail("/news.xml", fault)
    result = await fetched(server.url("/news.xml"))
    assert isinstance(result, Unreachable)
    assert result.trouble is Trouble.BLOCKED
    assert result.reason.startswith("A wall against robots answered ")


async def test_a_wall_is_known_though_its_page_comes_in_pieces() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 403 No\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n")
        with suppress(ConnectionError):
            for at in range(0, len(CHALLENGE), 20):
                writer.write(CHALLENGE[at : at + 20])
                await writer.drain()
                await asyncio.sleep(0.005)
            writer.close()
            await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        result = await fetched(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert isinstance(result, Unreachable)
    assert result.reason.startswith("A wall against robots answered ")


async def test_a_server_behind_such_a_wall_may_still_be_just_busy(server: FeedServer) -> None:
    server.fail("/news.xml", Raw(b"<h1>Back soon</h1>", "text/html", {"Server": "cloudflare"}, 503))
    result = await fetched(server.url("/news.xml"))
    assert isinstance(result, Unreachable)
    assert result.trouble is Trouble.BUSY


async def test_a_host_that_asks_all_to_wait_is_left_alone(server: FeedServer) -> None:
    fake = FakeTime()
    for busy in ("/busy.xml", "/too.xml"):
        server.fail(busy, Status(429, {"Retry-After": "60"}))
    async with fetcher(sleep=fake.sleep, monotonic=fake.monotonic) as fetching:
        await fetching.fetch(feed(server.url("/busy.xml")), NEVER_ASKED)
        await fetching.fetch(feed(server.url("/too.xml")), NEVER_ASKED)
        fake.now += 20
        assert await fetching.fetch(feed(server.url("/news.xml")), NEVER_ASKED) == Unreachable(
            "Its server asked everybody here to wait.",
            429,
            timedelta(seconds=40),
            Trouble.BUSY,
            unasked=True,
        )
        fake.now += 40
        result = await fetching.fetch(feed(server.url("/news.xml")), NEVER_ASKED)
        assert isinstance(result, Document)
    assert len(server.requests["/news.xml"]) == 1


async def test_one_feed_that_is_turned_away_holds_up_no_other_of_its_host(
    server: FeedServer,
) -> None:
    for busy in ("/busy.xml", "/too.xml"):
        server.fail(busy, Status(429, {"Retry-After": "60"}))
    async with fetcher() as fetching:
        for path in ("/busy.xml", "/news.xml", "/too.xml", "/news.xml"):
            result = await fetching.fetch(feed(server.url(path)), NEVER_ASKED)
    assert isinstance(result, Document)


@pytest.mark.parametrize(
    ("codes", "is_saved"),
    [((), False), ((301,), True), ((308, 301), True), ((302,), False), ((301, 307), False)],
)
async def test_a_feed_has_moved_when_every_hop_was_permanent(
    server: FeedServer, codes: tuple[int, ...], is_saved: bool
) -> None:
    here = "/news.xml"
    for number, code in enumerate(codes):
        server.fail(f"/{number}", Redirect(here, code))
        here = f"/{number}"
    url = server.url(here)
    expected = server.url("/news.xml") if is_saved else None
    async with fetcher() as fetching:
        first = await fetching.fetch(feed(url), NEVER_ASKED)
        assert isinstance(first, Document)
        assert first.moved_to == expected
        again = replace(NEVER_ASKED, etag=first.etag)
        assert await fetching.fetch(feed(url), again) == Unchanged(moved_to=expected)


async def test_the_address_that_a_feed_moved_to_holds_no_password(server: FeedServer) -> None:
    server.fail("/old.xml", Redirect("/news.xml"))
    url = server.url("/old.xml").replace("http://", "http://reader:hunter2@")
    result = await fetched(url)
    assert isinstance(result, Document)
    assert result.moved_to == server.url("/news.xml")
    assert "Authorization" in server.requests["/news.xml"][0]


async def test_the_hub_of_a_feed_is_read_from_its_headers(server: FeedServer) -> None:
    links = '<https://hub.example/>; rel="hub", </news.xml>; rel=self, </a>; rel="next"'
    server.fail("/news.xml", Raw(b"<rss/>", headers={"Link": links}))
    result = await fetched(server.url("/news.xml"))
    assert isinstance(result, Document)
    assert (result.hub, result.topic) == ("https://hub.example/", server.url("/news.xml"))


async def test_what_stands_at_an_address_is_got_without_conditions(server: FeedServer) -> None:
    async with fetcher() as fetching:
        result = await fetching.get(server.url("/news.xml"))
        assert isinstance(result, Document)
        assert result.etag is not None
        gone = await fetching.get(server.url("/none.xml"))
    assert isinstance(gone, Unreachable)
    assert "If-None-Match" not in server.requests["/news.xml"][0]


async def test_a_form_is_posted_and_the_status_told(server: FeedServer) -> None:
    server.fail("/hub", Raw(b"", status=202))
    server.fail("/moved", Redirect("/hub", 307))
    server.fail("/refused", Raw(b"no such topic", "text/plain", status=400))
    form = {"hub.mode": "subscribe", "hub.topic": "https://a.example/f?a=b&c"}
    async with fetcher() as fetching:
        assert await fetching.submit(server.url("/hub"), form) == 202
        assert await fetching.submit(server.url("/moved"), form) == 202
        assert await fetching.submit(server.url("/refused"), form) == 400
        assert await fetching.submit("http://127.0.0.1:1/", form) == UNREACHABLE
    assert server.forms["/hub"] == [form, form]


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


def test_a_login_that_a_redirect_names_is_left_out() -> None:
    assert next_hop("https://a.example/f", "https://u:p@a.example/g") == "https://a.example/g"


@pytest.mark.parametrize(
    "url",
    ["http://a b/", "http://[::1/", "http://example.com:99999/", "http:///f", "http://999.1.1.1/"],
)
async def test_an_address_that_is_none_is_told(url: str) -> None:
    assert isinstance(await fetched(url), Unreachable)


async def test_a_slow_server_is_left(server: FeedServer) -> None:
    server.fail("/news.xml", Slow(5))
    assert await fetched(server.url("/news.xml"), timeout=0.05) == Unreachable(
        "It did not answer in full within 0.05 seconds.", trouble=Trouble.SLOW
    )


async def test_neither_results_nor_logs_hold_secrets(
    server: FeedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    server.fail("/moved.xml", Redirect("ftp://x.example/?key=hunter2"))
    server.fail("/broken.xml", Raw(b"", headers={"Content-Encoding": "gzip"}))
    server.fail("/closed.xml", Status(401))
    paths = ("/news.xml", "/moved.xml", "/broken.xml", "/closed.xml", "/none.xml")
    hosts = [server.url(path).removeprefix("http://") for path in paths]
    async with fetcher() as fetching:
        for host in (*hosts, "127.0.0.1:1/", "[x]/", "x:99999/", "unknown.invalid/"):
            url = f"http://reader:hunter2@{host}"
            result = await fetching.fetch(feed(url), NEVER_ASKED)
            assert "hunter2" not in repr(result)
            await fetching.submit(f"{url}?key=hunter2", {"hub.secret": "hunter2"})
    login = server.requests["/news.xml"][0]["Authorization"]
    assert login == "Basic " + b64encode(b"reader:hunter2").decode()
    assert "hunter2" not in caplog.text


async def test_a_password_may_hold_any_character(server: FeedServer) -> None:
    url = server.url("/news.xml").replace("http://", "http://re%3Ader:h%40nt%2Fer%C3%A9@")
    assert isinstance(await fetched(url), Document)
    login = server.requests["/news.xml"][0]["Authorization"]
    assert login == "Basic " + b64encode("re:der:h@nt/eré".encode()).decode()


HEAD = b"HTTP/1.1 200 OK\r\n"
GARBLED = {
    "not HTTP": b"nonsense\r\n\r\n",
    "nothing": b"",
    "cut short": HEAD + b"Content-Length: 500\r\n\r\n<rss",
    "cut within a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n500\r\n<rss",
    "chunks of no size": HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n<rss/>\r\n0\r\n\r\n",
    "not gzip": HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
    "brotli": HEAD + b"Content-Encoding: br\r\nContent-Length: 4\r\n\r\n\x0b\x02\x80<",
    "two lengths": HEAD + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\n<rss",
    "long header": HEAD + b"X: " + b"x" * 20_000 + b"\r\n\r\n",
    "many headers": HEAD + b"X: x\r\n" * 100_000 + b"\r\n",
    "many interim answers": b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000,
    "redirect to garbage": b"HTTP/1.1 301 M\r\nLocation: http://[::1/\r\nContent-Length: 0\r\n\r\n",
    "redirect in no encoding": b"HTTP/1.1 301 M\r\nLocation: /\xff\xfe\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("answer", GARBLED.values(), ids=GARBLED)
async def test_a_garbled_answer_is_a_reason_and_no_error(answer: bytes) -> None:
    async with answering(answer) as url:
        assert isinstance(await fetched(url), Unreachable)


async def test_a_body_that_is_encoded_twice_is_decoded_at_most_once() -> None:
    body = gzip.compress(gzip.compress(bytes(1_000_000)))
    answer = HEAD + b"Content-Encoding: gzip, gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    async with answering(answer + body) as url:
        result = await fetched(url)
    assert isinstance(result, Document)
    assert len(result.body) < 2000


@pytest.mark.parametrize("part", [b"X-A: b\r\n", b"\r\n<rss>"], ids=["headers", "body"])
async def test_an_answer_that_drips_is_left(part: bytes) -> None:
    hung_up = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD)
        with suppress(ConnectionError):
            for byte in itertools.cycle(part):
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.002)
        writer.close()
        hung_up.set()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        result = await fetched(url, timeout=0.1)
        await hung_up.wait()
    assert isinstance(result, Unreachable)
    assert result.trouble is Trouble.SLOW


async def test_many_large_bodies_that_never_end_are_not_all_held() -> None:
    """Whoever comes too many is asked again soon, and nothing is said against its feed."""
    large = b"<rss>" + bytes(14_000_000)
    hung_up = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        with suppress(ConnectionError):
            writer.write(HEAD + b"\r\n" + large)
            await writer.drain()
            await hung_up.wait()
        writer.close()

    async with (
        await asyncio.start_server(hold, "127.0.0.1", 0) as server,
        fetcher(timeout=2.0, host_concurrency=8) as http,
    ):
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        read_before = replace(NEVER_ASKED, succeeded_at=NEVER_ASKED.due_at)
        feeds = [Feed(str(n), f"{url}{n}", "A", "A") for n in range(8)]
        results = await asyncio.gather(*(http.fetch(feed, read_before) for feed in feeds))
        hung_up.set()
        put_off = [r for r in results if isinstance(r, Unreachable) and r.unasked]
        assert len(put_off) == 5
        assert all(isinstance(r, Unreachable) for r in results)
        assert isinstance(await http.get(f"{url}x"), Unreachable)  # it too is let in again


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[str]:
    """The address of a server that says this and no more."""

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
            writer.close()
            await writer.wait_closed()

    async with await asyncio.start_server(answer_once, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def test_slow_names_hold_up_neither_the_program_nor_one_another_for_ever() -> None:
    """They wait on threads of their own, which are few."""
    release = threading.Event()

    def look_up(host: str, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        release.wait(5)
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    async with fetcher(look_up=look_up, timeout=0.05) as fetching:
        urls = [f"http://slow{number}.example/" for number in range(40)]
        flood = asyncio.gather(*(fetching.get(url) for url in urls))
        assert await asyncio.to_thread(lambda: "free") == "free"
        assert {each.trouble for each in await flood if isinstance(each, Unreachable)} == {
            Trouble.SLOW
        }
        assert sum(each.name.startswith("look-up") for each in threading.enumerate()) <= LOOK_UPS
        release.set()


async def test_hosts_are_forgotten_when_they_are_idle() -> None:
    fake = FakeTime()
    turns = Turns(fake.sleep, fake.monotonic, host_concurrency=1, host_gap=1.0, concurrency=9)
    turns.refused("resting.example", "a", 1_000_000)
    turns.refused("resting.example", "b", 1_000_000)
    async with turns.at("busy.example"):
        for number in range(3 * HOSTS_KEPT):
            async with turns.at(f"{number}.example"):
                pass
            fake.now += 10
        assert len(turns) <= HOSTS_KEPT
    assert turns.resting("resting.example") > 0


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
        for _ in range(2):  # by name, for no jar keeps the cookies of a bare address
            url = server.url("/news.xml").replace("127.0.0.1", "localhost")
            await fetching.fetch(feed(url), NEVER_ASKED)
    assert len(server.requests["/news.xml"]) == 2
    assert all("Cookie" not in headers for headers in server.requests["/news.xml"])
