"""Transactions that stand together, writers that take turns, and addresses that cannot work."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from bot.model.errors import Mistake
from bot.storage.unit import Storage, open_storage
from tests.doubles.databases import PostgresServer


async def add_one(storage: Storage) -> None:
    """Lost updates would show: it reads, lets others run, and writes what it read plus one."""
    async with storage.begin() as unit:
        value = int(await unit.kept.get("number") or 0)
        await asyncio.sleep(0)
        await unit.kept.set("number", str(value + 1))


async def number(storage: Storage) -> int:
    async with storage.read() as unit:
        return int(await unit.kept.get("number") or 0)


async def test_an_exception_undoes_the_whole_unit(storage: Storage) -> None:
    with pytest.raises(ZeroDivisionError):
        async with storage.begin() as unit:
            await unit.kept.set("number", "1")
            raise ZeroDivisionError
    assert await number(storage) == 0


async def test_a_reading_is_one_picture_while_others_write(storage: Storage) -> None:
    async with storage.read() as unit:
        assert await unit.kept.get("number") is None
        await add_one(storage)
        assert await unit.kept.get("number") is None
    assert await number(storage) == 1


async def test_a_reading_cannot_write(storage: Storage) -> None:
    with pytest.raises(Exception, match=r"read-?only"):
        async with storage.read() as unit:
            await unit.kept.set("number", "1")
    await add_one(storage)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_writers_of_one_process_and_of_several_take_turns(
    storage: Storage, database_url: str
) -> None:
    other = open_storage(database_url)
    try:
        both = [storage, other] * 20
        await asyncio.gather(*(add_one(each) for each in both))
        assert await number(storage) == 40
    finally:
        await other.dispose()


async def test_a_cancellation_anywhere_leaves_the_database_usable(
    storage: Storage, database_url: str
) -> None:
    """Each time the work gets a little further, from its beginning to its commit."""
    completed = False
    step = 0.0
    while not completed:
        other = open_storage(database_url)
        await add_one(other)  # connects
        before = await number(storage)
        task = asyncio.create_task(add_one(other))
        await asyncio.wait([task], timeout=step)
        task.cancel()
        await asyncio.wait([task])
        completed = not task.cancelled()
        await asyncio.wait_for(add_one(storage), 10)
        assert await number(storage) in (before + 1, before + 2)
        await other.dispose()
        step += 0.0002


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_writer_may_give_up_waiting_for_its_turn(storage: Storage) -> None:
    async with storage.begin():
        waiting = asyncio.create_task(add_one(storage))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await add_one(storage)
    assert await number(storage) == 1


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("sqlite:///{folder}", "is a folder"),
        ("sqlite:///{folder}/missing/w.db", "missing does not exist"),
        ("sqlite:///{folder}/feeds.yaml", "feeds.yaml cannot be used: file is not a database"),
        ("sqlite:////proc/w.db", "/proc/w.db cannot be used: unable to open"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("mysql://host/w", "mysql is not a database that wirewatch can use"),
        ("w.db", "Write sqlite:///FILE or postgresql://"),
        ("postgresql://u:secret@127.0.0.1:1/w", "w on 127.0.0.1 cannot be used"),
    ],
)
async def test_an_address_that_cannot_work_is_said_plainly(
    tmp_path: Path, address: str, words: str
) -> None:
    (tmp_path / "feeds.yaml").write_text("feeds: []\n" * 100)
    for step in (Storage.upgrade, Storage.check):
        with pytest.raises(Mistake, match=words) as mistake:
            storage = open_storage(address.format(folder=tmp_path))
            try:
                await step(storage)
            finally:
                await storage.dispose()
        assert "secret" not in str(mistake.value)


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(Mistake, match=r"Install wirewatch\[postgres\]"):
        open_storage("postgresql://host/w")


async def test_a_database_that_the_server_does_not_have_is_named(
    postgresql: PostgresServer,
) -> None:
    with postgresql.database() as url:
        storage = open_storage(url.replace("/test_", "/nosuch_"))
        with pytest.raises(
            Mistake, match=r"The database nosuch_\d+ on this machine cannot be used"
        ):
            await storage.upgrade()
        await storage.dispose()
