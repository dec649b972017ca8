"""When a story ends."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.model.story import Because, StoryChange, Turn
from bot.stories.window import Window

OPEN_FOR = timedelta(hours=72)
"""How long a story that nobody adds to stays open."""


def stale(window: Window, now: datetime) -> tuple[StoryChange, ...]:
    """The open stories that nobody added to for `OPEN_FOR`, closed."""
    because = Because(f"Nothing new for {OPEN_FOR // timedelta(hours=1)} hours.")
    return tuple(
        StoryChange(story, Turn.CLOSED, because)
        for story in window.stories()
        if now - story.changed_at > OPEN_FOR
    )
