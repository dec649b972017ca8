"""What an answer without a feed says: what kind of trouble it is, in words for people."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from bot.feeds.freshness import retry_after
from bot.model.feed import Trouble, Unreachable

_TROUBLES = {
    401: Trouble.BLOCKED,
    402: Trouble.BLOCKED,
    403: Trouble.BLOCKED,
    404: Trouble.GONE,
    408: Trouble.SLOW,
    410: Trouble.GONE,
    429: Trouble.BUSY,
    451: Trouble.BLOCKED,
    503: Trouble.BUSY,
    504: Trouble.SLOW,
    522: Trouble.SLOW,  # these two are Cloudflare's: the server behind it kept silent
    524: Trouble.SLOW,
}

_WALL_HEADERS = ("cf-mitigated", "x-amzn-waf-action")
"""Set on the answers that stand in for a page where a robot was suspected."""
_WALL_PAGES = (
    b"<title>Just a moment...</title>",  # Cloudflare
    b"<title>Attention Required! | Cloudflare</title>",
    b"_cf_chl_opt",
    b"_Incapsula_Resource",
    b"DDoS-Guard",
    b"captcha-delivery.com",  # DataDome
    b"px-captcha",  # HUMAN
)
PAGE_START = 32_768
"""Bytes of a refusal that are worth a look."""


def may_be_wall(status: int, headers: Mapping[str, str]) -> bool:
    """Whether the page tells more than the status does."""
    return status in (403, 405, 429, 503) and "html" in headers.get("Content-Type", "").lower()


def is_walled(headers: Mapping[str, str], page: bytes = b"") -> bool:
    return any(name in headers for name in _WALL_HEADERS) or any(
        mark in page for mark in _WALL_PAGES
    )


def refusal(status: int, headers: Mapping[str, str], page: bytes = b"") -> Unreachable:
    """`page` is the start of the body, where `may_be_wall`."""
    if is_walled(headers, page):
        return Unreachable(
            f"A wall against robots answered {_named(status)}.",
            status,
            retry_after(headers),
            Trouble.BLOCKED,
        )
    return Unreachable(
        f"It answered {_named(status)}.",
        status,
        retry_after(headers),
        _TROUBLES.get(status, Trouble.DOWN),
    )


def _named(status: int) -> str:
    try:
        return f"{status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return str(status)
