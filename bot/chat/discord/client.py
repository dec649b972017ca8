"""Slash commands from Discord; every listener acknowledges, asks `perform` and shows the reply."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.backoff import ExponentialBackoff
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.chat.discord import render
from bot.chat.discord.sink import one_try
from bot.commands.vocabulary import (
    AddWatch,
    Caller,
    Command,
    ListWatches,
    RemoveWatch,
    Reply,
    TryWatch,
)
from bot.model.errors import Mistake
from bot.model.watch import Destination, Platform

Perform = Callable[[Command, Caller], Awaitable[Reply]]
Report = Callable[[BaseException, str], None]
Interaction = discord.Interaction["WirewatchClient"]

TOKEN_REFUSED = 4004
"""The gateway's close code for a token that has been reset."""
ANSWER_TIME = 20.0
"""Seconds to wait when only the token is checked."""
CHOICES = 25
"""As many as Discord shows under an option."""


async def check_token(token: str, api_url: str) -> None:
    """Raise a `Mistake` where Discord does not take the token, or cannot be asked."""
    Route.BASE = api_url.rstrip("/")
    async with discord.Client(intents=discord.Intents(guilds=True)) as client:
        try:
            async with asyncio.timeout(ANSWER_TIME):
                await client.login(token)
        except discord.LoginFailure as error:
            raise _token_refused() from error
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            raise Mistake(
                f"Discord cannot be asked about the token: {str(error) or type(error).__name__}.",
                "Check the network, and discord.api_url where you set it.",
                "discord.token",
            ) from error


class WirewatchClient(discord.Client):
    """One connection to Discord: commands in by the gateway, and the session that delivery uses.

    `report` is told of every bug once, with where it happened. The commands are registered only
    when their digest differs from `command_digest`; `save_digest` is given the new one.
    `api_url` (with its version) and `gateway_url` hold for the whole process, as discord.py keeps
    them on its classes.
    """

    def __init__(
        self,
        perform: Perform,
        *,
        topics: Sequence[tuple[str, str]],
        report: Report,
        command_digest: str | None,
        save_digest: Callable[[str], Awaitable[None]],
        api_url: str | None = None,
        gateway_url: str | None = None,
    ) -> None:
        # Else the log would say that voice is not supported.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            max_ratelimit_timeout=30.0,
            http_trace=one_try(),
        )
        if api_url:
            Route.BASE = api_url.rstrip("/")
        if gateway_url:
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
        self.logged_in = asyncio.Event()
        """Set once messages can be sent; the gateway may still be connecting."""
        self._closed = asyncio.Event()
        self._report = report
        self._command_digest = command_digest
        self._save_digest = save_digest
        self._tree = WatchTree(self, report)
        self._tree.add_command(WatchGroup(perform, topics))

    async def serve(self, token: str) -> None:
        """Log in and answer commands until `close`; an unreachable Discord is tried again."""
        try:
            await self._log_in(token)
            await self.connect()
        except discord.LoginFailure as error:
            raise _token_refused() from error
        except discord.ConnectionClosed as error:
            if error.code == TOKEN_REFUSED:
                raise _token_refused() from error
            raise

    async def setup_hook(self) -> None:
        self.logged_in.set()
        digest = self._tree.digest()
        if digest == self._command_digest:
            return
        try:
            await self._tree.sync()
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            # Posting does not depend on it, and the next start tries again.
            self._report(error, "registering Discord commands")
        else:
            await self._save_digest(digest)

    async def close(self) -> None:
        self._closed.set()
        await super().close()

    async def _log_in(self, token: str) -> None:
        backoff: ExponentialBackoff[bool] = ExponentialBackoff()
        while not self._closed.is_set():
            try:
                await self.login(token)
            except (OSError, aiohttp.ClientError, discord.DiscordServerError) as error:
                self._report(error, "Discord login")
            else:
                return
            # A login opens a session of its own, on a connector that its predecessor must not share.
            await self.http.close()
            self.http.connector = discord.utils.MISSING
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), backoff.delay())


class WatchTree(app_commands.CommandTree["WirewatchClient"]):
    def __init__(self, client: WirewatchClient, report: Report) -> None:
        super().__init__(client)
        self._report = report

    def digest(self) -> str:
        """Differs whenever Discord has to be told the commands anew: other commands, another bot."""
        told = [self.client.application_id, *(c.to_dict(self) for c in self.get_commands())]
        return hashlib.blake2b(
            json.dumps(told, sort_keys=True).encode(), digest_size=12
        ).hexdigest()

    async def on_error(
        self, interaction: Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        cause = error.__cause__ or error
        if isinstance(cause, Mistake):
            text = str(cause)
        else:
            reference = f"{interaction.id:x}"[-6:]
            self._report(cause, f"Discord command {reference}")
            text = f"Something went wrong here. Tell the operator this number: {reference}."
        with suppress(discord.DiscordException):  # what failed may have been the telling itself
            await _tell(interaction, Reply(text))


class WatchGroup(app_commands.Group):
    def __init__(self, perform: Perform, topics: Sequence[tuple[str, str]]) -> None:
        super().__init__(
            name="watch",
            description="What this channel is told of",
            default_permissions=discord.Permissions(manage_channels=True),
            allowed_contexts=app_commands.AppCommandContext(guild=True),
            allowed_installs=app_commands.AppInstallationType(guild=True),
        )
        self._perform = perform
        self._topics = topics

    @app_commands.command(description="Tell this channel of every story that matches")
    @app_commands.describe(query="A topic, or words to look for; see /watch test")
    async def add(self, interaction: Interaction, query: str) -> None:
        await self._answer(interaction, AddWatch(query))

    @app_commands.command(name="list", description="Show the watches of this channel and server")
    async def list_(self, interaction: Interaction) -> None:
        await self._answer(interaction, ListWatches())

    @app_commands.command(description="Stop a watch")
    @app_commands.describe(watch_id="Its number in /watch list")
    async def remove(self, interaction: Interaction, watch_id: int) -> None:
        await self._answer(interaction, RemoveWatch(watch_id))

    @app_commands.command(description="Show what a query would have told; nothing is posted")
    @app_commands.describe(query='A topic, words, "a phrase", -excluded, or one OR other')
    async def test(self, interaction: Interaction, query: str) -> None:
        await self._answer(interaction, TryWatch(query))

    @add.autocomplete("query")
    @test.autocomplete("query")
    async def _suggest(
        self, interaction: Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        typed = current.casefold()
        fitting = [t for t in self._topics if typed in f"{t[0]} {t[1]}".casefold()]
        return [app_commands.Choice(name=label[:100], value=name) for name, label in fitting][
            :CHOICES
        ]

    async def _answer(self, interaction: Interaction, command: Command) -> None:
        await interaction.response.defer(ephemeral=True)
        await _tell(interaction, await self._perform(command, _caller(interaction)))


def _caller(interaction: Interaction) -> Caller:
    return Caller(
        destination=Destination(
            Platform.DISCORD, str(interaction.guild_id), str(interaction.channel_id)
        ),
        user=str(interaction.user.id),
        # Asked again here: a server's admins may open the command to anybody.
        may_change=interaction.permissions.manage_channels or interaction.permissions.manage_guild,
        key=str(interaction.id),
    )


async def _tell(interaction: Interaction, reply: Reply) -> None:
    for text in render.messages(reply):
        await interaction.followup.send(
            text,
            ephemeral=True,
            suppress_embeds=True,
            allowed_mentions=discord.AllowedMentions.none(),
        )


def _token_refused() -> Mistake:
    return Mistake(
        "Discord refused the token.",
        "Make a new one at https://discord.com/developers/applications (your application, Bot, "
        "Reset Token) and set WIREWATCH_DISCORD__TOKEN.",
        "discord.token",
    )
