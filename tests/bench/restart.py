"""How long a start takes to restore the open stories, and what they take of memory.

    python -m tests.bench.restart FOLDER --entries 100000

places as many made-up entries in batches into a new database in FOLDER, then opens it in a new
process and restores the window: prints the seconds for reading and restoring, and the memory by which
the process has grown.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.entries.read import read
from bot.model.entry import New
from bot.model.feed import Feed, Item, Items
from bot.model.story import StoryChange
from bot.storage.unit import Storage, open_storage
from bot.stories.cluster import place
from bot.stories.window import Window
from bot.wiring.memory import settle

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FEED = Feed("made-up", "https://made-up.example/feed", outlet="Made Up", publisher="Made Up")
BATCH = 5_000
WORDS = 40_000
"""Of the language of the entries; the first ones are said most."""
LENGTH = 70


async def fill(storage: Storage, number: int) -> None:
    await storage.upgrade()
    chance = random.Random(7)
    words = [
        "".join(chance.choices("abcdefghijklmnoprstuvw", k=chance.randint(3, 9)))
        for _ in range(WORDS)
    ]
    weights = [1 / (n + 5) for n in range(WORDS)]
    window = Window()
    async with storage.begin() as unit:
        await unit.feeds.sync([FEED], NOW)
    for start in range(0, number, BATCH):
        changes: list[StoryChange] = []
        for n in range(start, min(start + BATCH, number)):
            said = chance.choices(words, weights, k=LENGTH)
            at = NOW + timedelta(seconds=2.4 * n)
            item = Item(f"{n}", None, " ".join(said[:9]), " ".join(said[9:]) + ".", at)
            for entry in read(Items((item,)), FEED, at):
                some = place(New(entry), window)
                window.advance(some)
                changes += some
        told = [change.entry for change in changes if change.entry is not None]
        async with storage.begin() as unit:
            await unit.stories.save_all(changes, NOW)
            await unit.window.keep({entry.id: window.compared(entry) for entry in told})
    await storage.dispose()


async def restore(storage: Storage) -> None:
    settle()  # as the service does
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    async with storage.read() as unit:
        stories = await unit.stories.open_stories()
        read_at = time.perf_counter()
        window = Window.restore(stories, await unit.window.past(), await unit.window.compared())
    end = time.perf_counter()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    entries = sum(len(story.tellings) for story in window.stories())
    sys.stdout.write(
        f"{entries} entries of {len(stories)} stories: read in {read_at - start:.2f} s, restored in"
        f" {end - read_at:.2f} s; {grown:.0f} MB\n"
    )
    await storage.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--restore", action="store_true", help="only restore what is there")
    asked = parser.parse_args()
    storage = open_storage(f"sqlite:///{asked.folder / 'restart.db'}")
    if asked.restore:
        asyncio.run(restore(storage))
        return
    asyncio.run(fill(storage, asked.entries))
    again = [sys.executable, "-m", "tests.bench.restart", str(asked.folder), "--restore"]
    subprocess.run(again, check=True)


if __name__ == "__main__":
    main()
