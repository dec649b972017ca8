"""How often somebody may do what makes us ask other people's servers: else we were a port scanner.

Counted in memory: a restart forgets it, and each process counts for itself.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.commands.vocabulary import Caller
from bot.model.errors import Mistake
from bot.model.watch import Platform

FARTHEST = timedelta(days=1)
"""No use is booked for later than this."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` uses by one name in any stretch of time as long as `within`."""

    most: int
    within: timedelta
    _used: OrderedDict[str, deque[datetime]] = field(default_factory=OrderedDict)
    """By name, the times of the last `most` uses; who used it last stands last."""

    def next_free(self, name: str, now: datetime) -> datetime:
        used = self._used.get(name)
        if used is None or len(used) < self.most:
            return now
        return max(now, used[0] + self.within)

    def use(self, name: str, at: datetime, now: datetime) -> None:
        self._used.setdefault(name, deque(maxlen=self.most)).append(at)
        self._used.move_to_end(name)
        self._forget(now)

    def _forget(self, now: datetime) -> None:
        while self._used:
            name = next(iter(self._used))
            if self._used[name][-1] + self.within > now:
                return
            del self._used[name]


@dataclass(frozen=True, slots=True)
class Allowance:
    """For each person, and for all of a workspace together; the operator has no limit."""

    person: Limit
    workspace: Limit

    def spend(self, caller: Caller, now: datetime) -> None:
        """Raises `Mistake` with how long to wait."""
        at = self._next(caller, now)
        if at > now:
            minutes = -((now - at) // timedelta(minutes=1))
            raise Mistake(
                "That is as much as may be asked of other sites for now.",
                f"Try again in {minutes} minute{'' if minutes == 1 else 's'}.",
            )
        self._use(caller, at, now)

    def book(self, caller: Caller, now: datetime) -> datetime | None:
        """The first moment at which it may be done, now taken; None where that is too far away."""
        at = self._next(caller, now)
        if at > now + FARTHEST:
            return None
        self._use(caller, at, now)
        return at

    def _next(self, caller: Caller, now: datetime) -> datetime:
        if caller.destination.platform is Platform.CONSOLE:
            return now
        person, workspace = _names(caller)
        return max(self.person.next_free(person, now), self.workspace.next_free(workspace, now))

    def _use(self, caller: Caller, at: datetime, now: datetime) -> None:
        person, workspace = _names(caller)
        self.person.use(person, at, now)
        self.workspace.use(workspace, at, now)


def _names(caller: Caller) -> tuple[str, str]:
    place = caller.destination
    return f"{place.platform} {caller.user}", f"{place.platform} {place.workspace}"
