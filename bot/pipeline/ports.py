"""The two edges of the pipeline that have more than one answer."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.model.delivery import Bulletin, Finding, Outcome, Receipt
from bot.model.feed import Feed, FetchResult, Polling
from bot.model.watch import Destination


class Fetcher(Protocol):
    async def fetch(self, feed: Feed, polling: Polling) -> FetchResult:
        """One conditional request; what other people's servers do is a value, never an error."""
        ...


class Sink(Protocol):
    async def post(
        self, destination: Destination, bulletin: Bulletin, because: str, nonce: str
    ) -> Outcome:
        """Make one message. Where the platform allows, the same nonce makes no second one."""
        ...

    async def edit(self, receipt: Receipt, bulletin: Bulletin, because: str) -> Outcome:
        """Bring the message that the receipt names up to date; a second time changes nothing."""
        ...

    async def find(self, destination: Destination, nonce: str, since: datetime) -> Finding:
        """Look whether a message made under this nonce stands in the channel's history."""
        ...

    def replays_until(self, first_attempt_at: datetime) -> datetime:
        """Until when repeating a post under its nonce is known to make no second message."""
        ...
