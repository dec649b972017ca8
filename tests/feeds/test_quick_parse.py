"""What the quick reader reads, and what it leaves to feedparser."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta

import feedparser
import pytest
from feedparser.mixin import _FeedParserMixin

from bot.feeds import names
from bot.feeds.parse import parse
from bot.feeds.plain_dates import UnusualDate, plain_moment
from bot.feeds.quick_parse import quick_parse
from bot.model.feed import Item, Items

URL = "https://a.example/dir/feed.xml"
RSS = "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel>{}</channel></rss>"


def test_a_feed_of_a_newsroom() -> None:
    body = RSS.format(
        "<title>The Herald</title><language>en-gb</language><ttl>15</ttl>"
        "<skipHours><hour>3</hour></skipHours>"
        "<item><title>Rain <![CDATA[& wind]]></title><link>/rain</link>"
        "<guid isPermaLink='false'>r1</guid><pubDate>Mon, 21 Sep 2020 08:21:31 +0200</pubDate>"
        "<dc:creator>Jo Doe</dc:creator><source url='https://b.example/'>The Agency</source>"
        "<description>&lt;p&gt;It rains.&lt;/p&gt;</description></item>"
    )
    assert quick_parse(body.encode(), URL, "application/rss+xml") == Items(
        (
            Item(
                guid="r1",
                link="https://a.example/rain",
                title="Rain & wind",
                summary="<p>It rains.</p>",
                published=datetime(2020, 9, 21, 6, 21, 31, tzinfo=UTC),
                author="Jo Doe",
                source="The Agency",
            ),
        ),
        title="The Herald",
        language="en-gb",
        ask_every=timedelta(minutes=15),
        skip_hours=frozenset({3}),
    )


ITEM = "<item><title>T</title></item>"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param("<html><body>Hello</body></html>", id="a page"),
        pytest.param(RSS.format("<title>T</title>"), id="no items"),
        pytest.param(RSS.format(ITEM)[:-9], id="truncated"),
        pytest.param("<!DOCTYPE rss>" + RSS.format(ITEM), id="document type"),
        pytest.param("<?xml version='1.0' encoding='big5'?>" + RSS.format(ITEM), id="encoding"),
        pytest.param(RSS.format("<item><title>A <b>b</b></title></item>"), id="markup"),
        pytest.param(RSS.format("<item><pubDate>today</pubDate></item>"), id="date"),
        pytest.param(RSS.format("<item xml:base='/a/'/>"), id="base"),
        pytest.param(RSS.format("<item><title>cafÃ©</title></item>"), id="UTF-8 twice"),
        pytest.param(RSS.format("<item><title>&#146;</title></item>"), id="Windows-1252"),
        pytest.param(RSS.format("<item><title type='xhtml'>A</title></item>"), id="type"),
        pytest.param(
            RSS.format("<item><dc:title xmlns:dc='urn:other'>A</dc:title></item>"),
            id="namespace in disguise",
        ),
    ],
)
def test_what_is_not_plain_is_left_to_feedparser(body: str) -> None:
    assert quick_parse(body.encode(), URL, None) is None


@pytest.mark.parametrize(
    ("content_type", "read"),
    [
        (None, True),
        ("application/rss+xml; charset=UTF-8", True),
        ("text/xml; charset=iso-8859-1", False),
        ("text/html", False),
    ],
)
def test_what_the_server_says_of_the_encoding_counts(content_type: str | None, read: bool) -> None:
    body = RSS.format("<item><title>Дощ</title></item>").encode()
    assert (quick_parse(body, URL, content_type) is not None) is read


def test_every_namespace_of_feedparser_is_accounted_for() -> None:
    for space, prefix in _FeedParserMixin.namespaces.items():
        space = space.lower()
        if space in names.PLAIN_SPACES:
            assert prefix == ""
        elif space not in names.REFUSED_SPACES:
            assert names.PREFIXES[space] == prefix.lower()


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 21 Sep 2020 08:21:31 GMT",
        "Mon, 21 Sep 2020 08:21:31 -0330",
        "1 October 2020 8:21 Z",
        "Thursday, 01 Oct 2020 08:21:31 UTC",
        "2020-09-21",
        "2020-09-21T08:21Z",
        "2020-09-21T23:59:59.999+05:30",
        "2020-09-21T08:21:31",
    ],
)
def test_a_date_reads_as_in_feedparser(text: str) -> None:
    parts = feedparser.datetimes._parse_date(text)
    assert plain_moment(text) == datetime.fromtimestamp(calendar.timegm(parts), UTC)


@pytest.mark.parametrize(
    "text",
    ["", "today", "2020-02-30T00:00:00Z", "0001-01-01T00:00:00Z", "21 Foo 2020 08:21:31 GMT"],
)
def test_an_unusual_date_is_left_to_feedparser(text: str) -> None:
    with pytest.raises(UnusualDate):
        plain_moment(text)


@pytest.mark.parametrize(
    "inside",
    [
        "<title>A</title><title>B</title>",
        "<title/><title>B</title>",
        "<title>A</title><source url='https://b.example/'>S</source><title>B</title>",
        "<guid>https://b.example/1</guid><link>https://b.example/2?a=1&amp;b;=2</link>",
        "<link>https://b.example/2</link><guid>https://b.example/1</guid>",
        "<description>A</description><description>longer</description>",
        "<dc:creator>A</dc:creator><author>b@b.example (B)</author>",
    ],
)
def test_what_is_said_twice_counts_as_in_feedparser(inside: str) -> None:
    body = RSS.format(f"<item>{inside}</item>").encode()
    assert quick_parse(body, URL, None) == parse(body, URL, None)
