"""One conditional, polite and guarded GET. Whatever other people's servers do is a value."""

from __future__ import annotations

import asyncio
import errno
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import aiohttp

from bot.feeds.address_guard import Networks, may_connect
from bot.model.feed import Document, Feed, FetchResult, Polling, Unchanged, Unreachable

BODY_LIMIT = 15_000_000
"""Bytes, decompressed."""
MOST_REDIRECTS = 5
ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=\"?(\d{1,9})")

UNREACHABLE = Unreachable("It cannot be reached.")
"""Said of a closed port and of an address that the guard refuses alike: we are no port scanner."""


@dataclass(slots=True)
class _Host:
    """Whose turn it is at one host."""

    slots: asyncio.Semaphore
    next_start: float = 0.0


class HttpFetcher:
    """Fetches feeds over one aiohttp session; use it as an async context manager.

    `host_concurrency` and `host_gap` (seconds between two starts) hold for each host, `concurrency`
    for all of them together. `timeout` is in seconds and covers the redirects, not the waiting for
    a turn. Addresses within `allow` may be private and use any port.
    """

    def __init__(
        self,
        user_agent: str,
        *,
        sleep: Callable[[float], Awaitable[None]],
        monotonic: Callable[[], float],
        allow: Networks = (),
        host_concurrency: int = 1,
        host_gap: float = 1.0,
        concurrency: int = 64,
        timeout: float = 30.0,
    ) -> None:
        self._user_agent = user_agent
        self._sleep = sleep
        self._monotonic = monotonic
        self._allow = allow
        self._host_concurrency = host_concurrency
        self._host_gap = host_gap
        self._timeout = timeout
        self._hosts: dict[str, _Host] = {}
        self._slots = asyncio.Semaphore(concurrency)

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                # `_turn` limits; here, waiting would count against the time limit.
                limit=0,
                socket_factory=self._guarded_socket,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={
                "User-Agent": self._user_agent,
                "Accept": ACCEPT,
                "Accept-Encoding": "gzip, deflate",
            },
            trust_env=False,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._session.close()

    def _guarded_socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        if not may_connect(address[0], address[1], self._allow):
            raise OSError(errno.EHOSTUNREACH, "refused by the address guard")
        return socket.socket(family, kind, protocol)

    async def fetch(self, feed: Feed, polling: Polling) -> FetchResult:
        """One conditional request; what other people's servers do is a value, never an error."""
        try:
            return await self._follow(feed.url, polling)
        except TimeoutError:
            return Unreachable(f"It did not answer in full within {self._timeout:g} seconds.")
        except aiohttp.ClientConnectorDNSError:
            return Unreachable("Its host name is not known.")
        except (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError):
            return Unreachable("Its certificate or encryption is not valid.")
        except aiohttp.ClientConnectorError:
            return UNREACHABLE
        except (aiohttp.InvalidURL, ValueError):
            return Unreachable("Its address, or the one it redirects to, is not valid.")
        except aiohttp.ClientResponseError:
            return Unreachable("Its answer is not proper HTTP.")
        except (aiohttp.ClientError, OSError):
            return Unreachable("The connection broke off, or the answer is garbled.")

    async def _follow(self, url: str, polling: Polling) -> FetchResult:
        left = self._timeout
        for _ in range(MOST_REDIRECTS + 1):
            async with self._turn(urlsplit(url).hostname or ""):
                started = self._monotonic()
                async with self._session.get(
                    url,
                    headers=_conditions(polling),
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=left),
                ) as response:
                    if response.status not in _REDIRECTS:
                        return await _outcome(response, polling)
                    location = response.headers.get("Location")
                left -= self._monotonic() - started
            hop = next_hop(url, location)
            if isinstance(hop, Unreachable):
                return hop
            url = hop
            if left <= 0:
                raise TimeoutError
        return Unreachable(f"It redirects more than {MOST_REDIRECTS} times.")

    @asynccontextmanager
    async def _turn(self, name: str) -> AsyncIterator[None]:
        host = self._hosts.setdefault(name, _Host(asyncio.Semaphore(self._host_concurrency)))
        async with host.slots:
            now = self._monotonic()
            start = max(now, host.next_start)
            host.next_start = start + self._host_gap
            if start > now:
                await self._sleep(start - now)
            async with self._slots:
                yield


def _conditions(polling: Polling) -> dict[str, str]:
    headers = {}
    if polling.etag is not None:
        headers["If-None-Match"] = polling.etag
    if polling.last_modified is not None:
        headers["If-Modified-Since"] = polling.last_modified
    return headers


def next_hop(url: str, location: str | None) -> str | Unreachable:
    """Where a redirect leads; a user and password go along within one origin only."""
    if location is None:
        return Unreachable("It redirects to nowhere.")
    old, new = urlsplit(url), urlsplit(urljoin(url, location))
    if new.scheme not in ("http", "https"):
        return Unreachable("It redirects to an address that is not on the web.")
    if (old.scheme, new.scheme) == ("https", "http"):
        return Unreachable("It redirects from an encrypted address to an open one.")
    origin = new.netloc.rpartition("@")[2]
    same = (old.scheme, old.netloc.rpartition("@")[2]) == (new.scheme, origin)
    return new._replace(netloc=old.netloc if same else origin).geturl()


async def _outcome(response: aiohttp.ClientResponse, polling: Polling) -> FetchResult:
    status, headers = response.status, response.headers
    if status == HTTPStatus.NOT_MODIFIED and _conditions(polling):
        return Unchanged(fresh_for=_fresh_for(headers))
    if not 200 <= status < 300:
        return Unreachable(f"It answered {_named(status)}.", status, _retry_after(headers))
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > BODY_LIMIT:
            return Unreachable(f"It is larger than {BODY_LIMIT // 1_000_000} MB.", status)
    return Document(
        body=bytes(body),
        url=str(response.url),
        content_type=headers.get("Content-Type"),
        etag=headers.get("ETag"),
        last_modified=headers.get("Last-Modified"),
        fresh_for=_fresh_for(headers),
    )


def _named(status: int) -> str:
    try:
        return f"{status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return str(status)


def _fresh_for(headers: Mapping[str, str]) -> timedelta | None:
    control = headers.get("Cache-Control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return None
    if match := _MAX_AGE.search(control):
        return timedelta(seconds=int(match[1])) or None
    return _until(headers.get("Expires"), headers)


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    text = headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return timedelta(seconds=int(text[:9]))
    return _until(text, headers)


def _until(date: str | None, headers: Mapping[str, str]) -> timedelta | None:
    """How long until `date` by the server's own clock, which need not agree with ours."""
    then, sent = _http_date(date), _http_date(headers.get("Date"))
    if then is None or sent is None or then <= sent:
        return None
    return then - sent


def _http_date(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo is not None else None
