"""What parsing promises beyond the pairs of tests/data/feeds."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest

from bot.feeds.parse import MOST_ITEMS, parse
from bot.model.feed import Items, Reading, Unreadable

RSS = '<rss version="2.0"><channel><title>T</title>{}</channel></rss>'


def parsed(body: str | bytes, content_type: str | None = None) -> Reading:
    raw = body.encode() if isinstance(body, str) else body
    return parse(raw, "https://a.example/feed", content_type)


def items_of(body: str | bytes, content_type: str | None = None) -> Items:
    reading = parsed(body, content_type)
    assert isinstance(reading, Items)
    return reading


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "It is empty."),
        (" \n", "It is empty."),
        (
            '{"version": "https://jsonfeed.org/version/1.1"}',
            "It is JSON; only RSS and Atom are read.",
        ),
        ("no feed at all", "It is not a feed."),
        ("\ufeff<!DOCTYPE html><p>Hello", "It is a web page, not a feed."),
        ("<rss version='2.0'><channel><title>cut of", "Its XML is broken before the first entry."),
        (
            '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + RSS.format("&b;"),
            "It defines entities of its own, which is a known attack.",
        ),
        (
            RSS.format("<item " + " ".join(f'a{n}="1"' for n in range(20_000)) + "/>"),
            "One of its tags has more than 500 attributes.",
        ),
    ],
)
def test_what_is_no_feed_is_told_in_plain_words(body: str, reason: str) -> None:
    started = time.process_time()
    assert parsed(body) == Unreadable(reason)
    assert time.process_time() - started < 1


def test_a_body_that_names_a_file_does_not_open_it(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text(RSS.format("<item><title>secret</title></item>"))
    assert parsed(str(file)) == Unreadable("It is not a feed.")


def test_long_escaped_text_is_not_taken_for_attributes() -> None:
    text = "&lt;a href=&quot;x&quot;&gt;" * 2_000
    assert len(items_of(RSS.format(f"<item><description>{text}</description></item>")).items) == 1


def test_an_article_about_entities_is_read() -> None:
    body = RSS.format("<item><title><![CDATA[How <!ENTITY x> works]]></title></item>")
    assert len(items_of(body).items) == 1


def test_a_feed_without_entries_is_a_feed() -> None:
    assert items_of(RSS.format("")) == Items((), title="T")


def test_at_most_so_many_items_are_taken() -> None:
    body = RSS.format("<item><title>a</title></item>" * (MOST_ITEMS + 5))
    assert len(items_of(body).items) == MOST_ITEMS


@pytest.mark.parametrize(
    ("channel", "every"),
    [
        ("<ttl>30</ttl>", timedelta(minutes=30)),
        ("<ttl>0</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<sy:updatePeriod>daily</sy:updatePeriod>", timedelta(days=1)),
        (
            "<sy:updatePeriod> hourly </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            timedelta(minutes=15),
        ),
        (
            "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>",
            timedelta(hours=1),
        ),
        ("<sy:updatePeriod>never</sy:updatePeriod>", None),
    ],
)
def test_a_feed_says_how_often_to_ask(channel: str, every: timedelta | None) -> None:
    body = (
        '<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel>'
        f"{channel}</channel></rss>"
    )
    assert items_of(body).ask_every == every


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (RSS.format("<item><title>Žižkov</title></item>").encode(), None),
        (RSS.format("<item><title>Žižkov</title></item>").encode(), "text/xml"),
        (RSS.format("<item><title>Žižkov</title></item>").encode(), "text/html"),
        (
            RSS.format("<item><title>Žižkov</title></item>").encode("windows-1250"),
            "application/rss+xml; charset=windows-1250",
        ),
        (
            b"<?xml version='1.0' encoding='iso-8859-2'?>"
            + RSS.format("<item><title>Žižkov</title></item>").encode("iso-8859-2"),
            None,
        ),
        (RSS.format("<item><title>Žižkov</title></item>").encode("utf-16"), None),
    ],
)
def test_letters_come_out_right(body: bytes, content_type: str | None) -> None:
    assert items_of(body, content_type).items[0].title == "Žižkov"
