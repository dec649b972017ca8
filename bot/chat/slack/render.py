"""A bulletin, or an answer, as Slack blocks.

No block here holds mrkdwn. Text from outside stands in ``plain_text`` and in the text elements of
``rich_text``, where Slack reads no markup at all: ``*``, ``_``, ``~``, backticks, ``<!channel>``
and ``:smile:`` stay the characters they are, with nothing slipped in between to break them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import accumulate, groupby
from typing import Any
from urllib.parse import urlsplit

from bot.chat.tellers import credited, lag, told_by
from bot.chat.text import clean, counted, size
from bot.commands.vocabulary import File, Reply
from bot.model.delivery import Bulletin, Count, Earlier, Line, Mention

Block = dict[str, Any]
"""One block, or one element of a block, as Slack's JSON has it."""

MOVED = "Told on in another post"
ONE_STORY = "The two turned out to be one story."
HEADER = 150
TEXT = 3000
NAME = 75
SENTENCE = 600
LINK = 1000
PAGES = 3
"""Blocks of `TEXT` in one answer."""
FILE_MESSAGES = 4
"""Slack takes five answers to a command, and the first of them is words."""
MESSAGE = 12_000
"""All blocks together, as JSON. Slack refuses longer ones with msg_blocks_too_long, and does not
say how it counts: https://github.com/slackapi/bolt-js/issues/2509"""


def render(bulletin: Bulletin, because: str, key: str) -> tuple[list[Block], str]:
    """The blocks, and the text for notifications and screen readers.

    `key` becomes the first block's id: by it the message is known again.
    """
    for most in (16, 8, 4, 1) if bulletin.notice else (12, 6, 3, 1):
        blocks = _blocks(bulletin, because, key, most)
        if size(json.dumps(blocks, ensure_ascii=False)) <= MESSAGE:
            break
    return blocks, _notification(bulletin)


def render_reply(reply: Reply) -> tuple[list[Block], str]:
    """An answer to a command, as far as one message holds it, and its text."""
    pages = _pages(clean(row) for row in (reply.text, *reply.lines))
    shown = pages[:PAGES]
    if len(pages) > PAGES:
        missing = sum(page.count("\n") + 1 for page in pages[PAGES:])
        shown.append(f"… and {missing} more lines.")
    return _sections(shown)


def render_file(file: File) -> list[tuple[list[Block], str]]:
    """A text file as answers to copy it from: nobody else sees them, as they would an upload."""
    pages = _pages(file.text.splitlines())
    if len(pages) > PAGES * FILE_MESSAGES:
        return [_sections(["It is longer than Slack shows. Whoever runs wirewatch can export it."])]
    return [_sections(pages[at : at + PAGES]) for at in range(0, len(pages), PAGES)]


def _pages(lines: Iterable[str]) -> list[str]:
    """Whole lines together, as many as one block holds."""
    pages: list[str] = []
    for line in filter(str.strip, lines):
        if pages and _sent_as(pages[-1]) + _sent_as("\n") + _sent_as(line) <= TEXT:
            pages[-1] += f"\n{line}"
        else:
            pages.append(line)
    return pages or ["…"]


def _sent_as(text: str) -> int:
    """What it takes of the room that all blocks of a message have: quotes are sent as two."""
    return size(json.dumps(escape(text), ensure_ascii=False)) - 2


def _sections(pages: Sequence[str]) -> tuple[list[Block], str]:
    blocks: list[Block] = [
        {"type": "section", "text": _plain(page, TEXT if _sent_as(page) <= TEXT else TEXT // 2)}
        for page in pages
    ]
    return blocks, escape(fit(pages[0], TEXT))


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
    told = [
        *_news(bulletin),
        *_lines(bulletin.lines, most),
        *_follows(bulletin.follows),
        *_counts(bulletin.counts[:most], most),
        *_outlets(bulletin, most),
    ]
    if bulletin.moved_to is not None:
        headline = MOVED
        moved = [_text(_sentence(bulletin.moved_to.headline), bold=True), _text(f"\n{ONE_STORY}")]
        told = [_rich(_section(*moved))]
    footer = [_plain(f"Why here: {clean(because)}", SENTENCE)]
    if not bulletin.notice:
        footer.append(_plain(f"story {bulletin.story_id}", NAME))
    return [
        {"type": "header", "block_id": key, "text": _plain(headline, HEADER)},
        *told,
        {"type": "context", "elements": footer},
    ]


def _news(bulletin: Bulletin) -> list[Block]:
    if not bulletin.news:
        return []
    when = [_text("Update, ", bold=True), _date(bulletin.changed_at), _text(": ", bold=True)]
    return [_rich(_section(*when, _text(_sentence(bulletin.news))))]


def _lines(lines: Sequence[Line], most: int) -> list[Block]:
    """A list of what outlets say; what nobody is named for stands by itself."""
    told = [
        _bullets(map(_said, group))
        if has_outlet
        else _section(_text("\n".join(_sentence(line.text) for line in group)))
        for has_outlet, group in groupby(lines[:most], key=lambda line: bool(line.outlet))
    ]
    if more := _and_more(len(lines) - most):
        told.append(_section(_text(f"…{more}")))
    return [_rich(*told)] if told else []


def _said(line: Line) -> tuple[Block, Block]:
    return _text(f"{_sentence(line.text)} — "), _outlet(line.outlet, line.link)


def _follows(earlier: Earlier | None) -> list[Block]:
    if earlier is None:
        return []
    told = [
        _text("Follows: ", bold=True),
        _text(f"{_sentence(earlier.headline)} — "),
        _linked("first report", earlier.link),
        _text(", "),
        _date(earlier.told_at),
    ]
    return [_rich(_section(*told))]


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
    told = told_by(bulletin.mentions)
    newsrooms = counted(bulletin.publishers, "newsroom")
    outlets = counted(len({mention.outlet for mention in bulletin.mentions}), "outlet")
    row = [
        _text(f"{newsrooms} · {outlets}", bold=True),
        *_newsrooms(told.firsts, most),
        *_row("\nSame text: ", told.same_text, most),
        *_row("\nSame newsroom: ", told.same_newsroom, most),
    ]
    return [_rich(_section(*row))]


def _newsrooms(firsts: Sequence[Mention], most: int) -> list[Block]:
    """The first one with its time, the others with how long they were behind it."""
    first, *others = firsts
    row = [_text("\nFirst: "), *_teller(first), _text(", "), _date(first.told_at)]
    for each in others[:most]:
        row += [_text(" · "), *_teller(each), _text(f" {lag(each.told_at - first.told_at)}")]
    more = _and_more(len(others) - most)
    return [*row, _text(more)] if more else row


def _teller(mention: Mention) -> list[Block]:
    outlet = _outlet(mention.outlet, mention.link)
    return [outlet, _text(f" ({_name(name)})")] if (name := credited(mention)) else [outlet]


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
        f"{MOVED}: {bulletin.moved_to.headline}" if bulletin.moved_to else bulletin.headline,
        bulletin.news or "",
        *(f"{line.text} ({line.outlet})" if line.outlet else line.text for line in bulletin.lines),
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
    return _linked(_name(outlet), link)


def _linked(name: str, link: str | None) -> Block:
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
