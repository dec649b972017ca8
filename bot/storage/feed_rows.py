"""The feeds, how their polling stands, and who polls them now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    RowMapping,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.feeds.addresses import holds_secret
from bot.model.errors import Mistake
from bot.model.feed import LOCKED, Feed, Polling, Trouble
from bot.model.watch import Platform
from bot.storage.engine import host_of, insert_into, is_one_of
from bot.storage.tables import feeds, hubs, subscriptions
from bot.storage.vault import Vault

_is_subscribed = exists().where(subscriptions.c.feed_id == feeds.c.id)
is_asked_for = or_(
    feeds.c.listed,
    exists().where(subscriptions.c.feed_id == feeds.c.id, ~subscriptions.c.paused).correlate(feeds),
)
"""By the operator's list or by a workspace."""
is_polled = and_(is_asked_for, ~feeds.c.paused)
is_given_to_all = or_(
    feeds.c.listed,
    exists()
    .where(subscriptions.c.feed_id == feeds.c.id, subscriptions.c.platform == Platform.CONSOLE)
    .correlate(feeds),
)
"""Listed, or added on the command line."""


class FeedRows:
    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def sync(self, catalogue: Sequence[Feed], now: datetime, *, prune: bool = True) -> None:
        """Make the table agree with the catalogue; without `prune`, only add to it.

        A new feed is due at once. A feed that is no longer listed is not polled; what it told is
        kept, and so is its polling, should it come back.
        """
        if prune:
            await self._connection.execute(update(feeds).values(listed=False).where(feeds.c.listed))
        if not catalogue:
            return
        new = insert_into(self._connection, feeds)
        same_address = feeds.c.asked_as == new.excluded.asked_as
        described = {
            name: new.excluded[name]
            for name in ("asked_as", "outlet", "publisher", "every", "language", "tags", "listed")
        }
        # Where it moved to is kept, until the catalogue names another address itself.
        address = {
            name: case((same_address, feeds.c[name]), else_=new.excluded[name])
            for name in ("url", "sealed_url")
        }
        # Validators are an address's own: at another one they would hide what is new.
        validators = {
            name: case((same_address, feeds.c[name]))
            for name in ("etag", "last_modified", "body_hash")
        } | {"blocks": case((same_address, feeds.c.blocks), else_=b"")}
        due = {"due_at": case((same_address, feeds.c.due_at), else_=new.excluded.due_at)}
        await self._connection.execute(
            new.on_conflict_do_update(
                index_elements=["id"], set_=described | address | validators | due
            ),
            [feed_row(feed, self._vault) | {"listed": True, "due_at": now} for feed in catalogue],
        )

    async def due(
        self,
        now: datetime,
        limit: int,
        owner: str,
        lease: timedelta,
        busy: Collection[str] = (),
        at_a_host: int = 1_000,
    ) -> list[tuple[Feed, Polling, int]]:
        """Claim feeds whose time has come, the longest overdue first, each with its lease token.

        Those in `busy` are left out: their polls are under way, however old the lease. Of one host
        there are at most `at_a_host`, and none where so many of `busy` are its.
        Until the lease ends or `save` gives it back, nobody else is given the same feed.
        """
        free = or_(feeds.c.lease_until.is_(None), feeds.c.lease_until <= now)
        is_busy = is_one_of(self._connection, feeds.c.id, busy)
        is_due = and_(is_polled, feeds.c.due_at <= now, free, ~is_busy)
        host, in_time = host_of(self._connection, feeds.c.url), (feeds.c.due_at, feeds.c.id)
        crowded = select(host).where(is_busy).group_by(host).having(func.count() >= at_a_host)
        place = func.row_number().over(partition_by=host, order_by=in_time)
        placed = select(feeds.c.id, place.label("place")).where(is_due, host.not_in(crowded))
        first = placed.subquery()
        waiting = (
            select(feeds.c.id)
            .join(first, first.c.id == feeds.c.id)
            .where(first.c.place <= at_a_host, is_due)
            .order_by(*in_time)
            .limit(limit)
            # Nothing on SQLite, where writers take turns.
            .with_for_update(skip_locked=True, of=feeds)
            # A plain subquery may be run more than once, and then takes more than its limit.
            .cte()
        )
        rows = await self._connection.execute(
            update(feeds)
            .where(feeds.c.id.in_(select(waiting.c.id)))
            .values(
                lease_owner=owner,
                lease_token=feeds.c.lease_token + 1,
                lease_until=now + lease,
            )
            .returning(feeds)
        )
        claimed = sorted(rows.mappings(), key=lambda row: (row["due_at"], row["id"]))
        return [(feed_of(row, self._vault), polling_of(row), row["lease_token"]) for row in claimed]

    async def all(self) -> list[tuple[Feed, Polling]]:
        """The feeds that are polled, paused or not, by id: the listed and the subscribed."""
        rows = await self._connection.execute(
            select(feeds).where(is_asked_for).order_by(feeds.c.id)
        )
        return [(feed_of(row, self._vault), polling_of(row)) for row in rows.mappings()]

    async def reseal(self, now: datetime) -> list[str]:
        """Bring every sealed address under the first key; returns the feeds that no key opens.

        They are due at once, and so are those that failed for want of a key, so that their polling
        soon says how it is. Raises `Mistake` for a listed one: whoever listed it can mend that.
        """
        rows = await self._connection.execute(
            select(feeds.c.id, feeds.c.sealed_url, feeds.c.listed)
            .where(feeds.c.sealed_url.is_not(None), or_(feeds.c.listed, _is_subscribed))
            .order_by(feeds.c.id)
        )
        resealed, locked = [], []
        for row in rows:
            try:
                sealed = self._vault.reseal(row.sealed_url, row.id)
            except Mistake:
                if row.listed:
                    raise
                locked.append(row.id)
            else:
                resealed.append({"feed": row.id, "sealed": sealed})
        await self._connection.execute(
            update(feeds)
            .where(
                or_(feeds.c.error == LOCKED.reason, is_one_of(self._connection, feeds.c.id, locked))
            )
            .values(due_at=now)
        )
        if resealed:
            await self._connection.execute(
                update(feeds)
                .where(feeds.c.id == bindparam("feed"))
                .values(sealed_url=bindparam("sealed")),
                resealed,
            )
        return locked

    async def sweep(self, before: datetime) -> int:
        """Forget the feeds that nobody wants and that were due before then; returns how many.

        What nobody wants is not polled, so it stays due at the same time. Entries stay.
        """
        unwanted = (~feeds.c.listed, ~_is_subscribed, feeds.c.due_at < before)
        await self._connection.execute(
            delete(hubs).where(hubs.c.feed_id.in_(select(feeds.c.id).where(*unwanted)))
        )
        result = await self._connection.execute(delete(feeds).where(*unwanted))
        return result.rowcount

    async def polling(self, feed_id: str) -> Polling | None:
        """How its polling stands; None where the feed is forgotten."""
        rows = await self._connection.execute(select(feeds).where(feeds.c.id == feed_id))
        row = rows.mappings().one_or_none()
        return None if row is None else polling_of(row)

    async def debris(self, feed_id: str) -> bytes:
        """What is learnt of the site's own lines; see `Polling.debris`."""
        found: bytes | None = await self._connection.scalar(
            select(feeds.c.debris).where(feeds.c.id == feed_id)
        )
        return found or b""

    async def move(self, feed: Feed) -> None:
        """From now on it is asked at this address; what is known of it stays."""
        row = feed_row(feed, self._vault)
        await self._connection.execute(
            update(feeds)
            .where(feeds.c.id == feed.id)
            .values(url=row["url"], sealed_url=row["sealed_url"])
        )

    async def save(self, polling: Polling, lease_token: int | None = None) -> None:
        """Keep how polling stands and give the lease back.

        Under a lease that another has taken over since, nothing is kept.
        """
        await self.save_many([(polling, lease_token)])

    async def save_many(self, pollings: Collection[tuple[Polling, int | None]]) -> None:
        """`save` for each."""
        if pollings:
            await self._connection.execute(
                _SAVE,
                [
                    _polling_row(polling) | {"token": token}
                    # In one order, so that two who write the same feeds wait for no circle.
                    for polling, token in sorted(pollings, key=lambda each: each[0].feed_id)
                ],
            )


def feed_row(feed: Feed, vault: Vault) -> dict[str, Any]:
    """Raises `Mistake` for an address with a secret, where there is no key to seal it with."""
    url, sealed_url = feed.url, None
    if holds_secret(feed.url):
        # Marked, so that another login is another address.
        url, sealed_url = f"{feed.shown}#{vault.feed_id(feed.url)}", vault.seal(feed.url)
    return {
        "id": feed.id,
        "url": url,
        "asked_as": url,
        "sealed_url": sealed_url,
        "outlet": feed.outlet,
        "publisher": feed.publisher,
        "every": _seconds(feed.every),
        "language": feed.language,
        "tags": sorted(feed.tags),
    }


def feed_of(row: RowMapping, vault: Vault) -> Feed:
    """One whose address no key opens comes locked, under the address as it is shown."""
    url, locked = row["url"], False
    if row["sealed_url"] is not None:
        try:
            url = vault.open(row["sealed_url"], row["id"])
        except Mistake:
            locked = True
    return Feed(
        id=row["id"],
        url=url,
        outlet=row["outlet"],
        publisher=row["publisher"],
        every=_duration(row["every"]),
        language=row["language"],
        tags=frozenset(row["tags"]),
        locked=locked,
    )


_AS_THEY_ARE = (
    "due_at",
    "etag",
    "last_modified",
    "body_hash",
    "blocks",
    "debris",
    "failures",
    "failing_since",
    "trouble",
    "strikes",
    "moved_to",
    "moved_times",
    "succeeded_at",
    "error",
)
_OTHERS_DOING = ("noticed", "paused")
"""May change while a poll is under way; keeping how it ended leaves them as they are."""
_POLLING = (*_AS_THEY_ARE, "ask_every", "skip_hours", "skip_days", "rhythm")


def _polling_row(polling: Polling) -> dict[str, Any]:
    return {
        "feed": polling.feed_id,
        **{name: getattr(polling, name) for name in _AS_THEY_ARE},
        # A move that would lay a secret open is not kept: the old address goes on being asked.
        "moved_to": _without_a_secret(polling.moved_to),
        "ask_every": _seconds(polling.ask_every),
        "skip_hours": _bits(polling.skip_hours),
        "skip_days": _bits(polling.skip_days),
        "rhythm": _seconds(polling.rhythm),
    }


def polling_of(row: RowMapping) -> Polling:
    return Polling(
        feed_id=row["id"],
        **{name: row[name] for name in (*_AS_THEY_ARE, *_OTHERS_DOING)}
        | {"trouble": row["trouble"] and Trouble(row["trouble"])},
        ask_every=_duration(row["ask_every"]),
        skip_hours=_numbers(row["skip_hours"]),
        skip_days=_numbers(row["skip_days"]),
        rhythm=_duration(row["rhythm"]),
    )


def _without_a_secret(url: str | None) -> str | None:
    return None if url is None or holds_secret(url) else url


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else int(duration.total_seconds())


def _duration(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _bits(numbers: frozenset[int]) -> int:
    return sum(1 << number for number in numbers)


def _numbers(bits: int) -> frozenset[int]:
    return frozenset(number for number in range(bits.bit_length()) if bits >> number & 1)


_SAVE = (
    update(feeds)
    .where(
        feeds.c.id == bindparam("feed"),
        or_(
            bindparam("token", type_=feeds.c.lease_token.type).is_(None),
            feeds.c.lease_token == bindparam("token"),
        ),
    )
    .values({name: bindparam(name) for name in _POLLING})
    .values(lease_owner=None, lease_until=None)
)
