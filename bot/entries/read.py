"""Raw items become entries: cleaned, credited, identified, oldest first."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from bot.entries.dateline import credit
from bot.entries.links import canonical, page
from bot.entries.text import one_line, opening, plain
from bot.model.entry import Entry
from bot.model.feed import Feed, Item, Items

_WORD = re.compile(r"\w+")


def read(items: Items, feed: Feed, now: datetime) -> tuple[Entry, ...]:
    """What `feed` tells, oldest first; an item with neither title nor text tells nothing."""
    shared = _shared(items.items)
    # Feeds put the newest first. Where dates are wanting or equal, this keeps their order.
    entries = [_entry(item, items, feed, now, shared) for item in reversed(items.items)]
    return tuple(sorted((each for each in entries if each), key=lambda entry: entry.told_at))


def _entry(
    item: Item, items: Items, feed: Feed, now: datetime, shared: frozenset[str]
) -> Entry | None:
    title = one_line(item.title)
    agency, text = credit(plain(item.summary))
    if not title and not text:
        return None
    outlet, publisher = feed.outlet, agency or feed.publisher
    source = one_line(item.source or "")
    if source and source.casefold() != feed.outlet.casefold():
        # Aggregators write “Headline - Outlet”, and the same again as the text.
        outlet, publisher = source, agency or source
        title = title.removesuffix(f" - {source}")
        text = "" if text == f"{title} {source}" else text
    title = title or opening(text)
    text = _without_title(text, title)
    published = item.published or item.updated
    keys = _keys(item, title, published or now, shared)
    return Entry(
        id=_digest(feed.id, keys[0]),
        feed_id=feed.id,
        keys=keys,
        outlet=outlet,
        publisher=publisher,
        title=title,
        link=canonical(item.link) if item.link else None,
        summary=text,
        published=published,
        seen_at=now,
        fingerprint=_digest(title, text),
        language=feed.language or items.language,
    )


def _keys(item: Item, title: str, day: datetime, shared: frozenset[str]) -> tuple[str, ...]:
    own = (key for key in (_guid_key(item), _link_key(item)) if key and key not in shared)
    return (*own, f"title:{_digest(_words(title))}|{day.date()}")


def _guid_key(item: Item) -> str | None:
    return f"guid:{item.guid}" if item.guid else None


def _link_key(item: Item) -> str | None:
    return f"link:{page(item.link)}" if item.link else None


def _shared(items: Iterable[Item]) -> frozenset[str]:
    """The keys that tell nothing apart, because items of different titles carry them.

    A link shared by items that have a guid each still tells that they belong to one page.
    """
    titles: defaultdict[str, set[str]] = defaultdict(set)
    for item in items:
        key = _guid_key(item) or _link_key(item)
        if key is not None:
            titles[key].add(_words(item.title or item.summary))
    return frozenset(key for key, each in titles.items() if len(each) > 1)


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _without_title(text: str, title: str) -> str:
    """Many feeds begin the text with its own headline."""
    if not text.startswith(title):
        return text
    rest = text[len(title) :]
    ends = not rest or rest[0] in "\n.:–—|" or title[-1] in ".!?…"
    return rest.lstrip(" \n.:-–—|") if ends else text  # else they begin a sentence that goes on


def _digest(*texts: str) -> str:
    return hashlib.blake2b("\0".join(texts).encode(), digest_size=8).hexdigest()
