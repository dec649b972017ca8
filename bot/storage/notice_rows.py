"""What wirewatch has to say of its feeds and of stories it held back, and whom it concerns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    union,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.catch_up import Held
from bot.feeds.health import Condition
from bot.model.delivery import Post, TicketKind
from bot.model.feed import Feed, Polling, Trouble
from bot.model.watch import Destination, Platform
from bot.storage.engine import insert_into, is_one_of
from bot.storage.feed_rows import is_given_to_all, is_polled
from bot.storage.tables import entries, feeds, held_back, kept, outbox, receipts, subscriptions

_TOLD = "feed fails: "
"""Under this name with the feed's id behind it is kept when channels were last told so."""


@dataclass(frozen=True, slots=True)
class Question:
    """A feed of which something may have to be told."""

    feed: Feed
    polling: Polling
    """Without what only asking it needs."""
    told_at: datetime | None
    """When channels were last told that it fails."""


class NoticeRows:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def condition(self, lately: datetime) -> Condition:
        """How the feeds that are polled do, all together; `lately`: since when."""
        result = await self._connection.execute(
            select(
                func.count(),
                func.count().filter(_FAILS),
                func.count().filter(_FAILS, _IS_UNREACHABLE),
                func.count().filter(feeds.c.succeeded_at >= lately),
            ).where(is_polled)
        )
        return Condition(*result.one())

    async def failures(self) -> dict[str, int]:
        """The feeds that fail, each with how often in a row."""
        rows = await self._connection.execute(select(feeds.c.id, feeds.c.failures).where(_FAILS))
        return {row.id: row.failures for row in rows}

    async def ask_again(self, now: datetime, within: timedelta) -> None:
        """Make the feeds that are out of reach due now, one after the other `within` this time."""
        unreachable = await self._connection.scalars(
            select(feeds.c.id).where(is_polled, _FAILS, _IS_UNREACHABLE).order_by(feeds.c.id)
        )
        if ids := unreachable.all():
            await self._connection.execute(
                _ASK_AGAIN,
                [
                    {"feed": feed_id, "due": now + within * number / len(ids)}
                    for number, feed_id in enumerate(ids)
                ],
            )

    async def open_questions(self) -> list[Question]:
        """The feeds that fail and were not told of, and those that were and work again."""
        rows = await self._connection.execute(
            select(*_ASKED, kept.c.value.label("told_at"))
            .outerjoin(kept, kept.c.name == literal(_TOLD) + feeds.c.id)
            .where(is_polled, or_(and_(_FAILS, ~feeds.c.noticed), and_(~_FAILS, feeds.c.noticed)))
            .order_by(feeds.c.id)
        )
        return [_question(row) for row in rows]

    async def mark(self, feed_ids: Collection[str], *, fails: bool, now: datetime) -> set[str]:
        """Note that channels are told now; returns the feeds of which nobody else has told it."""
        if not feed_ids:
            return set()
        marked = await self._connection.scalars(
            update(feeds)
            .where(
                is_one_of(self._connection, feeds.c.id, feed_ids),
                feeds.c.noticed == (not fails),
                _FAILS if fails else ~_FAILS,
            )
            .values(noticed=fails)
            .returning(feeds.c.id)
        )
        told = set(marked)
        if told and fails:
            new = insert_into(self._connection, kept)
            await self._connection.execute(
                new.on_conflict_do_update(
                    index_elements=["name"], set_={"value": new.excluded.value}
                ),
                [{"name": _TOLD + feed_id, "value": now.isoformat()} for feed_id in told],
            )
        return told

    async def dependents(
        self, feed_ids: Collection[str], since: datetime
    ) -> dict[Destination, set[str]]:
        """The channels that these feeds matter to, each with which of them.

        Those that asked for a feed; and for a feed that is given to all, those that were posted a
        story of it since then.
        """
        asked = select(
            subscriptions.c.feed_id, *(subscriptions.c[name] for name in _CHANNEL)
        ).where(
            is_one_of(self._connection, subscriptions.c.feed_id, feed_ids),
            ~subscriptions.c.paused,
            ~_IS_OPERATORS,
        )
        posted = (
            select(entries.c.feed_id, *(receipts.c[name] for name in _CHANNEL))
            .join(receipts, receipts.c.story_id == entries.c.story_id)
            .join(feeds, feeds.c.id == entries.c.feed_id)
            .where(
                is_one_of(self._connection, entries.c.feed_id, feed_ids),
                is_given_to_all,
                receipts.c.sent_at >= since,
            )
        )
        found: defaultdict[Destination, set[str]] = defaultdict(set)
        for row in await self._connection.execute(union(asked, posted)):
            found[_destination(row)].add(row.feed_id)
        return found

    async def posted_since(self, at: datetime) -> dict[Destination, int]:
        """How many stories each channel was given since then, sent or waiting."""
        rows = await self._connection.execute(
            select(*(outbox.c[name] for name in _CHANNEL), func.count().label("number"))
            .where(
                outbox.c.created_at >= at,
                outbox.c.kind == TicketKind.POST,
                not_(outbox.c.story_id.contains(":")),  # a notice or a recap
            )
            .group_by(*(outbox.c[name] for name in _CHANNEL))
        )
        return {_destination(row): row.number for row in rows}

    async def hold(self, posts: Sequence[Post], now: datetime) -> None:
        """Keep them for a recap; a story that is held already keeps its time."""
        if posts:
            new = insert_into(self._connection, held_back)
            await self._connection.execute(
                new.on_conflict_do_update(
                    index_elements=[*_CHANNEL, "story_id"],
                    set_={name: new.excluded[name] for name in ("headline", "link", "outlet")},
                ),
                [_held_row(post, now) for post in posts],
            )

    async def hand_over(self, other_id: str, into_id: str) -> None:
        """Let what waits of a story be of the one that it was taken into.

        In a channel that has that one's post, nothing of either waits any more. What each channel
        has must have been handed over before.
        """
        beside = held_back.alias()
        is_posted = exists().where(receipts.c.story_id == into_id, *_in_its_channel(receipts))
        is_held = exists().where(beside.c.story_id == into_id, *_in_its_channel(beside))
        is_of_other = held_back.c.story_id == other_id
        for those in (
            and_(held_back.c.story_id.in_([other_id, into_id]), is_posted),
            and_(is_of_other, is_held),
        ):
            await self._connection.execute(delete(held_back).where(those))
        await self._connection.execute(
            update(held_back).where(is_of_other).values(story_id=into_id)
        )

    async def held(self) -> list[Held]:
        """All that waits for a recap, in no order; others who ask wait until the commit."""
        rows = await self._connection.execute(select(held_back).with_for_update())
        return [
            Held(_destination(row), row.story_id, row.headline, row.link, row.outlet, row.at)
            for row in rows
        ]

    async def release(self, told: Iterable[tuple[Destination, str]]) -> None:
        """These stories were told in these channels, and wait no longer."""
        if rows := [{**_columns(channel), "story": story_id} for channel, story_id in told]:
            await self._connection.execute(_RELEASE, rows)


_CHANNEL = ("platform", "workspace", "channel")
_FAILS = feeds.c.failing_since.is_not(None)
_IS_UNREACHABLE = feeds.c.trouble.in_([Trouble.DOWN, Trouble.SLOW])
_IS_OPERATORS = subscriptions.c.platform == Platform.CONSOLE
_ASKED = (
    *(feeds.c[name] for name in ("id", "url", "outlet", "publisher", "due_at", "failures")),
    *(feeds.c[name] for name in ("failing_since", "trouble", "noticed", "succeeded_at", "error")),
)
_ASK_AGAIN = (
    update(feeds)
    .where(feeds.c.id == bindparam("feed"), feeds.c.due_at > bindparam("due"))
    .values(due_at=bindparam("due"))
)
_RELEASE = delete(held_back).where(
    *(held_back.c[name] == bindparam(name) for name in _CHANNEL),
    held_back.c.story_id == bindparam("story"),
)


def _in_its_channel(table: FromClause) -> list[ColumnElement[bool]]:
    """In the channel that is told of what waits."""
    return [table.c[name] == held_back.c[name] for name in _CHANNEL]


def _question(row: Row[*tuple[Any, ...]]) -> Question:
    polling = Polling(
        feed_id=row.id,
        due_at=row.due_at,
        failures=row.failures,
        failing_since=row.failing_since,
        trouble=row.trouble and Trouble(row.trouble),
        noticed=row.noticed,
        succeeded_at=row.succeeded_at,
        error=row.error,
    )
    told_at = row.told_at and datetime.fromisoformat(row.told_at)
    return Question(Feed(row.id, row.url, row.outlet, row.publisher), polling, told_at)


def _held_row(post: Post, now: datetime) -> dict[str, Any]:
    bulletin = post.bulletin
    return {
        **_columns(post.destination),
        "story_id": bulletin.story_id,
        "headline": bulletin.headline,
        "link": bulletin.link,
        "outlet": bulletin.mentions[0].outlet if bulletin.mentions else "",
        "at": now,
    }


def _columns(destination: Destination) -> dict[str, str]:
    return {
        "platform": destination.platform,
        "workspace": destination.workspace,
        "channel": destination.channel,
    }


def _destination(row: Row[*tuple[Any, ...]]) -> Destination:
    return Destination(Platform(row.platform), row.workspace, row.channel)
