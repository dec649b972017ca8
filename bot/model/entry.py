"""One article, cleaned, and what is known of it already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

LEEWAY = timedelta(hours=1)
"""How far ahead of our clock an outlet's may run before its date is not believed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One article as its outlet told it: plain text, one link, one identity."""

    id: str
    feed_id: str
    keys: tuple[str, ...]
    """What this article can be known again by, strongest first."""
    outlet: str
    publisher: str
    """The newsroom answerable for the text: the outlet's own, or the agency it credits."""
    title: str
    link: str | None
    summary: str
    """Plain text: one line a paragraph."""
    published: datetime | None
    seen_at: datetime
    fingerprint: str
    """Of what readers see of it; another fingerprint under a known key is a revision."""
    language: str | None = None

    @property
    def told_at(self) -> datetime:
        """When it was told: the outlet's date where that can be believed, else when we saw it."""
        if self.published is None or self.published.year < 1990:
            return self.seen_at
        if self.published > self.seen_at + LEEWAY:
            return self.seen_at
        return self.published

    @property
    def text(self) -> str:
        return f"{self.title}\n{self.summary}"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is remembered of an article that was read before."""

    entry_id: str
    keys: frozenset[str]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class New:
    """An article never seen before."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Revised:
    """A known article whose words changed; `entry` carries the id it has always had."""

    entry: Entry


News = New | Revised
