"""The feeds that other feed readers keep for their tests, many broken on purpose, as served feeds.

What is read of them is counted against feedparser alone, and told as JSON at the end of the run.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from io import BytesIO
from ipaddress import ip_network
from pathlib import Path

import feedparser
import pytest

from bot.entries.read import read
from bot.feeds.fetch import HttpFetcher
from bot.feeds.fields import absolute
from bot.feeds.parse_pool import ParsePool
from bot.feeds.reader import FeedReader
from bot.model.feed import Document, Feed, Items, Polling, Reading, Trouble
from tests.doubles.feed_server import FeedServer, Raw

CORPUS = Path(__file__).resolve().parents[2] / "../shared/feeds-corpus"
NOW = datetime(2020, 11, 17, tzinfo=UTC)
MEDIA_TYPE = "application/xml"
SECONDS = 10.0
"""The limit for one document."""
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Score:
    """How many entries there are, and how many of them have what a reader needs."""

    entries: int = 0
    titles: int = 0
    links: int = 0
    dates: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def holds(self, other: Score) -> bool:
        return all(a >= b for a, b in zip(astuple(self), astuple(other), strict=True))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the feed corpus is not on this machine")
async def test_nothing_breaks_and_no_less_is_read_than_by_feedparser_alone(
    record_property: Callable[[str, object], None],
) -> None:
    paths = sorted(path for path in CORPUS.glob("*/**/*") if path.is_file())
    names = [str(path.relative_to(CORPUS)) for path in paths]
    bodies = [path.read_bytes() for path in paths]
    alone = [by_feedparser(body) for body in bodies]
    started = time.monotonic()
    async with served(bodies) as (fetcher, feeds), ParsePool(workers=2, timeout=SECONDS) as pool:
        reader, lags = FeedReader(pool), list[float]()
        await reader.read(Document(b"<a>warm</a>", "http://127.0.0.1/"))
        timer = asyncio.create_task(measure(lags))

        readings: dict[str, Reading] = {}
        waiting = iter(feeds)

        async def take_turns() -> None:
            for feed in waiting:
                document = await fetcher.fetch(feed, Polling(feed.id, NOW))
                assert isinstance(document, Document), (feed.url, document)
                readings[feed.id] = await reader.read(document)

        await asyncio.wait_for(asyncio.gather(*(take_turns() for _ in range(AT_ONCE))), 240)
        timer.cancel()
        with suppress(asyncio.CancelledError):
            await timer
    took = time.monotonic() - started

    ours, theirs, refused = Score(), Score(), []
    for name, feed, (healthy, their) in zip(names, feeds, alone, strict=True):
        reading = readings[feed.id]
        our = counted(reading)
        ours, theirs = ours + our, theirs + their
        if not isinstance(reading, Items) and reading.trouble is Trouble.HARMFUL:
            refused.append((name, reading.reason))
            continue
        assert our.holds(their), (name, reading)
        assert not healthy or our.entries == their.entries, (name, reading)
        if isinstance(reading, Items):
            read(reading, feed, NOW)
    assert {reason for _, reason in refused} <= {
        "It defines entities of its own, which is a known attack."
    }, refused
    assert ours.holds(theirs)
    lags.sort()
    p99, worst = lags[len(lags) * 99 // 100], lags[-1]
    assert p99 < 0.1, "the loop stood still"  # the server has its turns on it as well
    assert worst < 1
    report = {
        "files": len(names),
        "readable": sum(isinstance(reading, Items) for reading in readings.values()),
        "refused": [name for name, _ in refused],
        "entries, titles, links, dates": astuple(ours),
        "by feedparser alone": astuple(theirs),
        "seconds": round(took, 1),
        "loop lag p99 and worst, ms": (round(p99 * 1_000, 1), round(worst * 1_000, 1)),
    }
    record_property("recap", json.dumps(report))


@asynccontextmanager
async def served(bodies: Iterable[bytes]) -> AsyncIterator[tuple[HttpFetcher, list[Feed]]]:
    """Each body at an address of its own, and what fetches it."""
    async with (
        FeedServer() as server,
        HttpFetcher(
            "wirewatch-tests",
            sleep=asyncio.sleep,
            monotonic=time.monotonic,
            allow=(ip_network("127.0.0.0/8"),),
            host_concurrency=AT_ONCE,
            host_gap=0,
            timeout=120,
        ) as fetcher,
    ):
        feeds = []
        for number, body in enumerate(bodies):
            server.fail(f"/{number}", Raw(body, MEDIA_TYPE))
            feeds.append(Feed(str(number), server.url(f"/{number}"), outlet="O", publisher="O"))
        yield fetcher, feeds


async def measure(lags: list[float], every: float = 0.005) -> None:
    """How much later than asked for the loop takes its turn, in seconds."""
    while True:
        asked = time.monotonic() + every
        await asyncio.sleep(every)
        lags.append(time.monotonic() - asked)


def by_feedparser(body: bytes) -> tuple[bool, Score]:
    """Whether it finds the feed healthy, and what it reads."""
    try:
        parsed = feedparser.parse(
            BytesIO(body),
            response_headers={"content-type": MEDIA_TYPE},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception:  # noqa: BLE001 - which is one of the things that we do better
        return False, Score()
    entries = parsed["entries"]
    return not parsed["bozo"], Score(
        entries=len(entries),
        titles=sum(bool(entry.get("title")) for entry in entries),
        # An urn is no link that a reader could follow.
        links=sum(bool(absolute(entry.get("link", ""), "http://a.example/")) for entry in entries),
        dates=sum(usable(entry) for entry in entries),
    )


def usable(entry: feedparser.FeedParserDict) -> bool:
    # Asked first: `get` answers a missing "updated" with "published", and warns.
    times = [entry[key] for key in ("published_parsed", "updated_parsed") if key in entry]
    return any(when is not None and 1970 <= when.tm_year <= 2100 for when in times)


def counted(reading: Reading) -> Score:
    items = reading.items if isinstance(reading, Items) else ()
    return Score(
        entries=len(items),
        titles=sum(bool(item.title) for item in items),
        links=sum(item.link is not None for item in items),
        dates=sum(bool(item.published or item.updated) for item in items),
    )
