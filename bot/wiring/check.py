"""Looks for every mistake an operator can mend, and starts nothing."""

from __future__ import annotations

import asyncio
import pyexpat
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from bot.feeds.catalogue import feed_lines
from bot.feeds.parse_pool import ParsePool
from bot.feeds.reader import FeedReader
from bot.matching.match import Watches
from bot.matching.topics import Topic
from bot.model.errors import Mistake
from bot.model.feed import Document, Feed, Polling, Trouble, Unreachable, Unreadable
from bot.model.watch import Platform
from bot.storage.unit import Storage
from bot.storage.vault import Vault
from bot.wiring.build import DECLARED, PARSERS, database, fetcher, read_sources
from bot.wiring.chats import token_mistakes
from bot.wiring.settings import DeclaredWatch, Settings
from bot.wiring.web import web_mistakes

SOUND_EXPAT = (2, 7, 5)
"""Older ones have known holes, and what they read comes from strangers."""


def notes() -> Iterator[str]:
    """What is no mistake of the operator's, and worth knowing."""
    if pyexpat.version_info < SOUND_EXPAT:
        yield (
            f"Note: XML is read by {pyexpat.EXPAT_VERSION}, and holes in it were mended up to "
            f"{'.'.join(map(str, SOUND_EXPAT))}. Keep Python, or the system's expat, up to date; "
            "some systems mend it without a new number."
        )


async def find_mistakes(settings: Settings) -> tuple[Mistake, ...]:
    """In the files, the tokens, the database and the feeds themselves, which are all asked once."""
    sources = read_sources(settings)
    tokens, database, feeds = await asyncio.gather(
        _refused_tokens(settings),
        _database(settings, sources.topics),
        _feeds(settings, sources.feeds),
    )
    return (
        *sources.mistakes,
        *_no_ids(settings.watch),
        *token_mistakes(settings),
        *web_mistakes(settings),
        *tokens,
        *database,
        *feeds,
    )


_IDS = {
    Platform.DISCORD: (
        re.compile(r"\d{15,20}"),
        re.compile(r"\d{15,20}"),
        "Copy both ids from the menus of the server and the channel, in Developer Mode.",
    ),
    Platform.SLACK: (
        re.compile(r"[TE][A-Z0-9]+"),
        re.compile(r"[CDG][A-Z0-9]+"),
        "The workspace's id begins with T, the channel's with C, D or G; its details show it.",
    ),
}


def _no_ids(watches: Iterable[DeclaredWatch]) -> Iterator[Mistake]:
    """Watches whose place is a name, which no message would ever reach."""
    for watch in watches:
        if watch.platform not in _IDS:
            continue
        workspace, channel, hint = _IDS[watch.platform]
        for word, pattern, value in (
            ("workspace", workspace, watch.workspace),
            ("channel", channel, watch.channel),
        ):
            if not pattern.fullmatch(value):
                yield Mistake(f'"{value}" is no id of a {word}.', hint, at=watch.at)


async def _refused_tokens(settings: Settings) -> list[Mistake]:
    mistakes: list[Mistake] = []
    if settings.discord.token:
        from bot.chat.discord.client import check_token

        try:
            await check_token(settings.discord.token.get_secret_value(), settings.discord.api_url)
        except Mistake as mistake:
            mistakes.append(mistake)
    if settings.slack.bot_token and settings.slack.app_token:
        from bot.chat.slack.app import check_tokens

        try:
            await check_tokens(
                settings.slack.bot_token.get_secret_value(),
                settings.slack.app_token.get_secret_value(),
                settings.slack.api_url,
            )
        except Mistake as mistake:
            mistakes.append(mistake)
    return mistakes


async def _database(settings: Settings, topics: Sequence[Topic]) -> list[Mistake]:
    try:
        storage = database(settings)
    except Mistake as mistake:
        return [mistake]
    try:
        if not await storage.exists():
            return []
        await storage.refuse_newer()
        return await _unusable(storage, topics)
    except Mistake as mistake:
        return [mistake]
    finally:
        await storage.dispose()


async def _unusable(storage: Storage, topics: Sequence[Topic]) -> list[Mistake]:
    """Feeds and watches asked for by command of which nothing comes any more."""
    try:
        await storage.check()
    except Mistake:
        return []  # an older database, which the service will bring up to date
    async with storage.read() as unit:
        watches = await unit.watches.all()
        feeds = await unit.feeds.all()
    locked = [
        Mistake(
            f"The address of feed {feed.id} cannot be opened: its key is missing.",
            "Put the key it was sealed with behind the first in secret_key, or remove the feed.",
            at=feed.outlet,
        )
        for feed, _ in feeds
        if feed.locked
    ]
    return locked + [
        Mistake(
            f"Watch {watch.id} tells its channel nothing: {mistake.message}",
            mistake.hint,
            at=f"{watch.destination.platform} {watch.destination.channel}",
        )
        for watch, mistake in Watches(watches, topics).broken
        if watch.created_by != DECLARED
    ]


async def _feeds(settings: Settings, feeds: tuple[Feed, ...]) -> list[Mistake]:
    async with fetcher(settings) as http, ParsePool(workers=PARSERS) as pool:
        reader = FeedReader(pool)

        async def failure(feed: Feed) -> Unreachable | Unreadable | None:
            never_polled = Polling(feed.id, datetime.min.replace(tzinfo=UTC))
            result = await http.fetch(feed, never_polled)
            if isinstance(result, Unreachable):
                return result
            if isinstance(result, Document):
                reading = await reader.read(result)
                return reading if isinstance(reading, Unreadable) else None
            return None

        failures = await asyncio.gather(*map(failure, feeds))
    if not any(failures):
        return []
    if len(feeds) > 1 and all(map(_is_out_of_reach, failures)):
        return [
            Mistake(
                f"None of the {len(feeds)} feeds can be reached.",
                "Look at this machine's network, its name server and its firewall; feeds in private "
                "networks are read where feeds.allow_addresses has them.",
                at=str(settings.feeds.file),
            )
        ]
    text = settings.feeds.file.read_text(encoding="utf-8")
    lines = feed_lines(text, Vault(settings.secret_keys).feed_id)
    return [
        Mistake(
            f"{feed.outlet}: {failed.reason}",
            "Mend or remove its address; a private one is read where feeds.allow_addresses has it.",
            at=f"{settings.feeds.file}:{lines[feed.id]}",
        )
        for feed, failed in zip(feeds, failures, strict=True)
        if failed is not None
    ]


def _is_out_of_reach(failure: Unreachable | Unreadable | None) -> bool:
    """No server answered at all."""
    return (
        isinstance(failure, Unreachable)
        and failure.status is None
        and failure.trouble in (Trouble.DOWN, Trouble.SLOW)
    )
