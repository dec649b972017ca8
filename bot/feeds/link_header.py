"""The WebSub hub and topic that a server names in ``Link`` headers (RFC 8288)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urljoin

_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)


def hub_and_topic(headers: Iterable[str], url: str) -> tuple[str | None, str | None]:
    """The first of each, absolute as seen from `url`; neither is checked in any other way."""
    found: dict[str, str] = {}
    for header in headers:
        for target, parameters in _LINK.findall(header):
            if (rel := _REL.search(parameters)) is None:
                continue
            for kind in (rel[1] or rel[2] or "").lower().split():
                found.setdefault(kind, target.strip())
    try:
        hub, topic = (
            urljoin(url, found[kind]) if kind in found else None for kind in ("hub", "self")
        )
    except ValueError:
        return None, None
    return hub, topic
