"""The feeds, how polling stands, and that two pollers never take the same one."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain

from bot.model.feed import Feed, Polling, Trouble
from bot.storage.unit import Storage
from tests.storage.nouns import HERE, feed, opened

LEASE = timedelta(minutes=5)


async def sync(storage: Storage, now: datetime, *catalogue: Feed) -> None:
    async with storage.begin() as unit:
        await unit.feeds.sync(catalogue, now)


async def due(storage: Storage, now: datetime, owner: str = "a", limit: int = 9) -> list[str]:
    async with storage.begin() as unit:
        return [feed.id for feed, _, _ in await unit.feeds.due(now, limit, owner, LEASE)]


async def save(storage: Storage, polling: Polling, token: int | None = None) -> None:
    async with storage.begin() as unit:
        await unit.feeds.save(polling, token)


async def polling_of(storage: Storage, feed_id: str) -> Polling:
    async with storage.read() as unit:
        return {feed.id: polling for feed, polling in await unit.feeds.all()}[feed_id]


async def test_a_feed_comes_back_as_it_went_in(storage: Storage, now: datetime) -> None:
    full = feed("a", every=timedelta(minutes=10), language="ar", tags=frozenset({"iraq", "war"}))
    await sync(storage, now, full, feed("b"))
    async with storage.read() as unit:
        assert await unit.feeds.all() == [(full, Polling("a", now)), (feed("b"), Polling("b", now))]


async def test_polling_comes_back_as_it_was_saved(storage: Storage, now: datetime) -> None:
    await sync(storage, now, feed("a"))
    polling = Polling(
        "a",
        now + LEASE,
        etag='"v2"',
        last_modified="Tue, 17 Nov",
        body_hash="hash",
        blocks=b"12345678\0bcdefgh",
        debris=b"lines",
        failures=3,
        failing_since=now - LEASE,
        trouble=Trouble.SLOW,
        strikes=2,
        ask_every=timedelta(minutes=30),
        skip_hours=frozenset({0, 23}),
        skip_days=frozenset({6}),
        rhythm=timedelta(minutes=7),
        moved_to="https://new.example/feed",
        moved_times=2,
        succeeded_at=now,
        error="timed out",
    )
    await save(storage, polling)
    assert await polling_of(storage, "a") == polling


async def test_the_longest_overdue_feed_is_due_first(storage: Storage, now: datetime) -> None:
    await sync(storage, now, feed("a"), feed("b"), feed("c"))
    await save(storage, Polling("a", now + timedelta(seconds=1)))
    await save(storage, Polling("c", now - timedelta(seconds=1)))
    assert await due(storage, now, limit=1) == ["c"]
    await save(storage, Polling("c", now - timedelta(seconds=1)))
    assert await due(storage, now) == ["c", "b"]


async def test_two_pollers_at_once_take_different_feeds(storage: Storage, now: datetime) -> None:
    await sync(storage, now, *(feed(f"f{number}") for number in range(20)))
    taken = await asyncio.gather(*(due(storage, now, owner, 6) for owner in "abcd"))
    assert sorted(chain(*taken)) == sorted(f"f{number}" for number in range(20))


async def test_one_host_takes_only_so_many_places_and_none_while_it_has_them(
    storage: Storage, now: datetime
) -> None:
    big = [
        feed(f"b{n}", url=url)
        for n, url in enumerate(
            ("https://Big.example/a", "http://big.example", "https://big.example/b?c=/d")
        )
    ]
    big += [feed(f"b{n}", url=f"https://big.example/{n}") for n in range(3, 9)]
    small = [feed(f"s{n}") for n in range(3)]
    await sync(storage, now, *big, *small)

    async def claim(*busy: str) -> list[str]:
        async with storage.begin() as unit:
            claimed = await unit.feeds.due(now, 9, "a", LEASE, busy, at_a_host=2)
            return [feed.id for feed, _, _ in claimed]

    assert await claim() == ["b0", "b1", "s0", "s1", "s2"]
    assert await claim("b0", "b1", "s0") == []
    assert await claim("b1", "s0") == ["b2", "b3"]


async def test_two_who_save_the_same_feeds_do_not_wait_for_each_other_for_ever(
    storage: Storage, now: datetime
) -> None:
    await sync(storage, now, feed("a"), feed("b"))
    a, b = (Polling(name, now, etag="v1") for name in "ab")

    async def other() -> None:
        async with storage.begin() as unit:
            await unit.feeds.save_many([(b, None), (a, None)])

    async with storage.begin() as unit:
        await unit.feeds.save(a)
        beside = asyncio.create_task(other())
        await asyncio.sleep(0.2)  # until it waits
        await unit.feeds.save(b)
    await beside


async def test_a_feed_is_free_again_when_saved_or_when_its_lease_ends(
    storage: Storage, now: datetime
) -> None:
    await sync(storage, now, feed("a"), feed("b"))
    assert await due(storage, now) == ["a", "b"]
    await save(storage, Polling("a", now))
    assert await due(storage, now + timedelta(minutes=1)) == ["a"]
    assert await due(storage, now + LEASE) == ["b"]


async def test_what_a_poller_knows_is_worthless_once_another_has_the_feed(
    storage: Storage, now: datetime
) -> None:
    await sync(storage, now, feed("a"))
    async with storage.begin() as unit:
        [(_, polling, slow)] = await unit.feeds.due(now, 1, "slow", LEASE)
    async with storage.begin() as unit:
        [(_, _, quick)] = await unit.feeds.due(now + LEASE, 1, "quick", LEASE)
    await save(storage, replace(polling, etag="old"), slow)
    assert (await polling_of(storage, "a")).etag is None
    await save(storage, replace(polling, etag="new"), quick)
    assert (await polling_of(storage, "a")).etag == "new"


async def test_a_feed_taken_off_the_list_rests_and_keeps_its_polling(
    storage: Storage, now: datetime
) -> None:
    await sync(storage, now, feed("a"), feed("b"))
    await save(storage, Polling("a", now, etag="v1"))
    await sync(storage, now, feed("b"))
    assert await due(storage, now) == ["b"]
    await sync(storage, now, feed("a", outlet="Renamed"))
    async with storage.read() as unit:
        assert await unit.feeds.all() == [
            (feed("a", outlet="Renamed"), Polling("a", now, etag="v1"))
        ]


async def test_a_feed_at_another_address_is_read_afresh(storage: Storage, now: datetime) -> None:
    """Otherwise a validator of the old address could hide everything at the new one."""
    await sync(storage, now, feed("a"))
    await save(storage, Polling("a", now + LEASE, "v1", "Tue", "hash", succeeded_at=now))
    await sync(storage, now, feed("a", url="https://elsewhere.example/rss"))
    assert await polling_of(storage, "a") == Polling("a", now, succeeded_at=now)


async def test_an_empty_list_is_a_list(storage: Storage, now: datetime) -> None:
    await sync(storage, now, feed("a"))
    await sync(storage, now)
    assert await due(storage, now) == []


async def test_a_feed_that_moved_is_asked_there_until_the_list_names_another_address(
    storage: Storage, now: datetime
) -> None:
    listed = feed("a")
    await sync(storage, now, listed)
    await save(storage, Polling("a", now, etag='"v1"'))
    moved = replace(listed, url="https://new.example/feed")
    async with storage.begin() as unit:
        await unit.feeds.move(moved)
    await sync(storage, now, listed)
    async with storage.read() as unit:
        assert await unit.feeds.all() == [(moved, Polling("a", now, etag='"v1"'))]
    elsewhere = replace(listed, url="https://third.example/feed")
    await sync(storage, now, elsewhere)
    async with storage.read() as unit:
        assert await unit.feeds.all() == [(elsewhere, Polling("a", now))]


async def test_a_feed_that_nobody_wants_for_long_is_forgotten_and_its_entries_stay(
    storage: Storage, now: datetime
) -> None:
    after = now + timedelta(days=30)
    await sync(storage, now, feed("listed"), feed("left"))
    async with storage.begin() as unit:
        for name in ("left", "own", "paused", "lately"):
            await unit.subscriptions.add(feed(name), HERE, "someone", now, now)
            await unit.hubs.note(name, "https://hub.example/", f"https://{name}.example/", now)
        await unit.subscriptions.pause("paused", HERE.platform, HERE.workspace, True)
        await unit.stories.save_all([opened("of-left", feed_id="left")], now)
        await unit.feeds.save(Polling("lately", after))
        await unit.feeds.sync([feed("listed")], now)
        for name in ("left", "lately"):
            await unit.subscriptions.remove(name, HERE.platform, HERE.workspace)
        assert await unit.feeds.sweep(now) == 0
        assert await unit.feeds.sweep(after) == 1
        hubs = {pushing.feed_id for pushing, _ in await unit.hubs.open_questions(after)}
        assert hubs == {"own", "paused", "lately"}
        assert await unit.feeds.sweep(after + LEASE) == 1  # the one that was due later
        assert {feed.id for feed, _ in await unit.feeds.all()} == {"listed", "own"}
        assert await unit.stories.get("of-left") is not None
        assert await unit.subscriptions.readers(["left", "listed"]) == {"left": frozenset()}
