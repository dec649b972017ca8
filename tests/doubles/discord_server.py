"""A small Discord on loopback: REST v10 and the gateway, as far as wirewatch uses them.

It keeps its own ledger, so that a test looks at what a reader of the channel sees. It denies by
default: a route it does not know, and a body that Discord would refuse, are answered as Discord
answers and kept in `complaints`; leaving the server with complaints unread is an error.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import socket
import struct
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from fnmatch import fnmatch
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import jsonschema_rs
from aiohttp import WSMsgType, web

Json = dict[str, Any]
Answered = tuple[int, Any]

EPOCH_MS = 1420070400000
EPHEMERAL = 64
MANAGE_CHANNELS = 1 << 4
EVERYTHING = frozenset({"view", "send", "embed", "history"})
PRIVILEGED = (1 << 1) | (1 << 8) | (1 << 15)
SPEC = Path(__file__).resolve().parents[2] / "../shared/specs/discord/openapi.json"


# Faults: what `DiscordServer.fail` can be told to do.


@dataclass(frozen=True)
class Answer:
    """Answer with this status; `after_accept`: having done what was asked."""

    status: int
    code: int = 0
    message: str = ""
    after_accept: bool = False
    html: bool = False


@dataclass(frozen=True)
class Limited:
    """429 with a wait; `via` is what tells Discord's own from Cloudflare's ban."""

    retry_after: float
    everywhere: bool = False
    via: bool = True


@dataclass(frozen=True)
class Delay:
    """Accept late, whether or not the sender still lives."""

    seconds: float


@dataclass(frozen=True)
class Reset:
    """Cut the connection."""

    after_accept: bool = False


@dataclass(frozen=True)
class Truncate:
    """Accept, and break off in the middle of the answer."""


@dataclass
class Hold:
    """Accept, and do not answer until released."""

    accepted: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)


Fault = Answer | Limited | Delay | Reset | Truncate | Hold


@dataclass
class Planned:
    match: str
    do: Fault
    times: int


# The ledger.


@dataclass
class Message:
    """What a reader of the channel sees, and all that stood there before."""

    id: int
    channel: str
    author: str
    content: str
    embeds: list[Json]
    flags: int = 0
    pings: list[str] = field(default_factory=list)
    history: list[Json] = field(default_factory=list)
    """Earlier states, oldest first."""
    deleted: bool = False
    files: dict[str, bytes] = field(default_factory=dict)
    """By name."""

    @property
    def edits(self) -> int:
        return len(self.history)


@dataclass
class Channel:
    id: str
    guild: str
    name: str
    rights: set[str] = field(default_factory=lambda: set(EVERYTHING))
    """Of our bot."""
    messages: list[Message] = field(default_factory=list)


@dataclass(frozen=True)
class Upload:
    """A file that a person attached to a command."""

    name: str
    content: bytes
    size: int
    """As Discord tells it."""


@dataclass
class Session:
    """One gateway session, which a lost connection does not end."""

    id: str
    sent: list[Json] = field(default_factory=list)
    socket: Socket | None = None


@dataclass
class Interaction:
    id: str
    token: str
    at: float
    answered: asyncio.Future[Json]
    """The callback: what was told within three seconds."""
    told: list[Message] = field(default_factory=list)
    more: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: bool = False
    """Deferred, and the reader sees "thinking…"."""
    flags: int = 0


class Refusal(Exception):
    def __init__(self, status: int, code: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "code": code, **more}


class Window:
    """A fixed window: `limit` requests in `seconds`."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit, self.seconds = limit, seconds
        self.used, self.ends = 0, 0.0

    def take(self) -> float:
        """0, or how many seconds to wait."""
        now = time.monotonic()
        if now >= self.ends:
            self.used, self.ends = 0, now + self.seconds
        if self.used >= self.limit:
            return self.ends - now
        self.used += 1
        return 0.0

    def headers(self, bucket: str) -> dict[str, str]:
        left = max(0.0, self.ends - time.monotonic())
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.limit - self.used),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": bucket,
        }


class DiscordServer:
    """``async with DiscordServer() as server:`` listens on a free port of 127.0.0.1.

    `nonce_window`: seconds for which a repeated nonce gives the earlier message. `bucket`: requests
    and seconds of each route and channel. `clock`: Unix seconds, for ids and windows.
    """

    def __init__(
        self,
        *,
        token: str = "MTIzNDU2Nzg5.GdOuBl.made-up-for-tests",
        nonce_window: float = 120.0,
        bucket: tuple[int, float] = (50, 1.0),
        everywhere: tuple[int, float] = (50, 1.0),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.token = token
        self.nonce_window = nonce_window
        self.clock = clock
        self.application = "1100000000000000001"
        self.channels: dict[str, Channel] = {}
        self.commands: list[Json] = []
        self.registrations = 0
        """How often the commands were written."""
        self.invalid = 0
        """Answers of 401, 403 and 429; Discord bans an address after 10,000 in ten minutes."""
        self.complaints: list[str] = []
        self.gateway_down = False
        """The address that it gives has nobody at it."""
        self.intents: int | None = None
        self.identified = asyncio.Event()
        self.posted = asyncio.Event()
        """Set at each new message; a test clears it."""
        self.files: dict[str, Upload] = {}
        self.told: list[Message] = []
        """The answers to the last slash command."""
        self._bucket, self._everywhere = bucket, Window(*everywhere)
        self._windows: dict[str, Window] = {}
        self._nonces: dict[str, tuple[float, Message]] = {}
        self._planned: list[Planned] = []
        self._sessions: dict[str, Session] = {}
        self._interactions: dict[str, Interaction] = {}
        self._numbers = count(1)
        self._schemas = _Schemas()
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=1 << 24)
        app.router.add_get("/gateway", self._gateway)
        app.router.add_get("/attachments/{id}", self._download)
        app.router.add_route("*", "/api/v10/{path:.*}", self._rest)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for planned in self._planned:
            if isinstance(planned.do, Hold):
                planned.do.released.set()
        for session in self._sessions.values():
            if session.socket:
                await session.socket.close(1001)
        assert self._runner is not None
        await self._runner.cleanup()
        if error is None and self.complaints:
            raise AssertionError("Discord would complain: " + "; ".join(self.complaints))

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v10"

    @property
    def gateway_url(self) -> str:
        return f"ws://127.0.0.1:{1 if self.gateway_down else self.port}/gateway"

    # What a test sets up and looks at.

    def add_channel(
        self, channel: str = "1200000000000000002", guild: str = "1200000000000000001"
    ) -> str:
        """A channel in a guild that our bot is a member of; its id."""
        self.channels[channel] = Channel(channel, guild, f"news-{len(self.channels) + 1}")
        return channel

    def remove_channel(self, channel: str) -> None:
        del self.channels[channel]

    def messages(self, channel: str) -> list[Message]:
        """What stands in the channel, oldest first."""
        return [message for message in self.channels[channel].messages if not message.deleted]

    def say(self, channel: str, content: str) -> Message:
        """Somebody else writes there."""
        message = Message(self._snowflake(), channel, "1300000000000000009", content, [])
        self.channels[channel].messages.append(message)
        return message

    def upload(self, name: str, content: bytes, size: int | None = None) -> str:
        """A person attaches a file; what to give as the option's value."""
        file = str(self._snowflake())
        self.files[file] = Upload(name, content, len(content) if size is None else size)
        return file

    def fail(self, match: str, *, do: Fault, times: int = 1) -> None:
        """The next `times` requests that match, as ``POST /channels/*/messages``, meet the fault."""
        self._planned.append(Planned(match, do, times))

    async def slash(
        self,
        guild: str,
        channel: str,
        user: str,
        command: str,
        subcommand: str,
        options: Json | None = None,
        *,
        permissions: int = MANAGE_CHANNELS,
        messages: int = 1,
    ) -> str:
        """Use a slash command as a person does; what that person then sees, of so many messages."""
        interaction = await self._interact(
            2, guild, channel, user, command, subcommand, options or {}, permissions
        )
        try:
            callback = await asyncio.wait_for(asyncio.shield(interaction.answered), 3)
        except TimeoutError:
            return "The application did not respond"
        if callback["type"] == 5:
            while len(interaction.told) < messages:
                interaction.more.clear()
                await asyncio.wait_for(interaction.more.wait(), 10)
        if not all(message.flags & EPHEMERAL for message in interaction.told):
            self.complaints.append(f"/{command} {subcommand} answered in public")
        self.told = interaction.told
        return "\n".join(message.content for message in interaction.told)

    async def suggest(
        self,
        guild: str,
        channel: str,
        user: str,
        command: str,
        subcommand: str,
        option: str,
        typed: str,
    ) -> list[str]:
        """The names offered while a person types an option."""
        interaction = await self._interact(
            4,
            guild,
            channel,
            user,
            command,
            subcommand,
            {option: typed},
            MANAGE_CHANNELS,
            focused=option,
        )
        callback = await asyncio.wait_for(interaction.answered, 3)
        return [choice["name"] for choice in callback["data"]["choices"]]

    async def cut_gateway(self, code: int = 4000) -> None:
        """Close every gateway connection; the sessions stay."""
        for session in self._sessions.values():
            if session.socket:
                await session.socket.close(code)

    # REST.

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        path = "/" + request.match_info["path"]
        raw = await request.read()
        fault = self._fault(f"{request.method} {path}")
        match fault:
            case Answer(after_accept=False):
                return self._respond(fault.status, self._error(fault), html=fault.html)
            case Limited():
                return self._limited(fault.retry_after, everywhere=fault.everywhere, via=fault.via)
            case Reset(after_accept=False):
                return _cut(request)
            case Delay(seconds=seconds):
                await asyncio.sleep(seconds)
            case _:
                pass
        bucket, window = self._window(request.method, path)
        for limit, everywhere in ((self._everywhere, True), (window, False)):
            if (wait := limit.take()) and "/interactions/" not in path:
                return self._limited(wait, everywhere=everywhere, headers=window.headers(bucket))
        status, answer = self._answer(request, path, raw)
        match fault:
            case Answer(after_accept=True):
                return self._respond(fault.status, self._error(fault), html=fault.html)
            case Reset(after_accept=True):
                return _cut(request)
            case Truncate():
                return await _truncate(request, json.dumps(answer))
            case Hold():
                fault.accepted.set()
                await fault.released.wait()
            case _:
                pass
        return self._respond(status, answer, headers=window.headers(bucket))

    def _answer(self, request: web.Request, path: str, raw: bytes) -> Answered:
        try:
            for method, pattern, answer in ROUTES:
                found = re.fullmatch(pattern, path)
                if method == request.method and found:
                    if not path.startswith(("/interactions/", "/webhooks/")):
                        self._check_token(request)
                    body = self._body(request, raw)
                    return answer(self, body, dict(request.query), *found.groups())
        except Refusal as refusal:
            if refusal.status == 400:
                self.complaints.append(f"{request.method} {path}: {refusal.body}")
            return refusal.status, refusal.body
        self.complaints.append(f"{request.method} {path}: no such route")
        return 404, {"message": "404: Not Found", "code": 0}

    def _check_token(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bot {self.token}":
            raise Refusal(401, 0, "401: Unauthorized")

    @staticmethod
    def _body(request: web.Request, raw: bytes) -> Any:
        if not raw:
            return None
        if request.content_type == "multipart/form-data":
            return _form(request.headers["Content-Type"], raw)
        if request.content_type != "application/json":
            raise Refusal(400, 50035, f"Content-Type {request.content_type} is not JSON")
        return json.loads(raw)

    def _fault(self, request: str) -> Fault | None:
        for planned in self._planned:
            if planned.times and fnmatch(request, planned.match):
                planned.times -= 1
                return planned.do
        return None

    def _window(self, method: str, path: str) -> tuple[str, Window]:
        major = re.match(r"/(?:channels|guilds|webhooks)/\d+", path)
        route = re.sub(r"\d{6,}", "*", path)
        key = f"{method} {route} {major[0] if major else ''}"
        window = self._windows.setdefault(key, Window(*self._bucket))
        return f"{zlib.crc32(f'{method} {route}'.encode()):08x}", window

    @staticmethod
    def _error(fault: Answer) -> Json:
        return {"message": fault.message or f"{fault.status}", "code": fault.code}

    def _limited(
        self,
        wait: float,
        *,
        everywhere: bool,
        via: bool = True,
        headers: dict[str, str] | None = None,
    ) -> web.Response:
        body = {"message": "You are being rate limited.", "retry_after": wait, "global": everywhere}
        more = {
            "Retry-After": str(math.ceil(wait)),
            "X-RateLimit-Scope": "global" if everywhere else "user",
        }
        if not via:
            self.invalid += 1
            return web.Response(
                status=429, text="<html>error 1015</html>", headers=more, content_type="text/html"
            )
        return self._respond(429, body, headers={**(headers or {}), **more})

    def _respond(
        self, status: int, body: Any, *, headers: dict[str, str] | None = None, html: bool = False
    ) -> web.Response:
        if status in {401, 403, 429}:
            self.invalid += 1
        if html:
            return web.Response(
                status=status, text="<html>no JSON here</html>", content_type="text/html"
            )
        more = {**(headers or {}), "Via": "1.1 google"}
        if body is None:
            return web.Response(status=status, headers=more)
        # discord.py reads JSON only where the type is exactly this, with no charset.
        more["Content-Type"] = "application/json"
        return web.Response(status=status, body=json.dumps(body).encode(), headers=more)

    def _snowflake(self) -> int:
        return (int(self.clock() * 1000) - EPOCH_MS) << 22 | (next(self._numbers) & 0x3FFFFF)

    def _channel(self, channel: str, *rights: str) -> Channel:
        if (found := self.channels.get(channel)) is None:
            raise Refusal(404, 10003, "Unknown Channel")
        if "view" not in found.rights:
            raise Refusal(403, 50001, "Missing Access")
        if not found.rights.issuperset(rights):
            raise Refusal(403, 50013, "Missing Permissions")
        return found

    def _message(self, channel: str, message: str) -> Message:
        for found in self._channel(channel).messages:
            if str(found.id) == message and not found.deleted:
                return found
        raise Refusal(404, 10008, "Unknown Message")

    def _user(self, body: Any, query: Json) -> Answered:
        return 200, self._bot()

    def _bot(self) -> Json:
        return {**_person(self.application, "wirewatch"), "bot": True, "verified": True}

    def _about(self, body: Any, query: Json, *which: str) -> Answered:
        return 200, {
            "id": self.application,
            "name": "wirewatch",
            "icon": None,
            "description": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "owner": _person("1300000000000000001", "operator"),
            "flags": 0,
            "team": None,
        }

    def _where(self, body: Any, query: Json) -> Answered:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return 200, {"url": self.gateway_url, "shards": 1, "session_start_limit": limit}

    def _post(self, body: Json, query: Json, channel: str) -> Answered:
        needed = ("send", "embed") if body.get("embeds") else ("send",)
        where = self._channel(channel, *needed)
        self._schemas.check("MessageCreateRequest", body)
        check_message(body)
        nonce = body.get("nonce")
        if nonce is not None and len(str(nonce)) > 25:
            raise Refusal(400, 50035, "nonce: longer than 25 characters")
        if nonce is not None and body.get("enforce_nonce"):
            at, earlier = self._nonces.get(nonce, (-math.inf, None))
            if earlier and self.clock() - at < self.nonce_window:
                if earlier.deleted:
                    raise Refusal(404, 10008, "Unknown Message")
                return 200, {**self._shown(earlier), "nonce": nonce}
        message = self._written(body, channel)
        where.messages.append(message)
        self.posted.set()
        if nonce is not None:
            self._nonces[nonce] = (self.clock(), message)
        return 200, {**self._shown(message), "nonce": nonce}

    def _edit(self, body: Json, query: Json, channel: str, message: str) -> Answered:
        found = self._message(channel, message)
        if found.author != self.application:
            raise Refusal(403, 50005, "Cannot edit a message authored by another user")
        self._schemas.check("MessageEditRequestPartial", body)
        now = {
            "content": body.get("content", found.content),
            "embeds": body.get("embeds", found.embeds),
        }
        check_message(now)
        found.history.append({"content": found.content, "embeds": found.embeds})
        found.content, found.embeds = now["content"] or "", now["embeds"] or []
        return 200, self._shown(found)

    def _delete(self, body: Any, query: Json, channel: str, message: str) -> Answered:
        self._message(channel, message).deleted = True
        return 204, None

    def _one(self, body: Any, query: Json, channel: str, message: str) -> Answered:
        return 200, self._shown(self._message(channel, message))

    def _read(self, body: Any, query: Json, channel: str) -> Answered:
        where = self._channel(channel)
        if "history" not in where.rights:
            return 200, []
        limit = int(query.get("limit", 50))
        if not 1 <= limit <= 100:
            raise Refusal(400, 50035, "limit: 1 to 100")
        standing = [message for message in where.messages if not message.deleted]
        if "after" in query:
            page = [m for m in standing if m.id > int(query["after"])][:limit]
        elif "before" in query:
            page = [m for m in standing if m.id < int(query["before"])][-limit:]
        else:
            page = standing[-limit:]
        return 200, [self._shown(message) for message in reversed(page)]

    def _register(
        self, body: list[Json], query: Json, application: str, guild: str = ""
    ) -> Answered:
        for command in body:
            self._schemas.check("ApplicationCommandUpdateRequest", command)
        if len(body) > 100:
            raise Refusal(400, 30032, "Maximum number of application commands reached (100)")
        self.registrations += 1
        kept = [command for command in self.commands if command.get("guild_id", "") != guild]
        told = [
            {
                **command,
                "id": str(self._snowflake()),
                "application_id": application,
                "version": "1",
                **({"guild_id": guild} if guild else {}),
            }
            for command in body
        ]
        self.commands = kept + told
        return 200, told

    def _registered(self, body: Any, query: Json, application: str, guild: str = "") -> Answered:
        return 200, [command for command in self.commands if command.get("guild_id", "") == guild]

    def _written(self, body: Json, channel: str) -> Message:
        content = body.get("content") or ""
        return Message(
            self._snowflake(),
            channel,
            self.application,
            content,
            body.get("embeds") or [],
            flags=body.get("flags") or 0,
            pings=_pings(content, body.get("allowed_mentions")),
        )

    def _shown(self, message: Message) -> Json:
        """As the API gives a message: without its nonce."""
        ours = message.author == self.application
        return {
            "id": str(message.id),
            "channel_id": message.channel,
            "type": 0,
            "author": self._bot() if ours else _person(message.author, "somebody"),
            "content": message.content,
            "embeds": [{"type": "rich", **embed} for embed in message.embeds],
            "timestamp": _iso(message.id),
            "edited_timestamp": _iso(message.id) if message.edits else None,
            "flags": message.flags,
            "tts": False,
            "pinned": False,
            "mention_everyone": "everyone" in message.pings,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "components": [],
        }

    # Interactions.

    async def _interact(
        self,
        kind: int,
        guild: str,
        channel: str,
        user: str,
        command: str,
        subcommand: str,
        options: Json,
        permissions: int,
        focused: str | None = None,
    ) -> Interaction:
        registered = next(c for c in self.commands if c["name"] == command)
        chosen = next(o for o in registered["options"] if o["name"] == subcommand)
        types = {option["name"]: option["type"] for option in chosen.get("options", [])}
        given = [
            {"name": name, "type": types[name], "value": value, "focused": name == focused}
            for name, value in options.items()
        ]
        attached = {
            option["value"]: self._attachment(option["value"])
            for option in given
            if option["type"] == 11
        }
        missing = [
            o["name"]
            for o in chosen.get("options", [])
            if o.get("required") and o["name"] not in options
        ]
        if missing and focused is None:  # while one is typed, others may still lack
            raise AssertionError(
                f"Discord's own dialog would not send /{command} without {missing}"
            )
        number = self._snowflake()
        interaction = Interaction(
            str(number), f"token-{number}", self.clock(), asyncio.get_running_loop().create_future()
        )
        self._interactions[interaction.token] = interaction
        where = self.channels[channel]
        await self._dispatch(
            "INTERACTION_CREATE",
            {
                "id": interaction.id,
                "application_id": self.application,
                "type": kind,
                "token": interaction.token,
                "version": 1,
                "guild_id": guild,
                "guild": {"id": guild, "locale": "en-US", "features": []},
                "channel_id": channel,
                "channel": {**_text_channel(where), "permissions": str(permissions)},
                "member": {**_member(_person(user, "reader")), "permissions": str(permissions)},
                "locale": "en-US",
                "app_permissions": "0",
                "attachment_size_limit": 10 << 20,
                "entitlements": [],
                "authorizing_integration_owners": {"0": guild},
                "context": 0,
                "data": {
                    "id": registered["id"],
                    "name": command,
                    "type": 1,
                    "options": [{"name": subcommand, "type": 1, "options": given}],
                    "resolved": {"attachments": attached},
                },
            },
        )
        return interaction

    def _callback(self, body: Json, query: Json, interaction: str, token: str) -> Answered:
        found = self._interactions.get(token)
        if found is None or found.id != interaction or self.clock() - found.at > 3:
            raise Refusal(404, 10062, "Unknown interaction")
        if found.answered.done():
            raise Refusal(400, 40060, "Interaction has already been acknowledged.")
        self._schemas.check(
            ("/interactions/{interaction_id}/{interaction_token}/callback", "post"), body
        )
        found.flags = (body.get("data") or {}).get("flags", 0)
        found.waiting = body["type"] == 5
        shown: Json = {
            "id": interaction,
            "type": 2,
            "response_message_loading": found.waiting,
            "response_message_ephemeral": bool(found.flags & EPHEMERAL),
        }
        answer: Json = {"interaction": shown}
        if body["type"] == 4:
            found.told.append(self._followed(body["data"], found.flags))
            answer["resource"] = {"type": 4, "message": self._shown(found.told[-1])}
        found.answered.set_result(body)
        return (200, answer) if query.get("with_response") in {"true", "1"} else (204, None)

    def _attachment(self, file: str) -> Json:
        url = f"http://127.0.0.1:{self.port}/attachments/{file}"
        upload = self.files[file]
        return {
            "id": file,
            "filename": upload.name,
            "size": upload.size,
            "url": url,
            "proxy_url": url,
            "content_type": "text/x-opml",
        }

    async def _download(self, request: web.Request) -> web.Response:
        if self._fault(f"GET {request.path}"):
            return web.Response(status=404)
        return web.Response(body=self.files[request.match_info["id"]].content)

    def _follow_up(self, body: Json, query: Json, application: str, token: str) -> Answered:
        found = self._interactions.get(token)
        if found is None or not found.answered.done() or self.clock() - found.at > 15 * 60:
            raise Refusal(404, 10015, "Unknown Webhook")
        files = body.pop("files", {})
        self._schemas.check(("/webhooks/{webhook_id}/{webhook_token}", "post"), body)
        # The first one fills the message that says "thinking…", which keeps its own privacy.
        flags = found.flags if found.waiting else body.get("flags", 0)
        found.waiting = False
        found.told.append(self._followed(body, flags))
        found.told[-1].files = files
        found.more.set()
        return 200, {**self._shown(found.told[-1]), "webhook_id": application}

    def _followed(self, body: Json, flags: int) -> Message:
        check_message(body)
        message = self._written(body, "1200000000000000002")
        message.flags = flags
        if message.pings:
            self.complaints.append(f"an answer pings {message.pings}")
        return message

    # The gateway.

    async def _gateway(self, request: web.Request) -> web.StreamResponse:
        socket = Socket(request.query.get("compress"))
        await socket.open(request)
        await socket.send({"op": 10, "d": {"heartbeat_interval": 41250}})
        session: Session | None = None
        async for received in socket.peer:
            if received.type is not WSMsgType.TEXT:
                break
            told = json.loads(received.data)
            match told["op"]:
                case 1:
                    await socket.send({"op": 11, "d": None})
                case 2:
                    session = await self._identify(socket, told["d"])
                case 6:
                    session = await self._resume(socket, told["d"])
                case other:
                    self.complaints.append(f"gateway: opcode {other}")
                    await socket.close(4001)
        if session and session.socket is socket:
            session.socket = None
        return socket.peer

    async def _identify(self, socket: Socket, told: Json) -> Session | None:
        if told["token"] != self.token:
            await socket.close(4004)
            return None
        if told["intents"] & PRIVILEGED:
            await socket.close(4014)
            return None
        self.intents = told["intents"]
        session = Session(f"session-{self._snowflake()}", socket=socket)
        self._sessions[session.id] = session
        guilds = sorted({channel.guild for channel in self.channels.values()})
        await self._tell(
            session,
            "READY",
            {
                "v": 10,
                "user": self._bot(),
                "guilds": [{"id": guild, "unavailable": True} for guild in guilds],
                "session_id": session.id,
                "resume_gateway_url": self.gateway_url,
                "application": {"id": self.application, "flags": 0},
            },
        )
        for guild in guilds:
            await self._tell(session, "GUILD_CREATE", self._guild(guild))
        self.identified.set()
        return session

    async def _resume(self, socket: Socket, told: Json) -> Session | None:
        session = self._sessions.get(told["session_id"])
        if session is None or told["token"] != self.token:
            await socket.send({"op": 9, "d": False})
            return None
        session.socket = socket
        for event in session.sent[told["seq"] :]:
            await socket.send(event)
        await self._tell(session, "RESUMED", {})
        return session

    async def _dispatch(self, event: str, about: Json) -> None:
        for session in self._sessions.values():
            await self._tell(session, event, about)

    @staticmethod
    async def _tell(session: Session, event: str, about: Json) -> None:
        session.sent.append({"op": 0, "t": event, "s": len(session.sent) + 1, "d": about})
        if session.socket:
            await session.socket.send(session.sent[-1])

    def _guild(self, guild: str) -> Json:
        everyone = {
            "id": guild,
            "name": "@everyone",
            "permissions": "0",
            "position": 0,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }
        return {
            "id": guild,
            "name": "A newsroom",
            "owner_id": "1300000000000000001",
            "roles": [everyone],
            "emojis": [],
            "stickers": [],
            "features": [],
            "members": [_member(self._bot())],
            "member_count": 2,
            "channels": [_text_channel(c) for c in self.channels.values() if c.guild == guild],
            "threads": [],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
            "large": False,
            "unavailable": False,
            "joined_at": "2026-01-01T00:00:00+00:00",
        }


Route = Callable[..., Answered]
ID = r"(\d+)"
ROUTES: list[tuple[str, str, Route]] = [
    ("GET", "/users/@me", DiscordServer._user),
    ("GET", "/oauth2/applications/@me", DiscordServer._about),
    ("GET", "/applications/@me", DiscordServer._about),
    ("GET", f"/applications/{ID}", DiscordServer._about),
    ("GET", "/gateway/bot", DiscordServer._where),
    ("POST", f"/channels/{ID}/messages", DiscordServer._post),
    ("GET", f"/channels/{ID}/messages", DiscordServer._read),
    ("GET", f"/channels/{ID}/messages/{ID}", DiscordServer._one),
    ("PATCH", f"/channels/{ID}/messages/{ID}", DiscordServer._edit),
    ("DELETE", f"/channels/{ID}/messages/{ID}", DiscordServer._delete),
    ("PUT", f"/applications/{ID}/commands", DiscordServer._register),
    ("GET", f"/applications/{ID}/commands", DiscordServer._registered),
    ("PUT", f"/applications/{ID}/guilds/{ID}/commands", DiscordServer._register),
    ("GET", f"/applications/{ID}/guilds/{ID}/commands", DiscordServer._registered),
    ("POST", f"/interactions/{ID}/([^/]+)/callback", DiscordServer._callback),
    ("POST", f"/webhooks/{ID}/([^/]+)", DiscordServer._follow_up),
]


class Socket:
    """One gateway connection, compressed as its client asked."""

    def __init__(self, compress: str | None) -> None:
        self.peer = web.WebSocketResponse()
        self._squeeze = _squeezer(compress)

    async def open(self, request: web.Request) -> None:
        await self.peer.prepare(request)

    async def send(self, event: Json) -> None:
        if not self.peer.closed:
            text = json.dumps(event)
            if self._squeeze:
                await self.peer.send_bytes(self._squeeze(text.encode()))
            else:
                await self.peer.send_str(text)

    async def close(self, code: int) -> None:
        await self.peer.close(code=code)


def _squeezer(compress: str | None) -> Callable[[bytes], bytes] | None:
    if compress == "zlib-stream":
        stream = zlib.compressobj()
        return lambda raw: stream.compress(raw) + stream.flush(zlib.Z_SYNC_FLUSH)
    if compress == "zstd-stream":  # what discord.py asks for from Python 3.14 on
        import compression.zstd as zstd  # type: ignore[import-not-found]

        squeezed = zstd.ZstdCompressor()
        return lambda raw: bytes(squeezed.compress(raw, mode=squeezed.FLUSH_BLOCK))
    return None


class _Schemas:
    """Discord's published specification, where it is at hand."""

    def __init__(self) -> None:
        self._spec: Json = json.loads(SPEC.read_text()) if SPEC.exists() else {}
        self._made: dict[object, Any] = {}

    def check(self, which: str | tuple[str, str], body: Any) -> None:
        """`which`: a schema's name, or a path and method whose body it is."""
        if not self._spec:
            return
        if which not in self._made:
            if isinstance(which, str):
                schema = {"$ref": f"#/components/schemas/{which}"}
            else:
                path, method = which
                content = self._spec["paths"][path][method]["requestBody"]["content"]
                schema = content["application/json"]["schema"]
            self._made[which] = jsonschema_rs.Draft202012Validator(
                {**schema, "components": self._spec["components"]}, validate_formats=True
            )
        for error in self._made[which].iter_errors(_ids_as_strings(body)):
            place = ".".join(str(step) for step in error.instance_path)
            told = {"_errors": [{"code": "INVALID", "message": error.message[:200]}]}
            raise Refusal(400, 50035, "Invalid Form Body", errors={place: told})


def _form(content_type: str, raw: bytes) -> Json:
    """A message and its ``files``, by name."""
    form = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + raw)
    body: Json = {}
    files: dict[str, bytes] = {}
    for part in form.walk():
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue  # the form itself
        if name := part.get_filename():
            files[name] = content
        else:
            body = json.loads(content)
    return {**body, "files": files}


def _ids_as_strings(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {k: _ids_as_strings(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_ids_as_strings(item, key.removesuffix("s")) for item in value]
    if (
        isinstance(value, int)
        and not isinstance(value, bool)
        and (key == "id" or key.endswith("_id"))
    ):
        return str(value)
    return value


def check_message(body: Json) -> None:
    """What the specification does not hold."""
    content, embeds = body.get("content") or "", body.get("embeds") or []
    if not content.strip() and not embeds:
        raise Refusal(400, 50006, "Cannot send an empty message")
    parts = [("content", content, 2000)]
    for embed in embeds:
        parts += [
            ("title", embed.get("title", ""), 256),
            ("description", embed.get("description", ""), 4096),
            ("footer", embed.get("footer", {}).get("text", ""), 2048),
            ("author", embed.get("author", {}).get("name", ""), 256),
        ]
        if len(embed.get("fields", [])) > 25:
            raise Refusal(400, 50035, "fields: more than 25")
        for one in embed.get("fields", []):
            if not one["name"].strip() or not one["value"].strip():
                raise Refusal(400, 50035, "fields: this field is required")
            parts += [("field name", one["name"], 256), ("field value", one["value"], 1024)]
        if embed.get("url") and not embed["url"].startswith(("http://", "https://")):
            raise Refusal(400, 50035, "url: Scheme must be one of ('http', 'https').")
        if not any(
            embed.get(part) for part in ("title", "description", "fields", "image", "footer")
        ):
            raise Refusal(400, 50035, "embeds: an embed is empty")
    for name, text, limit in parts:
        if units(text) > limit:
            raise Refusal(400, 50035, f"{name}: must be {limit} or fewer in length")
    if sum(units(text) for name, text, _ in parts if name != "content") > 6000:
        raise Refusal(400, 50035, "embeds: embed size exceeds maximum size of 6000")


def units(text: str) -> int:
    """UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _pings(content: str, allowed: Json | None) -> list[str]:
    """Who is called: only a message's own text does that, and only as far as allowed."""
    parse = {"users", "roles", "everyone"} if allowed is None else set(allowed.get("parse", []))
    plain = re.sub("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", content)
    called = []
    if "everyone" in parse and re.search("@(everyone|here)", plain):
        called.append("everyone")
    if "roles" in parse:
        called += re.findall(r"<@&\d+>", plain)
    if "users" in parse:
        called += re.findall(r"<@!?\d+>", plain)
    return called


def _cut(request: web.Request) -> web.Response:
    """A reset, which the peer sees as such and not as an end."""
    if request.transport:
        sock = request.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()


async def _truncate(request: web.Request, text: str) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={"Content-Type": "application/json", "Content-Length": str(len(text))}
    )
    await response.prepare(request)
    await response.write(text[: len(text) // 2].encode())
    if request.transport:
        request.transport.close()
    return response


def _person(user: str, name: str) -> Json:
    return {
        "id": user,
        "username": name,
        "discriminator": "0",
        "global_name": None,
        "avatar": None,
        "bot": False,
    }


def _member(user: Json) -> Json:
    return {
        "user": user,
        "nick": None,
        "roles": [],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
    }


def _text_channel(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "type": 0,
        "guild_id": channel.guild,
        "name": channel.name,
        "position": 0,
        "permission_overwrites": [],
        "nsfw": False,
        "parent_id": None,
        "topic": None,
        "rate_limit_per_user": 0,
        "last_message_id": None,
    }


def _iso(snowflake: int) -> str:
    return datetime.fromtimestamp(((snowflake >> 22) + EPOCH_MS) / 1000, UTC).isoformat()
