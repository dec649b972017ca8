"""Feed bytes become raw items; the one door of feedparser."""

from __future__ import annotations

import calendar
import re
import time
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.sax import SAXException

import feedparser

from bot.model.feed import Item, Items, Reading, Unreadable

MOST_ITEMS = 5_000
MOST_ATTRIBUTES = 500
"""In one tag; feedparser's time grows with their square."""

_FIRST_TAG = re.compile(rb"<[A-Za-z_]")
_LONG_TAG = re.compile(rb"<[A-Za-z_][^<]{2000,}")
_ATTRIBUTES = re.compile(rb"""[^\s=>"']+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>"']+)|>""")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}


def parse(body: bytes, url: str, content_type: str | None) -> Reading:
    """What `body`, found at `url`, holds. It may take long or much memory: see `parse_pool`."""
    if body.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        # feedparser would believe the media type's default of UTF-8 before the mark itself.
        body, content_type = body.decode("utf-16", "replace").encode(), "application/xml"
    if reason := _refusal(body):
        return Unreadable(reason)
    try:
        # Never the bytes themselves: feedparser would open a file of that name.
        parsed = feedparser.parse(
            BytesIO(body),
            response_headers={"content-type": content_type or "application/xml"},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception as error:  # noqa: BLE001 - hostile bytes make feedparser raise almost anything
        return Unreadable(f"It makes the feed reader fail ({type(error).__name__}).")

    version, entries = parsed.get("version"), parsed["entries"]
    if not entries:
        if not version:
            return Unreadable(_what_else(body))
        if isinstance(parsed.get("bozo_exception"), SAXException):
            return Unreadable("Its XML is broken before the first entry.")
    channel = parsed["feed"]
    return Items(
        items=tuple(_item(entry, url) for entry in entries[:MOST_ITEMS]),
        title=_text(channel, "title"),
        language=_language(_text(channel, "language")),
        ask_every=_ask_every(channel),
    )


def _refusal(body: bytes) -> str | None:
    """A cheap look for what is known to take for ever."""
    if not body.strip():
        return "It is empty."
    root = _FIRST_TAG.search(body)
    if b"<!ENTITY" in body[: root.start() if root else None]:
        return "It defines entities of its own, which is a known attack."
    for tag in _LONG_TAG.finditer(body):
        count = 0
        for attribute in _ATTRIBUTES.finditer(tag[0]):
            if attribute[0] == b">":
                break
            count += 1
        if count > MOST_ATTRIBUTES:
            return f"One of its tags has more than {MOST_ATTRIBUTES} attributes."
    return None


def _what_else(body: bytes) -> str:
    start = body[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<html" in start or start.startswith(b"<!doctype html"):
        return "It is a web page, not a feed."
    if start.startswith((b"{", b"[")):
        return "It is JSON; only RSS and Atom are read."
    return "It is not a feed."


def _item(entry: Mapping[str, Any], url: str) -> Item:
    texts = [_text(entry, "summary")]
    texts += [_text(content, "value") for content in entry.get("content", ())]
    return Item(
        guid=_text(entry, "id") or None,
        link=_absolute(_text(entry, "link"), url),
        title=_text(entry, "title"),
        summary=max(texts, key=len),
        published=_moment(entry, "published_parsed"),
        updated=_moment(entry, "updated_parsed"),
        author=_text(entry, "author") or None,
        source=_text(entry.get("source") or {}, "title") or None,
    )


def _text(mapping: Mapping[str, Any], key: str) -> str:
    value = mapping.get(key)
    return value.strip() if isinstance(value, str) else ""


def _absolute(link: str, url: str) -> str | None:
    try:
        whole = urljoin(url, link) if link else ""
        return whole if urlsplit(whole).scheme in ("http", "https") else None
    except ValueError:
        return None


def _moment(entry: Mapping[str, Any], key: str) -> datetime | None:
    if key not in entry:  # asked first: `get` answers a missing "updated" with "published"
        return None
    parts: time.struct_time | None = entry[key]
    if parts is None or not 1970 <= parts.tm_year <= 2100:
        return None  # the zero dates of programs, and what no calendar holds
    return datetime.fromtimestamp(calendar.timegm(parts), UTC)


def _language(text: str) -> str | None:
    return text if _LANGUAGE.fullmatch(text) else None


def _ask_every(channel: Mapping[str, Any]) -> timedelta | None:
    ttl = _text(channel, "ttl")
    if ttl.isdecimal() and int(ttl[:7]) > 0:
        return timedelta(minutes=int(ttl[:7]))
    period = _PERIODS.get(_text(channel, "sy_updateperiod").lower())
    if period is None:
        return None
    frequency = _text(channel, "sy_updatefrequency")
    return period / max(int(frequency[:7]), 1) if frequency.isdecimal() else period
