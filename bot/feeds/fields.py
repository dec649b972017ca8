"""What the raw texts of a feed's fields mean, whichever reader found them."""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

MOST_ITEMS = 5_000
"""Of one feed; the first ones are kept."""

_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML forbids and references such as ``&#0;`` smuggle in; PostgreSQL stores no NUL."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def text(value: object) -> str:
    """`value` without surrounding space and without what is no text; empty where it is no string."""
    return _NOT_TEXT.sub("", value).strip() if isinstance(value, str) else ""


def fullest(texts: Iterable[str]) -> str:
    """The longest text, the first of equals; empty where there is none."""
    return max(texts, key=len, default="")


def absolute(link: str, url: str) -> str | None:
    """`link` as found at `url`, where that makes a web address."""
    try:
        whole = urljoin(url, link) if link else ""
        return whole if urlsplit(whole).scheme in ("http", "https") else None
    except ValueError:
        return None


def moment(parts: time.struct_time | None) -> datetime | None:
    """The time of a UTC `parts`; None for the zero dates of programs and what no calendar holds."""
    if parts is None or not 1970 <= parts.tm_year <= 2100:
        return None
    return datetime.fromtimestamp(calendar.timegm(parts), UTC)


def language(text: str) -> str | None:
    """BCP 47, or None where it does not look like it."""
    return text if _LANGUAGE.fullmatch(text) else None


def ask_every(ttl: str, period: str, frequency: str) -> timedelta | None:
    """How often to ask, by ``ttl`` (minutes) or else ``sy:updatePeriod`` and its frequency."""
    if ttl.isdecimal() and int(ttl[:7]) > 0:
        return timedelta(minutes=int(ttl[:7]))
    length = _PERIODS.get(period.lower())
    if length is None:
        return None
    return length / max(int(frequency[:7]), 1) if frequency.isdecimal() else length


def skip_hours(body: bytes) -> frozenset[int]:
    """0 to 23, UTC; the 24 of the oldest feeds is midnight."""
    hours = (int(text) for text in _listed(body, b"skipHours", b"hour") if text.isdigit())
    return frozenset(hour % 24 for hour in hours if hour <= 24)


def skip_days(body: bytes) -> frozenset[int]:
    """0 (Monday) to 6."""
    days = (text.decode("ascii", "replace").lower() for text in _listed(body, b"skipDays", b"day"))
    return frozenset(_DAYS.index(day) for day in days if day in _DAYS)


def _listed(body: bytes, name: bytes, each: bytes) -> list[bytes]:
    """The short texts of the elements `each` in the first element `name`.

    feedparser keeps the last of them only.
    """
    start = body.find(b"<%b>" % name)
    end = body.find(b"</%b>" % name, start, start + 2_000)
    if start < 0 or end < 0:
        return []
    return re.findall(rb"<%b>\s*(\w{1,9})\s*</%b>" % (each, each), body[start:end])
