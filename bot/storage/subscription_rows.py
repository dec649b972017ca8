"""Feeds that people asked for. No answer about one workspace holds a row of another.

The workspace ``""`` of the console is who runs wirewatch; its feeds are for everybody.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.feed import Feed, Polling
from bot.model.watch import Destination, Platform
from bot.storage.engine import insert_into, is_one_of
from bot.storage.feed_rows import feed_of, feed_row, is_given_to_all, is_polled, polling_of
from bot.storage.tables import feeds, subscriptions
from bot.storage.vault import Vault


@dataclass(frozen=True, slots=True)
class Subscription:
    """A feed that one workspace asked for."""

    feed: Feed
    polling: Polling
    paused: bool
    """By this workspace, for itself."""


class SubscriptionRows:
    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def add(
        self, feed: Feed, destination: Destination, added_by: str, now: datetime, due: datetime
    ) -> bool:
        """Read `feed`, for the first time at `due`, for this workspace; False: it does already.

        Notices of it go to `destination`. Whoever reads the same feed shares its row. What it holds
        then is taken as known, also where somebody read it before and nobody does now.
        """
        row = feed_row(feed, self._vault) | {"listed": False, "due_at": due}
        await self._connection.execute(
            insert_into(self._connection, feeds).values(**row).on_conflict_do_nothing()
        )
        await self._connection.execute(
            update(feeds)
            .where(feeds.c.id == feed.id, ~is_polled)
            .values(succeeded_at=None, due_at=due)
        )
        new = insert_into(self._connection, subscriptions).values(
            feed_id=feed.id,
            platform=destination.platform,
            workspace=destination.workspace,
            channel=destination.channel,
            added_by=added_by,
            added_at=now,
            paused=False,
        )
        result = await self._connection.execute(new.on_conflict_do_nothing())
        return result.rowcount == 1

    async def describe(self, feed: Feed) -> None:
        """Give it this name and pace, for all its readers; what the operator lists stays as it is."""
        row = feed_row(feed, self._vault)
        await self._connection.execute(
            update(feeds)
            .where(feeds.c.id == feed.id, ~feeds.c.listed)
            .values({name: row[name] for name in ("outlet", "publisher", "every")})
        )

    async def remove(self, feed_id: str, platform: Platform, workspace: str) -> bool:
        """Whether there was such a subscription; all others stay."""
        result = await self._connection.execute(
            delete(subscriptions).where(_is(feed_id, platform, workspace))
        )
        return result.rowcount == 1

    async def pause(self, feed_id: str, platform: Platform, workspace: str, paused: bool) -> None:
        """For this workspace alone; the operator's holds for all, and for listed feeds too.

        A feed that nobody else went on reading is due at once when it is resumed, and what it holds
        then is taken as known.
        """
        if not paused:
            await self._connection.execute(
                update(feeds)
                .where(feeds.c.id == feed_id, ~is_polled)
                .values(
                    succeeded_at=None, due_at=func.coalesce(feeds.c.succeeded_at, feeds.c.due_at)
                )
            )
        if platform is Platform.CONSOLE:
            await self._connection.execute(
                update(feeds).where(feeds.c.id == feed_id).values(paused=paused)
            )
        else:
            await self._connection.execute(
                update(subscriptions).where(_is(feed_id, platform, workspace)).values(paused=paused)
            )

    async def of_workspace(self, platform: Platform, workspace: str) -> list[Subscription]:
        """Paused or not, by outlet."""
        rows = await self._connection.execute(
            select(feeds, subscriptions.c.paused.label("paused_here"))
            .join(subscriptions, subscriptions.c.feed_id == feeds.c.id)
            .where(subscriptions.c.platform == platform, subscriptions.c.workspace == workspace)
            .order_by(func.lower(feeds.c.outlet), feeds.c.id)
        )
        return [self._subscription(row, row["paused_here"]) for row in rows.mappings()]

    async def given_to_all(self) -> list[Subscription]:
        """The feeds of the operator's list and those added on the command line, by outlet."""
        rows = await self._connection.execute(
            select(feeds).where(is_given_to_all).order_by(func.lower(feeds.c.outlet), feeds.c.id)
        )
        return [self._subscription(row, paused=False) for row in rows.mappings()]

    async def count_given_to_all(self) -> int:
        result = await self._connection.execute(select(func.count()).where(is_given_to_all))
        return result.scalar_one()

    async def is_given_to_all(self, feed: Feed) -> bool:
        result = await self._connection.execute(
            select(feeds.c.id)
            .where(or_(feeds.c.id == feed.id, feeds.c.url == feed.url), is_given_to_all)
            .limit(1)
        )
        return result.first() is not None

    async def readers(
        self, feed_ids: Collection[str]
    ) -> dict[str, frozenset[tuple[Platform, str]]]:
        """For those of `feed_ids` that are not for everybody: the workspaces that get what they tell.

        A feed that nobody asks for any more has none, and so has one that is forgotten.
        """
        rows = await self._connection.execute(
            select(
                feeds.c.id,
                is_given_to_all.label("is_for_all"),
                subscriptions.c.platform,
                subscriptions.c.workspace,
            )
            .outerjoin(
                subscriptions,
                and_(subscriptions.c.feed_id == feeds.c.id, ~subscriptions.c.paused),
            )
            .where(is_one_of(self._connection, feeds.c.id, feed_ids))
        )
        found: dict[str, set[tuple[Platform, str]]] = {feed_id: set() for feed_id in feed_ids}
        for feed_id, is_for_all, platform, workspace in rows:
            if is_for_all:
                found.pop(feed_id, None)
            elif platform is not None:
                found[feed_id].add((Platform(platform), workspace))
        return {feed_id: frozenset(readers) for feed_id, readers in found.items()}

    def _subscription(self, row: RowMapping, paused: bool) -> Subscription:
        return Subscription(feed_of(row, self._vault), polling_of(row), paused)


def _is(feed_id: str, platform: Platform, workspace: str) -> ColumnElement[bool]:
    return and_(
        subscriptions.c.feed_id == feed_id,
        subscriptions.c.platform == platform,
        subscriptions.c.workspace == workspace,
    )
