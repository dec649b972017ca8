"""Plays the demo: the real service over a made-up web, with the terminal as the channel."""

from __future__ import annotations

import asyncio
import tempfile
import time
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console

from bot.chat.console.sink import ConsoleSink
from bot.model.watch import Destination, Platform
from bot.pipeline.dispatch import Dispatch
from bot.wiring import clock as real
from bot.wiring.build import Newsroom, Sources, open_newsroom, read_sources
from bot.wiring.demo.clock import DayClock
from bot.wiring.demo.script import Newsday, load_newsday
from bot.wiring.demo.server import serving
from bot.wiring.logs import set_up_logs
from bot.wiring.owner import OWNER
from bot.wiring.settings import FeedSettings, PollInterval, Settings

CHANNEL = Destination(Platform.CONSOLE, "demo", "#security-desk")
ROUNDS = 60
"""How often each outlet is asked in the course of the day."""


async def play(seconds: float) -> None:
    """The whole day in `seconds`, and a recap. Leaves its database where the recap says."""
    set_up_logs("error", "console")
    console = Console()
    day = load_newsday()
    clock = DayClock(day.begin, day.end, seconds, time.monotonic)
    database = Path(tempfile.mkdtemp(prefix="wirewatch-demo-")) / "wirewatch.db"
    async with serving(day, clock) as address:
        settings = _settings(database, (day.end - day.begin) / ROUNDS)
        shipped = read_sources(settings)
        watches = tuple((CHANNEL, f"topic:{topic.name}") for topic in shipped.topics)
        sources = Sources(day.feeds(address), shipped.topics, watches, shipped.mistakes)
        async with open_newsroom(settings, sources, clock, prune=True) as room:
            await room.polls.everything(
                sources.feeds
            )  # what stands there already is told to nobody
            with ConsoleSink(console) as sink:
                await _pass_the_day(day, clock, seconds, room, sink)
                await room.polls.everything(sources.feeds)
                await _deliver(room, sink).drain()
            await _recap(console, room, sink, database)


async def _pass_the_day(
    day: Newsday, clock: DayClock, seconds: float, room: Newsroom, sink: ConsoleSink
) -> None:
    dispatch = _deliver(room, sink)
    clock.start()
    while (moment := clock()) < day.end:
        sink.show_status(f"{moment:%d %B %Y, %H:%M} UTC · {len(day.outlets)} outlets are polled")
        await room.polls.wake()
        await dispatch.drain()
        await asyncio.sleep(seconds / ROUNDS / 4)
    await room.polls.lanes.idle()


def _deliver(room: Newsroom, sink: ConsoleSink) -> Dispatch:
    # The day is the news' own time; sending happens in ours.
    return Dispatch(room.storage, {Platform.CONSOLE: sink}, real.now, OWNER)


async def _recap(console: Console, room: Newsroom, sink: ConsoleSink, database: Path) -> None:
    placed = room.polls.tally.placed
    async with room.storage.read() as unit:
        counts = await unit.stories.counts()
    edits = sum(posted.edits for posted in sink.posts)
    console.print(
        f"\n{placed.new} entries read from {len(await _outlets(room))} outlets, "
        f"{counts.stories} stories, {len(sink.posts)} posts, {edits} edits in place, "
        f"{placed.copies} copies held back.\n"
        f"The database is {database}\n"
        "Next: make a Discord bot or a Slack app as the README says, then: .venv/bin/python -m bot run",
        highlight=False,
        soft_wrap=True,
    )


async def _outlets(room: Newsroom) -> list[str]:
    async with room.storage.read() as unit:
        return [feed.outlet for feed, _ in await unit.feeds.all()]


def _settings(database: Path, every: timedelta) -> Settings:
    """The shipped defaults but for what the demo is about, whatever the environment says."""
    pace = every.total_seconds()
    return Settings.model_construct(
        database_url=SecretStr(f"sqlite:///{database}"),
        feeds=FeedSettings(
            allow_addresses=(ip_network("127.0.0.0/8"),), host_gap=0, host_concurrency=12
        ),
        poll_interval=PollInterval(floor=pace, ceiling=pace),
    )
