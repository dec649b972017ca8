"""When a story ends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.model.story import Because, Story, StoryChange, Turn

OPEN_FOR = timedelta(hours=72)
"""How long a story that nobody adds to stays open."""


def stale(stories: Iterable[Story], now: datetime) -> tuple[StoryChange, ...]:
    """Those of the open stories that nobody added to for `OPEN_FOR`, closed."""
    because = Because(f"Nothing new for {OPEN_FOR // timedelta(hours=1)} hours.")
    return tuple(
        StoryChange(story, Turn.CLOSED, because)
        for story in stories
        if now - story.changed_at > OPEN_FOR
    )
