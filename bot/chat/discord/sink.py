"""Bulletins to Discord: one call, one request, one outcome.

Left alone, discord.py asks again by itself after 429, 500, 502, 504 and 524. The nonce keeps that
from doubling a post, but a 403 on the second try would hide that the first one may have landed, and
a time-out while it sleeps through a global 429 leaves the client waiting for ever. `one_try` makes
the first answer the answer; trying again is the outbox's work, and at a login the caller's.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace

import aiohttp
import discord

from bot.chat.discord import render
from bot.model.delivery import (
    Absent,
    Bulletin,
    Finding,
    Found,
    Later,
    Outcome,
    Receipt,
    Refused,
    Sent,
    Unread,
    Unsure,
)
from bot.model.watch import Destination

PATIENCE = timedelta(seconds=25)
"""For one call, waiting for a rate limit included; well inside the lease on a ticket."""
REPLAYS = timedelta(seconds=60)
"""How long Discord is trusted to know a nonce; it documents "a few minutes"."""
CLOCKS_DIFFER = timedelta(seconds=5)
READS = 1000
"""Messages of a channel's history; a busier span is left to a person."""
SOON = timedelta(seconds=5)
BANNED = timedelta(minutes=10)
OLD_EDIT = timedelta(minutes=10)

TOO_MANY_OLD_EDITS = 30046
REFUSALS = {
    401: Refused("Discord refused the token. Make a new one and set WIREWATCH_DISCORD__TOKEN."),
    10003: Refused("The channel was deleted.", gone=True),
    10004: Refused("The server is gone, or removed the bot.", gone=True),
    10008: Refused("The message was deleted.", gone=True),
    50001: Refused("The bot cannot see the channel. Give it View Channel there.", gone=True),
    50005: Refused("The message is not this bot's, so it cannot be edited.", gone=True),
    50013: Refused(
        "The bot may not post in the channel. Give it Send Messages and Embed Links there.",
        gone=True,
    ),
    50083: Refused("The thread is archived. Open it again, or remove the watch.", gone=True),
}
"""By Discord's own error code, or the HTTP status where it gives none."""

EXPECTED = (
    discord.DiscordException,
    aiohttp.ClientError,
    OSError,  # and so TimeoutError
    json.JSONDecodeError,
    UnicodeDecodeError,
)
"""What other people's servers do to a request; anything else is a bug of ours."""


@dataclass(slots=True)
class _Attempt:
    sent: bool = False
    """Some of the request may have gone out."""
    everywhere: bool = False
    """The answer was a 429 that binds every channel."""


_attempt: ContextVar[_Attempt | None] = ContextVar("attempt", default=None)


def one_try() -> aiohttp.TraceConfig:
    """For `discord.Client(http_trace=…)`: while `attempting`, the first answer counts."""
    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(_note_sent)
    trace.on_request_end.append(_settle)
    trace.on_request_exception.append(_fail)
    return trace


async def _note_sent(
    session: aiohttp.ClientSession,
    context: SimpleNamespace,
    params: aiohttp.TraceRequestHeadersSentParams,
) -> None:
    if attempt := _attempt.get():
        attempt.sent = True


async def _settle(
    session: aiohttp.ClientSession,
    context: SimpleNamespace,
    params: aiohttp.TraceRequestEndParams,
) -> None:
    """Raise for the answers that discord.py would ask again after, or could not read."""
    attempt, response = _attempt.get(), params.response
    is_json = response.headers.get("content-type") == "application/json"
    if attempt is None or (response.status < 500 and response.status != 429 and is_json):
        return
    text = await response.text(encoding="utf-8", errors="replace")
    told = json.loads(text) if is_json else {}
    if response.status == 429 and "retry_after" in told:
        attempt.everywhere = told.get("global", False)
        raise discord.RateLimited(float(told["retry_after"]))
    raise discord.HTTPException(response, told or text)


async def _fail(
    session: aiohttp.ClientSession,
    context: SimpleNamespace,
    params: aiohttp.TraceRequestExceptionParams,
) -> None:
    """Where a reset has the number 54 or 10054 (macOS, Windows) discord.py would ask again."""
    error = params.exception
    if _attempt.get() and isinstance(error, OSError) and error.errno in {54, 10054}:
        raise ConnectionResetError(*error.args[1:]) from error


@contextmanager
def attempting() -> Iterator[_Attempt]:
    """In this block an answer that is not Discord's JSON is an `HTTPException` of its status."""
    attempt = _Attempt()
    token = _attempt.set(attempt)
    try:
        yield attempt
    finally:
        _attempt.reset(token)


def outcome(error: BaseException, *, sent: bool) -> Outcome:
    """What a failed request says of its message; where in doubt, that it may have landed.

    `sent`: some of the request may have gone out.

    A refusal is `gone` where only a person in the server can mend it. Of a post: the channel is no
    more, or we may not be or write in it. Of an edit: the message is no more, or can no longer be
    edited. A refused token, a fault of ours and what is not known are not `gone`.
    """
    match error:
        case discord.RateLimited(retry_after=seconds):
            return Later("Discord asks us to wait", timedelta(seconds=seconds))
        case discord.HTTPException(code=code) if code == TOO_MANY_OLD_EDITS:
            return Later("Discord limits edits of messages older than an hour", OLD_EDIT)
        case discord.HTTPException(status=429):
            wait = error.response.headers.get("Retry-After", "")
            after = timedelta(seconds=int(wait)) if wait.isdecimal() else BANNED
            return Later("this address is banned for too many requests (Cloudflare)", after)
        case discord.HTTPException(status=status) if 400 <= status < 500 and status != 408:
            return REFUSALS.get(error.code or status) or Refused(f"Discord refused: {error}")
        case _ if not sent:
            return Later(f"nothing was sent: {named(error)}", SOON)
        case _:
            return Unsure(named(error))


def named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")


class DiscordSink:
    """Delivers over a client that is logged in; it need not be connected to the gateway."""

    def __init__(self, client: discord.Client, *, patience: timedelta = PATIENCE) -> None:
        if client.http.http_trace is None:
            raise ValueError("the client must be made with http_trace=one_try()")
        self._client = client
        self._patience = patience
        self._quiet_until = 0.0
        """On the loop's clock: until then a global rate limit forbids every request."""

    async def post(
        self, destination: Destination, bulletin: Bulletin, because: str, nonce: str
    ) -> Outcome:
        channel = self._client.get_partial_messageable(int(destination.channel))
        embed = render.embed(bulletin, because, nonce, destination)
        return await self._deliver(
            lambda: channel.send(
                embed=embed, nonce=nonce, allowed_mentions=discord.AllowedMentions.none()
            )
        )

    async def edit(self, receipt: Receipt, bulletin: Bulletin, because: str) -> Outcome:
        if receipt.message_id is None:
            raise ValueError("there is no message to edit yet")
        channel = self._client.get_partial_messageable(int(receipt.destination.channel))
        message = channel.get_partial_message(int(receipt.message_id))
        embed = render.embed(bulletin, because, receipt.delivery_key, receipt.destination)
        result = await self._deliver(
            lambda: message.edit(embed=embed, allowed_mentions=discord.AllowedMentions.none())
        )
        # The same edit made twice is one edit, so not knowing is no harm.
        return Later(result.reason, SOON) if isinstance(result, Unsure) else result

    async def find(self, destination: Destination, nonce: str, since: datetime) -> Finding:
        if wait := self._wait():
            return Unread(wait.reason, again=True)
        with attempting() as attempt:
            try:
                async with asyncio.timeout(self._patience.total_seconds()):
                    return await self._read_back(destination, render.mark(nonce), since)
            except EXPECTED as error:
                self._heed(attempt, error)
                result = outcome(error, sent=attempt.sent)
                assert not isinstance(result, Sent)
                return Unread(result.reason, again=not isinstance(result, Refused))

    def replays_until(self, first_attempt_at: datetime) -> datetime:
        """A call begun by then has reached Discord within `REPLAYS`, or has given up."""
        return first_attempt_at + REPLAYS - self._patience

    async def _deliver(self, send: Callable[[], Awaitable[discord.Message]]) -> Outcome:
        if wait := self._wait():
            return wait
        with attempting() as attempt:
            try:
                async with asyncio.timeout(self._patience.total_seconds()):
                    message = await send()
            except EXPECTED as error:
                self._heed(attempt, error)
                return outcome(error, sent=attempt.sent)
        return Sent(str(message.id))

    async def _read_back(self, destination: Destination, marker: str, since: datetime) -> Finding:
        assert self._client.user is not None
        channel = self._client.get_partial_messageable(int(destination.channel))
        seen = 0
        async for message in channel.history(limit=READS, after=since - CLOCKS_DIFFER):
            seen += 1
            own = message.author.id == self._client.user.id
            if own and any((e.footer.text or "").endswith(marker) for e in message.embeds):
                return Found(str(message.id))
        if seen >= READS:
            return Unread(f"more than {READS} messages stand there since then", again=False)
        if seen == 0 and not [message async for message in channel.history(limit=1)]:
            # Without Read Message History Discord gives an empty list and no error.
            return Unread(
                "the channel looks empty: give the bot Read Message History there", again=False
            )
        return Absent()

    def _wait(self) -> Later | None:
        """Why no request may be made now."""
        if self._client.user is None:
            return Later("not logged in to Discord yet", SOON)
        left = self._quiet_until - asyncio.get_running_loop().time()
        if left > 0:
            return Later("Discord asks us to wait", timedelta(seconds=left))
        return None

    def _heed(self, attempt: _Attempt, error: Exception) -> None:
        if attempt.everywhere and isinstance(error, discord.RateLimited):
            self._quiet_until = asyncio.get_running_loop().time() + error.retry_after
