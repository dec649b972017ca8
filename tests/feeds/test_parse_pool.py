from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from bot.feeds.parse_pool import ParsePool
from bot.model.feed import Document, Items, Trouble, Unreadable

URL = "https://a.example/feed"
GOOD = Document(b'<rss version="2.0"><channel><item><title>a</title></item></channel></rss>', URL)
HANGS = Document(
    b'<rss version="2.0"><channel><item>'
    + b"".join(b"<category>%d</category>" % number for number in range(100_000))
    + b"</item></channel></rss>",
    URL,
)
"""feedparser looks each category up among all before it."""


async def test_documents_are_read_in_other_processes_and_closing_leaves_none() -> None:
    async with ParsePool(workers=2) as pool:
        readings = await asyncio.gather(*(pool.read(GOOD) for _ in range(6)))
        assert len(multiprocessing.active_children()) == 2
    assert [len(each.items) for each in readings if isinstance(each, Items)] == [1] * 6
    assert not multiprocessing.active_children()


async def test_no_worker_is_started_for_nothing() -> None:
    async with ParsePool(workers=2):
        assert not multiprocessing.active_children()


async def test_a_feed_that_hangs_is_given_up_and_the_next_is_read() -> None:
    async with ParsePool(workers=1, timeout=1) as pool:
        hung, good = await asyncio.gather(pool.read(HANGS), pool.read(GOOD))
    assert isinstance(hung, Unreadable)
    assert hung.trouble is Trouble.HARMFUL
    assert isinstance(good, Items)


async def test_a_worker_that_stands_still_is_killed() -> None:
    """It uses no processor time, so the limit by the clock must end it."""
    async with ParsePool(workers=1, timeout=1) as pool:
        await pool.read(GOOD)
        reading = asyncio.ensure_future(pool.read(HANGS))
        await asyncio.sleep(0.3)
        for worker in multiprocessing.active_children():
            os.kill(worker.pid or 0, signal.SIGSTOP)
        assert isinstance(await asyncio.wait_for(reading, 30), Unreadable)
        assert isinstance(await pool.read(GOOD), Items)


async def test_a_worker_that_dies_costs_one_feed_at_most() -> None:
    async with ParsePool(workers=1, timeout=5) as pool:
        await pool.read(GOOD)
        reading = asyncio.ensure_future(pool.read(HANGS))
        await asyncio.sleep(0.3)
        for worker in multiprocessing.active_children():
            os.kill(worker.pid or 0, signal.SIGKILL)
        assert isinstance(await reading, Unreadable)
        assert isinstance(await pool.read(GOOD), Items)


async def test_a_pool_whose_idle_workers_were_killed_starts_again() -> None:
    async with ParsePool(workers=1) as pool:
        await pool.read(GOOD)
        for worker in multiprocessing.active_children():
            os.kill(worker.pid or 0, signal.SIGKILL)
            worker.join()
        await asyncio.sleep(0.3)
        readings = [await pool.read(GOOD) for _ in range(2)]
    assert isinstance(readings[-1], Items)


async def test_a_feed_may_not_take_all_memory() -> None:
    item = b"<item><description>" + b"word " * 2_000 + b"</description></item>"
    body = GOOD.body.replace(b"<item>", item * 2_800 + b"<item>")
    async with ParsePool(workers=1, timeout=60, memory=100 << 20) as pool:
        assert isinstance(await pool.read(Document(body, URL)), Unreadable)
        assert isinstance(await pool.read(GOOD), Items)


PARENT = """
import asyncio, multiprocessing, sys
from bot.feeds.parse_pool import ParsePool
from tests.feeds.test_parse_pool import GOOD, HANGS

async def main():
    pool = ParsePool(workers=2, timeout=1)
    await asyncio.gather(*(pool.read(GOOD) for _ in range(8)))
    hanging = asyncio.ensure_future(pool.read(HANGS))
    await asyncio.sleep(0.3)
    print(*(each.pid for each in multiprocessing.active_children()), flush=True)
    await asyncio.sleep(60)

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_workers_do_not_outlive_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    root = str(Path(__file__).resolve().parents[2])
    environment = os.environ | {"PYTHONPATH": root}
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        workers = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(workers) == 2
        parent.kill()
    deadline = time.monotonic() + 30
    while any(map(lives, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(lives, workers))


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
