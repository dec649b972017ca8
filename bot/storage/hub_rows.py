"""What was asked of the feeds' hubs, and which pushes come of it."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.feeds.websub import LEASE, SOONEST, HubState, Pushing
from bot.model.feed import Feed
from bot.storage.engine import insert_into
from bot.storage.feed_rows import is_polled
from bot.storage.tables import feeds, hubs

SETTLED = timedelta(days=1)
"""A feed that names now this hub or topic, now that one, is believed once in this time."""


class HubRows:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def note(self, feed_id: str, hub: str, topic: str, now: datetime) -> None:
        """The feed names this hub.

        A hub or a topic that is new begins anew, with a new callback, once the one before was last
        asked `SETTLED` ago.
        """
        new = insert_into(self._connection, hubs).values(
            feed_id=feed_id,
            hub=hub,
            topic=topic,
            callback=secrets.token_urlsafe(32),
            sealed_secret="",
            state=HubState.NAMED,
            asked_at=now,
            lease_until=None,
            pushed_at=None,
        )
        await self._connection.execute(
            new.on_conflict_do_update(
                index_elements=["feed_id"],
                set_={name: new.excluded[name] for name in hubs.c.keys() if name != "feed_id"},  # noqa: SIM118 — columns, not a dict
                where=and_(
                    or_(hubs.c.hub != new.excluded.hub, hubs.c.topic != new.excluded.topic),
                    hubs.c.asked_at <= now - SETTLED,
                ),
            )
        )

    async def open_questions(self, now: datetime) -> list[tuple[Pushing, bool]]:
        """Those about which a hub may have to be asked, and whether the feed is still wanted."""
        rows = await self._connection.execute(
            select(hubs, is_polled.label("wanted"))
            .join(feeds, feeds.c.id == hubs.c.feed_id)
            .where(
                or_(
                    ~is_polled,
                    hubs.c.state.in_((HubState.NAMED, HubState.LEAVING)),
                    and_(
                        hubs.c.asked_at <= now - SOONEST,
                        or_(hubs.c.lease_until.is_(None), hubs.c.lease_until <= now + LEASE / 2),
                    ),
                )
            )
            .order_by(hubs.c.asked_at, hubs.c.feed_id)
        )
        return [(_pushing(row), bool(row["wanted"])) for row in rows.mappings()]

    async def of_callback(self, callback: str) -> tuple[Feed, Pushing] | None:
        """The feed, under the address by which the hub knows it, and how its pushing stands."""
        row = await self._connection.execute(
            select(hubs, feeds.c.outlet, feeds.c.publisher, feeds.c.language, feeds.c.tags)
            .join(feeds, feeds.c.id == hubs.c.feed_id)
            .where(hubs.c.callback == callback)
        )
        if (found := row.mappings().one_or_none()) is None:
            return None
        feed = Feed(
            id=found["feed_id"],
            url=found["topic"],
            outlet=found["outlet"],
            publisher=found["publisher"],
            language=found["language"],
            tags=frozenset(found["tags"]),
        )
        return feed, _pushing(found)

    async def save(self, pushing: Pushing, before: Pushing) -> bool:
        """Keep how it stands; False when another has changed it since it was `before`."""
        result = await self._connection.execute(
            update(hubs).where(*_is_still(before)).values(**asdict(pushing))
        )
        return result.rowcount == 1

    async def forget(self, before: Pushing) -> bool:
        """False when another has changed it since it was `before`."""
        result = await self._connection.execute(delete(hubs).where(*_is_still(before)))
        return result.rowcount == 1

    async def pushed(self, feed_id: str, now: datetime, rest: timedelta | None) -> None:
        """A push was taken in; the feed need not be polled for `rest` after it was last read whole.

        What hubs leave out is so found by the polls, however many pushes come. A feed whose pace is
        fixed is polled all the same.
        """
        await self._connection.execute(
            update(hubs).where(hubs.c.feed_id == feed_id).values(pushed_at=now)
        )
        read_at: datetime | None = await self._connection.scalar(
            select(feeds.c.succeeded_at).where(feeds.c.id == feed_id, feeds.c.every.is_(None))
        )
        if rest is not None and read_at is not None:
            await self._connection.execute(
                update(feeds)
                .where(feeds.c.id == feed_id, feeds.c.due_at < read_at + rest)
                .values(due_at=read_at + rest)
            )


def _is_still(pushing: Pushing) -> tuple[Any, ...]:
    return (
        hubs.c.callback == pushing.callback,
        hubs.c.state == pushing.state,
        hubs.c.asked_at == pushing.asked_at,
    )


def _pushing(row: RowMapping) -> Pushing:
    fields = {name: row[name] for name in hubs.c.keys()}  # noqa: SIM118 — columns, not a dict
    return Pushing(**fields | {"state": HubState(row["state"])})
