"""The Slack app: ``/wirewatch …`` becomes a `Command`, and its `Reply` is shown to who asked.

Slack is reached by Socket Mode, so that no address of ours has to be open to the world.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.chat.slack.files import fetch_file, file_id
from bot.chat.slack.render import render_file, render_reply, unescape
from bot.chat.slack.sink import refusal
from bot.commands.vocabulary import Caller, Command, ImportFeeds, Reply
from bot.model.errors import Mistake, PlatformDown
from bot.model.watch import Destination, Platform

COMMAND = "/wirewatch"
ANSWER_TIME = 15.0
"""Seconds that Slack is given to answer a check of the tokens."""
_GRACE = 5.0
"""Seconds for the commands under way, when closing."""
_TOKEN_REFUSALS = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "missing_scope",
        "not_allowed_token_type",
        "not_authed",
        "token_expired",
        "token_revoked",
    }
)


class SlackChat:
    """One connection to one workspace, from `start` to `close`."""

    def __init__(
        self,
        bot_token: str,
        app_token: str,
        api_url: str,
        perform: Callable[[Command, Caller], Awaitable[Reply]],
        read_words: Callable[[str], Command],
        report: Callable[[Exception, str], None],
        within: float = 25.0,
    ) -> None:
        """`read_words` and `perform` may raise `Mistake`, which is shown to the caller; any other
        error goes to `report`, with where it happened, and the caller gets a reference to it.

        `within` is for connecting, in seconds.
        """
        self.client = AsyncWebClient(token=bot_token, base_url=api_url, retry_handlers=[])
        """For the sink: it tries nothing twice."""
        self._app_token = app_token
        self._perform = perform
        self._read_words = read_words
        self._report = report
        self._within = within
        self._socket: AsyncSocketModeHandler | None = None
        self._answering: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Return once connected. Raises `Mistake` for a wrong token, `PlatformDown` for no way."""
        self.client.session = ClientSession(
            timeout=ClientTimeout(total=30, sock_connect=10), cookie_jar=DummyCookieJar()
        )
        try:
            async with asyncio.timeout(self._within):
                await self._connect()
        except (SlackApiError, ClientError, OSError) as error:
            await self.close()
            raise PlatformDown(
                f"Slack cannot be reached at {self.client.base_url} ({_said(error)})."
            ) from error
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Let the commands under way end, and leave nothing open."""
        if self._answering:
            # Before the socket closes: their acknowledgements still have to go out by it.
            await asyncio.wait(self._answering, timeout=_GRACE)
        if self._socket is not None:
            await self._socket.close_async()  # type: ignore[no-untyped-call]
            self._socket = None
        if self.client.session is not None:
            await self.client.session.close()
            self.client.session = None

    async def _connect(self) -> None:
        us, opened = await _introduce(self.client, self._app_token)

        async def authorize() -> AuthorizeResult:
            return AuthorizeResult.from_auth_test_response(
                bot_token=self.client.token, auth_test_response=us
            )

        # Bolt's own authorization would ask the network before a command is acknowledged.
        app = AsyncApp(
            name="wirewatch",
            client=AsyncWebClient(base_url=self.client.base_url, session=self.client.session),
            authorize=authorize,
        )
        app.command(COMMAND)(self._on_command)
        self._socket = AsyncSocketModeHandler(app, self._app_token)
        # Without an address it would ask for one itself, and for ever where that is refused.
        self._socket.client.wss_uri = opened["url"]
        await self._socket.connect_async()  # type: ignore[no-untyped-call]

    async def _on_command(
        self, ack: AsyncAck, command: dict[str, Any], respond: AsyncRespond
    ) -> None:
        await ack()
        if task := asyncio.current_task():
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
        try:
            reply = await self._reply(command)
            shown_to = "ephemeral" if reply.private else "in_channel"
            file = render_file(reply.file) if reply.file else []
            for blocks, text in (render_reply(reply), *file):
                await respond(text, blocks, response_type=shown_to)
        except Exception as error:  # noqa: BLE001  what escapes soon after the ack undoes it
            self._report(error, "answering a Slack command")

    async def _reply(self, command: dict[str, Any]) -> Reply:
        try:
            asked = self._read_words(unescape(command.get("text", "")))
            if isinstance(asked, ImportFeeds) and (shared := file_id(asked.opml)):
                asked = ImportFeeds(await fetch_file(self.client, shared))
            return await self._perform(asked, _caller(command))
        except Mistake as mistake:
            return Reply(str(mistake))
        except Exception as error:  # noqa: BLE001  the edge of one command
            reference = secrets.token_hex(4)
            self._report(error, f"Slack command {reference}")
            return Reply(
                f"That failed, and the fault is wirewatch's. "
                f"Tell who runs it the reference {reference}."
            )


def _caller(command: dict[str, Any]) -> Caller:
    return Caller(
        destination=Destination(Platform.SLACK, command["team_id"], command["channel_id"]),
        user=command["user_id"],
        may_change=True,  # Slack lets only members of a channel run a command there
        key=command["trigger_id"],
    )


async def check_tokens(bot_token: str, app_token: str, api_url: str) -> None:
    """Raise `Mistake` where Slack takes one of the tokens not, or cannot be asked."""
    async with ClientSession(timeout=ClientTimeout(total=ANSWER_TIME)) as session:
        client = AsyncWebClient(
            token=bot_token, base_url=api_url, retry_handlers=[], session=session
        )
        try:
            await _introduce(client, app_token)
        except (SlackApiError, ClientError, OSError) as error:
            raise Mistake(
                f"Slack cannot be asked about the tokens at {api_url} ({_said(error)}).",
                "Check the network and this address.",
                at="slack.api_url",
            ) from error


async def _introduce(
    client: AsyncWebClient, app_token: str
) -> tuple[AsyncSlackResponse, AsyncSlackResponse]:
    """Who the bot token makes us, and where the app token lets us listen."""
    with _blaming("WIREWATCH_SLACK__BOT_TOKEN", "the bot token, which begins with xoxb-"):
        us = await client.auth_test()
    with _blaming(
        "WIREWATCH_SLACK__APP_TOKEN",
        "the app-level token with connections:write, which begins with xapp-",
    ):
        return us, await client.apps_connections_open(app_token=app_token)


@contextmanager
def _blaming(variable: str, token: str) -> Iterator[None]:
    """Where Slack refuses a token, say which setting holds it."""
    try:
        yield
    except SlackApiError as error:
        if refusal(error) not in _TOKEN_REFUSALS:
            raise
        raise Mistake(
            f"Slack does not take this token ({_said(error)}).",
            f"Copy {token}, from your app's page at https://api.slack.com/apps.",
            at=variable,
        ) from error


def _said(error: Exception) -> str:
    if isinstance(error, SlackApiError):
        return refusal(error) or "what answers there is not Slack"
    return type(error).__name__
