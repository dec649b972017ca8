"""Which door a document goes through, seen by what comes out and what the pool was given."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.feeds.parse import parse
from bot.feeds.parse_pool import ParsePool
from bot.feeds.reader import MOST_CUT, MOST_ITEMS_HERE, MOST_QUICK, FeedReader
from bot.model.feed import Document, Items, Reading, Unreadable

URL = "https://a.example/feed.xml"
ODD = b"<pubDate>yesterday evening</pubDate>"
"""What only feedparser reads."""


class SamePool(ParsePool):
    """Reads in this process, and keeps what it was given."""

    def __init__(self) -> None:
        super().__init__(workers=1)
        self.given: list[bytes] = []

    async def read(self, document: Document) -> Reading:
        self.given.append(document.body)
        return parse(document.body, document.url, document.content_type)


def feed(*items: str, ttl: str = "<ttl>30</ttl>") -> Document:
    inner = "".join(f"<item><guid isPermaLink='false'>{each}</guid></item>" for each in items)
    body = f"<rss version='2.0'><channel><title>T</title>{ttl}{inner}</channel></rss>"
    return Document(body.encode(), URL)


async def read(document: Document, known: bytes = b"") -> tuple[Items, list[bytes]]:
    pool = SamePool()
    reading = await FeedReader(pool).read(document, known)
    assert isinstance(reading, Items)
    return reading, pool.given


def guids(items: Items) -> list[str | None]:
    return [item.guid for item in items.items]


async def test_a_plain_feed_needs_no_worker() -> None:
    items, given = await read(feed("1", "2"))
    assert guids(items) == ["1", "2"]
    assert not items.partial
    assert len(items.blocks) == 16
    assert given == []


async def test_only_the_new_items_are_read() -> None:
    before, _ = await read(feed("2", "3"))
    items, given = await read(feed("1", "2", "3"), before.blocks)
    assert guids(items) == ["1"]
    assert items.partial
    assert items.blocks.endswith(before.blocks)
    assert given == []


async def test_where_nothing_is_new_nothing_is_read() -> None:
    before, _ = await read(feed("1", "2"))
    items, given = await read(feed("2", "1"), before.blocks)
    assert items == Items((), blocks=before.blocks[8:] + before.blocks[:8], partial=True)
    assert given == []


def odd(document: Document) -> Document:
    return replace(document, body=document.body.replace(b"</guid>", b"</guid>" + ODD, 1))


async def test_what_is_odd_goes_to_feedparser_without_the_known_items() -> None:
    before, _ = await read(feed("2"))
    items, given = await read(odd(feed("1", "2")), before.blocks)
    assert guids(items) == ["1"]
    assert items.partial
    assert given == [odd(feed("1")).body]


async def test_what_cannot_be_cut_is_read_whole() -> None:
    twice = feed("1", "1")
    before, _ = await read(twice)
    assert before.blocks == b""
    items, given = await read(twice, b"12345678")
    assert guids(items) == ["1", "1"]
    assert not items.partial
    assert given == []


class StumblingPool(SamePool):
    """Loses an item of the first body that it is given."""

    async def read(self, document: Document) -> Reading:
        items = await super().read(document)
        assert isinstance(items, Items)
        return replace(items, items=items.items[len(self.given) == 1 :])


async def test_a_cut_that_does_not_add_up_is_read_whole() -> None:
    before, _ = await read(feed("2"))
    pool = StumblingPool()
    document = odd(feed("1", "2"))
    assert await FeedReader(pool).read(document, before.blocks) == parse(document.body, URL, None)
    assert len(pool.given) == 2


async def test_a_large_feed_is_read_by_the_pool() -> None:
    document = feed(*(f"{number:0>500}" for number in range(MOST_QUICK // 500)))
    items, given = await read(document)
    assert len(items.items) == MOST_QUICK // 500
    assert len(items.blocks) == 8 * len(items.items)
    assert given == [document.body]
    larger = feed(*(f"{number:0>500}" for number in range(MOST_CUT // 500)))
    items, given = await read(larger)
    assert items.blocks == b""
    assert given == [larger.body]


async def test_what_must_not_be_read_is_not() -> None:
    pool = SamePool()
    body = b'<!DOCTYPE rss [<!ENTITY a "b">]>' + feed("1").body
    assert isinstance(await FeedReader(pool).read(Document(body, URL)), Unreadable)
    assert pool.given == []


async def test_a_body_of_very_many_items_is_not_read_on_the_loop() -> None:
    document = feed(*map(str, range(MOST_ITEMS_HERE + 1)))
    assert len(document.body) < MOST_QUICK
    items, given = await read(document)
    assert len(items.items) == MOST_ITEMS_HERE + 1
    assert (given, items.blocks) == ([document.body], b"")


async def test_documents_that_come_at_once_are_read_in_turns_of_the_loop() -> None:
    """While many are read, whatever else is due comes in between."""
    reader, turns = FeedReader(SamePool()), 0
    reading = asyncio.gather(*(reader.read(feed(str(n))) for n in range(20)))
    while not reading.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 3 * 20  # two for each to be cut, two to be read
