"""A WebSub hub on the loopback address: it verifies who subscribes, signs what it pushes, and lies
when told to."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from dataclasses import dataclass
from io import BytesIO
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

Form = dict[str, str]


@dataclass(frozen=True)
class Subscriber:
    """One that has proved that it wants this topic."""

    callback: str
    topic: str
    secret: str


class HubServer:
    """``POST /hub`` takes questions. What a test changes holds for those that come after."""

    def __init__(self) -> None:
        self.asked: list[Form] = []
        self.subscribers: dict[str, Subscriber] = {}
        """By topic."""
        self.status = 202
        """What a question is answered with; only below 300 is there a verification."""
        self.location: str | None = None
        """Where it redirects to, given a status that does."""
        self.lease: str | None = None
        """Seconds, as granted; None: as asked."""
        self.denies: str | None = None
        """Instead of verifying, deny for this reason."""
        self.says_topic: str | None = None
        """Verify another topic than was asked for."""
        self.verify_when = asyncio.Event()
        """Verification waits for it; set from the start."""
        self.verify_when.set()
        self.refused: list[int] = []
        """What verifications were answered with that did not succeed."""
        self._work: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/hub", self._question)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hub"
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self._session.close()
        await self._runner.cleanup()

    async def idle(self) -> None:
        """Return when every verification is done."""
        while self._work:
            await asyncio.wait(self._work)

    async def push(
        self,
        topic: str,
        body: bytes,
        *,
        method: str = "sha256",
        signature: str | None = None,
        content_type: str = "application/rss+xml",
    ) -> int:
        """The status that the subscriber answers; `signature` in the place of the true one."""
        to = self.subscribers[topic]
        if signature is None:
            signature = f"{method}={hmac.digest(to.secret.encode(), body, method).hex()}"
        headers = {"Content-Type": content_type, "X-Hub-Signature": signature}
        async with self._session.post(to.callback, data=BytesIO(body), headers=headers) as answer:
            if answer.status == 410:
                del self.subscribers[topic]
            return answer.status

    async def _question(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form)
        if self.status < 300:
            task = asyncio.create_task(self._verify(form))
            self._work.add(task)
            task.add_done_callback(self._work.discard)
        headers = {"Location": self.location} if self.location else None
        return web.Response(status=self.status, headers=headers)

    async def _verify(self, form: Form) -> None:
        await self.verify_when.wait()
        callback, topic = form["hub.callback"], form["hub.topic"]
        query = {"hub.topic": self.says_topic or topic}
        if self.denies is not None:
            query |= {"hub.mode": "denied", "hub.reason": self.denies}
            async with self._session.get(callback, params=query) as answer:
                return
        challenge = secrets.token_hex(16)
        query |= {"hub.mode": form["hub.mode"], "hub.challenge": challenge}
        if form["hub.mode"] == "subscribe":
            query["hub.lease_seconds"] = self.lease or form["hub.lease_seconds"]
        async with self._session.get(callback, params=query) as answer:
            if answer.status >= 300 or await answer.text() != challenge:
                self.refused.append(answer.status)
            elif form["hub.mode"] == "subscribe":
                self.subscribers[topic] = Subscriber(callback, topic, form["hub.secret"])
            else:
                self.subscribers.pop(topic, None)
