"""A walk over the feeds that other feed readers keep for their tests, many broken on purpose."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.entries.read import read
from bot.feeds.parse_pool import ParsePool
from bot.model.feed import Document, Feed, Items

CORPUS = Path(__file__).resolve().parents[2] / "../shared/feeds-corpus"
FEED = Feed("f", "https://a.example/dir/feed.xml", outlet="O", publisher="O")
NOW = datetime(2020, 11, 17, tzinfo=UTC)
EVERY = 20


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the feed corpus is not on this machine")
async def test_no_file_breaks_the_reader_and_most_hold_entries() -> None:
    paths = sorted(path for path in CORPUS.glob("*/**/*") if path.is_file())[::EVERY]
    readable, entries = 0, 0
    async with ParsePool(workers=1) as pool:
        for path in paths:
            reading = await pool.read(Document(path.read_bytes(), FEED.url))
            if isinstance(reading, Items):
                readable += 1
                entries += len(read(reading, FEED, NOW))
            else:
                assert reading.reason.startswith(("It is ", "It defines ", "Its XML ")), path
    assert readable > len(paths) / 2
    assert entries > len(paths) / 4
