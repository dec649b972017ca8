"""The database as the rest of the program sees it: a `Storage`, and a `Unit` for each transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.storage import schema
from bot.storage.engine import has_file, open_engines
from bot.storage.feed_rows import FeedRows
from bot.storage.habit_rows import HabitRows
from bot.storage.hub_rows import HubRows
from bot.storage.inbox_rows import InboxRows
from bot.storage.kept_rows import KeptRows
from bot.storage.lease_rows import LeaseRows
from bot.storage.notice_rows import NoticeRows
from bot.storage.outbox_rows import OutboxRows
from bot.storage.post_rows import PostRows
from bot.storage.ruling_rows import RulingRows
from bot.storage.story_rows import StoryRows
from bot.storage.subscription_rows import SubscriptionRows
from bot.storage.vault import Vault
from bot.storage.watch_rows import WatchRows
from bot.storage.window_rows import WindowRows


class Unit:
    """What one transaction reads and writes."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self.feeds = FeedRows(connection, vault)
        self.subscriptions = SubscriptionRows(connection, vault)
        self.stories = StoryRows(connection)
        self.window = WindowRows(connection)
        self.watches = WatchRows(connection)
        self.rulings = RulingRows(connection)
        self.outbox = OutboxRows(connection)
        self.posts = PostRows(connection)
        self.inbox = InboxRows(connection)
        self.kept = KeptRows(connection)
        self.leases = LeaseRows(connection)
        self.hubs = HubRows(connection)
        self.notices = NoticeRows(connection)
        self.habits = HabitRows(connection)


class Storage:
    """One database. Belongs to the event loop that first used it; `dispose` it there."""

    def __init__(self, writing: AsyncEngine, reading: AsyncEngine, vault: Vault) -> None:
        self._writing = writing
        self._reading = reading
        self._vault = vault
        # SQLite has one writer at a time. Waiting here is fair and can be cancelled; waiting for
        # the file's lock is neither.
        self._turn: AbstractAsyncContextManager[object] = (
            asyncio.Lock() if writing.dialect.name == "sqlite" else nullcontext()
        )

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Unit]:
        """A transaction that writes: committed at the end of the block, undone by an exception.

        Keep it short: on SQLite all other writers wait.
        """
        async with self._turn, self._writing.begin() as connection:
            yield Unit(connection, self._vault)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Unit]:
        """One unchanging picture of the database; writing to it is an error."""
        async with self._reading.begin() as connection:
            yield Unit(connection, self._vault)

    async def upgrade(self) -> None:
        """Bring the tables to this program's version; several processes may try at once.

        Raises `Mistake` when the database cannot be used or is of a newer version.
        """
        with schema.opening(self._writing.url):
            async with self._turn, self._writing.begin() as connection:
                await connection.run_sync(schema.upgrade)

    async def check(self) -> None:
        """Raise `Mistake` unless the tables are exactly of this program's version."""
        with schema.opening(self._writing.url):
            async with self._reading.begin() as connection:
                await connection.run_sync(schema.check)

    async def refuse_newer(self) -> None:
        """Raise `Mistake` where the tables are of a newer program; older ones can be upgraded."""
        with schema.opening(self._writing.url):
            async with self._reading.begin() as connection:
                await connection.run_sync(schema.refuse_newer)

    async def exists(self) -> bool:
        """Whether wirewatch has been here before; nothing is made by asking."""
        if not has_file(self._writing.url):
            return False
        with schema.opening(self._writing.url):
            async with self._reading.begin() as connection:
                return await connection.run_sync(schema.version) is not None

    async def dispose(self) -> None:
        """Close every connection. Nothing may be under way."""
        await self._writing.dispose()
        await self._reading.dispose()


def open_storage(url: str, vault: Vault | None = None) -> Storage:
    """The database at ``sqlite:///FILE`` or ``postgresql://…``; nothing is connected yet.

    Without a `vault` no address that holds a secret can be kept in it, or read.
    Raises `Mistake` for an address that can never work.
    """
    return Storage(*open_engines(url), vault or Vault())
