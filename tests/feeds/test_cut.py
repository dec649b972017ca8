"""What can be cut, and what had better be read whole."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from bot.entries.novelty import recognise
from bot.entries.read import read
from bot.feeds.cut import cut
from bot.feeds.parse import parse
from bot.model.entry import Entry, Seen
from bot.model.feed import BLOCK_DIGEST, Feed, Items

ITEMS = [
    f"<item><title>{name}</title><guid>{name}</guid></item>" for name in ("one", "two", "three")
]
FEED = "<rss version='2.0'><channel><title>T</title>{}</channel></rss>"


def feed(*items: str) -> bytes:
    return FEED.format("\n".join(items)).encode()


def test_all_is_left_of_a_feed_that_is_new() -> None:
    parts = cut(feed(*ITEMS), None, b"")
    assert parts is not None
    assert (parts.body, parts.total, parts.unseen) == (feed(*ITEMS), 3, 3)
    assert len(parts.blocks) == 3 * BLOCK_DIGEST


def test_what_was_there_before_is_left_out() -> None:
    before = cut(feed(*ITEMS[1:]), None, b"")
    assert before is not None
    parts = cut(feed(*ITEMS), None, before.blocks)
    assert parts is not None
    assert parts.body == feed(ITEMS[0], "", "")
    assert (parts.total, parts.unseen) == (3, 1)
    assert parts.blocks[BLOCK_DIGEST:] == before.blocks


def test_nothing_is_left_where_nothing_is_new() -> None:
    before = cut(feed(*ITEMS), None, b"")
    assert before is not None
    parts = cut(feed(*reversed(ITEMS)), None, before.blocks)
    assert parts is not None
    assert parts.unseen == 0


def test_an_edited_item_is_new() -> None:
    before = cut(feed(*ITEMS), None, b"")
    assert before is not None
    edited = ITEMS[1].replace("<title>two", "<title>two, or more")
    parts = cut(feed(ITEMS[0], edited, ITEMS[2]), None, before.blocks)
    assert parts is not None
    assert parts.body == feed("", edited, "")


@pytest.mark.parametrize(
    "item",
    [
        pytest.param("<item><guid><![CDATA[four]]></guid></item>", id="id in character data"),
        pytest.param(
            "<item><guid>4</guid><description><![CDATA[</item><item>]]></description></item>",
            id="tags in character data",
        ),
        pytest.param("<item><guid>4</guid><!-- </item> --></item>", id="tags in a comment"),
    ],
)
def test_what_only_looks_like_an_end_is_none(item: str) -> None:
    parts = cut(feed(*ITEMS, item), None, b"")
    assert parts is not None
    assert parts.total == 4


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', id="JSON"),
        pytest.param(feed(), id="no items"),
        pytest.param(feed(*ITEMS)[:-10], id="truncated"),
        pytest.param(feed(*ITEMS, "<item><title>&nbsp;</title></item>"), id="unknown entity"),
        pytest.param(b"<!DOCTYPE rss>" + feed(*ITEMS), id="document type"),
        pytest.param(feed(*ITEMS).decode().encode("utf-16"), id="UTF-16"),
        pytest.param(
            feed(*ITEMS, "<item><guid>\xe9</guid></item>").decode().encode("latin-1"), id="Latin 1"
        ),
        pytest.param(feed(*ITEMS, ITEMS[0]), id="the same twice"),
        pytest.param(feed(*ITEMS, "<item><title>T</title></item>"), id="no id"),
        pytest.param(feed(*ITEMS, "<item><guid>1</guid><guid>2</guid></item>"), id="two ids"),
        pytest.param(feed("<item><guid>1</guid><item><guid>2</guid></item></item>"), id="nested"),
        pytest.param(feed(*ITEMS, "<ITEM><guid>4</guid></ITEM>"), id="in other letters"),
        pytest.param(
            feed("<a:item xmlns:a='http://purl.org/rss/1.0/'><guid>1</guid></a:item>"),
            id="with a prefix",
        ),
        pytest.param(feed(ITEMS[0], "<title>T</title>", ITEMS[1]), id="something between"),
        pytest.param(feed(*ITEMS, "<title>T</title>"), id="something after"),
        pytest.param(
            feed(ITEMS[0], "<item xml:base='https://b.example/'><guid>2</guid></item>"),
            id="a base that feedparser would keep",
        ),
        pytest.param(
            feed(ITEMS[0], "<item><guid>2</guid><title a='/>'>A<b>B</b></title></item>"),
            id="markup in text",
        ),
        pytest.param(
            feed(ITEMS[0], "<item xmlns:a='urn:a'><guid>2</guid></item>"), id="a namespace"
        ),
    ],
)
def test_what_is_not_sure_is_not_cut(body: bytes) -> None:
    assert cut(body, None, b"") is None


def test_an_item_of_rdf_goes_by_its_address() -> None:
    body = (
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
        "xmlns='http://purl.org/rss/1.0/'><channel rdf:about='https://a.example/'/>{}</rdf:RDF>"
    )
    items = "".join(
        f"<item rdf:about='https://a.example/{n}'><title>T</title></item>" for n in "12"
    )
    parts = cut(body.format(items).encode(), None, b"")
    assert parts is not None
    assert parts.total == 2


NOON = datetime(2020, 11, 17, 12, 0, tzinfo=UTC)
PAGE = "a.example/news/live/abc"


def told(guid: str, title: str, link: str) -> str:
    return (
        f"<item><guid isPermaLink='false'><![CDATA[{guid}]]></guid>"
        f"<title>{title}</title><link>https://a.example/{link}</link></item>"
    )


@pytest.mark.parametrize(
    ("known", "new"),
    [
        (f"https://{PAGE}#0", f"https://{PAGE}#1"),
        (f"http://{PAGE}", f"https://www.{PAGE}"),
        (f"https://{PAGE}", f"https://{PAGE}?"),
        (f"https://{PAGE}", f"https://{PAGE}?utm_source=rss&utm_medium=feed"),
        (f"https://{PAGE}?id=1", f"https://{PAGE}?at_medium=RSS&id=1"),
        (f"https://{PAGE}?id=1", f"https://{PAGE}?id=1&from=rss-top"),
        (f"https://{PAGE}?fbclid=a", f"https://{PAGE}?msclkid=b"),
        (f"https://{PAGE}?ocid=a#2", f"https://{PAGE}?cmpid=b#33"),
        (f"https://{PAGE}", f"https://A.example:443{PAGE[9:]}"),
        ("https://a.example", "https://a.example/"),
        (f"https://{PAGE}", f"https://www.google.com/url?q=https://{PAGE}"),
        (f"https://{PAGE}", f"https://{PAGE}\N{ZERO WIDTH SPACE}"),
    ],
)
def test_what_is_news_is_the_same_beside_known_items_of_one_name(known: str, new: str) -> None:
    """What is known of an id can depend on items that a cut would leave out."""
    old = told(known, "Rockets hit the Green Zone", "rockets")
    body = feed(told(new, "Talks begin in Baghdad", "talks"), old)
    before = parts_of(feed(old))
    left = cut(body, None, before)
    assert news(body if left is None else left.body, feed(old)) == news(body, feed(old))


def parts_of(body: bytes) -> bytes:
    parts = cut(body, None, b"")
    return parts.blocks if parts else b""


def news(body: bytes, earlier: bytes) -> object:
    """What is news in `body` to one who has read `earlier`."""
    seen = [Seen(each.id, frozenset(each.keys), each.fingerprint) for each in entries(earlier)]
    return recognise(entries(body), seen).news


def entries(body: bytes) -> tuple[Entry, ...]:
    items = parse(body, "https://a.example/feed.xml", None)
    assert isinstance(items, Items)
    return read(items, Feed("f", "https://a.example/feed.xml", "A", "A"), NOON)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/?p=1", "https://a.example/?p=2"),
        ("https://a.example/1", "https://a.example/2"),
        ("https://a.example/a#100", "https://a.example/a#101"),
        ("tag:a.example,2020:1", "tag:a.example,2020:2"),
    ],
)
def test_ids_that_name_two_articles_are_cut_apart(one: str, other: str) -> None:
    assert cut(feed(told(one, "A", "a"), told(other, "B", "b")), None, b"") is not None


@pytest.mark.parametrize("opener", [b"<!--", b"<?", b"<![CDATA["])
def test_no_document_type_takes_long(opener: bytes) -> None:
    hostile = b'<!DOCTYPE rss SYSTEM "%b">' % (opener * 15_000)
    started = time.process_time()
    assert cut(hostile + feed(*ITEMS), None, b"") is None
    assert time.process_time() - started < 0.2


def test_a_channel_with_content_of_its_own_is_not_cut() -> None:
    """feedparser then takes what follows for the channel's or the item's, as the case may be."""
    for content in ("<content/>", "<content></content>", "<summary>A</summary>"):
        assert cut(FEED.format(content + ITEMS[0]).encode(), None, b"") is None
