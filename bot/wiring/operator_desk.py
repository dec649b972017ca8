"""The desks for whoever runs wirewatch: what the command line asks of them."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.commands.feed_desk import FeedDesk
from bot.commands.scout import Scout
from bot.commands.story_desk import StoryDesk
from bot.commands.vocabulary import Caller, FeedCommand, Reply, StoryCommand
from bot.feeds.parse_pool import ParsePool
from bot.feeds.reader import FeedReader
from bot.model.watch import Destination, Platform
from bot.pipeline.corrections import Corrections
from bot.pipeline.placing import Placing
from bot.storage.unit import Storage
from bot.storage.vault import Vault
from bot.wiring.build import database, fetcher, pace_of, read_sources
from bot.wiring.clock import now
from bot.wiring.owner import OWNER
from bot.wiring.settings import Settings


async def ask_of_feeds(settings: Settings, command: FeedCommand) -> Reply:
    """Do it for everybody, as the operator. Raises `Mistake`."""
    vault = Vault(settings.secret_keys)
    async with _database(settings) as storage:
        async with storage.begin() as unit:
            # So that no feed of the list is added once more beside it.
            await unit.feeds.sync(read_sources(settings).feeds, now(), prune=False)
        async with fetcher(settings) as http, ParsePool(workers=1) as pool:
            scout = Scout(http.get, FeedReader(pool).read)
            desk = FeedDesk(storage, scout, vault.feed_id, pace_of(settings))
            return await desk.perform(command, _operator(), now())


async def ask_of_stories(settings: Settings, command: StoryCommand) -> Reply:
    """Do it for everybody, as the operator; a service may be running. Raises `Mistake`."""
    async with _database(settings) as storage:
        placing = Placing(storage, read_sources(settings).topics, now, OWNER)
        desk = StoryDesk(storage, Corrections(placing, now))
        return await desk.perform(command, _operator())


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Storage]:
    storage = database(settings)
    try:
        await storage.upgrade()
        yield storage
    finally:
        await storage.dispose()


def _operator() -> Caller:
    everywhere = Destination(Platform.CONSOLE, "", "")
    return Caller(everywhere, "operator", may_change=True, key=secrets.token_hex(8))
