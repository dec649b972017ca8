"""From what a person typed to the feeds that are there, or a reason why none is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from bot.feeds.discovery import (
    MOST_BYTES,
    Candidate,
    NoFeed,
    alternates,
    common_paths,
    discover,
    spelled_out,
)
from bot.model.feed import (
    Document,
    FetchResult,
    Item,
    Items,
    Reading,
    Trouble,
    Unreachable,
    Unreadable,
)

NOON = datetime(2020, 11, 17, 12, 0, tzinfo=UTC)
RSS = b'<?xml version="1.0"?><rss version="2.0">Gazette</rss>'
ATOM = b'<feed xmlns="http://www.w3.org/2005/Atom">Courrier</feed>'
GONE = Unreachable("It answered 404 (Not Found).", 404, trouble=Trouble.GONE)


class Web:
    """Pages by address; what is not there is answered 404, what is not listed cannot be reached."""

    def __init__(self, pages: Mapping[str, bytes | FetchResult], hosts: str = "a.example") -> None:
        self.pages = pages
        self.hosts = hosts.split()
        self.asked: list[str] = []

    async def get(self, url: str) -> FetchResult:
        self.asked.append(url)
        page = self.pages.get(url)
        if page is None:
            here = any(f"//{host}/" in url or url.endswith(host) for host in self.hosts)
            return GONE if here else Unreachable("It cannot be reached.")
        return Document(page, url, "text/html") if isinstance(page, bytes) else page

    async def read(self, document: Document) -> Reading:
        if document.body.startswith(b"broken"):
            return Unreadable("Its XML is broken.", Trouble.UNREADABLE)
        if b"<rss" not in document.body and b"<feed" not in document.body:
            return Unreadable("It is a web page.", Trouble.NOT_A_FEED)
        title = "Gazette" if b"<rss" in document.body else "Courrier"
        items = (Item("1", None, "A", "", NOON), Item("2", None, "B", ""))
        return Items(items, title=title)


def page(*links: str) -> bytes:
    return f"<!doctype html><html><head>{''.join(links)}</head><body>x</body></html>".encode()


def link(href: str, kind: str = "application/rss+xml", title: str = "") -> str:
    return f'<link rel="alternate" type="{kind}" title="{title}" href="{href}">'


async def test_the_address_of_a_feed_is_the_feed() -> None:
    web = Web({"https://a.example/rss": RSS})
    assert await discover("https://a.example/rss", web.get, web.read) == (
        Candidate("https://a.example/rss", "Gazette", "RSS", 2, NOON),
    )
    assert web.asked == ["https://a.example/rss"]


async def test_a_feed_that_moved_for_good_is_given_where_it_is_now() -> None:
    moved = Document(RSS, "https://new.example/rss", moved_to="https://new.example/rss")
    web = Web({"https://a.example/rss": moved})
    [candidate] = await found("https://a.example/rss", web)
    assert candidate.url == "https://new.example/rss"


@pytest.mark.parametrize(
    ("new", "url"),
    [
        ("https://a.example/new", "https://u:p@a.example/new"),
        ("https://b.example/new", "https://u:p@a.example/rss"),
    ],
)
async def test_a_login_is_neither_lost_nor_passed_on_when_a_feed_moved(new: str, url: str) -> None:
    web = Web({"https://u:p@a.example/rss": Document(RSS, new, moved_to=new)})
    [candidate] = await found("https://u:p@a.example/rss", web)
    assert candidate.url == url


async def found(address: str, web: Web) -> tuple[Candidate, ...]:
    result = await discover(address, web.get, web.read)
    assert not isinstance(result, NoFeed), result
    return result


async def refused(address: str, web: Web) -> NoFeed:
    result = await discover(address, web.get, web.read)
    assert isinstance(result, NoFeed) and result.reason and result.hint
    return result


async def test_a_page_gives_the_feeds_that_it_names_and_that_can_be_read() -> None:
    web = Web(
        {
            "https://a.example/": page(
                link("/comments/feed"),
                link("news.rss"),
                link("/atom", "application/atom+xml"),
                link("/not-there"),
                link("/page"),
            ),
            "https://a.example/news.rss": RSS,
            "https://a.example/atom": ATOM,
            "https://a.example/comments/feed": RSS,
            "https://a.example/page": page(),
        }
    )
    assert [
        (each.url, each.title, each.kind) for each in await found("https://a.example/", web)
    ] == [
        ("https://a.example/news.rss", "Gazette", "RSS"),
        ("https://a.example/atom", "Courrier", "Atom"),
        ("https://a.example/comments/feed", "Gazette", "RSS"),
    ]


async def test_a_page_that_names_none_has_one_at_a_usual_place() -> None:
    web = Web({"https://a.example/news": page(), "https://a.example/rss.xml": RSS})
    assert [each.url for each in await found("a.example/news", web)] == [
        "https://a.example/rss.xml"
    ]
    assert web.asked[-1] == "https://a.example/rss.xml"  # and no place after it


async def test_a_wrong_path_leads_to_a_usual_place() -> None:
    web = Web({"https://a.example/feed": RSS})
    assert [each.url for each in await found("https://a.example/old", web)] == [
        "https://a.example/feed"
    ]


async def test_a_site_without_encryption_is_asked_when_the_scheme_was_left_out() -> None:
    web = Web({"http://old.example/rss": RSS})
    assert [each.url for each in await found("old.example/rss", web)] == ["http://old.example/rss"]


async def test_a_server_that_answers_is_not_asked_again_without_encryption() -> None:
    web = Web({"https://a.example": Unreachable("It answered 500.", 500)})
    await refused("a.example", web)
    assert web.asked == ["https://a.example"]


async def test_nothing_is_guessed_where_no_server_answers() -> None:
    web = Web({})
    no = await refused("http://10.0.0.1/", web)
    assert (no.reason, no.trouble) == ("It cannot be reached.", Trouble.DOWN)
    assert web.asked == ["http://10.0.0.1/"]


async def test_nothing_is_guessed_where_we_are_not_let_in() -> None:
    wall = Unreachable("It answered 403 (Forbidden).", 403, trouble=Trouble.BLOCKED)
    web = Web({"https://a.example/": wall})
    no = await refused("https://a.example/", web)
    assert (no.trouble, web.asked) == (Trouble.BLOCKED, ["https://a.example/"])


async def test_a_page_without_feeds_is_told_as_such() -> None:
    no = await refused("a.example", Web({"https://a.example": page()}))
    assert no.trouble is Trouble.NOT_A_FEED and "names no feed" in no.reason


async def test_a_broken_feed_is_told_as_such() -> None:
    web = Web({"https://a.example/rss": b"broken"})
    no = await refused("https://a.example/rss", web)
    assert (no.reason, no.trouble) == ("Its XML is broken.", Trouble.UNREADABLE)


@pytest.mark.parametrize(
    "typed",
    ["", "  ", "two words", "https://ann:s3cret@", "ftp://s3cret@a.example/", "file:///s3cret"],
)
async def test_what_is_no_address_is_asked_nowhere_and_not_repeated(typed: str) -> None:
    web = Web({})
    no = await refused(typed, web)
    assert not web.asked and "s3cret" not in no.reason + no.hint


async def test_a_page_full_of_links_costs_a_few_requests() -> None:
    links = "".join(link(f"/{number}") for number in range(500))
    web = Web({"https://a.example/": page(links)})
    await refused("https://a.example/", web)
    assert len(web.asked) == 13


async def test_little_is_read_of_much() -> None:
    large = b"<html>" + b" " * (MOST_BYTES // 2)
    links = page(*(link(f"/{number}") for number in range(5)))
    web = Web({"https://a.example/": links} | {f"https://a.example/{n}": large for n in range(5)})
    await refused("https://a.example/", web)
    assert len(web.asked) == 3


@pytest.mark.parametrize(
    ("typed", "urls"),
    [
        ("a.example/f", ["https://a.example/f", "http://a.example/f"]),
        ("a.example:8080", ["https://a.example:8080", "http://a.example:8080"]),
        (" <https://a.example/f> ", ["https://a.example/f"]),
        ("feed://a.example/f", ["https://a.example/f", "http://a.example/f"]),
        ("feed:https://a.example/f", ["https://a.example/f"]),
    ],
)
def test_what_is_typed_is_spelled_out(typed: str, urls: list[str]) -> None:
    assert list(spelled_out(typed)) == urls


@pytest.mark.parametrize(
    ("html", "urls"),
    [
        (link("/f"), ["https://a.example/f"]),
        (
            "<LINK REL='feed ALTERNATE' TYPE='Application/RSS+XML; x=1' HREF=/f>",
            ["https://a.example/f"],
        ),
        (link("//b.example/f"), ["https://b.example/f"]),
        ('<base href="/deep/">' + link("f"), ["https://a.example/deep/f"]),
        (link("/f", "application/feed+json"), ["https://a.example/f"]),
        (link("/f?a=1&amp;b=2"), ["https://a.example/f?a=1&b=2"]),
        (link("/f") * 2, ["https://a.example/f"]),
        (
            '<a href="/news/feed.xml">x</a><a href="/about">x</a>',
            ["https://a.example/news/feed.xml"],
        ),
        ('<a href="/rss">x</a>' + link("/rss"), ["https://a.example/rss"]),
        ('<a href="/rss">x</a>' + link("/f"), ["https://a.example/f", "https://a.example/rss"]),
        (link("/f", "text/css"), []),
        ('<link rel="stylesheet" type="application/rss+xml" href="/f">', []),
        ('<a href="/feedback">x</a>', []),
        (link("javascript:alert(1)") + link("file:///etc/passwd") + link("http://[bad"), []),
        ("<link rel=alternate type=application/rss+xml>", []),
        ('<base href="http://[bad">' + link("f"), ["https://a.example/p/f"]),
        ("<base href>" + link("f"), ["https://a.example/p/f"]),
    ],
)
def test_feeds_that_a_page_names(html: str, urls: list[str]) -> None:
    given = alternates(html.encode(), "https://a.example/p/", "text/html")
    assert [each.url for each in given] == urls


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 200_000,
        "<a href=/rss>" * 200_000,
        "<a " * 200_000,
        "<link " + "x=1 " * 200_000,
        "<b><a href=/rss><p>" * 50_000,
        "<base href=/x>" * 100_000,
    ],
)
def test_a_page_made_to_take_long_takes_no_time(html: str) -> None:
    started = time.process_time()
    alternates(html.encode(), "https://a.example/", None)
    assert time.process_time() - started < 1


def test_a_title_is_read_in_the_language_of_its_page() -> None:
    html = link("/f", title="Fußball").encode("iso-8859-1")
    [given] = alternates(html, "https://a.example/", "text/html; charset=ISO-8859-1")
    assert given.title == "Fußball"


def test_usual_places_are_on_the_same_site() -> None:
    assert all(
        url.startswith("https://a.example/") for url in common_paths("https://a.example/x/y")
    )
