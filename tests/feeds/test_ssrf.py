"""No way of naming a closed address, and no way of bringing it in, leads to a connection there.

That none is made is seen from below: Python reports each connection before it is tried.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.feeds.address_guard import Networks
from bot.feeds.fetch import UNREACHABLE, HttpFetcher
from bot.feeds.redirects import MOVES, moved
from bot.model.feed import Document, Feed, Polling, Unreachable
from tests.doubles.feed_server import Article, FeedServer, Raw, Redirect

NEVER_ASKED = Polling("f", datetime(2020, 11, 17, tzinfo=UTC))

HERE = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "127.1.2.3",
    "127.255.255.254",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0x7f.1",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "0177.1",
    "0x7F.0X0.0.1",
    "%31%32%37.0.0.1",
    "①②⑦.⓪.⓪.①",
    "１２７.０.０.１",
    "127。0。0。1",
    "127．0．0．1",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "ˡocalhost",
    "0",
    "0.0.0.0",
    "0x0",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::FFFF:7F00:0001]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "user:password@127.0.0.1",
    "public.example@127.0.0.1",
]
"""The host itself, in the spellings that one library or another takes."""

ELSEWHERE = [
    "169.254.169.254",
    "169.254.170.2",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "①⑥⑨.②⑤④.①⑥⑨.②⑤④",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[::a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b::169.254.169.254]",
    "[64:ff9b:1::a9fe:a9fe]",
    "[2002:a9fe:a9fe::1]",
    "[2001:0:a9fe:a9fe::1]",
    "[fd00:ec2::254]",
    "100.100.100.200",
    "168.63.129.16",
    "10.0.0.1",
    "10.1",
    "012.0.0.1",
    "100.64.0.1",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.0.1",
    "192.168.257",
    "3232235521",
    "0xc0a80001",
    "[::ffff:10.0.0.1]",
    "[64:ff9b::10.0.0.1]",
    "[2002:c0a8:1::1]",
    "[fc00::1]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fec0::1]",
    "[ff02::1]",
    "[2a00:1450::5efe:a00:1]",
    "224.0.0.1",
    "255.255.255.255",
    "198.18.0.1",
    "192.0.0.8",
    "240.0.0.1",
]
SPELLINGS = HERE + ELSEWHERE


REACHED = {
    "127.0.0.1": {"127.0.0.1", "localhost", "0x7f.1", "①②⑦.⓪.⓪.①", "[::ffff:127.0.0.1]"},
    "::1": {"[::1]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::]"},
}
"""Some of those by which a listener there is reached where nothing is closed."""


def literals(spellings: Iterable[str]) -> Iterator[str]:
    """Those that DNS can answer with."""
    for spelling in spellings:
        with suppress(ValueError):
            yield str(ip_address(spelling.strip("[]").replace("%25", "%")))


ADDRESSES = sorted({*literals(SPELLINGS)})

DOOR = "127.0.0.2"
"""Stands for a public server: the one address that is allowed here."""
ONLY_THE_DOOR = (ip_network(DOOR),)


class Connections:
    """The hosts that anybody in this process tries to connect to, while `watched`."""

    def __init__(self) -> None:
        self.tried: list[str] = []
        self.watched = False

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.watched and event == "socket.connect" and isinstance(arguments[1], tuple):
            self.tried.append(arguments[1][0])


_connections = Connections()
sys.addaudithook(_connections)  # for good: a hook cannot be taken away


@contextmanager
def watched() -> Iterator[list[str]]:
    """The hosts that anybody in this process tries to connect to meanwhile."""
    _connections.tried.clear()
    _connections.watched = True
    try:
        yield _connections.tried
    finally:
        _connections.watched = False


@pytest.fixture
def tried() -> Iterator[list[str]]:
    with watched() as tried:
        yield tried


@asynccontextmanager
async def fetcher(allow: Networks = ONLY_THE_DOOR, **settings: Any) -> AsyncIterator[HttpFetcher]:
    async with HttpFetcher(
        "wirewatch/1",
        sleep=asyncio.sleep,
        monotonic=time.monotonic,
        allow=allow,
        host_gap=0,
        host_concurrency=64,
        **settings,
    ) as fetching:
        yield fetching


def has_ipv6() -> bool:
    """Whether this machine has the address ``::1``."""
    with suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


@pytest.fixture
async def door() -> AsyncIterator[FeedServer]:
    async with FeedServer(DOOR) as door:
        yield door


LOOPBACK = [
    "127.0.0.1",
    pytest.param("::1", marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")),
]


@pytest.fixture(params=LOOPBACK)
async def inside(request: pytest.FixtureRequest) -> AsyncIterator[FeedServer]:
    """What must not be reached."""
    async with FeedServer(request.param) as inside:
        inside.publish("/secret.xml", Article("1", "Inside"))
        yield inside


def feed(url: str) -> Feed:
    return Feed("f", url, outlet="O", publisher="O")


def named(spelling: str, inside: FeedServer) -> str:
    return f"http://{spelling}:{urlsplit(inside.url('')).port}/secret.xml"


def on_port_80(spelling: str) -> str:
    """An address that is closed for its host alone."""
    return f"http://{spelling}/secret.xml"


def test_there_are_enough_of_them() -> None:
    assert len(set(SPELLINGS)) >= 60
    assert len(ADDRESSES) >= 30


async def test_without_the_guard_the_listener_is_hit(inside: FeedServer, tried: list[str]) -> None:
    """So that it is known what the other tests prove."""
    everywhere = (ip_network("0.0.0.0/0"), ip_network("::/0"))
    async with fetcher(allow=everywhere) as fetching:
        results = await asyncio.gather(*(fetching.get(named(each, inside)) for each in HERE))
    reached = [
        each for each, result in zip(HERE, results, strict=True) if isinstance(result, Document)
    ]
    assert len(inside.requests["/secret.xml"]) == len(reached)
    assert REACHED[inside.host] <= {*reached}
    assert len(tried) >= len(reached)


@pytest.mark.parametrize("address", [named, lambda spelling, _: on_port_80(spelling)])
async def test_none_is_reached_directly(address: Any, inside: FeedServer, tried: list[str]) -> None:
    async with fetcher() as fetching:
        for spelling in SPELLINGS:
            url = address(spelling, inside)
            answers = [
                await fetching.fetch(feed(url), NEVER_ASKED),
                await fetching.get(url),
                await fetching.submit(url, {"hub.mode": "subscribe", "hub.callback": url}),
            ]
            assert all(isinstance(each, Unreachable) for each in answers), spelling
    assert (tried, inside.requests) == ([], {})


@pytest.mark.parametrize("inside", ["127.0.0.1"], indirect=True)
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_none_is_reached_by_a_redirect(
    code: int, door: FeedServer, inside: FeedServer, tried: list[str]
) -> None:
    spellings = [*map(on_port_80, SPELLINGS), *(named(each, inside) for each in HERE)]
    async with fetcher() as fetching:
        for number, target in enumerate(spellings):
            door.fail(f"/{number}", Redirect(target, code))
            answers = [
                await fetching.fetch(feed(door.url(f"/{number}")), NEVER_ASKED),
                await fetching.get(door.url(f"/{number}")),
                await fetching.submit(door.url(f"/{number}"), {"hub.mode": "subscribe"}),
            ]
            if code < 307:  # a form is not sent on
                assert answers.pop() == code
            assert all(isinstance(each, Unreachable) for each in answers), target
            assert len(door.requests[f"/{number}"]) == 3
    assert ({*tried}, inside.requests) == ({DOOR}, {})


def dns(*answers: str) -> Any:
    """A name server that gives one answer after the other, the last one for ever."""
    left = list(answers)

    def look_up(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        answer = left.pop(0) if len(left) > 1 else left[0]
        return [
            (
                socket.AF_INET6 if ":" in each else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (each, port, 0, 0) if ":" in each else (each, port),
            )
            for each in answer.split()
        ]

    return look_up


@pytest.mark.parametrize("answer", ADDRESSES)
async def test_none_is_reached_by_a_name_whose_answer_changes(
    answer: str, door: FeedServer, tried: list[str]
) -> None:
    """Public when it is asked the first time, closed ever after; and both at once."""
    door.publish("/feed.xml", Article("1", "Harmless"))
    url = door.url("/feed.xml").replace(DOOR, "rebound.example")
    look_up = dns(DOOR, answer)
    async with fetcher(look_up=look_up) as fetching:
        assert isinstance(await fetching.get(url), Document)
    async with fetcher(look_up=look_up) as fetching:  # the connection is not kept, nor the answer
        assert await fetching.get(url) == UNREACHABLE
        assert await fetching.submit(url, {"hub.mode": "subscribe"}) == UNREACHABLE
    async with fetcher(look_up=dns(f"{answer} {DOOR}")) as fetching:
        assert isinstance(await fetching.get(url), Document)
    assert {*tried} == {DOOR}


async def test_none_is_saved_as_the_address_that_a_feed_moved_to(
    door: FeedServer, tried: list[str]
) -> None:
    async with fetcher() as fetching:
        for spelling in SPELLINGS:
            door.fail("/feed.xml", Redirect(on_port_80(spelling), 301))
            result = await fetching.fetch(feed(door.url("/feed.xml")), NEVER_ASKED)
            assert isinstance(result, Unreachable)  # which has no place for such an address
            # One that was saved before it was closed is only another address to ask.
            saved = replace(NEVER_ASKED, moved_to=on_port_80(spelling), moved_times=MOVES)
            address = moved(feed(door.url("/feed.xml")), saved)
            assert address is not None
            assert isinstance(await fetching.fetch(feed(address), NEVER_ASKED), Unreachable)
    assert {*tried} == {DOOR}


async def test_none_is_reached_by_what_a_feed_names_as_its_hub_or_topic(
    door: FeedServer, tried: list[str]
) -> None:
    async with fetcher() as fetching:
        for spelling in SPELLINGS:
            target = on_port_80(spelling)
            link = f'<{target}>; rel="hub", <{target}>; rel="self"'.encode().decode("latin-1")
            door.fail("/feed.xml", Raw(b"<rss/>", headers={"Link": link}))
            result = await fetching.get(door.url("/feed.xml"))
            if not isinstance(result, Document):
                continue  # a header that aiohttp does not take
            assert result.hub is not None
            assert result.topic is not None
            form = {"hub.mode": "subscribe", "hub.topic": result.topic, "hub.callback": target}
            assert isinstance(await fetching.submit(result.hub, form), Unreachable)
            assert isinstance(await fetching.get(result.topic), Unreachable)
    assert {*tried} == {DOOR}


async def test_closed_and_absent_sound_alike(inside: FeedServer) -> None:
    async with fetcher() as fetching:
        absent = await fetching.get(f"http://{DOOR}:1/")
        for each in (inside.url("/secret.xml"), "http://10.0.0.1/", "http://[::1]:1/"):
            assert await fetching.get(each) == absent == UNREACHABLE


@pytest.mark.parametrize("port", [1, 22, 25, 6379, 9200, 65535])
async def test_a_public_address_has_no_other_port_than_those_of_the_web(
    port: int, tried: list[str]
) -> None:
    async with fetcher(look_up=dns("93.184.216.34")) as fetching:
        assert await fetching.get(f"http://public.example:{port}/") == UNREACHABLE
    assert tried == []


@pytest.mark.parametrize(
    "url",
    [
        "http://x:99999/",
        "http://x:-1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "ws://127.0.0.1/",
        "//127.0.0.1/",
        "127.0.0.1",
        "",
    ],
)
async def test_what_is_no_address_of_the_web_is_not_tried(url: str, tried: list[str]) -> None:
    async with fetcher(allow=(ip_network("0.0.0.0/0"),)) as fetching:
        assert isinstance(await fetching.get(url), Unreachable)
        assert isinstance(await fetching.submit(url, {}), Unreachable)
    assert tried == []
