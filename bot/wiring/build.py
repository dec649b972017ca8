"""Builds the program from its settings, once, and takes it down again."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot import __version__
from bot.feeds.catalogue import read_catalogue
from bot.feeds.fetch import HttpFetcher
from bot.feeds.parse_pool import ParsePool
from bot.feeds.reader import FeedReader
from bot.feeds.schedule import Pace
from bot.matching.query import parse_query
from bot.matching.topics import Topic, read_topics
from bot.model.errors import Mistake
from bot.model.feed import Feed
from bot.model.watch import Destination
from bot.pipeline.ingest import Ingest
from bot.pipeline.placing import Placing
from bot.pipeline.poll import AT_A_HOST, Polls
from bot.storage.unit import Storage, open_storage
from bot.storage.vault import Vault
from bot.wiring.memory import settle
from bot.wiring.owner import OWNER, is_gone
from bot.wiring.settings import DeclaredWatch, Settings

log = structlog.get_logger()

PARSERS = max(1, (os.cpu_count() or 2) - 1)
"""Processes that read feeds; one core is left to the rest."""

DECLARED = "wirewatch.toml"
"""Who made the watches that stand in the settings file."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What the operator's files say, and every mistake in them."""

    feeds: tuple[Feed, ...]
    topics: tuple[Topic, ...]
    watches: tuple[tuple[Destination, str], ...]
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True, slots=True)
class Newsroom:
    """All but the chat platforms: what `poll` needs whole, and `run` builds on."""

    storage: Storage
    vault: Vault
    topics: tuple[Topic, ...]
    http: HttpFetcher
    reader: FeedReader
    pace: Pace
    placing: Placing
    ingest: Ingest
    polls: Polls


def read_sources(settings: Settings) -> Sources:
    feeds, feed_mistakes = _read_feeds(settings.feeds.file, Vault(settings.secret_keys))
    topics, topic_mistakes = _read_topics(settings.topics)
    watches, watch_mistakes = _read_watches(settings.watch, topics)
    return Sources(feeds, topics, watches, (*feed_mistakes, *topic_mistakes, *watch_mistakes))


@asynccontextmanager
async def open_newsroom(
    settings: Settings, sources: Sources, clock: Callable[[], datetime], *, prune: bool
) -> AsyncIterator[Newsroom]:
    """The database brought up to date, the feeds and watches of the files in it, and all joined.

    With `prune` the files are the whole of it: feeds and watches that went from them go. Without,
    as for a single poll of another list, nothing that a service relies on is taken away.
    """
    vault, pace = Vault(settings.secret_keys), pace_of(settings)
    storage = database(settings)
    try:
        await storage.upgrade()
        async with storage.begin() as unit:
            # Nobody else will: a killed run of ours would hold its feeds and channels for minutes.
            await unit.leases.end(list(filter(is_gone, await unit.leases.owners(clock()))), clock())
            await unit.feeds.sync(sources.feeds, clock(), prune=prune)
            if prune and (locked := await unit.feeds.reseal(clock())):
                log.warning("no key opens the addresses of these feeds", feeds=locked)
            await unit.watches.declare(sources.watches, DECLARED, clock(), prune=prune)
        async with fetcher(settings) as http, ParsePool(workers=PARSERS) as pool:
            reader = FeedReader(pool)
            placing = Placing(storage, sources.topics, clock, OWNER)
            ingest = Ingest(storage, http, reader, placing, pace, clock)
            jitter = random.Random().random  # noqa: S311 — spreads polls, guards nothing
            at_a_host = max(AT_A_HOST, settings.feeds.host_concurrency)
            polls = Polls(storage, ingest, pace, clock, OWNER, jitter, at_a_host)
            settle()
            yield Newsroom(
                storage, vault, sources.topics, http, reader, pace, placing, ingest, polls
            )
    finally:
        await storage.dispose()


def database(settings: Settings) -> Storage:
    """Nothing is connected yet. Raises `Mistake` for an address that can never work."""
    return open_storage(settings.database_url.get_secret_value(), Vault(settings.secret_keys))


def pace_of(settings: Settings) -> Pace:
    return Pace(
        timedelta(seconds=settings.poll_interval.floor),
        timedelta(seconds=settings.poll_interval.ceiling),
    )


def fetcher(settings: Settings) -> HttpFetcher:
    contact = f" (+{settings.feeds.contact})" if settings.feeds.contact else ""
    return HttpFetcher(
        user_agent=f"wirewatch/{__version__}{contact}",
        allow=settings.feeds.allow_addresses,
        host_concurrency=settings.feeds.host_concurrency,
        host_gap=settings.feeds.host_gap,
        sleep=asyncio.sleep,
        monotonic=time.monotonic,
    )


def _read_feeds(path: Path, vault: Vault) -> tuple[tuple[Feed, ...], tuple[Mistake, ...]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return (), (
            Mistake(
                f"The list of feeds cannot be read ({type(error).__name__}).",
                "Set feeds.file to a readable file, or leave it out for the shipped list.",
                at=str(path),
            ),
        )
    return read_catalogue(text, str(path), vault.feed_id)


def _read_topics(folder: Path) -> tuple[tuple[Topic, ...], tuple[Mistake, ...]]:
    try:
        files = {str(p): p.read_text(encoding="utf-8") for p in sorted(folder.glob("*.yaml"))}
    except (OSError, UnicodeDecodeError) as error:
        mistake = Mistake(
            f"A topic file cannot be read ({type(error).__name__}).",
            "Topic files are readable UTF-8 text.",
            at=str(folder),
        )
        return (), (mistake,)
    if not files:
        mistake = Mistake(
            "There is no topic file in this folder.",
            "Set topics to a folder of .yaml files, or leave it out for the shipped ones.",
            at=str(folder),
        )
        return (), (mistake,)
    return read_topics(files)


def _read_watches(
    declared: Sequence[DeclaredWatch], topics: Sequence[Topic]
) -> tuple[tuple[tuple[Destination, str], ...], list[Mistake]]:
    watches: list[tuple[Destination, str]] = []
    mistakes: list[Mistake] = []
    for watch in declared:
        place = Destination(watch.platform, watch.workspace, watch.channel)
        try:
            query = parse_query(watch.query, [topic.name for topic in topics])
        except Mistake as mistake:
            mistakes.append(Mistake(mistake.message, mistake.hint, at=watch.at))
        else:
            watches.append((place, str(query)))
    return tuple(watches), mistakes
