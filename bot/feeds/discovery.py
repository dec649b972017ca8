"""From the address that a person typed, of a page or a feed, to the feeds that are there.

The one door of selectolax in this room.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import assert_never
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from bot.feeds.addresses import host_of
from bot.feeds.redirects import new_address
from bot.model.errors import Mistake
from bot.model.feed import (
    Document,
    FetchResult,
    Reading,
    Trouble,
    Unchanged,
    Unreachable,
    Unreadable,
)

MOST_CANDIDATES = 5
"""Feeds of one page that are asked."""
MOST_BYTES = 10_000_000
"""Read in one search; what comes after is not asked."""
MOST_TAGS = 1_000
"""Of a page, that may name a feed."""

Get = Callable[[str], Awaitable[FetchResult]]
Read = Callable[[Document], Awaitable[Reading]]

_KINDS = {
    "application/rss+xml": "RSS",
    "application/rdf+xml": "RSS",
    "application/atom+xml": "Atom",
    "application/feed+json": "JSON Feed",
}
_ROOTS = ((b"<rss", "RSS"), (b"<rdf:rdf", "RSS"), (b"<feed", "Atom"))
_COMMON = (
    "/feed",
    "/rss",
    "/rss.xml",
    "/atom.xml",
    "/feed.xml",
    "/index.xml",
    "/feeds/posts/default",
)
# The tags alone go to the HTML parser: its time grows with the square of a page's nesting.
_TAG = re.compile(rb"<(base|link|a)\s[^<>]{1,4000}>", re.IGNORECASE)
_FEED_LIKE = re.compile(
    r"(?:\b|_)(?:rss|atom|feeds?|rdf)(?:2?\.?xml|\.json)?(?:\b|_)", re.IGNORECASE
)
_CHARSET = re.compile(r"charset=[\"']?(utf-8|iso-8859-\d{1,2}|windows-125\d)", re.IGNORECASE)
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A feed, or before it was read what a page says is one."""

    url: str
    title: str
    kind: str
    """``RSS``, ``Atom`` or ``JSON Feed``; empty where nothing said which."""
    entries: int = 0
    newest: datetime | None = None
    """When its latest entry was published; None where its dates say nothing."""


@dataclass(frozen=True, slots=True)
class NoFeed:
    """What happened, then what to do, for people."""

    reason: str
    hint: str
    trouble: Trouble


Found = tuple[Candidate, ...] | NoFeed


async def discover(address: str, get: Get, read: Read) -> Found:
    """The feed at `address`, else those that the page there names, else one at the usual places.

    Every candidate was fetched and read. At most 14 requests, one after the other.
    """
    search = _Search(get, read)
    try:
        url, result = await search.first(spelled_out(address))
    except Mistake as mistake:
        return NoFeed(mistake.message, mistake.hint, Trouble.NOT_A_FEED)
    match result:
        case Document():
            reading = await search.read(url, result)
            if isinstance(reading, Candidate):
                return (reading,)
            if reading.trouble is not Trouble.NOT_A_FEED:
                return NoFeed(reading.reason, _LOOK, reading.trouble)
            landed = result.url
            links = alternates(result.body, landed, result.content_type)
            if found := await search.all(
                [link.url for link in links[:MOST_CANDIDATES]], MOST_CANDIDATES
            ):
                return found
        case Unreachable(status=404 | 410):
            landed = url
        case Unreachable():
            return NoFeed(result.reason, _REMEDIES.get(result.trouble, _LOOK), result.trouble)
        case Unchanged():
            return NoFeed("It answered that nothing changed.", _LOOK, Trouble.DOWN)
        case never:
            assert_never(never)
    if found := await search.all(common_paths(landed), 1):
        return found
    if isinstance(result, Unreachable):
        return NoFeed(result.reason, _LOOK, result.trouble)
    return NoFeed(
        "This page names no feed that can be read, and none is at the usual addresses.",
        "Look on the site for a link named RSS or feed, and give that address.",
        Trouble.NOT_A_FEED,
    )


_LOOK = "Look at it in a browser, and give the address of a page or feed that opens there."
_REMEDIES = {
    Trouble.BLOCKED: "The site lets no programs in, or wants a login; ask it for a feed address.",
    Trouble.BUSY: "Try again in a while.",
    Trouble.SLOW: "Try again in a while.",
}


class _Search:
    """What was asked in one search, and how much came."""

    def __init__(self, get: Get, read: Read) -> None:
        self._get = get
        self._read = read
        self._bytes = 0

    async def first(self, urls: Sequence[str]) -> tuple[str, FetchResult]:
        """What the first server gave that answers. Raises `Mistake` for what is no address."""
        for url in urls:
            host_of(url)
            result = await self._ask(url)
            if not isinstance(result, Unreachable) or result.status is not None:
                break
        return url, result

    async def read(self, url: str, document: Document) -> Candidate | Unreadable:
        reading = await self._read(document)
        if isinstance(reading, Unreadable):
            return reading
        return Candidate(
            url=new_address(url, document.moved_to) if document.moved_to else url,
            title=reading.title or urlsplit(url).hostname or "",
            kind=_kind(document.body),
            entries=len(reading.items),
            newest=max((item.published for item in reading.items if item.published), default=None),
        )

    async def all(self, urls: Sequence[str], most: int) -> tuple[Candidate, ...]:
        """The feeds among `urls`; no more are asked once there are `most`, or enough was read."""
        found: dict[str, Candidate] = {}
        for url in urls:
            if len(found) == most or self._bytes > MOST_BYTES:
                break
            result = await self._ask(url)
            if isinstance(result, Document):
                reading = await self.read(url, result)
                if isinstance(reading, Candidate):
                    found.setdefault(reading.url, reading)
        return tuple(found.values())

    async def _ask(self, url: str) -> FetchResult:
        result = await self._get(url)
        if isinstance(result, Document):
            self._bytes += len(result.body)
        return result


def spelled_out(address: str) -> tuple[str, ...]:
    """What to ask for what was typed, as it was typed or with the scheme that was left out."""
    typed = address.strip().strip("<>")
    if typed.lower().startswith("feed:"):
        typed = typed[len("feed:") :].removeprefix("//")
    return (typed,) if _SCHEME.match(typed) else (f"https://{typed}", f"http://{typed}")


def alternates(html: bytes, url: str, content_type: str | None) -> tuple[Candidate, ...]:
    """The feeds that the page at `url` names: its own, those of comments, then links like feeds."""
    text = b"".join(tag[0] for tag in islice(_TAG.finditer(html), MOST_TAGS))
    page = LexborHTMLParser(text.decode(_charset(html, content_type), "replace"))
    base = page.css_first("base[href]")
    root = _joined(url, (base.attributes["href"] if base else None) or "") or url
    named: dict[str, Candidate] = {}
    linked: dict[str, Candidate] = {}
    for node in page.css("link[href], a[href]"):
        said = {name: value or "" for name, value in node.attributes.items()}
        target = _joined(root, said["href"].strip())
        kind = _KINDS.get(said.get("type", "").partition(";")[0].strip().lower(), "")
        candidate = Candidate(target, " ".join(said.get("title", "").split())[:200], kind)
        if not _can_be_asked(target):
            continue
        if node.tag == "a":
            if kind or _FEED_LIKE.search(said["href"]):
                linked.setdefault(target, candidate)
        elif kind and "alternate" in said.get("rel", "").lower().split():
            named.setdefault(target, candidate)
    own = sorted(named.values(), key=_is_of_comments)
    return (*own, *(each for url, each in linked.items() if url not in named))


def common_paths(url: str) -> tuple[str, ...]:
    """Where sites of the usual programs keep their feed."""
    return tuple(urljoin(url, path) for path in _COMMON)


def _is_of_comments(candidate: Candidate) -> bool:
    return "comments" in candidate.url.lower() or "comments" in candidate.title.lower()


def _joined(url: str, link: str) -> str:
    """`link` as seen from `url`; empty where it is no address."""
    try:
        return urljoin(url, link)
    except ValueError:
        return ""


def _can_be_asked(url: str) -> bool:
    try:
        return bool(host_of(url))
    except Mistake:
        return False


def _charset(html: bytes, content_type: str | None) -> str:
    start = html[:2_000].decode("ascii", "replace")
    named = _CHARSET.search(content_type or "") or _CHARSET.search(start)
    return named[1] if named else "utf-8"


def _kind(body: bytes) -> str:
    start = body[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"{"):
        return "JSON Feed"
    return next((kind for root, kind in _ROOTS if root in start), "")
