"""Takes tickets from the outbox, says them, and records what became of it.

Order is kept within a channel, and channels do not wait for each other. A ticket is committed as
``sending`` before any byte goes out, and its result is recorded under the fence of its lease.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import assert_never

import structlog

from bot.model.delivery import Later, Outcome, Refused, Sent, Ticket, TicketKind, Unsure
from bot.model.errors import LeaseLost
from bot.model.watch import Destination, Platform
from bot.pipeline.lanes import Lanes
from bot.pipeline.ports import Sink
from bot.storage.unit import Storage

log = structlog.get_logger()

CALL = timedelta(seconds=25)
"""The longest that a sink may take over one call."""
LEASE = timedelta(seconds=60)
"""Of a channel and its ticket; longer than two calls."""


class Dispatch:
    """One deliverer; several may share an outbox."""

    def __init__(
        self,
        storage: Storage,
        sinks: Mapping[Platform, Sink],
        clock: Callable[[], datetime],
        owner: str,
    ) -> None:
        self._storage = storage
        self._sinks = sinks
        self._clock = clock
        self._owner = owner
        self.lanes = Lanes[Destination]("deliver")
        self._stopping = False

    async def wake(self) -> None:
        """Start a lane for each channel that has something due; return without waiting for it."""
        async with self._storage.read() as unit:
            channels = await unit.outbox.due_channels(self._clock())
        for channel in channels:
            if channel.platform in self._sinks and channel not in self.lanes:
                self.lanes.start(channel, self._drain(channel))

    async def stop(self, grace: float) -> None:
        """Begin nothing more; what is being said may end within `grace` seconds."""
        self._stopping = True
        await self.lanes.stop(grace)

    async def drain(self) -> None:
        """Say everything that is due now, and return when it is said or put off."""
        await self.wake()
        await self.lanes.idle()

    async def deliver(self, ticket: Ticket) -> Outcome | None:
        """Say a claimed ticket and record what became of it; None when its lease was lost.

        Nothing is said that could arrive after the lease: by then another may have said it.
        """
        if ticket.lease_until is None or self._clock() + CALL > ticket.lease_until:
            outcome: Outcome = Later("Too little of the lease was left.", timedelta(0))
        else:
            outcome = await self._say(ticket)
        try:
            async with self._storage.begin() as unit:
                await unit.outbox.settle(ticket, outcome, self._clock())
        except LeaseLost:
            log.warning("lease lost", ticket=ticket.id, outcome=type(outcome).__name__)
            return None
        _log(ticket, outcome)
        return outcome

    async def _drain(self, channel: Destination) -> None:
        while not self._stopping:
            async with self._storage.begin() as unit:
                ticket = await unit.outbox.claim(channel, self._owner, LEASE, self._clock())
            if ticket is None or await self.deliver(ticket) is None:
                return

    async def _say(self, ticket: Ticket) -> Outcome:
        sink = self._sinks.get(ticket.destination.platform)
        if sink is None:
            return Later("The platform is not connected.", CALL)
        try:
            match ticket.kind:
                case TicketKind.POST:
                    return await sink.post(
                        ticket.destination, ticket.bulletin, ticket.because, ticket.delivery_key
                    )
                case TicketKind.EDIT if ticket.receipt is not None:
                    return await sink.edit(ticket.receipt, ticket.bulletin, ticket.because)
                case _:
                    return Refused("The post that this edit belongs to was never made.", gone=True)
        except Exception as error:
            # A bug in a sink is one ticket's trouble; whether bytes went out is not known.
            log.exception("sink failed", ticket=ticket.id)
            return Unsure(f"{type(error).__name__} inside wirewatch")


def _log(ticket: Ticket, outcome: Outcome) -> None:
    fields = {"ticket": ticket.id, "story": ticket.story_id, "kind": ticket.kind}
    match outcome:
        case Sent(message_id):
            log.info("sent", message=message_id, **fields)
        case Later(reason, after):
            log.info("put off", reason=reason, seconds=after.total_seconds(), **fields)
        case Refused(reason):
            log.warning("refused", reason=reason, **fields)
        case Unsure(reason):
            log.warning("unsure", reason=reason, **fields)
        case _:
            assert_never(outcome)
