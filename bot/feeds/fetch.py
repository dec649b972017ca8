"""One conditional, polite and guarded request. Whatever other people's servers do is a value."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.feeds.address_guard import Networks, may_connect
from bot.feeds.freshness import fresh_for
from bot.feeds.link_header import hub_and_topic
from bot.feeds.redirects import (
    PERMANENT,
    REDIRECTS,
    SAME_METHOD,
    login,
    next_hop,
    same_origin,
    without_login,
)
from bot.feeds.refusal import PAGE_START, is_walled, may_be_wall, refusal
from bot.feeds.turns import Turns
from bot.model.feed import Document, Feed, FetchResult, Polling, Trouble, Unchanged, Unreachable

BODY_LIMIT = 15_000_000
"""Bytes, decompressed."""
NEW_BODY_LIMIT = 5_000_000
"""Likewise, of what was never read before."""
MOST_HELD = 48_000_000
"""Bytes of all the bodies that are being received: many large ones that never end hold no more."""
NOT_COUNTED = 256_000
"""Bytes at the beginning of each body: what nearly every feed keeps within."""
NO_ROOM_FOR = 60.0
"""Seconds until a feed is asked again for which there was no room."""
LONGEST_VALIDATOR = 1_000
"""Characters of an ETag or Last-Modified."""
MOST_REDIRECTS = 5
ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"
LONGEST_REST = timedelta(hours=1)
"""For how long one 429 keeps us from all of a host."""
LOOK_UPS = 8
"""Names looked up at a time, on threads of their own: slow ones hold nothing else up."""

UNREACHABLE = Unreachable("It cannot be reached.")
"""Said of a closed port and of an address that the guard refuses alike: we are no port scanner."""
_NO_ADDRESS = Unreachable("Its address, or the one it redirects to, is not valid.")

T = TypeVar("T")
LookUp = Callable[..., list[tuple[Any, ...]]]
"""As `socket.getaddrinfo`."""


@dataclass(slots=True)
class _Room:
    """For the bodies that are being received, of all errands together; in bytes."""

    left: int


class _NoRoom(Exception):
    """Too much is being received already."""


@dataclass(slots=True)
class _Errand:
    """One request on its way through redirects."""

    url: str
    headers: dict[str, str]
    time_limit: aiohttp.ClientTimeout
    """What is left of it."""
    limit: int = 0
    """Bytes of the body."""
    room: _Room = field(default_factory=lambda: _Room(MOST_HELD))
    form: Mapping[str, str] | None = None
    """To be posted. None: something is to be got."""
    hops: int = 0
    is_permanent: bool = True

    @property
    def is_conditional(self) -> bool:
        return "If-None-Match" in self.headers or "If-Modified-Since" in self.headers

    @property
    def redirects(self) -> frozenset[int]:
        return REDIRECTS if self.form is None else SAME_METHOD

    def follow(self, hop: str, onward: _Onward) -> None:
        if (left := (self.time_limit.total or 0) - onward.took) <= 0:
            raise TimeoutError
        self.time_limit = aiohttp.ClientTimeout(total=left)
        if not same_origin(self.url, hop):
            self.headers.pop("Authorization", None)
        self.url = hop
        self.hops += 1
        self.is_permanent &= onward.status in PERMANENT

    def moved_to(self, response: aiohttp.ClientResponse) -> str | None:
        return str(response.url) if self.hops and self.is_permanent else None


@dataclass(frozen=True, slots=True)
class _Onward:
    """A redirect that was not followed yet."""

    status: int
    location: str | None
    took: float
    """Seconds."""


_Read = Callable[[aiohttp.ClientResponse, _Errand], Awaitable[T]]


class _Resolver(AbstractResolver):
    """aiohttp's own shares its threads with the rest of the program."""

    def __init__(self, look_up: LookUp) -> None:
        self._look_up = look_up
        self._threads = ThreadPoolExecutor(LOOK_UPS, thread_name_prefix="look-up")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        look_up = partial(
            self._look_up,
            host,
            port,
            family=family,
            type=socket.SOCK_STREAM,
            flags=socket.AI_ADDRCONFIG,
        )
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return [
            ResolveResult(
                hostname=host,
                host=address[0],
                port=address[1],
                family=family,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for family, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class HttpFetcher:
    """Fetches feeds over one aiohttp session; use it as an async context manager.

    `host_concurrency` and `host_gap` (seconds between two starts) hold for each host, `concurrency`
    for all of them together. `timeout` is in seconds and covers the redirects, not the waiting for
    a turn. Addresses within `allow` may be private and use any port.

    A user and password in an address are sent to its own origin only, and told to nobody.
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
        look_up: LookUp = socket.getaddrinfo,
    ) -> None:
        self._user_agent = user_agent
        self._monotonic = monotonic
        self._allow = allow
        self._time_limit = aiohttp.ClientTimeout(total=timeout)
        self._room = _Room(MOST_HELD)
        self._look_up = look_up
        self._turns = Turns(
            sleep,
            monotonic,
            host_concurrency=host_concurrency,
            host_gap=host_gap,
            concurrency=concurrency,
        )

    async def __aenter__(self) -> Self:
        self._resolver = _Resolver(self._look_up)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                # `Turns` limits; here, waiting would count against the time limit.
                limit=0,
                socket_factory=self._guarded_socket,
                resolver=self._resolver,
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
        await self._resolver.close()

    def _guarded_socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        if not may_connect(address[0], address[1], self._allow):
            raise OSError(errno.EHOSTUNREACH, "refused by the address guard")
        return socket.socket(family, kind, protocol)

    async def fetch(self, feed: Feed, polling: Polling) -> FetchResult:
        """One conditional request; what other people's servers do is a value, never an error."""
        limit = NEW_BODY_LIMIT if polling.succeeded_at is None else BODY_LIMIT
        errand = _Errand(feed.url, _conditions(polling), self._time_limit, limit, self._room)
        return await self._run(errand, _outcome)

    async def get(self, url: str, *, limit: int = NEW_BODY_LIMIT) -> FetchResult:
        """Whatever stands at `url`, up to `limit` bytes; never `Unchanged`."""
        return await self._run(_Errand(url, {}, self._time_limit, limit, self._room), _outcome)

    async def submit(self, url: str, form: Mapping[str, str]) -> int | Unreachable:
        """Post a form; the status of the answer, whatever it is."""
        return await self._run(_Errand(url, {}, self._time_limit, form=form), _status)

    async def _run(self, errand: _Errand, read: _Read[T]) -> T | Unreachable:
        try:
            return await self._follow(errand, read)
        except TimeoutError:
            return Unreachable(
                f"It did not answer in full within {self._time_limit.total:g} seconds.",
                trouble=Trouble.SLOW,
            )
        except aiohttp.ClientConnectorDNSError:
            return Unreachable("Its host name is not known.")
        except (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError):
            return Unreachable("Its certificate or encryption is not valid.")
        except aiohttp.ClientConnectorError:
            return UNREACHABLE
        except (aiohttp.InvalidURL, ValueError):
            return _NO_ADDRESS
        except aiohttp.ClientResponseError:
            return Unreachable("Its answer is not proper HTTP.")
        except (aiohttp.ClientError, OSError):
            return Unreachable("The connection broke off, or the answer is garbled.")

    async def _follow(self, errand: _Errand, read: _Read[T]) -> T | Unreachable:
        if "@" in errand.url:
            parts = urlsplit(errand.url)
            if (authorization := login(parts)) is not None:
                errand.url = without_login(parts).geturl()
                errand.headers["Authorization"] = authorization
        for _ in range(MOST_REDIRECTS + 1):
            answer = await self._ask(errand, read)
            if not isinstance(answer, _Onward):
                return answer
            hop = next_hop(errand.url, answer.location)
            if isinstance(hop, Unreachable):
                return hop
            errand.follow(hop, answer)
        return Unreachable(f"It redirects more than {MOST_REDIRECTS} times.")

    async def _ask(self, errand: _Errand, read: _Read[T]) -> T | _Onward | Unreachable:
        address = URL(errand.url)
        if address.scheme not in ("http", "https"):
            return _NO_ADDRESS
        host = address.host or ""
        if rest := self._turns.resting(host):
            return _put_off(
                "Its server asked everybody here to wait.", rest, HTTPStatus.TOO_MANY_REQUESTS
            )
        async with self._turns.at(host):
            started = self._monotonic()
            async with self._session.request(
                "GET" if errand.form is None else "POST",
                address,
                headers=errand.headers,
                data=errand.form,
                allow_redirects=False,
                timeout=errand.time_limit,
            ) as response:
                status = response.status
                if status in errand.redirects:
                    took = self._monotonic() - started
                    return _Onward(status, response.headers.get("Location"), took)
                answer = await read(response, errand)
        if (
            isinstance(answer, Unreachable)
            and answer.status == HTTPStatus.TOO_MANY_REQUESTS
            and answer.retry_after
        ):
            rest = min(answer.retry_after, LONGEST_REST).total_seconds()
            self._turns.refused(host, errand.url, rest)
        elif not isinstance(answer, Unreachable):
            self._turns.let_in(host)
        return answer


async def _status(response: aiohttp.ClientResponse, _: _Errand) -> int:
    return response.status


async def _outcome(response: aiohttp.ClientResponse, errand: _Errand) -> FetchResult:
    status, headers = response.status, response.headers
    if status == HTTPStatus.NOT_MODIFIED and errand.is_conditional:
        return Unchanged(fresh_for(headers), errand.moved_to(response))
    if not 200 <= status < 300 or is_walled(headers):
        page = b""
        if may_be_wall(status, headers):
            page = await _body(response, PAGE_START, errand.room)
        return refusal(status, headers, page)
    try:
        body = await _body(response, errand.limit, errand.room)
    except _NoRoom:
        return _put_off("Too much is being read just now.", NO_ROOM_FOR)
    if len(body) > errand.limit:
        return Unreachable(
            f"It is larger than {errand.limit / 1_000_000:g} MB.",
            status,
            trouble=Trouble.UNREADABLE,
        )
    url = str(response.url)
    hub, topic = hub_and_topic(headers.getall("Link", ()), url)
    return Document(
        body=body,
        url=url,
        content_type=headers.get("Content-Type"),
        etag=_validator(headers.get("ETag")),
        last_modified=_validator(headers.get("Last-Modified")),
        fresh_for=fresh_for(headers),
        moved_to=errand.moved_to(response),
        hub=hub,
        topic=topic,
    )


async def _body(response: aiohttp.ClientResponse, limit: int, room: _Room) -> bytes:
    """All of it, or its start: what is longer than `limit` is not the whole. Raises `_NoRoom`."""
    body, counted = bytearray(), 0
    try:
        async for chunk in response.content.iter_chunked(65_536):
            body += chunk
            if len(body) > limit:
                break
            if (more := len(body) - NOT_COUNTED - counted) > 0:
                if more > room.left:
                    raise _NoRoom
                room.left -= more
                counted += more
        return bytes(body)
    finally:
        room.left += counted


def _validator(header: str | None) -> str | None:
    """A header to be sent back as it came; None where it is longer or odder than any need be."""
    if header is None or len(header) > LONGEST_VALIDATOR:
        return None
    return header if header.isascii() and header.isprintable() else None


def _put_off(reason: str, seconds: float, status: int | None = None) -> Unreachable:
    """No fault of the feed's own."""
    return Unreachable(reason, status, timedelta(seconds=seconds), Trouble.BUSY, unasked=True)


def _conditions(polling: Polling) -> dict[str, str]:
    headers = {}
    if polling.etag is not None:
        headers["If-None-Match"] = polling.etag
    if polling.last_modified is not None:
        headers["If-Modified-Since"] = polling.last_modified
    return headers
