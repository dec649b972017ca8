"""Thin adapters from wirewatch's public functions to what the benchmarks expect."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from random import Random

import discord
from discord.http import Route

from bot.chat.discord.sink import DiscordSink, one_try
from bot.feeds.parse import parse
from bot.feeds.quick_parse import quick_parse
from bot.matching.index import Index
from bot.matching.query import All, Either, Phrase, Query, Word
from bot.matching.words import Passage
from bot.model.delivery import Bulletin, Line, Mention, Sent
from bot.model.feed import Item, Items
from bot.model.watch import Destination, Platform
from bot.stories.sketches import LEAD, OF_ALL, OF_FRONT, Sketches, sketch
from bot.stories.words import first_words

GivenQuery = Mapping[str, Sequence[Sequence[str]] | Sequence[str]]
"""``{"all": [[term, …], …], "not": [term, …]}``: an AND of ORs, less exclusions."""


class Matcher:
    """The index of `bot.matching` under the benchmark's query format."""

    def __init__(self, queries: Sequence[GivenQuery]) -> None:
        self._index = Index()
        for number, query in enumerate(queries):
            self.add(number, query)

    def add(self, number: int, query: GivenQuery) -> None:
        self._index.add(_tree(query), number)

    def match(self, text: str) -> list[int]:
        answered = self._index.answered(Passage(text), ())
        return [number for standing in answered for number in standing.askers]


def matcher(queries: Sequence[GivenQuery]) -> Matcher:
    return Matcher(queries)


def _tree(given: GivenQuery) -> Query:
    groups = tuple(_either(tuple(_term(term) for term in group)) for group in given["all"])
    excluded = tuple(_term(str(term)) for term in given["not"])
    return groups[0] if len(groups) == 1 and not excluded else All(groups, excluded)


def _either(terms: tuple[Word | Phrase, ...]) -> Query:
    return terms[0] if len(terms) == 1 else Either(terms)


def _term(term: str) -> Word | Phrase:
    words = tuple(term.split())
    return Word(words[0]) if len(words) == 1 else Phrase(words)


class NearDuplicates:
    """The index of `bot.stories.copies`; what it finds is not compared word by word here."""

    LIKELY = 4
    """Runs in common, of a sketch's twelve."""

    def __init__(self) -> None:
        self._sketches = Sketches()
        self._asked: tuple[str, tuple[int, ...]] = ("", ())

    def add(self, text_id: int, text: str | tuple[int, ...]) -> None:
        """A text, or a sketch that was made up to fill a large window."""
        asked, its_sketch = self._asked
        if asked != text:
            its_sketch = text if isinstance(text, tuple) else _sketch(text)
        self._sketches.add(str(text_id), its_sketch)

    def random(self, chance: Random) -> tuple[int, ...]:
        return tuple(chance.getrandbits(64) - 2**63 for _ in range(OF_FRONT + OF_ALL))

    def query(self, text: str) -> list[int]:
        """A text that is asked for and then added is sketched once, as in the product."""
        self._asked = (text, _sketch(text))
        alike = self._sketches.alike(self._asked[1])
        return [int(text_id) for text_id, common in alike.items() if common >= self.LIKELY]


def near_duplicates() -> NearDuplicates:
    return NearDuplicates()


def _sketch(text: str) -> tuple[int, ...]:
    return sketch(first_words(text, LEAD))


@asynccontextmanager
async def discord_sender(base_url: str) -> AsyncIterator[Callable[[str], Awaitable[None]]]:
    """Posts through `DiscordSink`, rendering and nonce included."""
    Route.BASE = base_url + "/api/v10"
    numbers = count()
    now = datetime(2026, 1, 1, tzinfo=UTC)
    here = Destination(Platform.DISCORD, "1100000000000000001", "1100000000000000000")
    async with discord.Client(
        intents=discord.Intents(guilds=True), max_messages=None, http_trace=one_try()
    ) as client:
        # The benchmark's server answers no login.
        await client.http.static_login("x.y.z")
        client._connection.user = discord.ClientUser(
            state=client._connection,
            data={
                "id": 1,
                "username": "w",
                "discriminator": "0",
                "avatar": None,
                "global_name": None,
            },
        )
        sink = DiscordSink(client)

        async def send(text: str) -> None:
            link = "http://127.0.0.1/x"
            bulletin = Bulletin(
                story_id="s",
                headline="Central bank raises rates",
                link=link,
                lines=(Line(text, "Gazette", link),),
                counts=(),
                mentions=(Mention("Gazette", link, now, copy=False),),
                publishers=1,
                opened_at=now,
                changed_at=now,
            )
            outcome = await sink.post(here, bulletin, "rates", f"bench{next(numbers)}")
            assert isinstance(outcome, Sent), outcome

        yield send


def read_quickly(body: bytes) -> Sequence[Item]:
    """By the reader that stands before feedparser; an error where it leaves the feed to that."""
    items = quick_parse(body, "https://farm.example/feed.xml", None)
    if items is None:
        raise ValueError("left to feedparser")
    return items.items


def parse_bytes(body: bytes) -> Sequence[Item]:
    reading = parse(body, "http://127.0.0.1/feed.xml", "application/xml; charset=utf-8")
    return reading.items if isinstance(reading, Items) else ()
