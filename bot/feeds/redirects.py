"""Where a redirect leads, and what goes along."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from bot.model.feed import Trouble, Unreachable

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
SAME_METHOD = frozenset({307, 308})
"""The ones after which a form is sent once more."""


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
