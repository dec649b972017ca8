"""Bodies made to hurt a reader of feeds, each with what must become of it.

They go through the pool, as every document does; its limits are smaller here.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import time
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from bot.feeds.fields import MOST_ITEMS
from bot.feeds.parse_pool import ParsePool
from bot.model.feed import Document, Items, Trouble, Unreadable

URL = "https://a.example/feed"
SECONDS = 5.0

ITEM = b"<item><title>a</title></item>"
Body = Callable[[], bytes]
Outcome = int | Trouble
"""How many items are read, or why none are."""


@dataclass(frozen=True, slots=True)
class Crafted:
    name: str
    body: Body
    outcome: Outcome
    content_type: str | None = None


def rss(inside: bytes = ITEM, attributes: bytes = b"", before: bytes = b"") -> bytes:
    return before + b'<rss version="2.0" %b><channel>%b</channel></rss>' % (attributes, inside)


def item(inside: bytes) -> bytes:
    return rss(b"<item><title>a</title>%b</item>" % inside)


def titled(title: bytes) -> bytes:
    return rss(b"<item><title>%b</title></item>" % title)


def declared(codec: str, body: bytes) -> bytes:
    return b"<?xml version='1.0' encoding='%b'?>" % codec.encode() + body


def feed_of(items: str) -> bytes:
    return f'{{"version": "https://jsonfeed.org/version/1.1", "items": {items}}}'.encode()


def laughs() -> bytes:
    entities = b'<!ENTITY a0 "ha">' + b"".join(
        b'<!ENTITY a%d "%b">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)
    )
    return rss(b"<item><title>&a9;</title></item>", before=b"<!DOCTYPE rss [%b]>" % entities)


def blow_up() -> bytes:
    entity = b'<!DOCTYPE rss [<!ENTITY a "%b">]>' % (b"a" * 50_000)
    return rss(b"<item><title>%b</title></item>" % (b"&a;" * 50_000), before=entity)


def bomb(times: int) -> bytes:
    body = b" " * 1_000_000
    for _ in range(times):
        body = gzip.compress(body)
    return body


H, U, N, X = Trouble.HARMFUL, Trouble.UNREADABLE, Trouble.NOT_A_FEED, rss
CRAFTED = [
    # Entities
    Crafted("billion laughs", laughs, H),
    Crafted("quadratic blow-up", blow_up, H),
    Crafted(
        "external entity",
        lambda: rss(before=b'<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>'),
        H,
    ),
    Crafted(
        "parameter entity",
        lambda: rss(before=b'<!DOCTYPE r [<!ENTITY % a SYSTEM "http://127.0.0.1/x"> %a;]>'),
        H,
    ),
    Crafted(
        "external document type",
        lambda: rss(before=b'<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/evil.dtd">'),
        1,
    ),
    Crafted("entity after a tag in a comment", lambda: b"<!-- <a> -->" + laughs(), H),
    Crafted("entity after a tag in an instruction", lambda: b"<?x <a> ?>" + laughs(), H),
    Crafted(
        "entity behind a bracket in quotes",
        lambda: rss(
            b"<item><title>&b;</title></item>",
            before=b'<!DOCTYPE r [<!ATTLIST r a CDATA "]><x>"><!ENTITY b "%b">]>' % (b"b" * 9_000),
        ),
        H,
    ),
    Crafted(
        "entity behind a tag in a notation",
        lambda: rss(
            b"<item><title>&a;</title></item>",
            before=b'<!DOCTYPE r [<!NOTATION n SYSTEM "]<a"><!ENTITY a "%b">]>' % (b"<i/>" * 9_000),
        ),
        H,
    ),
    Crafted("entity in UTF-16", lambda: laughs().decode().encode("utf-16"), H),
    Crafted("entity in UTF-16 without mark", lambda: laughs().decode().encode("utf-16-le"), H),
    Crafted("entity in big UTF-16", lambda: laughs().decode().encode("utf-16-be"), H),
    Crafted("entity in UTF-32", lambda: laughs().decode().encode("utf-32"), H),
    Crafted("entity in UTF-32 without mark", lambda: laughs().decode().encode("utf-32-be"), H),
    Crafted("entity in EBCDIC", lambda: declared("cp037", laughs()).decode().encode("cp037"), H),
    Crafted("entity in UTF-7", lambda: declared("utf-7", laughs().replace(b"<", b"+ADw-")), N),
    Crafted("undefined entity", lambda: titled(b"&nosuch; &nbsp;"), 1),
    Crafted("entity defined after the root", lambda: rss() + b'<!DOCTYPE r [<!ENTITY a "b">]>', H),
    # What takes the square of its length
    Crafted("long author", lambda: item(b"<author>" + b"a" * 400_000 + b"</author>"), 1),
    Crafted(
        "long author in capitals and CDATA",
        lambda: item(b"<DC:Creator xmlns:DC='http://purl.org/dc/elements/1.1/'><![CDATA[%b]]></DC:Creator>" % (b"a." * 200_000)),
        1,
    ),
    Crafted("long editor", lambda: X(b"<managingEditor>%b</managingEditor>" % (b"a@a." * 99_999) + ITEM), 1),
    Crafted(
        "many authors",
        lambda: item(b"<author>%b</author>" % (b"a" * 199) * 5_000),
        1,
    ),
    Crafted(
        "long style",
        lambda: item(b'<description>&lt;p style="%b"&gt;</description>' % (b"a" * 400_000)),
        1,
    ),
    Crafted(
        "100,000 attributes",
        lambda: item(b"<x %b/>" % b" ".join(b'a%d="1"' % n for n in range(100_000))),
        H,
    ),
    Crafted(
        "100,000 attributes with brackets in quotes",
        lambda: item(b"<x %b/>" % b" ".join(b"a%d='>'" % n for n in range(100_000))),
        H,
    ),
    Crafted(
        "100,000 attributes without quotes",
        lambda: item(b"<x %b/>" % b" ".join(b"a%d=1" % n for n in range(100_000))),
        H,
    ),
    Crafted("one name of 2 MB", lambda: item(b"<%b/>" % (b"a" * 2_000_000)), 1),
    Crafted("an unclosed tag of 2 MB", lambda: item(b"<a " + b"a" * 2_000_000), 1),
    Crafted("an unclosed quote of 2 MB", lambda: item(b"<a b='" + b'a"' * 1_000_000), 1),
    Crafted("the same attribute twice", lambda: rss(attributes=b'a="1" a="2"'), 1),
    Crafted("400 namespaces", lambda: rss(ITEM * 200, b" ".join(b'xmlns:n%d="u%d"' % (n, n) for n in range(400))), 200),
    Crafted("5,000 namespaces", lambda: rss(ITEM, b" ".join(b'xmlns:n%d="u%d"' % (n, n) for n in range(5_000))), H),
    Crafted("empty lines before the root", lambda: b"\n" * 500_000 + rss(), 1),
    Crafted("empty lines after a declaration", lambda: b"<?xml version='1.0'?>" + b"\n" * 500_000 + rss(), 1),
    Crafted("document types", lambda: b"<!DOCTYPE a>\n" * 50_000 + rss(), 1),
    Crafted("unclosed document types", lambda: b"\n<!DOCTYPE " * 50_000 + rss(), 1),
    Crafted("encodings in one declaration", lambda: b"<?xml " + b'encoding="' * 20_000 + rss(), 1),
    Crafted("comments without end", lambda: titled(b"<!--" * 100_000), 1),
    Crafted("CDATA without end", lambda: titled(b"<![CDATA[" * 100_000), 1),
    Crafted("brackets", lambda: titled(b"<" * 300_000), 1),
    Crafted("ampersands", lambda: titled(b"&" * 300_000), 1),
    Crafted("references without number", lambda: titled(b"&#" * 300_000), 1),
    Crafted("skip hours without end", lambda: rss(b"<skipHours>" * 400 + ITEM), 1),
    # Depth
    Crafted("100,000 elements deep", lambda: item(b"<a>" * 100_000 + b"</a>" * 100_000), H),
    Crafted("100,000 elements deep and open", lambda: item(b"<a>" * 100_000), H),
    Crafted("items in items", lambda: rss(b"<item>" * 50_000), H),
    Crafted("600 open line breaks", lambda: item(b"<description>%b</description>" % (b"<br>" * 600)), 1),
    Crafted("deep in CDATA alone", lambda: item(b"<description><![CDATA[%b]]></description>" % (b"<a>" * 5_000)), 1),
    # Letters and codecs
    Crafted("surrogates", lambda: titled(b"a&#xD800;b&#57343;&#xdfff;"), 1),
    Crafted("surrogates twice escaped", lambda: titled(b"&amp;#xD800;"), 1),
    Crafted("surrogates in a broken feed", lambda: titled(b"&#xD800;&nosuch;<b>"), 1),
    Crafted("raw surrogates in UTF-8", lambda: titled(b"\xed\xa0\x80"), 1),
    Crafted("a reference beyond Unicode", lambda: titled(b"&#x110000; &#99999999999999999999;"), 1),
    Crafted("a reference of 100,000 digits", lambda: titled(b"&#%b;" % (b"9" * 100_000)), 1),
    Crafted("NUL by reference", lambda: titled(b"a&#0;b&#x0;"), 1),
    Crafted("NUL", lambda: titled(b"a\0b"), 1),
    Crafted("control characters", lambda: titled(bytes(range(32))), 1),
    *(
        Crafted(f"declared {codec}", lambda codec=codec: declared(codec, rss()), 1)  # type: ignore[misc]
        for codec in ("idna", "punycode", "rot13", "zlib", "zip", "hex", "utf-7", "undefined",
                      "unicode_escape", "raw_unicode_escape", "mbcs", "a" * 30, "../../etc/passwd")
    ),
    Crafted("zlib in the media type", rss, 1, "application/xml; charset=zlib_codec"),
    Crafted("rot13 in the media type", rss, 1, "text/xml; charset=rot13"),
    Crafted("a charset of 1 MB", rss, 1, "text/xml; charset=" + "a" * 1_000_000),
    Crafted("a compressed body", lambda: declared("zlib", zlib.compress(rss())), N),
    Crafted("half a UTF-16 letter", lambda: rss().decode().encode("utf-16") + b"\x20", 1),
    Crafted("two byte order marks", lambda: b"\xef\xbb\xbf\xef\xbb\xbf" + rss(), 1),
    # Amounts
    Crafted("6,000 items", lambda: rss(ITEM * 6_000), MOST_ITEMS),
    Crafted("6,000 prefixed items", lambda: rss(b"<x:item xmlns:x='http://purl.org/rss/1.0/'><title>a</title></x:item>" * 6_000), MOST_ITEMS),
    Crafted("a title of 5 MB", lambda: titled(b"a" * 5_000_000), 1),
    Crafted("20,000 links", lambda: item(b"<link>http://a.example/</link>" * 20_000), 1),
    Crafted("base64 of nothing", lambda: b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="a/b">%b</content></entry></feed>' % (b"=" * 500_000), 1),
    # Dates
    Crafted("a date of 200,000 digits", lambda: item(b"<pubDate>%b</pubDate>" % (b"1" * 200_000)), 1),
    Crafted("a date of 200,000 colons", lambda: item(b"<pubDate>%b</pubDate>" % (b"1:" * 100_000)), 1),
    Crafted("year 1", lambda: item(b"<pubDate>0001-01-01T00:00:00Z</pubDate>"), 1),
    Crafted("year 9999", lambda: item(b"<pubDate>9999-12-31T23:59:59-23:59</pubDate>"), 1),
    Crafted("month 99", lambda: item(b"<pubDate>2020-99-99T99:99:99Z</pubDate>"), 1),
    Crafted("a zone of a year", lambda: item(b"<pubDate>Tue, 17 Nov 2020 10:00:00 +999999</pubDate>"), 1),
    # Other things than feeds
    Crafted("nothing", lambda: b"", N),
    Crafted("space", lambda: b" \r\n\t" * 100_000, N),
    Crafted("NULs", lambda: bytes(1_000_000), N),
    Crafted("a page", lambda: b"<!doctype html><html><body><p>Moved", N),
    Crafted("a page with a comment first", lambda: b"<!-- x --><html><head><title>a</title></head></html>", N),
    Crafted("an image", lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 400, N),
    Crafted("gzip", lambda: gzip.compress(rss()), N),
    Crafted("gzip in gzip", lambda: bomb(3), N),
    Crafted("a path", lambda: str(Path(__file__).resolve()).encode(), N),
    Crafted("an address", lambda: b"http://127.0.0.1:9/feed", N),
    Crafted("a word", lambda: b"feed", N),
    Crafted("a byte order mark", lambda: b"\xef\xbb\xbf", N),
    Crafted("another XML", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", N),
    # Cut off
    Crafted("cut in the second item", lambda: rss(ITEM + b"<item><title>b</ti")[:-16], 2),
    Crafted("cut in the root", lambda: b"<rss version='2.0'", N),
    Crafted("cut in a letter", lambda: titled("é".encode())[:43], 1),
    # JSON
    Crafted("JSON, deep", lambda: b"[" * 1_000_000, H),
    Crafted("JSON, deep in an item", lambda: feed_of('[{"id": %s}]' % ('{"a":' * 90_000)), H),
    Crafted("JSON, huge numbers", lambda: feed_of('[{"id": %s}, {"id": 1e999}]' % ("9" * 500_000)), 2),
    Crafted("JSON, no numbers", lambda: feed_of('[{"id": NaN, "title": -Infinity}]'), 1),
    Crafted("JSON, twice the same", lambda: feed_of('[{"id": "a", "id": "b"}], "items": [{"id": "c"}]'), 1),
    Crafted("JSON, other types", lambda: feed_of('[{"id": [], "title": {}, "url": 1}, 5, null, "a", []]'), 1),
    Crafted("JSON, 6,000 items", lambda: feed_of(json.dumps([{"id": n} for n in range(6_000)])), MOST_ITEMS),
    Crafted("JSON, cut", lambda: feed_of('[{"id": 1}, {"i')[:-1], U),
    Crafted("JSON, surrogates", lambda: feed_of(r'[{"id": "\ud800", "title": "\u0000a"}]'), 1),
    Crafted("JSON of something else", lambda: b'{"items": []}', N),
]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[ParsePool]:
    async with ParsePool(workers=1, timeout=SECONDS) as pool:
        yield pool


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("crafted", CRAFTED, ids=lambda crafted: crafted.name)
async def test_it_hurts_nobody(pool: ParsePool, crafted: Crafted) -> None:
    document = Document(crafted.body(), URL, crafted.content_type)
    started = time.monotonic()
    reading = await asyncio.wait_for(pool.read(document), 3 * SECONDS)
    assert time.monotonic() - started < SECONDS, "it was ended only by the limit of time"
    match reading:
        case Unreadable(reason=reason, trouble=trouble):
            assert trouble == crafted.outcome, reason
        case Items(items=items):
            assert len(items) == crafted.outcome
            for each in items:
                for text in (each.guid, each.link, each.title, each.summary, each.author):
                    assert storable(text or "")
                for when in (each.published, each.updated):
                    assert when is None or 1970 <= when.year <= 2100


def storable(text: str) -> bool:
    """PostgreSQL takes no NUL and nothing that UTF-8 cannot hold."""
    text.encode()
    return "\0" not in text
