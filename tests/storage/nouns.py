"""Nouns to store, each with only what the test is about spelled out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.model.delivery import Bulletin, Count, Line, Mention
from bot.model.entry import Entry
from bot.model.feed import Feed
from bot.model.story import Because, Story, StoryChange, Telling, Turn
from bot.model.watch import Destination, Platform

NOON = datetime(2020, 11, 17, 12, 0, tzinfo=UTC)
HERE = Destination(Platform.DISCORD, "guild", "channel")
THERE = Destination(Platform.SLACK, "team", "channel")


def feed(feed_id: str, **changes: Any) -> Feed:
    fields = {"url": f"https://{feed_id}.example/rss", "outlet": feed_id, "publisher": feed_id}
    return Feed(id=feed_id, **fields | changes)


def entry(entry_id: str, **changes: Any) -> Entry:
    fields: dict[str, Any] = {
        "feed_id": "kabul-daily",
        "keys": (f"guid:{entry_id}", f"link:{entry_id}"),
        "outlet": "Kabul Daily",
        "publisher": "Kabul Daily",
        "title": "Troops to leave by January",
        "link": f"https://kabul.example/{entry_id}",
        "summary": "Half of them.\nسوف يغادرون",
        "published": NOON - timedelta(hours=1),
        "seen_at": NOON,
        "fingerprint": "f1",
        "language": "en",
    }
    return Entry(id=entry_id, **fields | changes)


def story(story_id: str, *tellings: Telling, changed_at: datetime = NOON) -> Story:
    return Story(story_id, tellings, NOON - timedelta(hours=1), changed_at)


def opened(story_id: str, *, changed_at: datetime = NOON, **changes: Any) -> StoryChange:
    first = entry(f"{story_id}-1", **changes)
    because = Because("Nothing like it is open.", 0.125, ("troops", "january"))
    told = story(story_id, Telling(first), changed_at=changed_at)
    return StoryChange(told, Turn.OPENED, because, first)


def bulletin(story_id: str = "s1", headline: str = "Rockets hit the Green Zone") -> Bulletin:
    return Bulletin(
        story_id=story_id,
        headline=headline,
        link="https://kabul.example/1",
        lines=(Line("Seven rockets “fell”.", "Kabul Daily", None),),
        counts=(
            Count("rockets", "7", ("Kabul Daily", "Baghdad Post"), "Baghdad", NOON),
            Count("killed", "1", ()),
        ),
        mentions=(Mention("Kabul Daily", None, NOON, copy=False),),
        publishers=1,
        opened_at=NOON - timedelta(hours=1),
        changed_at=NOON,
        news="now seven rockets",
    )
