"""What is polled, how polling stands, and what one request gave."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit


class Trouble(StrEnum):
    """What kind of failure it is, for who has to do something about it."""

    GONE = "gone"
    """The server says that the feed is no more (410 for a day, 404 for a week)."""
    BLOCKED = "blocked"
    """It does not let us in: a robot wall, a login (401, 403, 451)."""
    BUSY = "busy"
    """It asks us to come back later (429, 503)."""
    DOWN = "down"
    """No proper answer: no host, no connection, an error of its own."""
    SLOW = "slow"
    """It did not answer in full in time."""
    NOT_A_FEED = "not a feed"
    """What it answers is something else, such as a web page."""
    UNREADABLE = "unreadable"
    """It is a feed that is broken beyond reading, or larger than we read."""
    HARMFUL = "harmful"
    """Reading it hung or crashed its worker, or it is made to do so."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's address, and whose newsroom speaks through it."""

    id: str
    url: str
    """With a user and password or a key in it where the feed needs them: never shown, see `shown`."""
    outlet: str
    """The name shown to readers."""
    publisher: str
    """The independent newsroom behind the outlet; equal to the outlet where nobody said otherwise."""
    every: timedelta | None = None
    """How often to ask, where the operator fixed it."""
    language: str | None = None
    """BCP 47, as ``en`` or ``ar``."""
    tags: frozenset[str] = frozenset()
    locked: bool = False
    """The key to its address is lost: `url` is what can be shown of it, and is not to be asked."""

    @property
    def shown(self) -> str:
        """The address for people and logs: without user, password, parameters and query."""
        return without_secrets(self.url)


def without_secrets(url: str) -> str:
    """`url` for people and logs; what is no address is not shown at all."""
    try:
        parts = urlsplit(url)
        netloc = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "[address]"
    path = re.sub(r";[^/]+", ";…", parts.path)
    return urlunsplit((parts.scheme, netloc, path, "…" if parts.query else "", ""))


@dataclass(frozen=True, slots=True)
class Polling:
    """How the polling of one feed stands."""

    feed_id: str
    due_at: datetime
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    """Of the last body read, so that a server without validators costs no second parse."""
    blocks: bytes = b""
    """The digests of the item blocks of that body, `BLOCK_DIGEST` bytes each."""
    debris: bytes = b""
    """What is learnt of the lines that the site puts under its articles, packed."""
    failures: int = 0
    """In a row."""
    failing_since: datetime | None = None
    """When the first of them was. None: it works."""
    trouble: Trouble | None = None
    """What kind the last of them was."""
    strikes: int = 0
    """How often in a row reading it hung or crashed a worker."""
    noticed: bool = False
    """The channels that depend on it were told that it fails."""
    paused: bool = False
    """By a person; it is not due until it is resumed."""
    ask_every: timedelta | None = None
    """How often the feed itself last said to ask."""
    skip_hours: frozenset[int] = frozenset()
    """0 to 23, UTC: when the feed says not to ask."""
    skip_days: frozenset[int] = frozenset()
    """0 (Monday) to 6, UTC: likewise."""
    rhythm: timedelta | None = None
    """The usual time between two of its articles, as learnt so far."""
    moved_to: str | None = None
    """Where permanent redirects led the last times."""
    moved_times: int = 0
    """On how many days (UTC) in a row."""
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
    moved_to: str | None = None
    """Where the feed lives now, when every hop to it was a permanent redirect (301, 308)."""
    hub: str | None = None
    """The WebSub hub of the ``Link`` headers, and the address by which it knows the feed."""
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The server said that nothing changed (304)."""

    fresh_for: timedelta | None = None
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No body came, for a reason that is written for people."""

    reason: str
    status: int | None = None
    retry_after: timedelta | None = None
    trouble: Trouble = Trouble.DOWN
    unasked: bool = False
    """It was not even asked, for its host is to be left alone: it says nothing of the feed."""


FetchResult = Document | Unchanged | Unreachable

LOCKED = Unreachable("Its address cannot be opened: its key is missing.", trouble=Trouble.BLOCKED)
"""What asking a locked feed gives."""


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
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    hub: str | None = None
    """Its WebSub hub, and the address by which the hub knows it (``rel="self"``)."""
    topic: str | None = None
    blocks: bytes = b""
    """The digests of all the item blocks of the body; empty where it could not be cut."""
    partial: bool = False
    """Only the items are here whose blocks were not known."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The body is not a feed, or could not be read within the limits; the reason is for people."""

    reason: str
    trouble: Trouble = Trouble.UNREADABLE


Reading = Items | Unreadable

BLOCK_DIGEST = 8
"""Bytes."""
