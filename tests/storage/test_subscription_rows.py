"""Who asked for which feed, and that nobody's answer holds another's."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.model.feed import Feed, Polling
from bot.model.watch import Destination, Platform
from bot.storage.unit import Storage
from tests.storage.nouns import HERE, THERE, feed

CONSOLE = Destination(Platform.CONSOLE, "", "")
OURS, THEIRS = (HERE.platform, HERE.workspace), (THERE.platform, THERE.workspace)
LEASE = timedelta(minutes=5)


async def add(storage: Storage, now: datetime, wanted: Feed, where: Destination = HERE) -> bool:
    async with storage.begin() as unit:
        return await unit.subscriptions.add(wanted, where, "u1", now, now + LEASE)


async def own(storage: Storage, where: Destination = HERE) -> list[tuple[Feed, bool]]:
    async with storage.read() as unit:
        rows = await unit.subscriptions.of_workspace(where.platform, where.workspace)
        return [(row.feed, row.paused) for row in rows]


async def test_a_feed_that_was_asked_for_comes_back_and_is_polled_when_due(
    storage: Storage, now: datetime
) -> None:
    wanted = feed("b", outlet="zebra", every=timedelta(minutes=30), tags=frozenset({"iraq"}))
    assert await add(storage, now, wanted)
    assert await add(storage, now, feed("a", outlet="Aardvark"))
    assert not await add(storage, now, wanted)
    assert await own(storage) == [(feed("a", outlet="Aardvark"), False), (wanted, False)]
    assert await own(storage, THERE) == []
    for at, due in ((now, set()), (now + LEASE, {"a", "b"})):
        async with storage.begin() as unit:
            assert {f.id for f, _, _ in await unit.feeds.due(at, 9, "t", LEASE)} == due


async def test_readers_are_those_of_feeds_that_are_not_for_everybody(
    storage: Storage, now: datetime
) -> None:
    async with storage.begin() as unit:
        await unit.feeds.sync([feed("listed")], now)
    for name, where in (("listed", HERE), ("both", HERE), ("both", THERE), ("all", CONSOLE)):
        await add(storage, now, feed(name), where)
    await add(storage, now, feed("gone"))
    await add(storage, now, feed("not-asked"))
    async with storage.begin() as unit:
        await unit.subscriptions.remove("gone", *OURS)
    names = ["listed", "both", "all", "gone", "never-heard-of"]
    async with storage.read() as unit:
        assert await unit.subscriptions.readers(names) == {
            "both": {OURS, THEIRS},
            "gone": set(),
            "never-heard-of": set(),
        }
        assert await unit.subscriptions.readers([]) == {}


async def test_a_workspace_pauses_and_removes_only_its_own(storage: Storage, now: datetime) -> None:
    await add(storage, now, feed("a"))
    await add(storage, now, feed("a"), THERE)
    async with storage.begin() as unit:
        await unit.subscriptions.pause("a", *OURS, paused=True)
        assert await unit.subscriptions.readers(["a"]) == {"a": {THEIRS}}
    assert await own(storage) == [(feed("a"), True)]
    assert await own(storage, THERE) == [(feed("a"), False)]
    async with storage.begin() as unit:
        await unit.subscriptions.pause("a", *OURS, paused=False)
        assert await unit.subscriptions.remove("a", *OURS)
        assert not await unit.subscriptions.remove("a", *OURS)
    assert await own(storage, THERE) == [(feed("a"), False)]


async def read(storage: Storage, now: datetime, feed_id: str = "a") -> None:
    async with storage.begin() as unit:
        polling = Polling(feed_id, now + timedelta(days=7), succeeded_at=now, etag="v1")
        await unit.feeds.save(polling)


async def polling(storage: Storage, feed_id: str = "a") -> Polling | None:
    async with storage.read() as unit:
        return await unit.feeds.polling(feed_id)


async def test_a_feed_that_nobody_read_for_a_while_is_taken_as_known_when_it_is_added_again(
    storage: Storage, now: datetime
) -> None:
    await add(storage, now, feed("a"))
    await read(storage, now)
    async with storage.begin() as unit:
        await unit.subscriptions.remove("a", *OURS)
    await add(storage, now + timedelta(days=1), feed("a"))
    due = now + timedelta(days=1) + LEASE
    assert await polling(storage) == Polling("a", due, etag="v1")


async def test_a_feed_that_nobody_else_read_is_taken_as_known_when_it_is_resumed(
    storage: Storage, now: datetime
) -> None:
    await add(storage, now, feed("a"))
    await read(storage, now)
    async with storage.begin() as unit:
        await unit.subscriptions.pause("a", *OURS, paused=True)
        await unit.subscriptions.pause("a", *OURS, paused=False)
    assert await polling(storage) == Polling("a", now, etag="v1")
    await read(storage, now)
    async with storage.begin() as unit:
        await unit.subscriptions.pause("a", Platform.CONSOLE, "", paused=True)
        await unit.subscriptions.pause("a", Platform.CONSOLE, "", paused=False)
    assert await polling(storage) == Polling("a", now, etag="v1")


async def test_a_feed_that_others_read_goes_on_whoever_comes_and_goes(
    storage: Storage, now: datetime
) -> None:
    await add(storage, now, feed("a"), THERE)
    await read(storage, now)
    before = await polling(storage)
    await add(storage, now, feed("a"))
    async with storage.begin() as unit:
        await unit.subscriptions.pause("a", *OURS, paused=True)
        await unit.subscriptions.pause("a", *OURS, paused=False)
        await unit.subscriptions.pause("a", *OURS, paused=False)
    assert await polling(storage) == before


async def test_the_operators_pause_holds_for_listed_feeds_too(
    storage: Storage, now: datetime
) -> None:
    async with storage.begin() as unit:
        await unit.feeds.sync([feed("a")], now)
        await unit.subscriptions.pause("a", Platform.CONSOLE, "", paused=True)
        [row] = await unit.subscriptions.given_to_all()
        assert row.polling.paused
        assert await unit.feeds.due(now, 9, "t", LEASE) == []


async def test_all_are_given_what_is_listed_or_added_by_the_operator(
    storage: Storage, now: datetime
) -> None:
    async with storage.begin() as unit:
        await unit.feeds.sync([feed("b")], now)
    await add(storage, now, feed("a"), CONSOLE)
    await add(storage, now, feed("c"))
    async with storage.read() as unit:
        rows = unit.subscriptions
        assert [row.feed.id for row in await rows.given_to_all()] == ["a", "b"]
        assert await rows.count_given_to_all() == 2
        assert await rows.is_given_to_all(feed("other", url=feed("b").url))
        assert not await rows.is_given_to_all(feed("c"))


@pytest.mark.parametrize("is_listed", [True, False])
async def test_a_new_description_is_for_all_but_not_for_the_operators_list(
    storage: Storage, now: datetime, is_listed: bool
) -> None:
    if is_listed:
        async with storage.begin() as unit:
            await unit.feeds.sync([feed("a")], now)
    await add(storage, now, feed("a"))
    renamed = feed("a", outlet="New", publisher="New", every=LEASE)
    async with storage.begin() as unit:
        await unit.subscriptions.describe(renamed)
    assert await own(storage) == [(feed("a") if is_listed else renamed, False)]
