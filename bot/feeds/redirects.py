"""Where a redirect leads, what goes along, and when it is believed for good."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from bot.model.feed import Feed, Polling, Trouble, Unreachable

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
SAME_METHOD = frozenset({307, 308})
"""The ones after which a form is sent once more."""
MOVES = 3
"""On so many days in a row a permanent redirect must lead to the same place to be believed."""


def next_hop(url: str, location: str | None) -> str | Unreachable:
    """Where a redirect leads. A user and password in it are left out."""
    if location is None:
        return _refused("It redirects to nowhere.")
    old, new = urlsplit(url), urlsplit(urljoin(url, location))
    if new.scheme not in ("http", "https"):
        return _refused("It redirects to an address that is not on the web.")
    if (old.scheme, new.scheme) == ("https", "http"):
        return _refused("It redirects from an encrypted address to an open one.")
    return without_login(new).geturl()


def _refused(reason: str) -> Unreachable:
    return Unreachable(reason, trouble=Trouble.DOWN)


def without_login(parts: SplitResult) -> SplitResult:
    return parts._replace(netloc=parts.netloc.rpartition("@")[2])


def login(parts: SplitResult) -> str | None:
    """The Authorization header for the user and password of an address (RFC 7617)."""
    if "@" not in parts.netloc:
        return None
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return "Basic " + b64encode(pair.encode()).decode()


def same_origin(one: str, other: str) -> bool:
    """Whether a login for `one` may be shown to `other`."""
    a, b = urlsplit(one), urlsplit(other)
    return (a.scheme, without_login(a).netloc) == (b.scheme, without_login(b).netloc)


def moved_times(polling: Polling, moved_to: str | None, now: datetime) -> int:
    """On how many days in a row the feed moved there: one bad hour of a server is one day."""
    if moved_to is None:
        return 0
    if moved_to != polling.moved_to:
        return 1
    last = polling.succeeded_at
    return polling.moved_times + (last is not None and last.date() < now.date())


def moved(feed: Feed, polling: Polling) -> str | None:
    """The address to save in place of the feed's own. None: let it be.

    It was seen on `MOVES` days in a row, and what it gave was readable each time.
    """
    if polling.moved_to is None or polling.moved_times < MOVES:
        return None
    address = new_address(feed.url, polling.moved_to)
    return address if address != feed.url else None


def new_address(old: str, new: str) -> str:
    """Where to ask from now on for what moved from `old` to `new`; `old` where it must not follow.

    A login stays within its origin: what needs one is not moved to another. Nor is what was asked
    for in secret asked for in the open.
    """
    was, now = urlsplit(old), urlsplit(new)
    if was.scheme == "https" and now.scheme != "https":
        return old
    user, at, _ = was.netloc.rpartition("@")
    if at and not same_origin(old, new):
        return old
    return now._replace(netloc=user + at + now.netloc).geturl()
