"""News days as they came in, and the stories that a reader would make of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.model.entry import Entry, New, Revised
from bot.stories.change import describe
from bot.stories.cluster import place
from bot.stories.window import Window

TIMELINES = sorted((Path(__file__).parents[1] / "data/timelines").glob("*.yaml"))


@pytest.mark.parametrize("path", TIMELINES, ids=lambda path: path.stem)
def test_timeline(path: Path) -> None:
    timeline = yaml.safe_load(path.read_text(encoding="utf-8"))
    window = Window()
    said: list[str | None] = []
    first_told: dict[str, datetime | None] = {}
    for row in timeline["entries"]:
        entry = _entry(row)
        if row.get("revised"):
            news: New | Revised = Revised(replace(entry, published=first_told[entry.id]))
        else:
            news = New(entry)
            first_told[entry.id] = entry.published
        if (change := place(news, window)) is not None:
            said.append(describe(change, window.get(change.story.id)))
            window.advance((change,))

    stories = sorted(window.stories(), key=lambda story: story.opened_at)
    assert [[e.id for e in story.entries] for story in stories] == timeline["stories"]
    copies = {t.entry.id: t.copy_of for s in stories for t in s.tellings if t.copy_of is not None}
    assert copies == timeline.get("copies", {})
    if "publishers" in timeline:
        assert [list(story.publishers) for story in stories] == timeline["publishers"]
    if "said" in timeline:
        assert [words for words in said if words is not None] == timeline["said"]


def _entry(row: dict[str, Any]) -> Entry:
    at = datetime.strptime(str(row["at"]), "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    return Entry(
        id=row["id"],
        feed_id=row["outlet"],
        keys=(),
        outlet=row["outlet"],
        publisher=row.get("publisher", row["outlet"]),
        title=row["title"],
        link=None,
        summary=row["text"],
        published=at,
        seen_at=at,
        fingerprint=row["title"] + row["text"],
        language=row.get("language"),
    )
