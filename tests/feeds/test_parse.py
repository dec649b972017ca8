"""What parsing promises beyond the pairs of tests/data/feeds."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest

from bot.feeds.fields import MOST_ITEMS
from bot.feeds.parse import parse
from bot.model.feed import Items, Reading, Trouble, Unreadable

RSS = '<rss version="2.0"><channel><title>T</title>{}</channel></rss>'


def parsed(body: str | bytes, content_type: str | None = None) -> Reading:
    raw = body.encode() if isinstance(body, str) else body
    return parse(raw, "https://a.example/feed", content_type)


def items_of(body: str | bytes, content_type: str | None = None) -> Items:
    reading = parsed(body, content_type)
    assert isinstance(reading, Items)
    return reading


@pytest.mark.parametrize(
    ("body", "reason", "trouble"),
    [
        ("", "It is empty.", Trouble.NOT_A_FEED),
        (" \n", "It is empty.", Trouble.NOT_A_FEED),
        ("no feed at all", "It is not a feed.", Trouble.NOT_A_FEED),
        ("\ufeff<!DOCTYPE html><p>Hello", "It is a web page, not a feed.", Trouble.NOT_A_FEED),
        (
            "<rss version='2.0'><channel><title>cut of",
            "Its XML is broken before the first entry.",
            Trouble.UNREADABLE,
        ),
        (
            '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + RSS.format("&b;"),
            "It defines entities of its own, which is a known attack.",
            Trouble.HARMFUL,
        ),
        (
            RSS.format("<item " + " ".join(f'a{n}="1"' for n in range(20_000)) + "/>"),
            "One of its tags has more than 500 attributes.",
            Trouble.HARMFUL,
        ),
    ],
)
def test_what_is_no_feed_is_told_in_plain_words(body: str, reason: str, trouble: Trouble) -> None:
    started = time.process_time()
    assert parsed(body) == Unreadable(reason, trouble)
    assert time.process_time() - started < 1


def test_a_body_that_names_a_file_does_not_open_it(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text(RSS.format("<item><title>secret</title></item>"))
    assert parsed(str(file)) == Unreadable("It is not a feed.", Trouble.NOT_A_FEED)


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


HEARD = "<item><title>{}</title></item>"


@pytest.mark.parametrize(
    ("body", "content_type", "title"),
    [
        ("Žižkov".encode() + b" \xff", None, "Žižkov \ufffd"),
        ("Žižkov".encode() + b" \xff", "application/rss+xml; charset=utf-8", "Žižkov \ufffd"),
        ("Žižkov".encode()[:-1] + b"\xc5", None, "Žižko\ufffd"),
        (b"caf\xe9 \x96 bar", None, "café – bar"),
        (b"caf\xe9", "application/rss+xml; charset=utf-8", "café"),
        ("Žižkov".encode(), "application/rss+xml; charset=idna", "Žižkov"),
        ("Žižkov".encode(), "application/rss+xml; charset=us-ascii", "Žižkov"),
        ("北京".encode("gb18030"), "text/xml; charset=GB2312", "北京"),
        ("東京".encode("shift_jis"), 'text/xml; charset="x-sjis"', "東京"),
        ("東京".encode("iso2022_jp"), "text/xml; charset=iso-2022-jp", "東京"),
        ("Київ".encode("koi8-u"), "text/xml; charset=KOI8-U", "Київ"),
    ],
)
def test_a_bad_or_undeclared_byte_spoils_no_other_letter(
    body: bytes, content_type: str | None, title: str
) -> None:
    whole = RSS.format(HEARD).encode().replace(b"{}", body)
    assert items_of(whole, content_type).items[0].title == title


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("start", ["", "\ufeff", "<?xml version='1.0'?>", "\n "])
def test_wide_letters_are_known_without_a_mark(codec: str, start: str) -> None:
    body = (start + RSS.format(HEARD.format("Žižkov"))).encode(codec)
    assert items_of(body).items[0].title == "Žižkov"


def test_characters_that_no_database_takes_are_left_out() -> None:
    body = RSS.format(
        "<item><title>a&#0;b\x0cc&#xD800;d&#xFFFE;e&#x1F600;</title><guid>x&#x0;y</guid>"
        "<link>https://a.example/&#0;z</link><description>&amp;#0;&lt;b></description></item>"
    )
    (item,) = items_of(body).items
    assert (item.title, item.guid, item.link) == ("abcde😀", "xy", "https://a.example/z")


def test_a_long_author_stays_whole() -> None:
    authors = ", ".join(f"Author {number}" for number in range(100))
    (item,) = items_of(RSS.format(f"<item><author>{authors}</author></item>")).items
    assert item.author == authors


def test_a_feed_says_when_not_to_ask() -> None:
    items = items_of(
        RSS.format(
            "<skipHours><hour>0</hour><hour> 7 </hour><hour>24</hour><hour>99</hour></skipHours>"
            "<skipDays>\n<day>Sunday</day><day>monday</day><day>Payday</day></skipDays>"
        )
    )
    assert items.skip_hours == {0, 7}
    assert items.skip_days == {0, 6}


@pytest.mark.parametrize(
    "body",
    [
        "<feed xmlns='http://www.w3.org/2005/Atom'><link rel='self' href='/feed'/>"
        "<link rel='hub' href='https://hub.example/'/><link rel='hub' href='https://b.example/'/>"
        "<entry><title>a</title><link rel='self' href='https://a.example/1'/></entry></feed>",
        RSS.format(
            "<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='hub' "
            "href='https://hub.example/'/><atom10:link "
            "xmlns:atom10='http://www.w3.org/2005/Atom' rel='self' href='/feed'/>"
        ),
    ],
)
def test_a_feed_names_its_hub(body: str) -> None:
    items = items_of(body)
    assert (items.hub, items.topic) == ("https://hub.example/", "https://a.example/feed")


def test_the_outlet_that_an_item_comes_from_is_kept() -> None:
    body = RSS.format(
        "<item><title>a</title><source url='https://b.example/'>The Gazette</source></item>"
        "<item><title>b</title></item>"
    )
    assert [item.source for item in items_of(body).items] == ["The Gazette", None]


def test_what_stands_before_the_feed_is_overlooked() -> None:
    """PHP and shell scripts print their complaints there."""
    assert len(items_of("\nNotice: a\n<?xml version='1.0'?>" + RSS.format(HEARD)).items) == 1
