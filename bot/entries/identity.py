"""What an article can be known again by: a few keys each, strongest first.

Of these kinds: ``guid:``; ``page:``, of a guid that numbers the editions of one page, as the BBC's
``…#0``, ``…#1``; ``link:``; and the headline of one outlet on one day, ``title:``, or ``told:``
where an aggregator gives nothing better. `novelty` says what each is worth.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.entries.links import canonical, is_sealed, is_web, page
from bot.model.feed import Item

_WORD = re.compile(r"\w+")
_EDITION = re.compile(r"(.+\..+/.+)#\d{1,2}")
_LONGEST_KEY = 300
"""Characters; what stands for a longer one is its digest."""


@dataclass(frozen=True, slots=True)
class Names:
    """What an item itself calls its article; canonical and printable."""

    guid: str | None
    page: str | None
    link: str | None
    """The address for readers, whether it tells articles apart or not."""
    is_sealed: bool


def names(item: Item) -> Names:
    link = canonical(item.link) if item.link else None
    guid = _guid(item.guid) if item.guid else None
    edition = _EDITION.fullmatch(guid) if guid else None
    return Names(
        guid=_bounded(f"guid:{guid}") if guid else None,
        page=_bounded(f"page:{edition[1]}") if edition else None,
        link=link or None,
        is_sealed=link is not None and is_sealed(link),
    )


def keys(
    each: Names, title: str, source: str, day: datetime | None, shared: frozenset[str]
) -> tuple[str, ...]:
    """Of an item that was told on `day`, by an aggregator's `source` if not by its own outlet.

    `shared` keys tell nothing.
    """
    own = [key for key in (each.guid, each.page, _link_key(each)) if key and key not in shared]
    kind = "told" if each.is_sealed else "title"
    on = day.date() if day else ""
    return (*own, f"{kind}:{digest(words(title), words(source))}|{on}")


def shared(items: Iterable[tuple[Names, str]]) -> frozenset[str]:
    """The keys of items (with their titles) that tell nothing apart, as different titles have them.

    A link shared by items that have a guid each still tells that they belong to one page.
    """
    titles: defaultdict[str, set[str]] = defaultdict(set)
    for each, title in items:
        if (key := each.guid or _link_key(each)) is not None:
            titles[key].add(title)
    return frozenset(
        key for key, those in titles.items() if len(those) > 1 and len(set(map(words, those))) > 1
    )


def words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def digest(*texts: str) -> str:
    return hashlib.blake2b("\0".join(texts).encode(), digest_size=8).hexdigest()


def _guid(given: str) -> str:
    """Printable; of an address only what names the page, and its fragment.

    A fragment may be all that tells the entries of a live blog apart.
    """
    guid = canonical(given)
    if not is_web(guid):
        return guid
    fragment = given.partition("#")[2] if "#" not in guid else ""
    return page(guid) + "".join(filter(str.isprintable, fragment and f"#{fragment}")).rstrip()


def _link_key(each: Names) -> str | None:
    if not each.link or each.is_sealed:
        return None
    return _bounded(f"link:{page(each.link)}")


def _bounded(key: str) -> str:
    if len(key) <= _LONGEST_KEY:
        return key
    return f"{key.partition(':')[0]}:{hashlib.blake2b(key.encode(), digest_size=16).hexdigest()}"
