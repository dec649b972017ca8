"""A bulletin, or an answer, as Slack blocks.

No block here holds mrkdwn. Text from outside stands in ``plain_text`` and in the text elements of
``rich_text``, where Slack reads no markup at all: ``*``, ``_``, ``~``, backticks, ``<!channel>``
and ``:smile:`` stay the characters they are, with nothing slipped in between to break them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any
from urllib.parse import urlsplit

from bot.chat.text import clean, counted, size
from bot.commands.vocabulary import Reply
from bot.model.delivery import Bulletin, Count, Line, Mention

Block = dict[str, Any]
"""One block, or one element of a block, as Slack's JSON has it."""

HEADER = 150
TEXT = 3000
NAME = 75
SENTENCE = 600
LINK = 1000
MESSAGE = 12_000
"""All blocks together, as JSON. Slack refuses longer ones with msg_blocks_too_long, and does not
say how it counts: https://github.com/slackapi/bolt-js/issues/2509"""


def render(bulletin: Bulletin, because: str, key: str) -> tuple[list[Block], str]:
    """The blocks, and the text for notifications and screen readers.

    `key` becomes the first block's id: by it the message is known again.
    """
    for most in (12, 6, 3, 1):
        blocks = _blocks(bulletin, because, key, most)
        if size(json.dumps(blocks, ensure_ascii=False)) <= MESSAGE:
            break
    return blocks, _notification(bulletin)


def render_reply(reply: Reply) -> tuple[list[Block], str]:
    """An answer to a command, in one block, and its text."""
    rows = "\n".join(clean(row) for row in (reply.text, *reply.lines)).strip() or "…"
    return [{"type": "section", "text": _plain(rows, TEXT)}], escape(fit(rows, TEXT))


def escape(text: str) -> str:
    """Slack's three control characters, and no others."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """What a person typed, of what Slack made of it."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def fit(text: str, limit: int) -> str:
    """Cut at a word, with an ellipsis, so that it keeps within the limit even when escaped."""
    if size(escape(text)) <= limit:
        return text
    costs = accumulate(size(escape(char)) for char in text[:limit])
    head = text[: sum(cost < limit for cost in costs)]  # and one more for the ellipsis
    words = head.rpartition(" ")[0]
    return (words if len(words) > len(head) // 2 else head).rstrip() + "…"


def _blocks(bulletin: Bulletin, because: str, key: str, most: int) -> list[Block]:
    """The message, with at most so many lines, figures and outlets."""
    headline = clean(bulletin.headline) or "(no headline)"
    return [
        {"type": "header", "block_id": key, "text": _plain(headline, HEADER)},
        *_news(bulletin),
        *_lines(bulletin.lines[:most]),
        *_counts(bulletin.counts[:most], most),
        *_outlets(bulletin, most),
        {
            "type": "context",
            "elements": [_plain(f"Why here: {clean(because)}", SENTENCE)],
        },
    ]


def _news(bulletin: Bulletin) -> list[Block]:
    if not bulletin.news:
        return []
    when = [_text("Update, ", bold=True), _date(bulletin.changed_at), _text(": ", bold=True)]
    return [_rich(_section(*when, _text(_sentence(bulletin.news))))]


def _lines(lines: Sequence[Line]) -> list[Block]:
    told = [
        (_text(f"{_sentence(line.text)} — "), _outlet(line.outlet, line.link)) for line in lines
    ]
    return [_rich(_bullets(told))] if told else []


def _counts(counts: Sequence[Count], most: int) -> list[Block]:
    told = []
    for count in counts:
        place = f" ({_name(count.place)})" if count.place else ""
        said_by = ", ".join(_name(outlet) for outlet in count.outlets[:most])
        row = [
            _text(f"{_name(count.label)}: {_name(count.value)}", bold=True),
            _text(f"{place} — {said_by}{_and_more(len(count.outlets) - most)}"),
        ]
        if count.at is not None:
            row += [_text(", "), _date(count.at)]
        told.append(row)
    return [_rich(_bullets(told))] if told else []


def _outlets(bulletin: Bulletin, most: int) -> list[Block]:
    if not bulletin.mentions:
        return []
    own: dict[str, Mention] = {}
    copies: dict[str, Mention] = {}
    for mention in bulletin.mentions:
        (copies if mention.copy else own).setdefault(mention.outlet, mention)
    copies = {outlet: mention for outlet, mention in copies.items() if outlet not in own}
    first = bulletin.mentions[0]
    newsrooms = counted(bulletin.publishers, "newsroom")
    outlets = counted(len(own) + len(copies), "outlet")
    told = [
        _text(f"{newsrooms} · {outlets}", bold=True),
        _text("\nFirst: "),
        _outlet(first.outlet, first.link or bulletin.link),
        _text(", "),
        _date(first.told_at),
        *_row("\nAlso: ", [m for outlet, m in own.items() if outlet != first.outlet], most),
        *_row("\nCopies: ", [m for outlet, m in copies.items() if outlet != first.outlet], most),
    ]
    return [_rich(_section(*told))]


def _row(title: str, mentions: Sequence[Mention], most: int) -> list[Block]:
    if not mentions:
        return []
    row: list[Block] = []
    for mention in mentions[:most]:
        row += [_text(", " if row else title), _outlet(mention.outlet, mention.link)]
    more = _and_more(len(mentions) - most)
    return [*row, _text(more)] if more else row


def _notification(bulletin: Bulletin) -> str:
    rows = (
        bulletin.headline,
        bulletin.news or "",
        *(f"{line.text} ({line.outlet})" for line in bulletin.lines),
    )
    shown = [row for row in map(clean, rows) if row]
    return escape(fit("\n".join(shown), TEXT)) or "(no headline)"


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": escape(fit(text, limit)), "emoji": False}


def _rich(*elements: Block) -> Block:
    return {"type": "rich_text", "elements": list(elements)}


def _section(*elements: Block) -> Block:
    return {"type": "rich_text_section", "elements": list(elements)}


def _bullets(rows: Iterable[Iterable[Block]]) -> Block:
    items = [_section(*row) for row in rows]
    return {"type": "rich_text_list", "style": "bullet", "elements": items}


def _text(text: str, *, bold: bool = False) -> Block:
    element: Block = {"type": "text", "text": text}
    return {**element, "style": {"bold": True}} if bold else element


def _outlet(outlet: str, link: str | None) -> Block:
    name = _name(outlet)
    if link is not None and _followable(link):
        return {"type": "link", "url": link, "text": name}
    return _text(name)


def _date(at: datetime) -> Block:
    """Each reader sees it in their own zone."""
    return {
        "type": "date",
        "timestamp": int(at.timestamp()),
        "format": "{date_short_pretty} {time}",
        "fallback": at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def _sentence(text: str) -> str:
    return fit(clean(text), SENTENCE) or "…"


def _name(text: str) -> str:
    return fit(clean(text), NAME) or "?"


def _and_more(count: int) -> str:
    return f" and {count} more" if count > 0 else ""


def _followable(link: str) -> bool:
    """Whether it may be linked: http(s), with a host that is what it seems, and no markup in it."""
    if link != clean(link) or size(link) > LINK or any(char in link for char in ' |<>"\\`'):
        return False
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
