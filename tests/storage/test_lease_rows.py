"""What the dead had taken is free again, and what the living have is not."""

from datetime import datetime, timedelta

from bot.model.delivery import Post
from bot.storage.unit import Storage
from tests.storage.nouns import HERE, THERE, bulletin, feed

LEASE = timedelta(minutes=5)


async def test_the_leases_of_the_dead_end_and_no_others(storage: Storage, now: datetime) -> None:
    async with storage.begin() as unit:
        await unit.feeds.sync([feed("a"), feed("b")], now)
        await unit.outbox.put([Post(to, bulletin(), "") for to in (HERE, THERE)], now)
        await unit.feeds.due(now, 1, "dead", LEASE)
        await unit.feeds.due(now, 1, "alive", LEASE)
        await unit.outbox.claim(HERE, "dead", LEASE, now)
        await unit.outbox.claim(THERE, "alive", LEASE, now)
        assert await unit.leases.owners(now) == {"dead", "alive"}
        await unit.leases.end(["dead"], now)
        assert await unit.leases.owners(now) == {"alive"}
        assert [feed.id for feed, _, _ in await unit.feeds.due(now, 9, "next", LEASE)] == ["a"]
        assert await unit.outbox.expire_leases(now) == 1
        [undecided] = await unit.outbox.unknown(now)
        assert undecided.destination == HERE
        assert await unit.outbox.claim_unknown(undecided.id, "next", LEASE, now, replay=True)
