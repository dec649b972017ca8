"""The one door to the outside: WebSub's callbacks. All else is 404."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from bot.feeds.websub import SignatureCheck
from bot.pipeline.hubs import Hubs
from bot.pipeline.pushes import Expected, Pushes

BODY_LIMIT = 15_000_000
"""Bytes of one push."""
PATIENCE = 20.0
"""Seconds that a request's head may take, then its body, then the next request on the connection."""
AT_ONCE = 4
"""Pushes that are read at a time; what they hold in memory is bounded by it."""
HEADERS = {"X-Content-Type-Options": "nosniff"}


class WebSubDoor:
    """Acknowledges at once; what a push holds is taken in later."""

    def __init__(self, hubs: Hubs, pushes: Pushes, patience: float) -> None:
        self._hubs = hubs
        self._pushes = pushes
        self._patience = patience
        self._reading: set[str] = set()

    def routes(self) -> list[web.RouteDef]:
        address = r"/websub/{callback:[\w-]{43}}"
        return [web.get(address, self.verify, allow_head=False), web.post(address, self.push)]

    async def verify(self, request: web.Request) -> web.Response:
        answer = await self._hubs.called_back(request.match_info["callback"], request.query)
        if answer is None:
            raise web.HTTPNotFound
        return web.Response(text=answer, headers=HEADERS)

    async def push(self, request: web.Request) -> web.Response:
        """202 also for a signature that does not hold: whoever guesses learns nothing."""
        expected = await self._pushes.expected(request.match_info["callback"])
        if expected is None:
            raise web.HTTPGone  # by which a hub knows that it can stop
        feed_id = expected.feed.id
        if len(self._reading) >= AT_ONCE:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "60"})
        if feed_id in self._reading or not self._pushes.admit(feed_id):
            raise web.HTTPTooManyRequests(headers={"Retry-After": "60"})
        self._reading.add(feed_id)
        try:
            await self._read(request, expected)
        finally:
            self._reading.discard(feed_id)
        return web.Response(status=202)

    async def _read(self, request: web.Request, expected: Expected) -> None:
        check = SignatureCheck(request.headers.get("X-Hub-Signature"), expected.secret)
        body = bytearray()
        try:
            async with asyncio.timeout(self._patience):
                async for chunk in request.content.iter_chunked(65_536):
                    body += chunk
                    if len(body) > BODY_LIMIT:
                        raise web.HTTPRequestEntityTooLarge(BODY_LIMIT, len(body))
                    check.update(chunk)
        except TimeoutError:
            raise web.HTTPRequestTimeout from None
        if check.holds():
            self._pushes.take(expected, bytes(body), request.headers.get("Content-Type"))
        else:
            self._pushes.ignore(expected)


@contextlib.asynccontextmanager
async def listening(
    hubs: Hubs, pushes: Pushes, host: str, port: int, patience: float = PATIENCE
) -> AsyncIterator[int]:
    """Serve until the end of the block; gives the port, which is the system's choice for 0.

    Raises `OSError` where the address cannot be used.
    """
    app = web.Application()
    app.add_routes(WebSubDoor(hubs, pushes, patience).routes())
    app.on_response_prepare.append(_unnamed)
    runner = web.AppRunner(
        app,
        access_log=None,  # the path is a secret
        auto_decompress=False,  # a signature is over the bytes that were sent
        keepalive_timeout=patience,
        lingering_time=1.0,
        shutdown_timeout=2.0,
        max_headers=64,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def _unnamed(_request: web.Request, response: web.StreamResponse) -> None:
    """Whoever asks need not know which version of what answers."""
    response.headers.popall("Server", None)
