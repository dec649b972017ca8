"""JSON Feed 1.0 and 1.1 become raw items (https://www.jsonfeed.org/version/1.1/).

Types are taken as the format defines them; a member of another type counts as missing. Numbers are
read as text, whatever their size: as ids they are to be taken for it.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from bot.feeds import fields
from bot.model.feed import Item, Items, Reading, Trouble, Unreadable

_VERSION = "https://jsonfeed.org/version/1"


def looks_like_json(body: bytes) -> bool:
    return body.lstrip()[:1] in (b"{", b"[")


def parse_json(body: bytes, url: str) -> Reading:
    """What `body`, UTF-8 JSON found at `url`, holds."""
    try:
        feed: object = json.loads(body, parse_int=str, parse_float=str, parse_constant=str)
    except RecursionError:
        return Unreadable("Its JSON lies too deep within itself.", Trouble.HARMFUL)
    except ValueError:
        return Unreadable("It is broken JSON.", _trouble(body))
    if not isinstance(feed, dict) or not _is_feed(feed):
        return Unreadable("It is JSON, but no JSON Feed.", Trouble.NOT_A_FEED)
    hubs = [_text(hub, "url") for hub in _objects(feed, "hubs") if _text(hub, "type") == "WebSub"]
    return Items(
        items=tuple(_item(item, url) for item in _objects(feed, "items")[: fields.MOST_ITEMS]),
        title=_text(feed, "title"),
        language=fields.language(_text(feed, "language")),
        hub=fields.absolute(hubs[0], url) if hubs else None,
        topic=fields.absolute(_text(feed, "feed_url"), url),
    )


def _is_feed(feed: dict[str, Any]) -> bool:
    version = _text(feed, "version").replace("http://", "https://").replace("//www.", "//")
    return version.startswith(_VERSION) and isinstance(feed.get("items"), list)


def _trouble(body: bytes) -> Trouble:
    return Trouble.UNREADABLE if b"jsonfeed.org/version/" in body[:2_000] else Trouble.NOT_A_FEED


def _item(item: dict[str, Any], url: str) -> Item:
    authors = _objects(item, "authors") or _dicts([item.get("author")])
    return Item(
        guid=_text(item, "id") or None,
        link=fields.absolute(_text(item, "url") or _text(item, "external_url"), url),
        title=_text(item, "title"),
        summary=fields.fullest(
            _text(item, member) for member in ("content_html", "content_text", "summary")
        ),
        published=_moment(_text(item, "date_published")),
        updated=_moment(_text(item, "date_modified")),
        author=", ".join(filter(None, (_text(author, "name") for author in authors))) or None,
    )


def _objects(parent: dict[str, Any], member: str) -> list[dict[str, Any]]:
    return _dicts(parent.get(member))


def _dicts(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(parent: dict[str, Any], member: str) -> str:
    return fields.text(parent.get(member))


def _moment(text: str) -> datetime | None:
    """Of RFC 3339; a time without a zone is taken for UTC."""
    try:
        moment = datetime.fromisoformat(text[:40])
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return fields.moment(moment.timetuple())
