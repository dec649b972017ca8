"""The demo's clock: a day that passes in seconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime


class DayClock:
    """Tells the time of the demo's day. It stands at `begin` until started, and runs on past `end`."""

    def __init__(
        self, begin: datetime, end: datetime, seconds: float, ticks: Callable[[], float]
    ) -> None:
        """`seconds`: how long the day takes; `ticks`: real seconds from any origin."""
        self._begin = begin
        self._pace = (end - begin) / seconds
        self._ticks = ticks
        self._origin: float | None = None

    def start(self) -> None:
        """Let the day pass; it must stand until each feed's first, silent reading is done."""
        self._origin = self._ticks()

    def __call__(self) -> datetime:
        if self._origin is None:
            return self._begin
        return self._begin + self._pace * (self._ticks() - self._origin)
