"""How long a server asks us to stay away (RFC 9110, 9111), read from the headers of its answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=\"?(\d{1,9})")


def fresh_for(headers: Mapping[str, str]) -> timedelta | None:
    """For how long the answer holds, by Cache-Control or, without it, Expires. None: not said."""
    control = headers.get("Cache-Control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return None
    if match := _MAX_AGE.search(control):
        age = headers.get("Age", "")
        spent = int(age[:9]) if age.isdecimal() else 0
        return timedelta(seconds=max(int(match[1]) - spent, 0)) or None
    return _until(headers.get("Expires"), headers)


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    text = headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return timedelta(seconds=int(text[:9]))
    return _until(text, headers)


def _until(date: str | None, headers: Mapping[str, str]) -> timedelta | None:
    """How long until `date` by the server's own clock, which need not agree with ours."""
    then, sent = _http_date(date), _http_date(headers.get("Date"))
    if then is None or sent is None or then <= sent:
        return None
    return then - sent


def _http_date(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo is not None else None
