"""Whose turn it is at each host: few requests at a time, and a gap between their starts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

HOSTS_KEPT = 1000
"""More are remembered only while they are in use or have to be left alone."""


@dataclass(slots=True)
class _Host:
    """Times are seconds of the monotonic clock."""

    slots: asyncio.Semaphore
    users: int = 0
    """Those who have their turn or wait for it."""
    next_start: float = 0.0
    rests_until: float = 0.0
    refused: str = ""
    """The address that was turned away last, and none let in since."""

    def is_idle(self, now: float) -> bool:
        return not self.users and max(self.next_start, self.rests_until) <= now


class Turns:
    """`host_concurrency` and `host_gap` (seconds) hold for each host, `concurrency` for all."""

    def __init__(
        self,
        sleep: Callable[[float], Awaitable[None]],
        monotonic: Callable[[], float],
        *,
        host_concurrency: int,
        host_gap: float,
        concurrency: int,
    ) -> None:
        self._sleep = sleep
        self._monotonic = monotonic
        self._host_concurrency = host_concurrency
        self._host_gap = host_gap
        self._slots = asyncio.Semaphore(concurrency)
        self._hosts: dict[str, _Host] = {}
        self._sweep_at = HOSTS_KEPT

    def __len__(self) -> int:
        """How many hosts are remembered."""
        return len(self._hosts)

    @asynccontextmanager
    async def at(self, name: str) -> AsyncIterator[None]:
        """Wait for a turn at the host; it lasts as long as the context."""
        host = self._hosts.get(name) or self._new(name)
        host.users += 1
        try:
            async with host.slots:
                now = self._monotonic()
                start = max(now, host.next_start)
                host.next_start = start + self._host_gap
                if start > now:
                    await self._sleep(start - now)
                async with self._slots:
                    yield
        finally:
            host.users -= 1

    def refused(self, name: str, address: str, seconds: float) -> None:
        """The host asked to be left alone. One address may be meant; after a second, all are."""
        host = self._hosts.get(name) or self._new(name)
        if host.refused not in ("", address):
            host.rests_until = max(host.rests_until, self._monotonic() + seconds)
        host.refused = address

    def let_in(self, name: str) -> None:
        """The host answered."""
        if host := self._hosts.get(name):
            host.refused = ""

    def resting(self, name: str) -> float:
        """For how many seconds more the host is to be left alone; 0: it is not."""
        host = self._hosts.get(name)
        if host is None or not host.rests_until:
            return 0.0
        return max(host.rests_until - self._monotonic(), 0.0)

    def _new(self, name: str) -> _Host:
        if len(self._hosts) >= self._sweep_at:
            now = self._monotonic()
            self._hosts = {
                name: host for name, host in self._hosts.items() if not host.is_idle(now)
            }
            # In proportion to what is left, so that a sweep costs each new host the same.
            self._sweep_at = max(HOSTS_KEPT, 2 * len(self._hosts))
        host = self._hosts[name] = _Host(asyncio.Semaphore(self._host_concurrency))
        return host
