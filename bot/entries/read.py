"""Raw items become entries: cleaned, credited, identified, oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from bot.entries.agencies import newsroom
from bot.entries.dateline import credit, credit_in_title
from bot.entries.identity import Names, digest, keys, names, shared
from bot.entries.languages import language_of
from bot.entries.links import shown
from bot.entries.text import one_line, opening, plain
from bot.model.entry import Entry
from bot.model.feed import Feed, Item, Items


def read(items: Items, feed: Feed, now: datetime) -> tuple[Entry, ...]:
    """What `feed` tells, oldest first; an item with neither title nor text tells nothing."""
    return in_order(entry for entry in one_by_one(items, feed, now) if entry is not None)


def one_by_one(items: Items, feed: Feed, now: datetime) -> Iterator[Entry | None]:
    """What each item tells, the last one first, for a reader who has other work in between."""
    named = [(item, names(item)) for item in items.items]
    vague = shared((each, item.title or item.summary) for item, each in named)
    claimed = feed.language or items.language
    for item, each in reversed(named):
        yield _entry(item, each, vague, feed, claimed, now)


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Oldest first. Feeds put the newest first: of one date, what stood last is told first."""
    return tuple(sorted(entries, key=lambda entry: entry.told_at))


def _entry(
    item: Item, own: Names, vague: frozenset[str], feed: Feed, claimed: str | None, now: datetime
) -> Entry | None:
    title = one_line(item.title)
    # Beside a sealed link stand the headlines of other outlets, no text of this one.
    agency, text = (None, "") if own.is_sealed and title else credit(plain(item.summary))
    if not title and not text:
        return None
    source = one_line(item.source) if item.source else ""
    if source.casefold() == feed.outlet.casefold():
        source = ""
    if source:  # Aggregators write “Headline - Outlet”, and the same again as the text.
        title = title.removesuffix(f" - {source}")
        text = "" if text == f"{title} {source}" else text
    title = title or opening(text)
    text = _without_title(text, title)
    named, title = credit_in_title(title)
    published = item.published or item.updated
    identity = keys(own, title, source, published, vague)
    return Entry(
        id=digest(feed.id, identity[0]),
        feed_id=feed.id,
        keys=identity,
        outlet=source or feed.outlet,
        publisher=newsroom(agency or named or source or feed.publisher),
        title=title,
        link=shown(own.link),
        summary=text,
        published=published,
        seen_at=now,
        fingerprint=digest(title, text),
        language=language_of(title, text, claimed),
    )


def _without_title(text: str, title: str) -> str:
    """Many feeds begin the text with its own headline."""
    if not text.startswith(title):
        return text
    rest = text[len(title) :]
    ends = not rest or rest[0] in "\n.:–—|" or title[-1] in ".!?…"
    return rest.lstrip(" \n.:-–—|") if ends else text  # else they begin a sentence that goes on
