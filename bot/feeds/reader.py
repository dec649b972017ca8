"""A document is read by the cheapest door that gives what feedparser would give."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TypeGuard

from bot.feeds.cut import Cut, cut
from bot.feeds.parse_pool import ParsePool
from bot.feeds.prescan import refusal
from bot.feeds.quick_parse import quick_parse
from bot.model.feed import Document, Items, Reading

MOST_CUT = 300_000
MOST_QUICK = 150_000
"""Bytes: what more takes so long that the loop would stand still is done by the pool."""
MOST_ITEMS_HERE = 500
"""Likewise, for items of a few bytes."""


class FeedReader:
    """Reads documents on the loop where that takes a few milliseconds, else in `pool`."""

    def __init__(self, pool: ParsePool) -> None:
        self._pool = pool
        # Many documents that come at once are read one at a turn of the loop, not all in one.
        self._turn = asyncio.Lock()

    async def read(self, document: Document, known_blocks: bytes = b"") -> Reading:
        """What `document` holds, without the items whose digests are among `known_blocks`.

        Where nothing is new, it is not read at all, and so says nothing of the channel either.
        """
        body = document.body
        if unreadable := refusal(body):
            return unreadable
        parts = None
        if len(body) <= MOST_CUT and _number_of_items(body) <= MOST_ITEMS_HERE:
            async with self._turn:
                await asyncio.sleep(0)  # noqa: TID251 — waits for nothing but the others
                parts = cut(body, document.content_type, known_blocks)
        if parts is None:
            return await self._parsed(document)
        if parts.unseen == 0:
            return Items((), blocks=parts.blocks, partial=True)
        reading = await self._parsed(replace(document, body=parts.body))
        if _adds_up(reading, parts):
            partial = parts.unseen < parts.total
            return replace(reading, blocks=parts.blocks, partial=partial)
        return reading if parts.unseen == parts.total else await self._parsed(document)

    async def _parsed(self, document: Document) -> Reading:
        body = document.body
        if len(body) <= MOST_QUICK and _number_of_items(body) <= MOST_ITEMS_HERE:
            async with self._turn:
                await asyncio.sleep(0)  # noqa: TID251 — likewise
                items = quick_parse(body, document.url, document.content_type)
            if items is not None:
                return items
        return await self._pool.read(document)


def _number_of_items(body: bytes) -> int:
    return body.count(b"<item") + body.count(b"<entry")


def _adds_up(reading: Reading, parts: Cut) -> TypeGuard[Items]:
    return isinstance(reading, Items) and len(reading.items) == parts.unseen
