"""Looks at addresses that people give; what is there, or a `Mistake` that says why it is not."""

from __future__ import annotations

from dataclasses import dataclass

from bot.feeds.discovery import Candidate, Get, NoFeed, Read, discover
from bot.model.errors import Mistake
from bot.model.feed import Document, Items, Unchanged, Unreachable, Unreadable


@dataclass(frozen=True, slots=True)
class Scout:
    """`get` and `read` meet whatever other people's servers do as a value."""

    get: Get
    read: Read

    async def feeds(self, address: str) -> tuple[Candidate, ...]:
        """One or more, of a feed's address or a page's."""
        found = await discover(address, self.get, self.read)
        if isinstance(found, NoFeed):
            raise Mistake(found.reason, found.hint)
        return found

    async def one(self, address: str) -> Candidate:
        found = await self.feeds(address)
        if len(found) > 1:
            raise Mistake(
                f"There are {len(found)} feeds at that address.",
                "Give the address of one: feed find shows them.",
            )
        return found[0]

    async def items(self, url: str) -> Items:
        """What the feed at exactly this address holds."""
        reading = await self.read(await self._document(url))
        if isinstance(reading, Unreadable):
            raise Mistake(reading.reason, "feed find looks for another feed at an address.")
        return reading

    async def body(self, url: str) -> bytes:
        return (await self._document(url)).body

    async def _document(self, url: str) -> Document:
        match await self.get(url):
            case Document() as document:
                return document
            case Unreachable(reason):
                raise Mistake(reason, "Look at the address in a browser.")
            case Unchanged():
                raise Mistake("It answered that nothing changed.", "Try again in a while.")
