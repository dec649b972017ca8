"""Entries and stories in few words, for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.model.entry import Entry, New, Revised
from bot.model.story import Story, StoryChange, Telling
from bot.stories.cluster import place
from bot.stories.window import Window

NOON = datetime(2020, 11, 17, 12, tzinfo=UTC)


def told(
    title: str,
    text: str = "",
    outlet: str = "Courier",
    *,
    hours: float = 0,
    id: str | None = None,
    publisher: str | None = None,
    language: str | None = None,
    seen_after: float = 0,
) -> Entry:
    """An entry told `hours` after noon and seen `seen_after` hours later."""
    at = NOON + timedelta(hours=hours)
    slug = title.lower().replace(" ", "-")
    return Entry(
        id=id or f"{outlet}: {title}",
        feed_id=outlet.lower(),
        keys=(f"guid:{slug}",),
        outlet=outlet,
        publisher=publisher or outlet,
        title=title,
        link=f"https://{outlet.lower()}.example/{slug}",
        summary=text,
        published=at,
        seen_at=at + timedelta(hours=seen_after),
        fingerprint=f"{title}\0{text}",
        language=language,
    )


def placed(window: Window, *entries: Entry) -> list[StoryChange]:
    """Each entry placed and committed, one after the other."""
    changes: list[StoryChange] = []
    for entry in entries:
        new = place(New(entry), window)
        window.advance(new)
        changes += new
    return changes


def changed(news: New | Revised, window: Window) -> StoryChange:
    """What `news` changes, where it is known to change one thing."""
    (change,) = place(news, window)
    return change


def story_of(*entries: Entry) -> Story:
    """The one story that these entries make."""
    window = Window()
    placed(window, *entries)
    (story,) = window.stories()
    return story


def of(*entries: Entry) -> Story:
    """A story of these entries, alike or not."""
    first, last = entries[0].told_at, entries[-1].told_at
    return Story("story", tuple(map(Telling, entries)), opened_at=first, changed_at=last)
