"""How late the event loop is while a cold cycle over many feeds runs.

    python -m tests.bench.loop_lag FOLDER URLS

polls each address of the file URLS once into a new database in FOLDER, and prints by how much a
timer of 5 ms was late: the median, the 99th percentile and the worst, in milliseconds.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from pydantic import SecretStr

from bot.wiring.build import open_newsroom, read_sources
from bot.wiring.clock import now
from bot.wiring.logs import set_up_logs
from bot.wiring.settings import load_settings

TIMER = 0.005


async def late(lags: list[float]) -> None:
    while True:
        due = time.perf_counter() + TIMER
        await asyncio.sleep(TIMER)
        lags.append((time.perf_counter() - due) * 1000)


async def cold(folder: Path, urls: Path) -> list[float]:
    settings, _ = load_settings(None)
    assert settings is not None
    settings = settings.model_copy(
        update={
            "database_url": SecretStr(f"sqlite:///{folder / 'lag.db'}"),
            "feeds": settings.feeds.model_copy(update={"file": urls}),
        }
    )
    sources = read_sources(settings)
    lags: list[float] = []
    async with open_newsroom(settings, sources, now, prune=False) as room:
        timer = asyncio.create_task(late(lags))
        await room.polls.everything(sources.feeds)
        timer.cancel()
    return sorted(lags)


def main() -> None:
    set_up_logs("error", "console")
    lags = asyncio.run(cold(Path(sys.argv[1]), Path(sys.argv[2])))
    share = {f"p{part}": lags[len(lags) * part // 100] for part in (50, 99)}
    share["worst"] = lags[-1]
    print(f"{len(lags)} beats: " + ", ".join(f"{k} {v:.1f} ms" for k, v in share.items()))  # noqa: T201


if __name__ == "__main__":
    main()
