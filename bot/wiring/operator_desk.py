"""The feed desk for whoever runs wirewatch: what the command line asks of it."""

from __future__ import annotations

import secrets

from bot.commands.feed_desk import FeedDesk
from bot.commands.scout import Scout
from bot.commands.vocabulary import Caller, FeedCommand, Reply
from bot.feeds.parse_pool import ParsePool
from bot.feeds.reader import FeedReader
from bot.model.watch import Destination, Platform
from bot.storage.vault import Vault
from bot.wiring.build import database, fetcher, pace_of, read_sources
from bot.wiring.clock import now
from bot.wiring.settings import Settings


async def ask(settings: Settings, command: FeedCommand) -> Reply:
    """Do it for everybody, as the operator. Raises `Mistake`."""
    everywhere = Destination(Platform.CONSOLE, "", "")
    operator = Caller(everywhere, "operator", may_change=True, key=secrets.token_hex(8))
    vault, storage = Vault(settings.secret_keys), database(settings)
    try:
        await storage.upgrade()
        async with storage.begin() as unit:
            # So that no feed of the list is added once more beside it.
            await unit.feeds.sync(read_sources(settings).feeds, now(), prune=False)
        async with fetcher(settings) as http, ParsePool(workers=1) as pool:
            scout = Scout(http.get, FeedReader(pool).read)
            desk = FeedDesk(storage, scout, vault.feed_id, pace_of(settings))
            return await desk.perform(command, operator, now())
    finally:
        await storage.dispose()
