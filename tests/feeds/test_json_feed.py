"""What JSON Feed promises, by the examples and the words of its specification."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bot.feeds.parse import parse
from bot.model.feed import Item, Items, Trouble, Unreadable

URL = "https://a.example/dir/feed.json"
VERSION = "https://jsonfeed.org/version/1.1"


def items_of(*items: object, **members: object) -> Items:
    feed = {"version": VERSION, "title": "T", "items": items} | members
    reading = parse(json.dumps(feed).encode(), URL, "application/feed+json")
    assert isinstance(reading, Items)
    return reading


def item_of(**members: object) -> Item:
    (item,) = items_of(members).items
    return item


def test_a_whole_item_is_read() -> None:
    assert item_of(
        id="1",
        url="/a",
        external_url="https://b.example/",
        title="A",
        content_html="<p>long text</p>",
        content_text="long",
        summary="short",
        date_published="2020-11-17T10:00:00+02:00",
        date_modified="2020-11-17T09:00:00Z",
        authors=[{"name": "B"}, {"url": "https://c.example/"}, {"name": "C"}],
    ) == Item(
        guid="1",
        link="https://a.example/a",
        title="A",
        summary="<p>long text</p>",
        published=datetime(2020, 11, 17, 8, tzinfo=UTC),
        updated=datetime(2020, 11, 17, 9, tzinfo=UTC),
        author="B, C",
    )


def test_the_feed_itself_is_read() -> None:
    items = items_of(
        title="Outlet",
        language="en-GB",
        feed_url="https://a.example/canonical.json",
        hubs=[
            {"type": "rssCloud", "url": "https://cloud.example/"},
            {"type": "WebSub", "url": "https://hub.example/"},
        ],
        expired=True,
    )
    assert items == Items(
        (),
        title="Outlet",
        language="en-GB",
        hub="https://hub.example/",
        topic="https://a.example/canonical.json",
    )


@pytest.mark.parametrize(
    "version", ["https://jsonfeed.org/version/1", "http://www.jsonfeed.org/version/1.1/"]
)
def test_every_version_is_read(version: str) -> None:
    assert items_of({"id": "1"}, version=version).items


@pytest.mark.parametrize(
    ("given", "guid"), [(7, "7"), (7.5, "7.5"), ("x", "x"), (None, None), ([], None), (True, None)]
)
def test_an_id_is_text_or_a_number(given: object, guid: str | None) -> None:
    assert item_of(id=given).guid == guid


def test_the_author_of_the_first_version_is_read() -> None:
    assert item_of(author={"name": "B"}).author == "B"


def test_an_item_without_address_has_that_of_what_it_is_about() -> None:
    assert item_of(external_url="https://b.example/").link == "https://b.example/"


@pytest.mark.parametrize(
    "date", ["", "soon", "2020-13-01T00:00:00Z", "0001-01-01T00:00:00+23:00", "9" * 5_000, 5, None]
)
def test_a_bad_date_is_no_date(date: object) -> None:
    assert item_of(date_published=date).published is None


def test_members_of_other_types_count_as_missing() -> None:
    assert item_of(title=["a"], url=True, authors="B", content_html={}) == Item(None, None, "", "")


@pytest.mark.parametrize(
    ("body", "trouble"),
    [
        (b"{}", Trouble.NOT_A_FEED),
        (b"[]", Trouble.NOT_A_FEED),
        (b'{"version": "1", "items": []}', Trouble.NOT_A_FEED),
        (b'{"version": "https://jsonfeed.org/version/1", "items": {}}', Trouble.NOT_A_FEED),
        (b'{"a', Trouble.NOT_A_FEED),
        (b'{"version": "https://jsonfeed.org/version/1", "items": [', Trouble.UNREADABLE),
    ],
)
def test_other_json_is_no_feed(body: bytes, trouble: Trouble) -> None:
    reading = parse(body, URL, "application/json")
    assert isinstance(reading, Unreadable)
    assert reading.trouble is trouble
