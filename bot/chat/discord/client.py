"""Slash commands from Discord; every listener acknowledges, asks `perform` and shows the reply."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from io import BytesIO

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.chat.discord import render
from bot.chat.discord.sink import EXPECTED, attempting, named, one_try
from bot.commands.grammar import numbers
from bot.commands.vocabulary import (
    AddFeed,
    AddWatch,
    Caller,
    Command,
    EditFeed,
    ExportFeeds,
    FeedStatus,
    FindFeeds,
    ImportFeeds,
    ListFeeds,
    ListWatches,
    MergeStories,
    PauseFeed,
    RemoveFeed,
    RemoveWatch,
    Reply,
    ResumeFeed,
    ShowStory,
    SplitStory,
    TryFeed,
    TryWatch,
    UndoStory,
)
from bot.model.errors import Mistake, PlatformDown
from bot.model.watch import Destination, Platform

Perform = Callable[[Command, Caller], Awaitable[Reply]]
Report = Callable[[BaseException, str], None]
Choices = Callable[[Destination], Awaitable[Sequence[tuple[str, str]]]]
"""What may be named in a place: id and name of each."""
Interaction = discord.Interaction["WirewatchClient"]

TOKEN_REFUSED = 4004
"""The gateway's close code for a token that has been reset."""
ANSWER_TIME = 20.0
"""Seconds that Discord is given to answer a login."""
API_URL = "discord.api_url"
"""Where the settings hold the address."""
CHOICES = 25
"""As many as Discord shows under an option."""
LARGEST_FILE = 1_000_000
"""Bytes of a list of feeds."""


async def check_token(token: str, api_url: str) -> None:
    """Raise a `Mistake` where Discord does not take the token, or cannot be asked."""
    Route.BASE = api_url.rstrip("/")
    async with discord.Client(intents=discord.Intents(guilds=True), http_trace=one_try()) as client:
        try:
            await _log_in(client, token, ANSWER_TIME)
        except PlatformDown as down:
            raise Mistake(str(down), "Check the network and this address.", API_URL) from down


class WirewatchClient(discord.Client):
    """One connection to Discord: commands in by the gateway, and the session that delivery uses.

    `report` is told of every bug once, with where it happened. The commands are registered only
    when their digest differs from `command_digest`; `save_digest` is given the new one.
    `api_url` (with its version) and `gateway_url` hold for the whole process, as discord.py keeps
    them on its classes. `within` is for the login, in seconds.
    """

    def __init__(
        self,
        perform: Perform,
        *,
        topics: Sequence[tuple[str, str]],
        feeds: Choices,
        stories: Choices,
        report: Report,
        command_digest: str | None,
        save_digest: Callable[[str], Awaitable[None]],
        api_url: str | None = None,
        gateway_url: str | None = None,
        within: float = ANSWER_TIME,
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
        self._within = within
        self._report = report
        self._command_digest = command_digest
        self._save_digest = save_digest
        self._tree = CommandTree(self, report)
        self._tree.add_command(WatchGroup(perform, topics))
        self._tree.add_command(FeedGroup(perform, feeds))
        self._tree.add_command(StoryGroup(perform, stories))

    async def start_session(self, token: str) -> None:
        """Return once messages can be sent; the gateway is not needed for that.

        Raises `Mistake` for a wrong token or address, `PlatformDown` for no way; then it can be
        called again.
        """
        try:
            await _log_in(self, token, self._within)
        except BaseException:
            # A login opens a session of its own, on a connector that its successor must not share.
            await self.http.close()
            self.http.connector = discord.utils.MISSING
            raise

    async def serve(self) -> None:
        """Answer commands until `close`, once there is a session; a broken connection is renewed.

        Raises `Mistake` where the token is no longer taken, and `PlatformDown` where there was no
        way to the gateway to begin with; it may then be called again.
        """
        await self._register_commands()
        try:
            await self.connect()
        except AttributeError as error:
            # discord.py 2.7 means to resume after any failure, and trips where nothing has begun.
            if self.ws is not None:
                raise
            raise PlatformDown("Discord's gateway cannot be reached.") from error
        except discord.ConnectionClosed as error:
            if error.code == TOKEN_REFUSED:
                raise _token_refused() from error
            raise

    async def _register_commands(self) -> None:
        digest = self._tree.digest()
        if digest == self._command_digest:
            return
        try:
            await self._tree.sync()
        except Exception as error:  # noqa: BLE001 — posts do without, and the next start tries again
            self._report(error, "registering Discord commands")
        else:
            await self._save_digest(digest)
            self._command_digest = digest


class CommandTree(app_commands.CommandTree["WirewatchClient"]):
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


class CommandGroup(app_commands.Group):
    """Commands of one noun, for those who manage channels."""

    def __init__(self, perform: Perform, name: str, description: str) -> None:
        super().__init__(
            name=name,
            description=description,
            default_permissions=discord.Permissions(manage_channels=True),
            allowed_contexts=app_commands.AppCommandContext(guild=True),
            allowed_installs=app_commands.AppInstallationType(guild=True),
        )
        self._perform = perform

    async def _answer(self, interaction: Interaction, command: Command) -> None:
        await interaction.response.defer(ephemeral=True)
        await _tell(interaction, await self._perform(command, _caller(interaction)))


class WatchGroup(CommandGroup):
    def __init__(self, perform: Perform, topics: Sequence[tuple[str, str]]) -> None:
        super().__init__(perform, "watch", "What this channel is told of")
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
        return _fitting(self._topics, current)


class FeedGroup(CommandGroup):
    def __init__(self, perform: Perform, feeds: Choices) -> None:
        super().__init__(perform, "feed", "The feeds that this server reads")
        self._feeds = feeds

    @app_commands.command(description="Read a feed from now on")
    @app_commands.describe(
        address="Of the feed, or of a page that names it",
        number="Where the page names several: which, as in /feed find",
    )
    async def add(
        self,
        interaction: Interaction,
        address: str,
        number: app_commands.Range[int, 1, CHOICES] | None = None,
    ) -> None:
        await self._answer(interaction, AddFeed(address, number))

    @app_commands.command(description="Show which feeds there are at an address")
    @app_commands.describe(address="Of a page or a feed")
    async def find(self, interaction: Interaction, address: str) -> None:
        await self._answer(interaction, FindFeeds(address))

    @app_commands.command(description="Read a feed no more; what it told stays")
    @app_commands.describe(feed="Its name, address or id")
    async def remove(self, interaction: Interaction, feed: str) -> None:
        await self._answer(interaction, RemoveFeed(feed))

    @app_commands.command(name="list", description="Show the feeds that this server added")
    async def list_(self, interaction: Interaction) -> None:
        await self._answer(interaction, ListFeeds())

    @app_commands.command(description="Show what is read from a feed now; nothing is posted")
    @app_commands.describe(feed="One of the server's, or the address of another")
    async def test(self, interaction: Interaction, feed: str) -> None:
        await self._answer(interaction, TryFeed(feed))

    @app_commands.command(description="Change a feed's address, name or pace")
    @app_commands.describe(
        feed="Its name, address or id",
        url="Its new address",
        outlet="The name shown to readers",
        every="How often to ask, as 30m, 2h or 1d; auto for its own rhythm",
    )
    async def edit(
        self,
        interaction: Interaction,
        feed: str,
        url: str | None = None,
        outlet: str | None = None,
        every: str | None = None,
    ) -> None:
        await self._answer(interaction, EditFeed(feed, url, outlet, every))

    @app_commands.command(description="Be told nothing from a feed until it is resumed")
    @app_commands.describe(feed="Its name, address or id")
    async def pause(self, interaction: Interaction, feed: str) -> None:
        await self._answer(interaction, PauseFeed(feed))

    @app_commands.command(description="Go on with a paused feed")
    @app_commands.describe(feed="Its name, address or id")
    async def resume(self, interaction: Interaction, feed: str) -> None:
        await self._answer(interaction, ResumeFeed(feed))

    @app_commands.command(description="Show how the feeds do, or one of them in full")
    @app_commands.describe(feed="Its name, address or id; all without one")
    async def status(self, interaction: Interaction, feed: str | None = None) -> None:
        await self._answer(interaction, FeedStatus(feed))

    @app_commands.command(name="import", description="Read every feed of an OPML file")
    @app_commands.describe(file="An OPML file of at most 1 MB")
    async def import_(self, interaction: Interaction, file: discord.Attachment) -> None:
        await interaction.response.defer(ephemeral=True)
        command = ImportFeeds(await _content(file))
        await _tell(interaction, await self._perform(command, _caller(interaction)))

    @app_commands.command(description="Get the server's feeds as an OPML file")
    async def export(self, interaction: Interaction) -> None:
        await self._answer(interaction, ExportFeeds())

    @remove.autocomplete("feed")
    @test.autocomplete("feed")
    @edit.autocomplete("feed")
    @pause.autocomplete("feed")
    @resume.autocomplete("feed")
    @status.autocomplete("feed")
    async def _suggest(
        self, interaction: Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        return _fitting(await self._feeds(_place(interaction)), current)


class StoryGroup(CommandGroup):
    def __init__(self, perform: Perform, stories: Choices) -> None:
        super().__init__(perform, "story", "Which reports tell one event")
        self._stories = stories

    @app_commands.command(description="Show who tells a story, and why each telling is in it")
    @app_commands.describe(story="Its id, as at the foot of its post, or the link of the post")
    async def show(self, interaction: Interaction, story: str) -> None:
        await self._answer(interaction, ShowStory(story))

    @app_commands.command(description="Tell two stories as one from now on")
    @app_commands.describe(
        story="The one that stays: its id, or the link of its post",
        other="The one that is told in it: likewise",
    )
    async def merge(self, interaction: Interaction, story: str, other: str) -> None:
        await self._answer(interaction, MergeStories(story, other))

    @app_commands.command(description="Make a story of its own of some of a story's tellings")
    @app_commands.describe(
        story="Its id, or the link of its post",
        tellings="Their numbers in /story show, as 3 5",
    )
    async def split(self, interaction: Interaction, story: str, tellings: str) -> None:
        await interaction.response.defer(ephemeral=True)
        command = SplitStory(story, numbers(tellings))
        await _tell(interaction, await self._perform(command, _caller(interaction)))

    @app_commands.command(description="Take back the last merge or split of this server")
    async def undo(self, interaction: Interaction) -> None:
        await self._answer(interaction, UndoStory())

    @show.autocomplete("story")
    @merge.autocomplete("story")
    @merge.autocomplete("other")
    @split.autocomplete("story")
    async def _suggest(
        self, interaction: Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        return _fitting(await self._stories(_place(interaction)), current)


def _fitting(choices: Sequence[tuple[str, str]], typed: str) -> list[app_commands.Choice[str]]:
    """Of values and their names, those that hold what was typed so far."""
    fold = typed.casefold()
    fitting = [c for c in choices if fold in f"{c[0]} {c[1]}".casefold()]
    return [app_commands.Choice(name=name[:100], value=value) for value, name in fitting][:CHOICES]


async def _content(file: discord.Attachment) -> bytes:
    if file.size > LARGEST_FILE:
        raise Mistake("The file is larger than 1 MB.", "Split it into several.")
    try:
        return await file.read()
    except EXPECTED as error:
        raise Mistake("Discord did not hand the file over.", "Try again in a while.") from error


def _place(interaction: Interaction) -> Destination:
    return Destination(Platform.DISCORD, str(interaction.guild_id), str(interaction.channel_id))


def _caller(interaction: Interaction) -> Caller:
    return Caller(
        destination=_place(interaction),
        user=str(interaction.user.id),
        # Asked again here: a server's admins may open the command to anybody.
        may_change=interaction.permissions.manage_channels or interaction.permissions.manage_guild,
        key=str(interaction.id),
    )


async def _tell(interaction: Interaction, reply: Reply) -> None:
    attached = discord.utils.MISSING
    if reply.file:
        attached = discord.File(BytesIO(reply.file.text.encode()), reply.file.name)
    for text in render.messages(reply):
        await interaction.followup.send(
            text,
            file=attached,
            ephemeral=True,
            suppress_embeds=True,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        attached = discord.utils.MISSING


async def _log_in(client: discord.Client, token: str, within: float) -> None:
    """One try. Raises `Mistake` for what a person has to mend, `PlatformDown` for all else."""
    try:
        with attempting():
            async with asyncio.timeout(within):
                await client.login(token)
    except discord.LoginFailure as error:
        raise _token_refused() from error
    except discord.HTTPException as error:
        if error.status < 400:
            raise _down("what answers there is not Discord") from error
        if error.status >= 500 or error.status in {408, 429}:
            raise _down(f"HTTP {error.status}") from error
        raise Mistake(
            f"Discord does not let wirewatch in at {Route.BASE} (HTTP {error.status}).",
            "Check this address, and whether a proxy or firewall stands before it.",
            API_URL,
        ) from error
    except EXPECTED as error:
        raise _down(named(error)) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # What discord.py makes of JSON that is not a bot's account; no code of ours runs in there.
        raise _down("what answers there is not Discord") from error


def _down(why: str) -> PlatformDown:
    return PlatformDown(f"Discord cannot be reached at {Route.BASE} ({why}).")


def _token_refused() -> Mistake:
    return Mistake(
        "Discord refused the token.",
        "Make a new one at https://discord.com/developers/applications (your application, Bot, "
        "Reset Token) and set WIREWATCH_DISCORD__TOKEN.",
        "discord.token",
    )
