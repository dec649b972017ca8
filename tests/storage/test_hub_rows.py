"""What hubs were asked, whom their pushes are for, and that two processes never ask the same one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.feeds.websub import LEASE, SOONEST, HubState, Pushing, Step, asked
from bot.model.feed import Feed, Polling
from bot.storage.hub_rows import SETTLED
from bot.storage.unit import Storage
from tests.storage.nouns import feed

HUB, TOPIC = "https://hub.example/", "https://a.example/topic"


async def sync(storage: Storage, now: datetime, *catalogue: Feed) -> None:
    async with storage.begin() as unit:
        await unit.feeds.sync(catalogue, now)


async def note(storage: Storage, now: datetime, hub: str = HUB, topic: str = TOPIC) -> Pushing:
    async with storage.begin() as unit:
        await unit.hubs.note("a", hub, topic, now)
        [pushing] = [each for each, _ in await unit.hubs.open_questions(now + LEASE)]
        return pushing


async def save(storage: Storage, pushing: Pushing, before: Pushing) -> bool:
    async with storage.begin() as unit:
        return await unit.hubs.save(pushing, before)


async def open_questions(storage: Storage, now: datetime) -> list[tuple[Pushing, bool]]:
    async with storage.read() as unit:
        return await unit.hubs.open_questions(now)


async def due_at(storage: Storage) -> datetime:
    async with storage.read() as unit:
        [(_, polling)] = await unit.feeds.all()
        return polling.due_at


def active(pushing: Pushing, now: datetime) -> Pushing:
    return replace(
        pushing,
        state=HubState.ACTIVE,
        asked_at=now,
        lease_until=now + LEASE,
        sealed_secret="sealed",
    )


async def test_a_hub_that_a_feed_names_is_to_be_asked(storage: Storage, now: datetime) -> None:
    await sync(storage, now, feed("a"))
    named = await note(storage, now)
    assert named == Pushing("a", HUB, TOPIC, named.callback, "", HubState.NAMED, now)
    assert len(named.callback) == 43
    assert await open_questions(storage, now) == [(named, True)]


async def test_naming_it_again_changes_nothing(storage: Storage, now: datetime) -> None:
    await sync(storage, now, feed("a"))
    before = active(await note(storage, now), now)
    await save(storage, before, await note(storage, now))
    assert await note(storage, now + SOONEST) == before


async def test_another_hub_or_topic_begins_anew_with_another_callback(
    storage: Storage, now: datetime
) -> None:
    await sync(storage, now, feed("a"))
    first = await note(storage, now)
    await save(storage, active(first, now), first)
    other = "https://other.example/"
    second = await note(storage, now + SETTLED, hub=other)
    third = await note(storage, now + 2 * SETTLED, hub=other, topic="https://b.example/")
    assert len({first.callback, second.callback, third.callback}) == 3
    assert third.state is HubState.NAMED
    assert third.lease_until is None


async def test_a_feed_whose_servers_do_not_agree_on_its_topic_goes_on_being_pushed(
    storage: Storage, now: datetime
) -> None:
    await sync(storage, now, feed("a"))
    standing = active(await note(storage, now), now)
    await save(storage, standing, await note(storage, now))
    for minutes in range(0, 60, 5):
        topic = f"https://mirror-{minutes}.example/feed"
        assert await note(storage, now + timedelta(minutes=minutes), topic=topic) == standing


async def test_how_it_stands_comes_back_as_it_was_saved(storage: Storage, now: datetime) -> None:
    await sync(storage, now, feed("a", language="ar", tags=frozenset({"war"})))
    named = await note(storage, now)
    after = replace(active(named, now), pushed_at=now)
    assert await save(storage, after, named)
    async with storage.read() as unit:
        known = await unit.hubs.of_callback(named.callback)
        assert await unit.hubs.of_callback("x" * 43) is None
    assert known == (feed("a", url=TOPIC, language="ar", tags=frozenset({"war"})), after)


async def test_of_two_processes_one_asks(storage: Storage, now: datetime) -> None:
    await sync(storage, now, feed("a"))
    named = await note(storage, now)
    after = asked(named, Step.SUBSCRIBE, now)
    assert [await save(storage, after, named), await save(storage, after, named)] == [True, False]
    async with storage.begin() as unit:
        assert not await unit.hubs.forget(named)
        assert await unit.hubs.forget(after)


async def test_of_two_processes_one_renews(storage: Storage, now: datetime) -> None:
    await sync(storage, now, feed("a"))
    named = await note(storage, now)
    standing = active(named, now)
    await save(storage, standing, named)
    renewed = asked(standing, Step.SUBSCRIBE, now + LEASE / 2)
    assert renewed.state is standing.state
    assert await save(storage, renewed, standing)
    assert not await save(storage, renewed, standing)


async def test_while_a_lease_is_long_its_hub_is_not_even_looked_at(
    storage: Storage, now: datetime
) -> None:
    await sync(storage, now, feed("a"))
    named = await note(storage, now)
    await save(storage, active(named, now), named)
    assert await open_questions(storage, now + LEASE / 2 - SOONEST) == []
    assert await open_questions(storage, now + LEASE / 2) == [(active(named, now), True)]


async def test_a_feed_that_is_not_polled_is_not_wanted(storage: Storage, now: datetime) -> None:
    await sync(storage, now, feed("a"))
    named = await note(storage, now)
    await save(storage, active(named, now), named)
    await sync(storage, now, feed("b"))
    assert await open_questions(storage, now) == [(active(named, now), False)]
    async with storage.begin() as unit:
        await unit.hubs.forget(active(named, now))
    assert await open_questions(storage, now) == []


async def test_a_push_puts_the_next_poll_off_and_never_nearer(
    storage: Storage, now: datetime
) -> None:
    await sync(storage, now, feed("a"))
    pushing = await note(storage, now)
    hour = timedelta(hours=1)
    async with storage.begin() as unit:
        await unit.feeds.save(Polling("a", now + hour / 2, succeeded_at=now))
        await unit.hubs.pushed("a", now, hour)
    assert await due_at(storage) == now + hour
    async with storage.begin() as unit:
        await unit.hubs.pushed("a", now, hour / 2)
    assert await due_at(storage) == now + hour
    [(after, _)] = await open_questions(storage, now)
    assert after == replace(pushing, pushed_at=now)


async def test_however_many_pushes_come_the_feed_is_polled_at_the_ceiling(
    storage: Storage, now: datetime
) -> None:
    await sync(storage, now, feed("a"))
    await note(storage, now)
    hour = timedelta(hours=1)
    async with storage.begin() as unit:
        await unit.feeds.save(Polling("a", now + hour / 2, succeeded_at=now))
        for minutes in range(0, 60, 10):
            await unit.hubs.pushed("a", now + timedelta(minutes=minutes), hour)
    assert await due_at(storage) == now + hour


async def test_a_feed_that_was_never_read_is_polled_whatever_is_pushed(
    storage: Storage, now: datetime
) -> None:
    await sync(storage, now, feed("a"))
    await note(storage, now)
    async with storage.begin() as unit:
        await unit.hubs.pushed("a", now, timedelta(hours=1))
    assert await due_at(storage) == now


async def test_a_push_without_a_lease_puts_nothing_off(storage: Storage, now: datetime) -> None:
    await sync(storage, now, feed("a"))
    await note(storage, now)
    async with storage.begin() as unit:
        await unit.hubs.pushed("a", now, None)
    assert await due_at(storage) == now


async def test_a_feed_whose_pace_the_operator_fixed_is_polled_at_it(
    storage: Storage, now: datetime
) -> None:
    await sync(storage, now, feed("a", every=timedelta(minutes=5)))
    await note(storage, now)
    async with storage.begin() as unit:
        await unit.feeds.save(Polling("a", now + timedelta(minutes=5), succeeded_at=now))
        await unit.hubs.pushed("a", now, timedelta(hours=1))
    assert await due_at(storage) == now + timedelta(minutes=5)
