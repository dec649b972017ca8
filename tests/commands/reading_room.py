"""A web of a few pages and feeds, and the feed desk before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.commands.feed_desk import FeedDesk
from bot.commands.scout import Scout
from bot.feeds.addresses import feed_id
from bot.feeds.schedule import Pace
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
from bot.storage.unit import Storage

NOON = datetime(2020, 11, 17, 12, 0, tzinfo=UTC)
PACE = Pace(timedelta(minutes=5), timedelta(hours=1))


class ReadingRoom:
    """What stands at which address, and what was asked for."""

    def __init__(self) -> None:
        self._bodies: dict[str, str] = {}
        self.asked: list[str] = []

    def put_feed(self, url: str, title: str, *headlines: str) -> None:
        self._bodies[url] = "\n".join(("<rss>", title, *headlines))

    def put(self, url: str, body: str) -> None:
        self._bodies[url] = body

    def desk(self, storage: Storage, key: bytes = b"key") -> FeedDesk:
        return FeedDesk(storage, Scout(self._get, self._read), lambda url: feed_id(url, key), PACE)

    async def _get(self, url: str) -> FetchResult:
        self.asked.append(url)
        body = self._bodies.get(url)
        if body is None:
            return Unreachable("It answered 404 (Not Found).", 404)
        return Document(body.encode(), url, "text/html")

    async def _read(self, document: Document) -> Reading:
        first, *rest = document.body.decode().splitlines()
        if first != "<rss>":
            return Unreadable("It is a web page, and no feed.", Trouble.NOT_A_FEED)
        title, *headlines = rest
        items = tuple(Item(each, None, each, "", published=NOON) for each in headlines)
        return Items(items, title=title)
