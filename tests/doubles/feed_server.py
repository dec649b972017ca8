"""A small web server on the loopback address that publishes feeds, and misbehaves when told to."""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape

from aiohttp import web


@dataclass(frozen=True)
class Article:
    """One item of a feed, as its outlet writes it; text may hold HTML."""

    guid: str
    title: str
    description: str = ""
    link: str | None = None
    published: datetime | None = None


@dataclass(frozen=True)
class Status:
    """Answers with this status and no feed."""

    code: int
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Raw:
    """Answers with this body: broken XML, a web page, another format."""

    body: bytes
    content_type: str = "application/rss+xml"
    headers: Mapping[str, str] | None = None
    status: int = 200


@dataclass(frozen=True)
class Redirect:
    to: str
    code: int = 301


@dataclass(frozen=True)
class Slow:
    """Answers rightly, after this many seconds."""

    seconds: float


Fault = Status | Raw | Redirect | Slow

WEB_PAGE = Raw(
    b"<!doctype html><html><head><title>Gone</title></head><body>Gone.</body></html>", "text/html"
)


class FeedServer:
    """Feeds by path, as ``/gazette.xml``; every 200 has an ETag, and a 304 is given where it holds."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host = host
        self.requests: defaultdict[str, list[Mapping[str, str]]] = defaultdict(list)
        """The headers of each request, by path."""
        self.unchanged: defaultdict[str, int] = defaultdict(int)
        """How many of them were answered 304."""
        self.forms: defaultdict[str, list[Mapping[str, str]]] = defaultdict(list)
        """What was posted, by path."""
        self._articles: defaultdict[str, dict[str, Article]] = defaultdict(dict)
        self._faults: dict[str, Fault] = {}

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, 0)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    def url(self, path: str) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self._port}{path}"

    def publish(self, path: str, *articles: Article) -> None:
        """Put articles on top of a feed; one whose guid stands there already takes its place."""
        for article in articles:
            self._articles[path][article.guid] = article

    def withdraw(self, path: str, *guids: str) -> None:
        for guid in guids:
            del self._articles[path][guid]

    def fail(self, path: str, fault: Fault) -> None:
        """Until `heal`."""
        self._faults[path] = fault

    def heal(self, path: str) -> None:
        self._faults.pop(path, None)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        self.requests[path].append(dict(request.headers))
        if request.method == "POST":
            self.forms[path].append(
                {name: str(value) for name, value in (await request.post()).items()}
            )
        match self._faults.get(path):
            case Status(code=code, headers=headers):
                return web.Response(status=code, headers=headers)
            case Redirect(to=to, code=code):
                return web.Response(status=code, headers={"Location": to})
            case Raw(body=body, content_type=content_type, headers=headers, status=status):
                response = web.Response(body=body, headers=headers, status=status)
                response.content_type = content_type
                return response
            case Slow(seconds=seconds):
                await asyncio.sleep(seconds)
        if path not in self._articles:
            return web.Response(status=404)
        body = rss(path, *reversed(self._articles[path].values()))
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == etag:
            self.unchanged[path] += 1
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=body, headers={"ETag": etag}, content_type="application/rss+xml")


def rss(title: str, *articles: Article) -> bytes:
    """RSS 2.0, the articles in the order given."""
    items = "".join(map(_item, articles))
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<rss version="2.0"><channel><title>{escape(title)}</title>{items}</channel></rss>'
    ).encode()


def _item(article: Article) -> str:
    link = f"<link>{escape(article.link)}</link>" if article.link else ""
    date = f"<pubDate>{format_datetime(article.published)}</pubDate>" if article.published else ""
    return (
        f'<item><guid isPermaLink="false">{escape(article.guid)}</guid>'
        f"<title>{escape(article.title)}</title>{link}{date}"
        f"<description>{escape(article.description)}</description></item>\n"
    )
