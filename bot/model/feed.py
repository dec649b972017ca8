"""What is polled, how polling stands, and what one request gave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's address, and whose newsroom speaks through it."""

    id: str
    url: str
    outlet: str
    """The name shown to readers."""
    publisher: str
    """The independent newsroom behind the outlet; equal to the outlet where nobody said otherwise."""
    every: timedelta | None = None
    """How often to ask, where the operator fixed it."""
    language: str | None = None
    """BCP 47, as ``en`` or ``ar``."""
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Polling:
    """How the polling of one feed stands."""

    feed_id: str
    due_at: datetime
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    """Of the last body read, so that a server without validators costs no second parse."""
    failures: int = 0
    """In a row."""
    succeeded_at: datetime | None = None
    """When it last gave something readable. None: never, so the next reading is a silent baseline."""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A body that differs, as far as the server says, from what we had."""

    body: bytes
    """Decompressed."""
    url: str
    """The address that answered, after redirects."""
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    fresh_for: timedelta | None = None
    """How long the server asked us to stay away (Cache-Control, Expires)."""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The server said that nothing changed (304)."""

    fresh_for: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No body came, for a reason that is written for people."""

    reason: str
    status: int | None = None
    retry_after: timedelta | None = None


FetchResult = Document | Unchanged | Unreachable


@dataclass(frozen=True, slots=True)
class Item:
    """One article as its feed gave it: markup and all."""

    guid: str | None
    link: str | None
    """Absolute where it could be made so."""
    title: str
    summary: str
    """HTML or text; the fullest of the summary and the content."""
    published: datetime | None = None
    updated: datetime | None = None
    author: str | None = None
    source: str | None = None
    """The outlet that an aggregator names for this item."""


@dataclass(frozen=True, slots=True)
class Items:
    """What a readable feed held."""

    items: tuple[Item, ...]
    title: str = ""
    language: str | None = None
    ask_every: timedelta | None = None
    """How often the feed itself says to ask (``ttl``, ``sy:updatePeriod``)."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The body is not a feed, or could not be read within the limits; the reason is for people."""

    reason: str


Reading = Items | Unreadable
