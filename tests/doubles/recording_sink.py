"""A channel in memory: what a reader would see, and faults to order."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.model.delivery import (
    Absent,
    Bulletin,
    Finding,
    Found,
    Later,
    Outcome,
    Receipt,
    Refused,
    Sent,
    Unread,
    Unsure,
)
from bot.model.watch import Destination


@dataclass
class Shown:
    """One message, and every wording it has had."""

    id: str
    nonce: str
    wordings: list[Bulletin] = field(default_factory=list)

    @property
    def headline(self) -> str:
        return self.wordings[-1].headline

    @property
    def edits(self) -> int:
        return len(self.wordings) - 1


class RecordingSink:
    """`replays`: how long a repeated nonce gives the first message; `readable`: its history."""

    def __init__(self, replays: timedelta = timedelta(0), readable: bool = True) -> None:
        self.channels: defaultdict[Destination, list[Shown]] = defaultdict(list)
        self.outcomes: list[Outcome | Exception] = []
        """What the next calls give instead of the truth; `Sent` and `Unsure` arrive all the same."""
        self.slow: dict[Destination, asyncio.Event] = {}
        """A call to this channel waits for the event."""
        self.waiting = 0
        """Calls that have come to a slow channel."""
        self.unread: Unread | None = None
        """What reading any channel gives, for now."""
        self.unfindable: Destination | None = None
        """Reading this channel meets a bug."""
        self._replays = replays
        self._readable = readable

    async def post(
        self, destination: Destination, bulletin: Bulletin, because: str, nonce: str
    ) -> Outcome:
        if (event := self.slow.get(destination)) is not None:
            self.waiting += 1
            await event.wait()
        match self._next():
            case Later() | Refused() as outcome:
                return outcome
            case Unsure() as outcome:
                self._make(destination, bulletin, nonce)
                return outcome
            case Exception() as error:
                raise error
            case _:
                return Sent(self._make(destination, bulletin, nonce))

    async def edit(self, receipt: Receipt, bulletin: Bulletin, because: str) -> Outcome:
        match self._next():
            case None:
                pass
            case Exception() as error:
                raise error
            case outcome:
                return outcome
        for shown in self.channels[receipt.destination]:
            if shown.id == receipt.message_id:
                shown.wordings.append(bulletin)
                return Sent(shown.id)
        return Refused("There is no such message.", gone=True)

    async def find(self, destination: Destination, nonce: str, since: datetime) -> Finding:
        if destination == self.unfindable:
            raise KeyError("a bug")
        if self.unread is not None:
            return self.unread
        if not self._readable:
            return Unread("Its history may not be read.", again=False)
        for shown in self.channels[destination]:
            if shown.nonce == nonce:
                return Found(shown.id)
        return Absent()

    def replays_until(self, first_attempt_at: datetime) -> datetime:
        return first_attempt_at + self._replays

    def _next(self) -> Outcome | Exception | None:
        return self.outcomes.pop(0) if self.outcomes else None

    def _make(self, destination: Destination, bulletin: Bulletin, nonce: str) -> str:
        messages = self.channels[destination]
        for shown in messages:
            if shown.nonce == nonce and self._replays:
                return shown.id
        messages.append(Shown(f"m{len(messages) + 1}", nonce, [bulletin]))
        return messages[-1].id
