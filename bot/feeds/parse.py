"""Feed bytes become raw items; the one door of feedparser."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Any
from xml.sax import SAXException

import feedparser
from feedparser.mixin import _FeedParserMixin

from bot.feeds import fields
from bot.feeds.charset import in_utf8
from bot.feeds.json_feed import looks_like_json, parse_json
from bot.feeds.prescan import first_items, prolog, refusal, too_deep, without_bad_references
from bot.model.feed import Item, Items, Reading, Trouble, Unreadable

LONGEST_AUTHOR = 200
"""feedparser's search for an e-mail address in it takes the square of its length."""

_DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n'
_sync_author_detail = _FeedParserMixin._sync_author_detail


def _sync_short_author_detail(parser: Any, key: str = "author") -> None:
    if len(parser._get_context().get(key) or "") <= LONGEST_AUTHOR:
        _sync_author_detail(parser, key)


_FeedParserMixin._sync_author_detail = _sync_short_author_detail


def parse(body: bytes, url: str, content_type: str | None) -> Reading:
    """What `body`, found at `url`, holds. It may take long or much memory: see `parse_pool`.

    Raises MemoryError.
    """
    if unreadable := refusal(body):
        return unreadable
    body = in_utf8(body, content_type)
    if looks_like_json(body):
        return parse_json(body, url)
    body = without_bad_references(body)
    if unreadable := refusal(body) or too_deep(body):
        return unreadable
    try:
        # The part before the root says nothing more, and feedparser's search through it takes the
        # square of its length. Never the bytes themselves: it would open a file of that name.
        parsed = feedparser.parse(
            BytesIO(_DECLARATION + first_items(body[len(prolog(body)) :])),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except MemoryError:
        raise  # the bounds of the process are not ours
    except Exception as error:  # noqa: BLE001 - hostile bytes make feedparser raise almost anything
        return Unreadable(f"It makes the feed reader fail ({type(error).__name__}).")

    entries = parsed["entries"]
    if not entries:
        if not parsed.get("version"):
            return Unreadable(_what_else(body), Trouble.NOT_A_FEED)
        if isinstance(parsed.get("bozo_exception"), SAXException):
            return Unreadable("Its XML is broken before the first entry.")
    channel = parsed["feed"]
    links = _links(channel)
    return Items(
        items=tuple(_item(entry, url) for entry in entries[: fields.MOST_ITEMS]),
        title=_text(channel, "title"),
        language=fields.language(_text(channel, "language")),
        ask_every=fields.ask_every(
            _text(channel, "ttl"),
            _text(channel, "sy_updateperiod"),
            _text(channel, "sy_updatefrequency"),
        ),
        skip_hours=fields.skip_hours(body),
        skip_days=fields.skip_days(body),
        hub=fields.absolute(links.get("hub", ""), url),
        topic=fields.absolute(links.get("self", ""), url),
    )


def _what_else(body: bytes) -> str:
    start = body[:1000].lstrip().lower()
    if b"<html" in start or start.startswith(b"<!doctype html"):
        return "It is a web page, not a feed."
    return "It is not a feed."


def _links(channel: Mapping[str, Any]) -> dict[str, str]:
    """The first address of each relation."""
    links: dict[str, str] = {}
    for link in channel.get("links", ()):
        if not isinstance(link, Mapping):  # feedparser keeps the text of a <links> there
            break
        links.setdefault(_text(link, "rel").lower(), _text(link, "href"))
    return links


def _item(entry: Mapping[str, Any], url: str) -> Item:
    texts = [_text(entry, "summary")]
    texts += [_text(content, "value") for content in entry.get("content", ())]
    return Item(
        guid=_text(entry, "id") or None,
        link=fields.absolute(_text(entry, "link"), url),
        title=_text(entry, "title"),
        summary=fields.fullest(texts),
        published=_moment(entry, "published_parsed"),
        updated=_moment(entry, "updated_parsed"),
        author=_text(entry, "author") or None,
        source=_text(entry.get("source") or {}, "title") or None,
    )


def _moment(entry: Mapping[str, Any], key: str) -> datetime | None:
    # Asked first: `get` answers a missing "updated" with "published".
    return fields.moment(entry[key]) if key in entry else None


def _text(mapping: Mapping[str, Any], key: str) -> str:
    return fields.text(mapping.get(key))
