"""A body is cut into its items, so that only those are read that were not there before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from xml.parsers import expat

from bot.feeds.encoding import plainly_utf8
from bot.feeds.fields import MOST_ITEMS
from bot.model.feed import BLOCK_DIGEST


@dataclass(frozen=True, slots=True)
class Cut:
    """A body without the items that were known."""

    body: bytes
    blocks: bytes
    """The digests of all its items, `BLOCK_DIGEST` bytes each, in order."""
    total: int
    unseen: int
    """How many items are left in `body`."""


def cut(body: bytes, content_type: str | None, known: bytes) -> Cut | None:
    """`body` without the items whose digests are among `known`.

    The items that are left read as they do in the whole body, whatever the reader. None where that
    is not sure, or where the ids of two items may name one article or one page: then it takes the
    known ones to tell what the others are.
    """
    # A document type may hold what looks like the beginning of anything, and never ends.
    if b"<!DOCTYPE" in body or not plainly_utf8(body, content_type) or not _well_formed(body):
        return None
    bare = _OPAQUE.sub(lambda found: b" " * len(found[0]), body)
    spans = _spans(bare)
    if not spans or not _apart(bare, spans):
        return None
    ids = {_own_id(body, bare, start, end) for start, end in spans}
    if None in ids or len(ids) < len(spans):
        return None
    seen = {known[at : at + BLOCK_DIGEST] for at in range(0, len(known), BLOCK_DIGEST)}
    digests = [blake2b(body[start:end], digest_size=BLOCK_DIGEST).digest() for start, end in spans]
    kept, at = [], 0
    for (start, end), digest in zip(spans, digests, strict=True):
        if digest in seen:
            kept.append(body[at:start])
            at = end
    kept.append(body[at:])
    unseen = len(spans) - (len(kept) - 1)
    return Cut(b"".join(kept), b"".join(digests), len(spans), unseen)


_OPAQUE = re.compile(
    rb"<!--[^-]*(?:-(?!->)[^-]*)*-->"
    rb"|<!\[CDATA\[[^\]]*(?:\](?!\]>)[^\]]*)*\]\]>"
    rb"|<\?[^?]*(?:\?(?!>)[^?]*)*\?>"
)
"""Comments, character data and instructions: what may hold tags that are none."""
_ITEM = re.compile(rb"<(item|entry)(?=[\s>])")
_ANY_ITEM = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_END = re.compile(rb"(?:\s*</[^<>]*>)*\s*")
_ID = re.compile(rb"<(?:[\w.-]+:)?(?:guid|id)(?:\s[^>]*)?>")
_ABOUT = re.compile(rb"""<item\s+rdf:about\s*=\s*(?:"([^"<&]+)"|'([^'<&]+)')\s*>""")
_ORIGIN = re.compile(rb"^https?://(?:[^/?#]*@)?(?:www\.)?([^/?#:]*)(?::(?:80|443)(?![^/?#]))?")
_WHENCE = re.compile(
    rb"""[?&](?: utm_ | at_ | ns_ | mc_ | _ga | __twitter | guc | sr_ | wt[._] | traffic_ | feedtype
      | [a-z]*clk?id | [oi]cid | igsh | cmp | smid | emc | xtor | maca | ftag | spm | wtrid | taid
      | (?:src|source|ref|from|partner|feed|via|output)=[^&\#]*rss ) [^&\#]*""",
    re.VERBOSE,
)
"""Parameters that only say where a reader came from: those that `entries.links` leaves off, and more."""
_WRAPPED = re.compile(rb".https?(?::|%3a)(?:/|%2f)")
_EDITION = re.compile(rb"\#\d{1,2}$")
_CDATA = re.compile(rb"<!\[CDATA\[(.*)\]\]>", re.DOTALL)
_BASE = re.compile(rb"base\s*=")
_XHTML = rb'xmlns="http://www.w3.org/1999/xhtml"'
_MARKUP = re.compile(
    rb"""<(?!media:content\b)(?:[\w.-]+:)?
    (?:title|subtitle|tagline|description|abstract|summary|content|encoded|fullitem|body|info|
    browserfriendly|rights|copyright)
    (?:\s(?:[^<>"'/]|"[^"]*"|'[^']*')*)?>[^<]*<[^/]""",
    re.IGNORECASE | re.VERBOSE,
)
"""A text with elements of its own, which can upset feedparser for all that follows."""
_OTHER_MEDIA = re.compile(
    rb"""xmlns:media\s*=(?!"http://search\.yahoo\.com/mrss/?")""", re.IGNORECASE
)
_SUMMARY = re.compile(rb"[<:](?:summary|content|encoded|fullitem|body)[\s/>]", re.IGNORECASE)


def _well_formed(body: bytes) -> bool:
    try:
        expat.ParserCreate("utf-8", " ").Parse(body, True)
    except expat.ExpatError:
        return False
    return True


def _spans(bare: bytes) -> list[tuple[int, int]]:
    """Where the items begin and end, `bare` being well-formed; empty where they lie in each other."""
    first = _ITEM.search(bare)
    if first is None:
        return []
    opening, closing = b"<" + first[1], b"</" + first[1] + b">"
    spans: list[tuple[int, int]] = []
    start = first.start()
    while start >= 0:
        end = bare.find(closing, start) + len(closing)
        if end < len(closing) or len(spans) == MOST_ITEMS:
            return []
        spans.append((start, end))
        start = bare.find(opening, end)
    return spans


def _apart(bare: bytes, spans: list[tuple[int, int]]) -> bool:
    """True where no item says anything that could change how another one is read."""
    begin, end = spans[0][0], spans[-1][1]
    head, middle = bare[:begin], bare[begin:end]
    return not (
        b"<!" in bare
        or any(bare[left[1] : right[0]].strip() for left, right in pairwise(spans))
        or not _END.fullmatch(bare, end)
        or len(_ANY_ITEM.findall(bare)) != len(spans)
        or _BASE.search(middle.lower())
        or middle.count(b"xmlns") != middle.count(_XHTML)
        or _OTHER_MEDIA.search(head)
        or _MARKUP.search(bare)
        or _SUMMARY.search(head)
    )


def _own_id(body: bytes, bare: bytes, start: int, end: int) -> bytes | None:
    """What the item calls itself, loosely, where it says so once and plainly."""
    ids = list(_ID.finditer(bare, start, end))
    if not ids:
        about = _ABOUT.match(bare, start)
        return _loosely((about[1] or about[2]).strip()) if about else None
    if len(ids) > 1:
        return None
    text = body[ids[0].end() : bare.find(b"<", ids[0].end())].strip()
    if found := _CDATA.fullmatch(text):
        text = found[1].strip()
    return _loosely(text) if text and b"<" not in text and b"&#" not in text else None


def _loosely(own_id: bytes) -> bytes | None:
    """Equal for any two ids of one article, or of one page that several are told on.

    It may be equal for others too. None where another address in it may be what counts.
    """
    name = own_id.lower().replace(b"&amp;", b"&")
    if _WRAPPED.search(name) or not name.decode().isprintable():
        return None
    name = _WHENCE.sub(b"", _ORIGIN.sub(rb"\1", name))
    return _EDITION.sub(b"", name).translate(None, b"/?&")
