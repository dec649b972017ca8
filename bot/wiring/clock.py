"""The one place that knows what time it is."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)
