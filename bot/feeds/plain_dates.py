"""The usual forms of a feed's dates, read fast."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta


class UnusualDate(ValueError):
    """A date that other readers may make sense of."""


_RFC822 = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? +)?(\d{1,2}) +([A-Z][a-z]{2})[a-z]* +(\d{4})"
    r" +(\d{1,2}):(\d\d)(?::(\d\d))? +(?:GMT|UTC?|Z|([+-])(\d\d):?(\d\d))"
)
_W3C = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,6})?)?(?:Z|([+-])(\d\d):(\d\d))?)?"
)
# fmt: off
_MONTHS = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6,
    "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
}
# fmt: on


def plain_moment(text: str) -> datetime:
    """The time of an RFC 822 or W3C date; raises `UnusualDate` for any other."""
    if found := _W3C.fullmatch(text):
        year, month, day, hour, minute, second, sign, hours, minutes = found.groups("0")
    elif found := _RFC822.fullmatch(text):
        day, name, year, hour, minute, second, sign, hours, minutes = found.groups("0")
        month = str(_MONTHS.get(name, 0))
    else:
        raise UnusualDate(text)
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC
        )
    except ValueError as error:
        raise UnusualDate(text) from error
    if not 1970 < moment.year < 2100:
        raise UnusualDate(text)
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return moment - offset if sign == "+" else moment + offset
