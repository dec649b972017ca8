"""A Slack of our own on the loopback: the Web API methods used, Socket Mode, and its own ledger.

It denies by default, and what it finds wrong with a call stands in `complaints`. Tests ask
`messages` for what a reader of a channel would see.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import itertools
import json
import re
import socket
import struct
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web

SPEC = (
    Path(__file__).resolve().parents[2]
    / "../shared/specs/slack/slack_web_openapi_v2_without_examples.json"
)
# The published specification is of 2021; these came later.
LATER_ARGUMENTS = {
    "chat.postMessage": {"metadata"},
    "chat.update": {"metadata"},
    "conversations.history": {"include_all_metadata"},
}
SCOPES = frozenset(
    {"commands", "chat:write", "files:read", "channels:history", "groups:history", "im:history"}
)
HISTORY_SCOPE = {"C": "channels:history", "G": "groups:history", "D": "im:history"}
MINUTE = 60
RESTRICTED_PAGE = 15


class Do(StrEnum):
    """What goes wrong with a call. Any other word is the name of an ``ok: false`` refusal."""

    RATELIMIT = "429"
    ERROR = "5xx"
    ERROR_AFTER = "5xx after accept"
    DELAY = "delay"
    RESET = "reset before accept"
    RESET_AFTER = "reset after accept"
    TRUNCATE = "truncated body"
    HTML = "HTML page"
    GARBAGE = "broken JSON"
    HOLD = "hold"
    """Accepted, and not answered until `release`."""
    LATE = "late"
    """Not even accepted until `release`, though its sender may be gone by then."""


@dataclass
class Fault:
    method: str
    do: str
    times: int
    channel: str | None
    seconds: float
    status: int


@dataclass(frozen=True)
class Message:
    """One message as it stands in a channel."""

    ts: str
    text: str
    """What a reader sees, marks of formatting aside."""
    notification: str
    blocks: tuple[dict[str, Any], ...] = ()
    metadata: dict[str, Any] | None = None
    history: tuple[str, ...] = ()
    """What a reader saw before, oldest first."""
    ours: bool = True

    @property
    def edits(self) -> int:
        return len(self.history)


@dataclass
class Channel:
    member: bool = True
    archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict)
    posted_at: float = float("-inf")


@dataclass(frozen=True)
class Ephemeral:
    channel: str
    user: str
    text: str


class Refusal(Exception):
    def __init__(self, error: str, status: int = 200, **more: Any) -> None:
        super().__init__(error)
        self.body = {"ok": False, "error": error, **more}
        self.status = status
        self.headers: dict[str, str] = {}


class TooOften(Refusal):
    def __init__(self, seconds: float) -> None:
        super().__init__("ratelimited", 429)
        self.headers = {"Retry-After": f"{seconds:g}"}


class NotAcknowledged(Exception):
    """The user reads that the command failed because the app did not respond."""


class SlackServer:
    """``async with SlackServer(channels=("C1",)) as slack``, and give `slack.api_url` to the app."""

    def __init__(
        self,
        channels: Iterable[str] = ("C1",),
        *,
        bot_token: str = "xoxb-double",
        app_token: str = "xapp-double",
        team: str = "T1",
        second: float = 1.0,
        ack_seconds: float = 3.0,
        restricted_history: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`second` is how long Slack's second lasts in its rate limits; 0 switches them off.
        `clock` gives the seconds since 1970 that messages are stamped with."""
        self.bot_token = bot_token
        self.app_token = app_token
        self.team = team
        self.scopes = set(SCOPES)
        self.channels = {channel: Channel() for channel in channels}
        self.complaints: list[str] = []
        """What a caller did that the real Slack would refuse or show broken."""
        self.pings: list[str] = []
        """Everything posted that would notify somebody."""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.ephemerals: list[Ephemeral] = []
        self.files: dict[str, tuple[bytes, dict[str, Any]]] = {}
        """What people shared, by id, and what is said of it other than the truth."""
        self.acks: list[dict[str, Any]] = []
        self.lose_acks = 0
        """So many acknowledgements are yet to be lost on the way."""
        self.held = 0
        """How many calls wait for `release`."""
        self._second = second
        self._ack_seconds = ack_seconds
        self._restricted = restricted_history
        self._clock = clock
        self._history_read_at = float("-inf")
        self._stamped = 0
        self._faults: list[Fault] = []
        self._released = asyncio.Event()
        self._changed = asyncio.Condition()
        self._sockets: list[web.WebSocketResponse] = []
        self._tickets: set[str] = set()
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._answers: dict[str, tuple[str, str, asyncio.Queue[str]]] = {}
        self._numbers = itertools.count(1)
        self._arguments = _arguments()
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._on_call)
        app.router.add_get("/link/", self._on_socket)
        app.router.add_post("/commands/{id}", self._on_response)
        app.router.add_get("/files-pri/{id}", self._on_file)
        app.router.add_route("*", "/{anything:.*}", self._on_stranger)
        self._runner = web.AppRunner(app, shutdown_timeout=0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        self.release()
        for ws in tuple(self._sockets):
            await ws.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/"

    # What a test sees and does

    def messages(self, channel: str) -> tuple[Message, ...]:
        """The channel as it stands now, oldest first."""
        return tuple(self.channels[channel].messages.values())

    def say(self, channel: str, text: str) -> Message:
        """Somebody else writes something."""
        message = Message(self._stamp(), text, text, ours=False)
        self.channels[channel].messages[message.ts] = message
        return message

    def delete(self, channel: str, ts: str) -> None:
        del self.channels[channel].messages[ts]

    def fail(
        self,
        method: str,
        do: str,
        *,
        times: int = 1,
        channel: str | None = None,
        seconds: float = 1.0,
        status: int = 503,
    ) -> None:
        """Spoil the next so many calls of a method; the first fault that fits is used up first.

        `seconds` is for Retry-After and the delay, `status` for 5xx and the HTML page. The method
        "response_url" stands for answers to commands, which can only be reset.
        """
        self._faults.append(Fault(method, do, times, channel, seconds, status))

    def release(self) -> None:
        """Let every call go on that is held, and hold no more by those faults."""
        self._released.set()
        self._released = asyncio.Event()

    async def until(self, what: Callable[[], bool], timeout: float = 10) -> None:
        """Wait until something has come true of this server."""
        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(what)

    async def connected(self, count: int = 1, timeout: float = 10) -> None:
        await self.until(lambda: len(self._sockets) >= count, timeout)

    async def refresh(self) -> None:
        """Ask the app for a new connection, and close the old one when that stands."""
        (old,) = self._sockets
        await old.send_json({"type": "disconnect", "reason": "refresh_requested"})
        await self.until(lambda: bool(self._sockets) and self._sockets[-1] is not old)
        await old.close()

    async def slash(
        self, team: str, channel: str, user: str, command: str, text: str, timeout: float = 10
    ) -> str:
        """A person runs a command; the text that this person then sees.

        An envelope that is not acknowledged in time is sent once more. Raises `NotAcknowledged`
        where that too stays unanswered, and `TimeoutError` where no text comes.
        """
        number = next(self._numbers)
        answers: asyncio.Queue[str] = asyncio.Queue()
        self._answers[str(number)] = (channel, user, answers)
        payload = {
            "token": "verification",
            "team_id": team,
            "team_domain": "double",
            "channel_id": channel,
            "channel_name": "directmessage" if channel.startswith("D") else "channel",
            "user_id": user,
            "user_name": user.lower(),
            "command": command,
            "text": html.escape(text, quote=False),
            "api_app_id": "A1",
            "is_enterprise_install": "false",
            "response_url": f"http://127.0.0.1:{self.port}/commands/{number}",
            "trigger_id": f"{number}.{number}.trigger",
        }
        for attempt in range(2):
            envelope: dict[str, Any] = {
                "type": "slash_commands",
                "envelope_id": f"envelope-{number}-{attempt}",
                "payload": payload,
                "accepts_response_payload": True,
            }
            if attempt:
                envelope |= {"retry_attempt": attempt, "retry_reason": "timeout"}
            acked = await self._deliver(envelope)
            if acked is not None:
                break
        else:
            raise NotAcknowledged(f"{command} failed with the error “operation_timeout”")
        if shown := acked.get("payload"):
            self._show(channel, user, shown, answers)
        return await asyncio.wait_for(answers.get(), timeout)

    # Socket Mode

    async def _deliver(self, envelope: dict[str, Any]) -> dict[str, Any] | None:
        await self.connected()
        waiting: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[envelope["envelope_id"]] = waiting
        await self._sockets[-1].send_json(envelope)
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(waiting, self._ack_seconds)
        return None

    async def _on_socket(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=404)
        self._tickets.remove(ticket)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        self._sockets.append(ws)
        await ws.send_json(
            {
                "type": "hello",
                "num_connections": len(self._sockets),
                "connection_info": {"app_id": "A1"},
                "debug_info": {"host": "double", "approximate_connection_time": 18060},
            }
        )
        await self._tell()
        try:
            async for frame in ws:
                if frame.type == WSMsgType.TEXT:
                    self._on_ack(json.loads(frame.data))
                    await self._tell()
        finally:
            self._sockets.remove(ws)
            await self._tell()
        return ws

    def _on_ack(self, ack: dict[str, Any]) -> None:
        if self.lose_acks:
            self.lose_acks -= 1
            return
        self.acks.append(ack)
        waiting = self._waiting.pop(ack.get("envelope_id", ""), None)
        if waiting is None:
            self.complaints.append(f"acknowledged an envelope that nobody waits for: {ack}")
        elif not waiting.done():
            waiting.set_result(ack)

    async def _on_response(self, request: web.Request) -> web.Response:
        if self._fault("response_url", None) is not None:
            return _reset(request)
        known = self._answers.get(request.match_info["id"])
        if known is None:
            return web.json_response({"ok": False, "error": "expired_url"}, status=404)
        body = await request.json()
        try:
            self._check_message("response_url", body)
        except Refusal as refusal:
            return web.json_response(refusal.body, status=400)
        self._show(known[0], known[1], body, known[2])
        await self._tell()
        return web.Response(text="ok")

    def _show(
        self, channel: str, user: str, body: dict[str, Any], answers: asyncio.Queue[str]
    ) -> None:
        blocks = body.get("blocks") or ()
        text = read(blocks) if blocks else html.unescape(body.get("text", ""))
        if body.get("response_type", "ephemeral") == "ephemeral":
            self.ephemerals.append(Ephemeral(channel, user, text))
        else:
            message = Message(self._stamp(), text, html.unescape(body.get("text", "")))
            self.channels[channel].messages[message.ts] = message
        answers.put_nowait(text)

    # The Web API

    async def _on_stranger(self, request: web.Request) -> web.Response:
        self.complaints.append(f"no such address: {request.method} {request.path}")
        return web.Response(status=404)

    async def _on_call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        given = await _given(request)
        self.calls.append((method, given))
        try:
            fault = self._fault(method, given.get("channel"))
            if fault is None:
                return self._answer(request, method, given)
            return await self._spoil(fault, request, method, given)
        finally:
            await self._tell()

    async def _spoil(
        self, fault: Fault, request: web.Request, method: str, given: dict[str, Any]
    ) -> web.StreamResponse:
        match fault.do:
            case Do.RATELIMIT:
                return _reply(TooOften(fault.seconds))
            case Do.ERROR:
                return web.json_response(
                    {"ok": False, "error": "internal_error"}, status=fault.status
                )
            case Do.HTML:
                return web.Response(
                    text="<html><h1>Sorry!</h1></html>",
                    content_type="text/html",
                    status=fault.status,
                )
            case Do.GARBAGE:
                return web.Response(text='{"ok":', content_type="application/json")
            case Do.RESET:
                return _reset(request)
            case Do.DELAY:
                await asyncio.sleep(fault.seconds)
                return self._answer(request, method, given)
            case Do.LATE:
                await self._hold()
                return self._answer(request, method, given)
            case Do.ERROR_AFTER:
                self._answer(request, method, given)
                return web.json_response(
                    {"ok": False, "error": "internal_error"}, status=fault.status
                )
            case Do.RESET_AFTER:
                self._answer(request, method, given)
                return _reset(request)
            case Do.HOLD:
                answer = self._answer(request, method, given)
                await self._hold()
                return answer
            case Do.TRUNCATE:
                return await _truncated(request, self._answer(request, method, given))
            case _:
                return _reply(Refusal(fault.do))

    def _fault(self, method: str, channel: str | None) -> Fault | None:
        for fault in self._faults:
            if fault.method == method and fault.channel in (None, channel):
                fault.times -= 1
                if not fault.times:
                    self._faults.remove(fault)
                return fault
        return None

    async def _hold(self) -> None:
        self.held += 1
        await self._tell()
        await self._released.wait()
        self.held -= 1

    def _answer(self, request: web.Request, method: str, given: dict[str, Any]) -> web.Response:
        try:
            return web.json_response({"ok": True, **self._accept(request, method, given)})
        except Refusal as refusal:
            return _reply(refusal)

    def _accept(self, request: web.Request, method: str, given: dict[str, Any]) -> dict[str, Any]:
        answer = {
            "auth.test": self._auth_test,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "conversations.history": self._history,
            "apps.connections.open": self._open,
            "files.info": self._file,
        }.get(method)
        if answer is None:
            self.complaints.append(f"no such method: {method}")
            raise Refusal("unknown_method")
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token:
            raise Refusal("not_authed")
        if token not in (self.bot_token, self.app_token):
            raise Refusal("invalid_auth")
        if (token == self.app_token) != (method == "apps.connections.open"):
            raise Refusal("not_allowed_token_type")
        strangers = given.keys() - self._arguments.get(method, given.keys())
        if strangers:
            self.complaints.append(f"{method} takes no {sorted(strangers)}")
            raise Refusal("invalid_arguments")
        return answer(given)

    def _auth_test(self, given: dict[str, Any]) -> dict[str, Any]:
        return {
            "url": "https://double.slack.com/",
            "team": "double",
            "user": "wirewatch",
            "team_id": self.team,
            "user_id": "U0WIREWATCH",
            "bot_id": "B0WIREWATCH",
            "is_enterprise_install": False,
        }

    def _open(self, given: dict[str, Any]) -> dict[str, Any]:
        ticket = f"ticket-{next(self._numbers)}"
        self._tickets.add(ticket)
        return {"url": f"ws://127.0.0.1:{self.port}/link/?ticket={ticket}"}

    def _post(self, given: dict[str, Any]) -> dict[str, Any]:
        self._allow("chat:write")
        channel = self._channel(given)
        if channel.archived:
            raise Refusal("is_archived")
        self._check_message("chat.postMessage", given)
        now = time.monotonic()
        if now - channel.posted_at < self._second:
            raise TooOften(_whole(self._second - (now - channel.posted_at), self._second))
        channel.posted_at = now
        message = _message(Message(self._stamp(), "", ""), given)
        channel.messages[message.ts] = message
        self._note_pings(given)
        return {"channel": given["channel"], "ts": message.ts, "message": _shown(message)}

    def _update(self, given: dict[str, Any]) -> dict[str, Any]:
        self._allow("chat:write")
        channel = self._channel(given)
        message = channel.messages.get(given.get("ts", ""))
        if message is None:
            raise Refusal("message_not_found")
        if not message.ours:
            raise Refusal("cant_update_message")
        self._check_message("chat.update", given)
        edited = _message(replace(message, history=(*message.history, message.text)), given)
        channel.messages[message.ts] = edited
        self._note_pings(given)
        return {"channel": given["channel"], "ts": message.ts, "text": edited.notification}

    def _history(self, given: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(given)
        self._allow(HISTORY_SCOPE[given["channel"][0]])
        most = int(given.get("limit", 100))
        if self._restricted:
            now = time.monotonic()
            waited = now - self._history_read_at
            if waited < MINUTE * self._second:
                raise TooOften(_whole(MINUTE * self._second - waited, self._second))
            self._history_read_at = now
            most = min(most, RESTRICTED_PAGE)
        oldest, latest = given.get("oldest", "0"), given.get("latest", "9" * 10)
        before = given.get("cursor") or "9" * 10
        inclusive = given.get("inclusive") in ("1", True, "true")
        span = [
            message
            for ts, message in sorted(channel.messages.items(), reverse=True)
            if float(ts) < float(before)
            and (
                float(oldest) < float(ts) < float(latest) or (inclusive and ts in (oldest, latest))
            )
        ]
        page, rest = span[:most], span[most:]
        with_metadata = given.get("include_all_metadata") in ("1", True, "true")
        return {
            "messages": [_shown(m, with_metadata=with_metadata) for m in page],
            "has_more": bool(rest),
            "response_metadata": {"next_cursor": page[-1].ts if rest else ""},
        }

    def share(self, content: bytes, **said: Any) -> str:
        """Somebody shares a file; the link to it. `said` replaces what Slack would say of it."""
        file = f"F{next(self._numbers)}"
        self.files[file] = content, said
        return f"https://double.slack.com/files/U7/{file}/feeds.opml"

    def _file(self, given: dict[str, Any]) -> dict[str, Any]:
        self._allow("files:read")
        if given["file"] not in self.files:
            raise Refusal("file_not_found")
        content, said = self.files[given["file"]]
        url = f"http://127.0.0.1:{self.port}/files-pri/{given['file']}"
        told = {"id": given["file"], "size": len(content), "is_external": False, "url_private": url}
        return {"file": told | said}

    async def _on_file(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {self.bot_token}":
            return web.Response(status=302, headers={"Location": "/sign-in"})
        content, _ = self.files[request.match_info["id"]]
        response = web.StreamResponse()
        await response.prepare(request)
        # Not in one piece: no network promises that.
        third = len(content) // 3
        for piece in (content[:third], content[third : 2 * third], content[2 * third :]):
            await response.write(piece)
            await asyncio.sleep(0.01)
        return response

    def _channel(self, given: dict[str, Any]) -> Channel:
        channel = self.channels.get(given.get("channel", ""))
        if channel is None:
            raise Refusal("channel_not_found")
        if not channel.member:
            raise Refusal("not_in_channel")
        return channel

    def _allow(self, scope: str) -> None:
        if scope not in self.scopes:
            raise Refusal("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))

    def _stamp(self) -> str:
        """Microseconds since 1970, never the same twice."""
        self._stamped = max(self._stamped + 1, int(self._clock() * 1_000_000))
        return f"{self._stamped // 1_000_000}.{self._stamped % 1_000_000:06d}"

    def _check_message(self, method: str, given: dict[str, Any]) -> None:
        found = list(problems(given))
        self.complaints += [f"{method}: {problem}" for _, problem in found]
        for error, _ in found:
            raise Refusal(error)

    def _note_pings(self, given: dict[str, Any]) -> None:
        self.pings += pings(given)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


# Messages


def read(blocks: Iterable[dict[str, Any]]) -> str:
    """What a reader sees of blocks: one line a block or list item."""
    return "\n".join(_read(block) for block in blocks)


def _read(element: dict[str, Any]) -> str:
    match element:
        case {"type": "header" | "section", "text": {"text": text}}:
            return html.unescape(text)
        case {"type": "context", "elements": elements}:
            return "  ".join(html.unescape(e.get("text", "")) for e in elements)
        case {"type": "rich_text", "elements": elements}:
            return "\n".join(map(_read, elements))
        case {"type": "rich_text_section", "elements": elements}:
            return "".join(map(_read, elements))
        case {"type": "rich_text_list", "elements": elements}:
            return "\n".join(f"• {_read(e)}" for e in elements)
        case {"type": "link", "url": url}:
            return str(element.get("text", url))
        case {"type": "date", "fallback": fallback}:
            return str(fallback)
        case {"type": "text", "text": text}:
            return str(text)
        case _:
            return ""


def _message(message: Message, given: dict[str, Any]) -> Message:
    notification = given.get("text", "")
    blocks = tuple(given.get("blocks", ()))
    return replace(
        message,
        text=read(blocks) if blocks else html.unescape(notification),
        notification=notification,
        blocks=blocks,
        metadata=given.get("metadata", message.metadata),
    )


def _shown(message: Message, *, with_metadata: bool = True) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "type": "message",
        "ts": message.ts,
        "text": message.notification,
        "user": "U0WIREWATCH" if message.ours else "U0SOMEBODY",
        "blocks": list(message.blocks),
    }
    if with_metadata and message.metadata:
        shown["metadata"] = message.metadata
    return shown


# What Slack would find wrong with a message: (its error, why)

_TOKEN = re.compile(r"<(?:https?://[^<>|]+(?:\|[^<>|]+)?|!date\^\d+\^[^<>|]+\|[^<>|]+)>")
_MENTION = re.compile(r"<(?:[@#]|!(?!date))[^>]*>")
_BARE = re.compile(r"&(?!(?:amp|lt|gt);)|[<>]")
_ELEMENTS = {
    "text": ({"text"}, {"style"}),
    "link": ({"url"}, {"text", "style"}),
    "date": ({"timestamp", "format"}, {"fallback", "style"}),
}


def problems(given: dict[str, Any]) -> Iterable[tuple[str, str]]:
    blocks, text = given.get("blocks") or [], given.get("text", "")
    if not blocks and not text:
        yield "no_text", "neither blocks nor text"
    if blocks and not text:
        yield "no_text", "blocks without a text for notifications"
    if _units(text) > 40_000:
        yield "msg_too_long", "text is over 40,000"
    yield from _markup("text", text)
    if len(blocks) > 50:
        yield "invalid_blocks", "over 50 blocks"
    if _units(json.dumps(blocks, ensure_ascii=False)) > 13_000:
        yield "msg_blocks_too_long", "the blocks are over 13,000"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)) or any(len(id_) > 255 for id_ in ids):
        yield "invalid_blocks", "a block_id is used twice or over 255"
    for block in blocks:
        for problem in _block(block):
            yield "invalid_blocks", problem
    metadata = given.get("metadata")
    if metadata is not None:
        if set(metadata) != {"event_type", "event_payload"} or not re.fullmatch(
            r"\w+", str(metadata["event_type"])
        ):
            yield "invalid_metadata_format", "metadata wants event_type and event_payload"
        elif len(json.dumps(metadata)) > 8000:
            yield "metadata_too_large", "metadata is over 8 kB"


def _block(block: dict[str, Any]) -> Iterable[str]:
    known = set(block) - {"type", "block_id"}
    match block:
        case {"type": "header", "text": {"type": "plain_text"} as text} if known == {"text"}:
            yield from _text(text, 150)
        case {"type": "section", "text": text} if known == {"text"}:
            yield from _text(text, 3000)
        case {"type": "context", "elements": elements} if known == {"elements"}:
            if not 1 <= len(elements) <= 10:
                yield "a context has 1 to 10 elements"
            for text in elements:
                yield from _text(text, 3000)
        case {"type": "rich_text", "elements": elements} if known == {"elements"}:
            if not elements:
                yield "an empty rich_text"
            for element in elements:
                yield from _rich(element)
        case _:
            yield f"no such block: {json.dumps(block)[:200]}"


def _text(text: dict[str, Any], limit: int) -> Iterable[str]:
    if text.get("type") not in ("plain_text", "mrkdwn"):
        yield f"no such text: {text}"
    if not 1 <= _units(text.get("text", "")) <= limit:
        yield f"a text of 0 or over {limit}"
    for _, problem in _markup(text.get("type", ""), text.get("text", "")):
        yield problem


def _rich(element: dict[str, Any]) -> Iterable[str]:
    known = set(element) - {"type"}
    match element:
        case {"type": "rich_text_section", "elements": elements} if known == {"elements"}:
            for inner in elements:
                wanted, allowed = _ELEMENTS.get(inner["type"], ({"?"}, set()))
                has = set(inner) - {"type"}
                if not wanted <= has <= wanted | allowed:
                    yield f"no such element: {inner}"
                if inner["type"] == "text" and not inner["text"]:
                    yield "an empty text element"
                if inner["type"] == "link" and not _url(inner["url"]):
                    yield f"no link: {inner['url']}"
        case {"type": "rich_text_list", "style": "bullet" | "ordered", "elements": elements}:
            for inner in elements:
                yield from _rich(inner)
        case _:
            yield f"no such element: {element}"


def _markup(where: str, text: str) -> Iterable[tuple[str, str]]:
    if _BARE.search(_MENTION.sub("", _TOKEN.sub("", text))):
        yield "invalid_blocks", f"an unescaped & < or > in {where}: {text[:200]!r}"


def pings(given: Any) -> list[str]:
    """Mentions anywhere, as markup in a text or as an element of a rich text."""
    match given:
        case {"type": "user" | "usergroup" | "broadcast" | "channel" as kind}:
            return [f"{kind}: {given}"]
        case {"type": "text" | "link" | "date"}:
            return []  # elements of a rich text: no markup is read there
        case dict():
            return [p for key, value in given.items() if key != "metadata" for p in pings(value)]
        case list():
            return [p for value in given for p in pings(value)]
        case str():
            return _MENTION.findall(given)
        case _:
            return []


def _url(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and _units(url) <= 3000


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


# HTTP


async def _given(request: web.Request) -> dict[str, Any]:
    """The arguments, however they came."""
    given: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        given |= await request.json()
    else:
        given |= {name: str(value) for name, value in (await request.post()).items()}
    given.pop("token", None)
    return given


def _reply(refusal: Refusal) -> web.Response:
    return web.json_response(refusal.body, status=refusal.status, headers=refusal.headers)


def _reset(request: web.Request) -> web.Response:
    transport = request.transport
    assert transport is not None
    # With no time to linger, closing sends RST and not FIN.
    linger = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
    return web.Response()


async def _truncated(request: web.Request, answer: web.Response) -> web.StreamResponse:
    body = answer.body
    assert isinstance(body, bytes)
    cut = web.StreamResponse(
        headers={"Content-Length": str(len(body)), "Content-Type": "application/json"}
    )
    await cut.prepare(request)
    await cut.write(body[: len(body) // 2])
    assert request.transport is not None
    request.transport.close()
    return cut


def _whole(wait: float, second: float) -> float:
    """Retry-After in whole seconds, as Slack gives it, unless the second is scaled down."""
    return max(1, round(wait + 0.5)) if second >= 1 else wait


def _arguments() -> dict[str, set[str]]:
    """The names that each method takes; empty, so nothing is checked, without the specification."""
    if not SPEC.is_file():
        return {}
    paths = json.loads(SPEC.read_text(encoding="utf-8"))["paths"]
    known = {}
    for path, verbs in paths.items():
        method = path.removeprefix("/")
        names = {p["name"] for verb in verbs.values() for p in verb["parameters"]}
        known[method] = names | LATER_ARGUMENTS.get(method, set())
    return known
