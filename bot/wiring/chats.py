"""Connects the chat platforms that have tokens, and the sinks that go with them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import chain, repeat
from typing import Any

import structlog
from rich.console import Console

from bot.chat.console.sink import ConsoleSink
from bot.commands.feed_desk import FeedDesk
from bot.commands.perform import Desk
from bot.commands.scout import Scout
from bot.commands.story_desk import StoryDesk
from bot.commands.vocabulary import Caller, Command, Reply
from bot.commands.watch_desk import WatchDesk
from bot.model.errors import Mistake, PlatformDown
from bot.model.watch import Destination, Platform
from bot.pipeline.corrections import Corrections
from bot.pipeline.ports import Sink
from bot.wiring.build import Newsroom
from bot.wiring.clock import now
from bot.wiring.settings import Settings

log = structlog.get_logger()

WAITS = (2.0, 5.0, 15.0, 60.0)
"""Seconds between attempts to reach a platform that is down."""
Fail = Callable[[BaseException], None]
COMMANDS_KNOWN = "discord commands"
"""Under this name is kept what Discord was last told of our commands."""


def token_mistakes(settings: Settings) -> tuple[Mistake, ...]:
    """Tokens that are missing: all of them, or one of Slack's two."""
    discord, slack = settings.discord, settings.slack
    console = any(watch.platform is Platform.CONSOLE for watch in settings.watch)
    mistakes = []
    if not (discord.token or slack.bot_token or slack.app_token or console):
        mistakes.append(
            Mistake(
                "No chat platform is set up.",
                "Set WIREWATCH_DISCORD__TOKEN, or WIREWATCH_SLACK__BOT_TOKEN and "
                "WIREWATCH_SLACK__APP_TOKEN. The README says how to get them.",
            )
        )
    for key, there, other in (
        ("slack.app_token", slack.app_token, slack.bot_token),
        ("slack.bot_token", slack.bot_token, slack.app_token),
    ):
        if other and not there:
            variable = "WIREWATCH_" + key.replace(".", "__").upper()
            mistakes.append(Mistake(f"{key} is not set.", f"Slack needs both: set {variable}."))
    return tuple(mistakes)


@asynccontextmanager
async def open_chats(
    settings: Settings, room: Newsroom, fail: Fail, waits: Sequence[float] = WAITS
) -> AsyncIterator[dict[Platform, Sink]]:
    """The sinks, each there as soon as its platform can be posted to.

    A platform that is down is tried again after `waits`, in seconds, the last one for ever; `fail`
    is told of what trying again does not mend.
    """
    desk = _desk(room)
    sinks: dict[Platform, Sink] = {}
    if any(watch.platform is Platform.CONSOLE for watch in settings.watch):
        sinks[Platform.CONSOLE] = ConsoleSink(Console())
    async with AsyncExitStack() as stack:
        if settings.discord.token:
            await stack.enter_async_context(_discord(settings, room, desk, sinks, fail, waits))
        if settings.slack.bot_token and settings.slack.app_token:
            await stack.enter_async_context(_slack(settings, room, desk, sinks, fail, waits))
        yield sinks


def _desk(room: Newsroom) -> Desk:
    """One for all platforms: its limits hold for a person wherever that person asks."""
    scout = Scout(room.http.get, room.reader.read)
    return Desk(
        WatchDesk(room.storage, room.topics),
        FeedDesk(room.storage, scout, room.vault.feed_id, room.pace),
        StoryDesk(room.storage, Corrections(room.placing, now)),
    )


@asynccontextmanager
async def _discord(
    settings: Settings,
    room: Newsroom,
    desk: Desk,
    sinks: dict[Platform, Sink],
    fail: Fail,
    waits: Sequence[float],
) -> AsyncIterator[None]:
    from bot.chat.discord.client import WirewatchClient
    from bot.chat.discord.sink import DiscordSink

    async def perform(command: Command, caller: Caller) -> Reply:
        return await desk.perform(command, caller, now())

    async def stories(place: Destination) -> Sequence[tuple[str, str]]:
        return await desk.stories.choices(place, now())

    async def save_digest(digest: str) -> None:
        async with room.storage.begin() as unit:
            await unit.kept.set(COMMANDS_KNOWN, digest)

    assert settings.discord.token is not None
    async with room.storage.read() as unit:
        command_digest = await unit.kept.get(COMMANDS_KNOWN)
    client = WirewatchClient(
        perform,
        topics=[(topic.name, topic.title) for topic in room.topics],
        feeds=desk.feeds.choices,
        stories=stories,
        report=_report,
        command_digest=command_digest,
        save_digest=save_digest,
        api_url=settings.discord.api_url,
        gateway_url=settings.discord.gateway_url,
    )

    token = settings.discord.token.get_secret_value()

    async def serve() -> None:
        await _until_up(Platform.DISCORD, lambda: client.start_session(token), waits)
        sinks[Platform.DISCORD] = DiscordSink(client)
        log.info("connected", platform=Platform.DISCORD.value)
        await _until_up(Platform.DISCORD, client.serve, waits)

    try:
        async with _attended(fail, serve()):
            yield
    finally:
        sinks.pop(Platform.DISCORD, None)
        await client.close()


@asynccontextmanager
async def _slack(
    settings: Settings,
    room: Newsroom,
    desk: Desk,
    sinks: dict[Platform, Sink],
    fail: Fail,
    waits: Sequence[float],
) -> AsyncIterator[None]:
    from bot.chat.slack.app import SlackChat
    from bot.chat.slack.sink import SlackSink
    from bot.commands.grammar import read_words

    async def perform(command: Command, caller: Caller) -> Reply:
        return await desk.perform(command, caller, now())

    assert settings.slack.bot_token is not None and settings.slack.app_token is not None
    chat = SlackChat(
        settings.slack.bot_token.get_secret_value(),
        settings.slack.app_token.get_secret_value(),
        settings.slack.api_url,
        perform,
        read_words,
        _report,
    )

    async def serve() -> None:
        await _until_up(Platform.SLACK, chat.start, waits)
        sinks[Platform.SLACK] = SlackSink(chat.client)
        log.info("connected", platform=Platform.SLACK.value)

    try:
        async with _attended(fail, serve()):
            yield
    finally:
        sinks.pop(Platform.SLACK, None)
        await chat.close()


async def _until_up(
    platform: Platform, start: Callable[[], Awaitable[None]], waits: Sequence[float]
) -> None:
    """Return when `start` does; while the platform is down, try again after each of `waits`."""
    for wait in chain(waits, repeat(waits[-1])):
        try:
            await start()
        except PlatformDown as down:
            log.warning("not connected", platform=platform.value, reason=str(down), seconds=wait)
            await asyncio.sleep(wait)
        else:
            return


@asynccontextmanager
async def _attended(fail: Fail, work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run this beside the block; `fail` is told when it raises, and it is cancelled after."""

    async def attend() -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 — handed on whole: it stops the service
            fail(error)

    task = asyncio.create_task(attend())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _report(error: BaseException, where: str) -> None:
    log.error("failed", where=where, exc_info=error)
