"""Finds out what became of posts whose answer was never recorded.

A post is repeated under its nonce while the platform is known to answer that with the first
message; after that the channel's history is read. What neither can decide is parked for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from bot.model.delivery import Finding, Sent, Ticket, Unread
from bot.model.errors import LeaseLost
from bot.model.watch import Platform
from bot.pipeline.dispatch import LEASE, Dispatch
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

    async def run(self) -> int:
        """Look at every undecided post once; how many are decided by it."""
        now = self._clock()
        async with self._storage.begin() as unit:
            await unit.outbox.expire_leases(now)
            undecided = await unit.outbox.unknown(now)
        return sum([await self._decide(ticket) for ticket in undecided])

    async def _decide(self, ticket: Ticket) -> bool:
        sink = self._sinks.get(ticket.destination.platform)
        if sink is None:
            return False
        now = self._clock()
        replay = now < sink.replays_until(ticket.first_attempt_at)
        last_attempt = ticket.last_attempt_at or ticket.first_attempt_at
        if not replay and now < last_attempt + self._read_back_after:
            return False
        async with self._storage.begin() as unit:
            claimed = await unit.outbox.claim_unknown(
                ticket.id, self._owner, LEASE, now, replay=replay
            )
        if claimed is None:
            return False
        if replay:
            return isinstance(await self._dispatch.deliver(claimed), Sent)
        finding = await sink.find(ticket.destination, ticket.delivery_key, ticket.first_attempt_at)
        if isinstance(finding, Unread) and now > last_attempt + HOLD_BACK:
            finding = Unread(finding.reason, again=False)
        return await self._conclude(claimed, finding)

    async def _conclude(self, ticket: Ticket, finding: Finding) -> bool:
        try:
            async with self._storage.begin() as unit:
                await unit.outbox.settle_finding(ticket, finding, self._clock())
        except LeaseLost:
            return False
        log.info("read back", ticket=ticket.id, finding=type(finding).__name__)
        return not (isinstance(finding, Unread) and finding.again)
