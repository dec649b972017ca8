"""The demo's web: one local server that stands in for all the outlets."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from aiohttp import web

from bot.wiring.demo.script import Body, Fault, Newsday


@asynccontextmanager
async def serving(day: Newsday, now: Callable[[], datetime]) -> AsyncIterator[str]:
    """Serve the day's feeds as they stand at `now`, on a free port of 127.0.0.1; gives the address."""

    async def answer(request: web.Request) -> web.Response:
        match day.feeds_at(now()).get(request.path):
            case Body(content_type, text):
                etag = hashlib.blake2b(text, digest_size=8).hexdigest()
                known = request.if_none_match or ()
                response = (
                    web.Response(status=304)
                    if any(tag.value == etag for tag in known)
                    else web.Response(body=text, content_type=content_type, charset="utf-8")
                )
                response.etag = etag
                return response
            case Fault(status):
                return web.Response(status=status)
            case None:
                return web.Response(status=404)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
