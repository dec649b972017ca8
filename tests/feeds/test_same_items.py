"""The cheap doors give what feedparser gives: on real files, on broken ones and on invented ones."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.feeds.cut import cut
from bot.feeds.names import Unsure
from bot.feeds.parse import parse
from bot.feeds.prescan import refusal
from bot.feeds.quick_parse import quick_parse, read_plainly
from bot.model.feed import BLOCK_DIGEST, Items

CORPUS = Path(__file__).resolve().parents[2] / "../shared/feeds-corpus"
SAMPLE = 12
"""One file in so many, but for ``--whole-corpus``."""
URL = "https://a.example/dir/feed.xml"
TYPES = (None, "text/xml", "application/rss+xml; charset=utf-8")

needs_corpus = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the feed corpus is not on this machine"
)


@pytest.fixture
def whole(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--whole-corpus"))


@pytest.fixture
def bodies(whole: bool) -> list[bytes]:
    paths = sorted(path for path in CORPUS.glob("*/**/*") if path.is_file())
    return [path.read_bytes() for path in (paths if whole else paths[::SAMPLE])]


@needs_corpus
def test_a_plain_feed_of_the_corpus_reads_the_same(
    bodies: list[bytes], record_property: Callable[[str, object], None]
) -> None:
    accepted, reasons = 0, Counter[str]()
    for body in filter(lambda body: refusal(body) is None, bodies):
        for content_type in TYPES:
            try:
                items = read_plainly(body, URL, content_type)
            except Unsure as unsure:
                reasons[str(unsure)] += 1
            else:
                accepted += 1
                assert items == parse(body, URL, content_type)
    assert accepted > len(bodies) / 6
    record_property("recap", f"{accepted} read plainly, not: {dict(reasons.most_common(12))}")


@needs_corpus
def test_the_items_that_are_left_of_the_corpus_read_the_same(
    bodies: list[bytes], record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(20)
    held = sum(_left_reads_the_same(body, chance) for body in bodies)
    assert held > len(bodies) / 80
    record_property("recap", f"{held} of {len(bodies)} were cut")


@needs_corpus
def test_the_same_is_true_of_mutants(bodies: list[bytes], whole: bool) -> None:
    chance = random.Random(21)
    for body in islice(_mutants(bodies, chance), 20_000 if whole else 300):
        _reads_the_same(body)
        _left_reads_the_same(body, chance)


_LEAF = re.compile(rb"<[\w:]+[^<>]*>[^<]*</[\w:]+>")


def _mutants(bodies: list[bytes], chance: random.Random) -> Iterator[bytes]:
    """Small feeds with a piece lost, doubled or brought from another."""
    small = [body for body in bodies if 100 < len(body) < 6_000]
    cuttable = [body for body in small if cut(body, None, b"")] or small
    while True:
        body, other = chance.choice(chance.choice([small, cuttable])), chance.choice(small)
        leaves = list(_LEAF.finditer(body))
        while leaves and chance.random() < 0.6:
            leaf, piece = chance.choice(leaves), chance.choice(_LEAF.findall(other) or [b""])
            body = body.replace(leaf[0], chance.choice([b"", leaf[0] * 2, piece]), 1)
        for _ in range(chance.randint(0, 1)):
            tags = [at for at, byte in enumerate(body) if byte in b"<>"] or [0]
            start, end = sorted(chance.choices(tags, k=2))
            end = min(end, start + 200)
            there = chance.randrange(len(other))
            piece = other[there : there + chance.randint(1, 60)]
            body = body[:start] + chance.choice([b"", body[start:end] * 2, piece]) + body[end:]
        yield body


def _reads_the_same(body: bytes) -> bool:
    if refusal(body) is not None:
        return False
    items = quick_parse(body, URL, None)
    if items is not None:
        assert items == parse(body, URL, None)
    return items is not None


def _left_reads_the_same(body: bytes, chance: random.Random) -> bool:
    """Whether `body` was cut; then every item reads as in the whole, whichever are left out."""
    whole = cut(body, None, b"") if refusal(body) is None else None
    full = parse(body, URL, None) if whole else None
    if whole is None or not isinstance(full, Items) or len(full.items) != whole.total:
        return False
    digests = [
        whole.blocks[at : at + BLOCK_DIGEST] for at in range(0, len(whole.blocks), BLOCK_DIGEST)
    ]
    for _ in range(3):
        known = [chance.random() < 0.6 for _ in digests]
        parts = cut(
            body,
            None,
            b"".join(digest for digest, is_known in zip(digests, known, strict=True) if is_known),
        )
        assert parts is not None
        left = parse(parts.body, URL, None)
        expected = tuple(
            item for item, is_known in zip(full.items, known, strict=True) if not is_known
        )
        assert parts.unseen == len(expected)
        assert parts.blocks == whole.blocks
        assert (left.items if isinstance(left, Items) else ()) == expected
    return True


NAMES = """
title link guid id description summary content content:encoded dc:creator dc:date author
dc:description pubDate published updated modified source category enclosure comments media:group
media:content media:title media:description media:thumbnail media:credit itunes:author
itunes:summary name email uri language ttl generator rights subtitle contributor atom:link
atom:updated other:title other:thing thing sy:updatePeriod slash:comments feedburner:origLink
dcterms:modified
""".split()  # noqa: SIM905 - so it reads
ODD_NAMES = """
dc:title dc:language issued itunes:owner url image textInput skipHours hour atom:id items item body
div xhtml:div cloud tagline managingEditor webMaster lastBuildDate date authors geo:lat entry
links
""".split()  # noqa: SIM905 - so it reads
SPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "other": "https://other.example/ns",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "xhtml": "http://www.w3.org/1999/xhtml",
}
WORDS = [
    "",
    " ",
    "News & more",
    "<p>Rain <b>fell</b> &amp; fell.</p>",
    "cafÃ©",
    "d\u0091quoted\u0092",
    "Привіт",
    "\u0085 next \u00a0",
    "https://b.example/a?x=1&amp;y=2",
    "http://b.example/a?x=1&y;=2;",
    "http:///b.example//c",
    "/relative?",
    "../up;p",
    "//c.example/#",
    "http://[broken",
    "HTTP://B.example/A",
    "tag:b.example,2020:1",
    "jo@b.example (Jo Doe)",
    "Jo Doe",
    "Mon, 21 Sep 2020 08:21:31 GMT",
    "Mon, 21 Sep 2020 08:21:31 +0530",
    "1 Oct 20 8:21 EST",
    "2020-09-21T08:21:31.5-03:30",
    "2020-09-21",
    "2020-02-30T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "60",
    "daily",
    "en_GB",
]
ATTRIBUTES = {
    "isPermaLink": ["true", "false", "True"],
    "type": ["html", "text", "xhtml", "text/html", "application/xml", "", "HTML"],
    "href": ["https://b.example/h", "h?", "", "//c.example/ü"],
    "rel": ["alternate", "self", "hub", "enclosure", "Alternate", ""],
    "url": ["https://b.example/u"],
    "xml:lang": ["de"],
    "xml:base": ["https://base.example/x/"],
    "base": ["https://base.example/y/"],
    "rdf:about": ["https://b.example/about"],
    "mode": ["escaped", "base64"],
    "term": ["x"],
    "lastmod": ["2020-09-21"],
}

texts = st.sampled_from(WORDS) | st.text(
    st.characters(exclude_categories=["Cc", "Cs"]), max_size=20
)
seldom = st.integers(0, 15).map(lambda number: number == 0)


@st.composite
def elements(draw: st.DrawFn, depth: int = 0) -> str:
    name = draw(st.sampled_from(ODD_NAMES if draw(seldom) else NAMES))
    attributes = ""
    if draw(seldom):
        for key in draw(st.lists(st.sampled_from(sorted(ATTRIBUTES)), max_size=2, unique=True)):
            attributes += f" {key}={quoteattr(draw(st.sampled_from(ATTRIBUTES[key])))}"
    text = draw(texts)
    if name.lower() in _DATES and not draw(seldom):
        text = draw(st.sampled_from(["2020-09-21T08:21:31Z", "Mon, 21 Sep 2020 08:21:31 -0400"]))
    written = escape(text)
    if draw(st.booleans()) and "]]>" not in text:
        written = f"<![CDATA[{text}]]>"
    if name in ("media:group", "media:content", "author") or (depth < 2 and draw(seldom)):
        inner = ["name", "email"] if name == "author" else ["media:title", "media:description"]
        written = "".join(f"<{each}>{escape(draw(texts))}</{each}>" for each in inner)
        written += "".join(draw(st.lists(elements(depth + 1), max_size=1))) if draw(seldom) else ""
    return f"<{name}{attributes}>{written}</{name}>"


_DATES = {
    "pubdate",
    "published",
    "updated",
    "modified",
    "dc:date",
    "atom:updated",
    "dcterms:modified",
}


@st.composite
def feeds(draw: st.DrawFn) -> bytes:
    """Feeds of any kind, with all that feedparser knows of, in the right place or not."""
    spaces = "".join(f" xmlns:{prefix}={quoteattr(space)}" for prefix, space in SPACES.items())
    kind = draw(st.sampled_from(["rss", "atom", "rdf"]))
    name = "entry" if kind == "atom" else "item"
    about = draw(st.lists(elements(), max_size=3))
    items = []
    for number in range(draw(st.integers(1, 4))):
        inside = draw(st.lists(elements(), max_size=5))
        inside.insert(
            0, f"<guid isPermaLink='false'>{number}</guid>" if draw(st.booleans()) else ""
        )
        items.append(f"<{name}>{''.join(inside)}</{name}>")
    items += draw(st.lists(elements(), max_size=1)) if draw(seldom) else []
    match kind:
        case "rss":
            inner = f"<channel>{''.join(about + items)}</channel>"
            written = f"<rss version='2.0'{spaces}>{inner}</rss>"
        case "atom":
            base = draw(st.sampled_from(["", " xml:base='https://base.example/z/'"]))
            inner = "".join(about + items)
            written = f"<feed xmlns='http://www.w3.org/2005/Atom'{spaces}{base}>{inner}</feed>"
        case _:
            inner = f"<channel>{''.join(about)}</channel>{''.join(items)}"
            written = f"<rdf:RDF xmlns='http://purl.org/rss/1.0/'{spaces}>{inner}</rdf:RDF>"
    return written.encode("utf-8", "replace")


def test_the_same_is_true_of_invented_feeds(whole: bool) -> None:
    @settings(
        max_examples=5_000 if whole else 200,
        deadline=None,
        derandomize=not whole,
        suppress_health_check=list(HealthCheck),
    )
    @given(feeds(), st.randoms(use_true_random=False))
    def holds(body: bytes, chance: random.Random) -> None:
        _reads_the_same(body)
        _left_reads_the_same(body, chance)

    holds()
