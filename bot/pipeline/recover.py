"""Finds out what became of posts whose answer was never recorded.

A post is repeated under its nonce while the platform is known to answer that with the first
message; after that the channel's history is read. What neither can decide is parked for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from bot.model.delivery import Finding, Ticket, Unread
from bot.model.errors import LeaseLost
from bot.model.watch import Destination, Platform
from bot.pipeline.dispatch import LEASE, Dispatch
from bot.pipeline.lanes import Lanes
from bot.pipeline.ports import Sink
from bot.storage.unit import Storage

log = structlog.get_logger()

HOLD_BACK = timedelta(minutes=5)
"""How long a channel waits for an undecided post before that is parked for a person."""


class Recovery:
    """`read_back_after` an attempt began, its request has landed or never will."""

    def __init__(
        self,
        storage: Storage,
        dispatch: Dispatch,
        sinks: Mapping[Platform, Sink],
        clock: Callable[[], datetime],
        owner: str,
        read_back_after: timedelta,
    ) -> None:
        self._storage = storage
        self._dispatch = dispatch
        self._sinks = sinks
        self._clock = clock
        self._owner = owner
        self._read_back_after = read_back_after
        self.lanes = Lanes[Destination]("recover")

    async def wake(self) -> None:
        """Start a lane for each channel that holds undecided posts; return without waiting."""
        now = self._clock()
        async with self._storage.begin() as unit:
            await unit.outbox.expire_leases(now)
            undecided = await unit.outbox.unknown(now)
        channels: dict[Destination, list[Ticket]] = {}
        for ticket in undecided:
            channels.setdefault(ticket.destination, []).append(ticket)
        for channel, tickets in channels.items():
            if channel.platform in self._sinks and channel not in self.lanes:
                self.lanes.start(channel, self._decide_all(tickets))

    async def _decide_all(self, tickets: Sequence[Ticket]) -> None:
        for ticket in tickets:
            await self._decide(ticket)

    async def _decide(self, ticket: Ticket) -> None:
        if (sink := self._sinks.get(ticket.destination.platform)) is None:
            return
        now = self._clock()
        replay = now < sink.replays_until(ticket.first_attempt_at)
        last_attempt = ticket.last_attempt_at or ticket.first_attempt_at
        if not replay and now < last_attempt + self._read_back_after:
            return
        async with self._storage.begin() as unit:
            claimed = await unit.outbox.claim_unknown(
                ticket.id, self._owner, LEASE, now, replay=replay
            )
        if claimed is None:
            return
        if replay:
            await self._dispatch.deliver(claimed)
            return
        finding = await self._find(sink, ticket)
        doubtful_since = ticket.ambiguous_since or ticket.first_attempt_at
        if isinstance(finding, Unread) and now > doubtful_since + HOLD_BACK:
            finding = Unread(finding.reason, again=False)
        await self._conclude(claimed, finding)

    async def _find(self, sink: Sink, ticket: Ticket) -> Finding:
        try:
            return await sink.find(ticket.destination, ticket.delivery_key, ticket.first_attempt_at)
        except Exception as error:
            # A bug in a sink must not keep a channel waiting for ever.
            log.exception("sink failed", ticket=ticket.id)
            return Unread(f"{type(error).__name__} inside wirewatch", again=True)

    async def _conclude(self, ticket: Ticket, finding: Finding) -> None:
        with suppress(LeaseLost):  # another has decided it meanwhile
            async with self._storage.begin() as unit:
                await unit.outbox.settle_finding(ticket, finding, self._clock())
            log.info("read back", ticket=ticket.id, finding=type(finding).__name__)
