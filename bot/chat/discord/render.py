"""A bulletin as one Discord embed, a reply as messages; no text from outside can ping or link."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from datetime import datetime
from urllib.parse import quote, urlsplit, urlunsplit

import discord

from bot.chat.tellers import credited, lag, told_by
from bot.chat.text import clean as visible
from bot.chat.text import counted, size
from bot.commands.vocabulary import Reply
from bot.model.delivery import Bulletin, Count, Earlier, Line, Mention, MovedTo
from bot.model.watch import Destination

# Parts of one embed, in UTF-16 units, which are never fewer than code points. Discord allows 256,
# 4096, 1024 a field value and 2048; the sum of all, field names included, stays under its 6000.
TITLE = 256
DESCRIPTION = 2800
ALONE = 4096  # a description that no field follows
FIELD = 1024
FOOTER = 512

SENTENCE = 600
NAME = 80
URL = 500
OUTLETS = 200
"""Of one list of names."""
MESSAGE = 2000
MESSAGES = 5
"""More than this for one answer is a flood, and is cut with a word on how much is missing."""

INVITE = re.compile(
    r"(?:https?://)?(?:www\.|ptb\.|canary\.)?"
    r"(?:discord\.gg|discord(?:app)?\.com/invite|dsc\.gg)/\S+",
    re.IGNORECASE,
)
# The server looks for mentions before any markup is read: for an at sign a backslash would not do.
PLAIN = str.maketrans({mark: f"\\{mark}" for mark in "\\*_~`|<>[]#"} | {"@": "@\u200b"})
LIST_ITEM = re.compile(r"\d+(?=[.)](?:\s|$))|(?=[-+])")


def embed(bulletin: Bulletin, because: str, nonce: str, destination: Destination) -> discord.Embed:
    """The whole post; equal arguments give an equal embed."""
    shown = _pointer(bulletin.moved_to, destination) if bulletin.moved_to else _told(bulletin)
    story = "" if bulletin.notice else f" · story {bulletin.story_id}"
    marker = f"{story} · {mark(nonce)}"
    reason = fit(clean(because), FOOTER - size(marker), _uncalled)
    return shown.set_footer(text=reason + marker)


def _told(bulletin: Bulletin) -> discord.Embed:
    shown = discord.Embed(
        title=fit(clean(bulletin.headline), TITLE, escape) or "…",
        url=safe_url(bulletin.link),
        description=_description(bulletin) or None,
        colour=discord.Colour.light_grey() if bulletin.notice else None,
    )
    if bulletin.counts:
        shown.add_field(name="Figures", value=_figures(bulletin.counts), inline=False)
    if bulletin.mentions:
        shown.add_field(name=_tally(bulletin), value=_outlets(bulletin), inline=False)
    return shown


def _pointer(moved_to: MovedTo, destination: Destination) -> discord.Embed:
    """In place of the post of a story that another post in the same channel took over."""
    title = "Told on in another post: "
    where = (destination.workspace, destination.channel, moved_to.message_id)
    return discord.Embed(
        title=title + fit(clean(moved_to.headline), TITLE - size(title), escape),
        url="https://discord.com/channels/{}/{}/{}".format(*where) if moved_to.message_id else None,
        description="The two turned out to be one story.",
        colour=discord.Colour.light_grey(),
    )


def mark(nonce: str) -> str:
    """What a post made under this nonce is known again by; the end of its footer."""
    return f"ww·{nonce[:8]}"


def messages(reply: Reply) -> list[str]:
    """An answer as message texts, each within Discord's limit."""
    rows = [row for part in (reply.text, *reply.lines) for row in part.splitlines()]
    texts: list[str] = []
    for shown, row in enumerate(rows):
        line = fit(clean(row), MESSAGE - 100, escape)
        if texts and size(texts[-1]) + 1 + size(line) <= MESSAGE - 100:
            texts[-1] += "\n" + line
        elif len(texts) < MESSAGES:
            texts.append(line)
        else:
            texts[-1] += f"\n… and {len(rows) - shown} more lines."
            break
    return [text for text in texts if text.strip()] or ["Done."]


def clean(text: str) -> str:
    """One line of visible text that invites nobody to another server."""
    return " ".join(INVITE.sub("", visible(text)).split())


def escape(text: str) -> str:
    """Clean text with nothing left that Discord reads as markup, a link or a mention.

    discord.py's own `escape_markdown` leaves ``<@&1>``, ``<t:0:R>``, ``</cmd:1>`` and bare links.
    """
    text = text.translate(PLAIN).replace("://", r"\://")
    if item := LIST_ITEM.match(text):
        return f"{item[0]}\\{text[item.end() :]}"
    return text


def _uncalled(text: str) -> str:
    """For places where markup is not read."""
    return text.replace("@", "@\u200b")


def fit(text: str, limit: int, written: Callable[[str], str]) -> str:
    """`text` as `written` writes it, cut at a word where that is longer than `limit`."""
    whole = written(text)
    if size(whole) <= limit:
        return whole
    words = text.split(" ")

    def by_words(count: int) -> str:
        return written(" ".join(words[:count])) + "…"

    def by_characters(count: int) -> str:
        return written(text[:count]) + "…"

    count = bisect_left(range(len(words)), True, key=lambda n: size(by_words(n + 1)) > limit)
    if count:
        return by_words(count)
    count = bisect_left(range(len(text)), True, key=lambda n: size(by_characters(n + 1)) > limit)
    return by_characters(count)


def safe_url(url: str | None) -> str | None:
    """An absolute web address that cannot end a Markdown link early; None where it is no such."""
    try:
        parts = urlsplit(url or "")
        host = parts.netloc.encode("idna").decode()
        path, query, fragment = (
            quote(part, safe="/%:@!$&'*+,;=?~-._")
            for part in (parts.path, parts.query, parts.fragment)
        )
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not re.fullmatch(r"[A-Za-z0-9.-]+(:\d+)?", host):
        return None
    whole = urlunsplit((parts.scheme, host, path, query, fragment))
    return whole if len(whole) <= URL and not INVITE.search(whole) else None


def _description(bulletin: Bulletin) -> str:
    rows = [_line(line) for line in bulletin.lines]
    if bulletin.news:
        rows.insert(0, f"**New:** {fit(clean(bulletin.news), SENTENCE, escape)}")
    if bulletin.follows:
        rows.append(_follows(bulletin.follows))
    followed = bulletin.counts or bulletin.mentions
    return _as_many(rows, DESCRIPTION if followed else ALONE, "\n")


def _line(line: Line) -> str:
    said = fit(clean(line.text), SENTENCE, escape)
    return f"{said} — {_linked(line.outlet, line.link)}" if line.outlet else said


def _follows(earlier: Earlier) -> str:
    headline = fit(clean(earlier.headline), TITLE, escape) or "…"
    url = safe_url(earlier.link)
    report = f"[first report]({url})" if url else "first report"
    return f"**Follows:** {headline} — {report} {_at(earlier.told_at, 'f')}"


def _figures(counts: tuple[Count, ...]) -> str:
    rows: dict[tuple[str, str | None], list[Count]] = {}
    for count in counts:
        rows.setdefault((count.label, count.place), []).append(count)
    return _as_many((_figure(row) for row in rows.values()), FIELD, "\n")


def _figure(values: list[Count]) -> str:
    latest, *others = values
    label = _name(latest.label)
    place = f" ({_name(latest.place)})" if latest.place else ""
    told = [f"**{label[:1].upper()}{label[1:]}**{place} {_value(latest)}"]
    for other in others:
        before = other.at is not None and latest.at is not None and other.at < latest.at
        told.append(f"{'earlier' if before else 'also'} {_value(other)}")
    return _as_many(told, FIELD, " · ")


def _value(count: Count) -> str:
    outlets = _as_many((_name(outlet) for outlet in count.outlets), OUTLETS, ", ")
    return f"{_name(count.value)} — {outlets}" if outlets else _name(count.value)


def _tally(bulletin: Bulletin) -> str:
    outlets = len({mention.outlet for mention in bulletin.mentions})
    return f"{counted(bulletin.publishers, 'newsroom')} · {counted(outlets, 'outlet')}"


def _outlets(bulletin: Bulletin) -> str:
    """The newsrooms, each with how long it was behind the first; then who adds none."""
    told = told_by(bulletin.mentions)
    first, *others = told.firsts
    tail = ""
    for title, mentions in (("Same text", told.same_text), ("Same newsroom", told.same_newsroom)):
        if mentions:
            names = (_name(mention.outlet) for mention in mentions)
            tail += f"\n{title}: {_as_many(names, OUTLETS, ', ')}"
    if bulletin.changed_at != bulletin.opened_at:
        tail += f"\nLast change {_at(bulletin.changed_at, 'R')}"
    head = f"First: {_mention(first)} {_at(first.told_at, 't')}"
    if lags := [f"{_mention(each)} {lag(each.told_at - first.told_at)}" for each in others]:
        head += " · "
        head += _as_many(lags, FIELD - size(head + tail), " · ")
    return head + tail


def _mention(mention: Mention) -> str:
    linked = _linked(mention.outlet, mention.link)
    return f"{linked} ({_name(name)})" if (name := credited(mention)) else linked


def _linked(outlet: str, link: str | None) -> str:
    """The outlet's name, linking to what it printed; never words of the article as a label."""
    url = safe_url(link)
    return f"[{_name(outlet)}]({url})" if url else _name(outlet)


def _name(text: str) -> str:
    """A few words, never none."""
    return fit(clean(text), NAME, escape) or "?"


def _as_many(parts: Iterable[str], limit: int, between: str) -> str:
    """As many of the parts as fit, whole, and how many were left out."""
    listed = list(parts)
    joined = between.join(listed)
    for kept in reversed(range(len(listed))):
        if size(joined) <= limit:
            break
        joined = between.join([*listed[:kept], f"… {len(listed) - kept} more"])
    return joined


def _at(moment: datetime, style: str) -> str:
    """A time that each reader sees in their own zone, in one of Discord's styles."""
    return f"<t:{int(moment.timestamp())}:{style}>"
