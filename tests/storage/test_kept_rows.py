"""Small facts, signs of life, and requests that came twice."""

from datetime import datetime, timedelta

from bot.model.watch import Platform
from bot.storage.kept_rows import Beat
from bot.storage.unit import Storage


async def test_a_fact_is_kept_until_another_takes_its_place(storage: Storage) -> None:
    async with storage.begin() as unit:
        assert await unit.kept.get("commands") is None
        await unit.kept.set("commands", "a1")
        await unit.kept.set("commands", "b2")
    async with storage.read() as unit:
        assert await unit.kept.get("commands") == "b2"


async def test_only_the_last_sign_of_life_counts(storage: Storage, now: datetime) -> None:
    later = now + timedelta(seconds=15)
    async with storage.begin() as unit:
        await unit.kept.beat("poll", now, "3 feeds")
        await unit.kept.beat("dispatch", now)
        await unit.kept.beat("poll", later, "5 feeds")
    async with storage.read() as unit:
        assert await unit.kept.beats() == [
            Beat("dispatch", now, ""),
            Beat("poll", later, "5 feeds"),
        ]


async def test_a_request_delivered_twice_is_first_once(storage: Storage, now: datetime) -> None:
    async with storage.begin() as unit:
        assert await unit.inbox.first(Platform.SLACK, "Ev1", now)
    async with storage.begin() as unit:
        assert not await unit.inbox.first(Platform.SLACK, "Ev1", now)
        assert await unit.inbox.first(Platform.DISCORD, "Ev1", now)
