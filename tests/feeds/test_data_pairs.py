"""Each feed of tests/data/feeds beside what a reader must get of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.entries.read import read
from bot.feeds.parse import parse
from bot.model.entry import Entry
from bot.model.feed import Feed, Items, Unreadable

FEEDS = Path(__file__).resolve().parents[1] / "data" / "feeds"
FEED = Feed("f", "https://outlet.example/feed/all.xml", outlet="Outlet", publisher="Outlet")
NOW = datetime(2020, 11, 17, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize("path", sorted(FEEDS.glob("*.xml")), ids=lambda path: path.stem)
def test_feed_gives_what_its_pair_says(path: Path) -> None:
    assert told(path.read_bytes()) == json.loads(path.with_suffix(".json").read_text())


def told(body: bytes) -> dict[str, object]:
    match parse(body, FEED.url, None):
        case Unreadable(reason=reason):
            return {"unreadable": reason}
        case Items() as items:
            every = items.ask_every
            return {
                "title": items.title,
                "ask_every_minutes": every.total_seconds() / 60 if every else None,
                "entries": [shown(entry) for entry in read(items, FEED, NOW)],
            }


def shown(entry: Entry) -> dict[str, object]:
    return {
        "title": entry.title,
        "link": entry.link,
        "summary": entry.summary,
        "outlet": entry.outlet,
        "publisher": entry.publisher,
        "published": entry.published.isoformat() if entry.published else None,
        "told_at": entry.told_at.isoformat(),
        "language": entry.language,
        "keys": [key for key in entry.keys if not key.startswith("title:")],
    }
