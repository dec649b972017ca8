"""How every platform names who tells a story: newsrooms with their lag, and outlets that add none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.model.delivery import Mention


@dataclass(frozen=True, slots=True)
class Told:
    """The mentions of a bulletin, each outlet once."""

    firsts: tuple[Mention, ...]
    """Each newsroom's first print, first one first."""
    same_text: tuple[Mention, ...]
    """Of the other outlets, those that print what another did."""
    same_newsroom: tuple[Mention, ...]
    """And those with another text of a newsroom that is named already."""


def told_by(mentions: Sequence[Mention]) -> Told:
    firsts: dict[str, Mention] = {}
    for mention in mentions:
        firsts.setdefault((mention.publisher or mention.outlet).casefold(), mention)
    named = {mention.outlet for mention in firsts.values()}
    others: dict[str, Mention] = {}
    for mention in sorted(mentions, key=lambda each: each.copy):
        if mention.outlet not in named:
            others.setdefault(mention.outlet, mention)
    return Told(
        firsts=tuple(firsts.values()),
        same_text=tuple(mention for mention in others.values() if mention.copy),
        same_newsroom=tuple(mention for mention in others.values() if not mention.copy),
    )


def credited(mention: Mention) -> str:
    """The newsroom to name beside the outlet; empty where the outlet's own name says it."""
    words = set(mention.publisher.casefold().split())
    return "" if words <= set(mention.outlet.casefold().split()) else mention.publisher


def lag(behind: timedelta) -> str:
    """As ``+35 min``, ``+1 h 25 min`` and ``+2 d 3 h``."""
    hours, minutes = divmod(max(0, int(behind.total_seconds())) // 60, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"+{days} d {hours} h" if hours else f"+{days} d"
    if hours:
        return f"+{hours} h {minutes} min" if minutes else f"+{hours} h"
    return f"+{minutes} min"
