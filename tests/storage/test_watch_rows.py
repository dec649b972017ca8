"""What channels asked for, and that no workspace sees another's."""

from datetime import datetime

from bot.model.watch import Destination, Platform, Watch
from bot.storage.unit import Storage
from tests.storage.nouns import HERE, THERE


async def test_asking_twice_is_one_watch(storage: Storage, now: datetime) -> None:
    async with storage.begin() as unit:
        first, made = await unit.watches.add(HERE, "drawdown", "u1", now)
        assert made
        assert await unit.watches.add(HERE, "drawdown", "u2", now) == (first, False)
    async with storage.read() as unit:
        assert await unit.watches.all() == [Watch(first.id, HERE, "drawdown", "u1", now)]


async def test_a_number_is_never_given_twice(storage: Storage, now: datetime) -> None:
    async with storage.begin() as unit:
        gone, _ = await unit.watches.add(HERE, "drawdown", "u1", now)
        assert await unit.watches.remove(gone.id, HERE.platform, HERE.workspace) == gone
        again, _ = await unit.watches.add(HERE, "drawdown", "u1", now)
    assert again.id > gone.id


async def test_a_workspace_sees_and_removes_only_its_own(storage: Storage, now: datetime) -> None:
    twin = Destination(Platform.SLACK, HERE.workspace, HERE.channel)  # same ids, other platform
    async with storage.begin() as unit:
        ours, _ = await unit.watches.add(HERE, "drawdown", "u1", now)
        theirs, _ = await unit.watches.add(THERE, "drawdown", "u2", now)
        await unit.watches.add(twin, "drawdown", "u3", now)
        assert await unit.watches.remove(theirs.id, HERE.platform, HERE.workspace) is None
        assert await unit.watches.remove(ours.id, twin.platform, twin.workspace) is None
        assert await unit.watches.of_workspace(HERE.platform, HERE.workspace) == [ours]
        assert len(await unit.watches.all()) == 3


async def test_every_change_is_noticed(storage: Storage, now: datetime) -> None:
    seen = []
    async with storage.begin() as unit:
        seen.append(await unit.watches.revision())
        watch, _ = await unit.watches.add(HERE, "drawdown", "u1", now)
        seen.append(await unit.watches.revision())
        await unit.watches.add(HERE, "drawdown", "u1", now)
        assert await unit.watches.revision() == seen[-1]
        await unit.watches.add(THERE, "drawdown", "u1", now)
        await unit.watches.remove(watch.id, HERE.platform, HERE.workspace)
        seen.append(await unit.watches.revision())
    assert len(set(seen)) == 3


async def test_the_settings_file_has_its_way_and_people_keep_theirs(
    storage: Storage, now: datetime
) -> None:
    async with storage.begin() as unit:
        await unit.watches.add(HERE, "embassy", "u1", now)
        await unit.watches.declare([(HERE, "embassy"), (HERE, "oil"), (THERE, "oil")], "file", now)
        await unit.watches.declare([(THERE, "oil"), (THERE, "gas")], "file", now)
        standing = [(w.destination, w.query, w.created_by) for w in await unit.watches.all()]
    assert standing == [(HERE, "embassy", "u1"), (THERE, "oil", "file"), (THERE, "gas", "file")]
