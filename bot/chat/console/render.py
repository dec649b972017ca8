"""How a post looks in a terminal: as a panel, as a small one, and in one line.

Everything that came from a feed is cleaned of control characters and placed as `Text`, so that
neither terminal sequences nor rich's markup in it have any effect.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.style import Style
from rich.table import Table
from rich.text import Text

from bot.chat.tellers import credited, lag, told_by
from bot.chat.text import clean, counted
from bot.model.delivery import Bulletin, Count, Earlier, Line, Mention
from bot.model.watch import Destination

_NAMED = 3
"""Outlets named behind a figure; the others are counted."""


@dataclass(frozen=True, slots=True)
class Posted:
    """One message as it stands in the terminal."""

    number: int
    """Its place in the order of posting, from 1."""
    message_id: str
    destination: Destination
    bulletin: Bulletin
    because: str
    edits: int = 0


def as_panel(posted: Posted) -> Panel:
    """The post as a channel would show it."""
    bulletin = posted.bulletin
    if bulletin.moved_to is not None:
        return _framed(posted, [Text(_gist(bulletin))])
    parts: list[RenderableType] = [_line(line) for line in bulletin.lines]
    if bulletin.follows:
        parts.append(_follows(bulletin.follows))
    if bulletin.counts:
        parts.append(Padding(_figures(bulletin.counts), (1, 0, 0, 0)))
    if bulletin.mentions:
        parts.append(Padding(_sources(bulletin), (1, 0, 0, 0)))
    if bulletin.news:
        parts.append(Text.assemble(("New: ", "bold yellow"), clean(bulletin.news)))
    story = "" if bulletin.notice else f" · story {bulletin.story_id}"
    parts.append(Text(f"Why: {clean(posted.because)}{story}", "dim"))
    return _framed(posted, parts)


def as_small_panel(posted: Posted) -> Panel:
    """The same without sentences, sources and reason."""
    return _framed(posted, [Text(_gist(posted.bulletin))])


def as_line(posted: Posted) -> str:
    """The post in one line, for a small window or a log."""
    channel, bulletin = posted.destination.channel, posted.bulletin
    return f"{clean(channel)} {clean(bulletin.headline)} ({_gist(bulletin)})"


def _line(line: Line) -> Text:
    if not line.outlet:
        return Text(clean(line.text))
    return Text.assemble(clean(line.text), " (", _linked(line.outlet, line.link, "dim italic"), ")")


def _follows(earlier: Earlier) -> Text:
    headline = _linked(earlier.headline, earlier.link, "")
    return Text.assemble(
        ("Follows: ", "bold"), headline, (f" {earlier.told_at:%d %b %H:%M}", "dim")
    )


def _framed(posted: Posted, parts: list[RenderableType]) -> Panel:
    headline = _linked(posted.bulletin.headline, posted.bulletin.link, "bold")
    return Panel(
        Group(headline, *parts),
        box=box.ROUNDED,
        title=Text(clean(posted.destination.channel), "bold cyan"),
        title_align="left",
        subtitle=Text(_edits(posted), "dim"),
        subtitle_align="right",
        border_style="cyan" if posted.edits == 0 else "yellow",
        padding=(0, 1),
    )


def _gist(bulletin: Bulletin) -> str:
    if bulletin.moved_to is not None:
        return f"told on in another post: {clean(bulletin.moved_to.headline)}"
    if bulletin.notice:
        return clean(bulletin.lines[0].text) if bulletin.lines else "notice"
    figures = "".join(
        f"; {label} {' or '.join(clean(count.value) for count in counts)}"
        for label, counts in _by_label(bulletin.counts)
    )
    news = f"; new: {clean(bulletin.news)}" if bulletin.news else ""
    return f"{counted(bulletin.publishers, 'newsroom')}{figures}{news}"


def _linked(text: str, link: str | None, style: str) -> Text:
    shown = Text(clean(text), style)
    if link and link.startswith(("https://", "http://")):
        shown.stylize(Style(link=clean(link)))
    return shown


def _figures(counts: tuple[Count, ...]) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", style="cyan", no_wrap=True)
    table.add_column()
    for label, values in _by_label(counts):
        cell = Text(" ≠ " if len(values) > 1 else "").join(_value(count) for count in values)
        table.add_row(label, cell)
    return table


def _by_label(counts: tuple[Count, ...]) -> list[tuple[str, list[Count]]]:
    grouped: dict[str, list[Count]] = {}
    for count in counts:
        label = f"{count.label}, {count.place}" if count.place else count.label
        grouped.setdefault(clean(label), []).append(count)
    return list(grouped.items())


def _value(count: Count) -> Text:
    more = len(count.outlets) - _NAMED
    said = ", ".join(clean(outlet) for outlet in count.outlets[:_NAMED])
    said += f" and {more} more" if more > 0 else ""
    said += f", {count.at:%H:%M}" if count.at else ""
    return Text.assemble((clean(count.value), "bold"), (f" ({said})", "dim"))


def _sources(bulletin: Bulletin) -> Text:
    told = told_by(bulletin.mentions)
    first, *others = told.firsts
    text = Text.assemble(
        (counted(bulletin.publishers, "newsroom"), "green"),
        " · first: ",
        _teller(first),
        (f" {first.told_at:%H:%M}", "dim"),
    )
    for each in others:
        behind = lag(each.told_at - first.told_at)
        text.append_text(Text.assemble(" · ", _teller(each), (f" {behind}", "dim")))
    for title, mentions in (("same text", told.same_text), ("same newsroom", told.same_newsroom)):
        if mentions:
            names = Text(", ").join(_linked(each.outlet, each.link, "") for each in mentions)
            text.append_text(Text.assemble(f"\n{title}: ", names))
    return text


def _teller(mention: Mention) -> Text:
    name = clean(credited(mention))
    return Text.assemble(_linked(mention.outlet, mention.link, ""), f" ({name})" if name else "")


def _edits(posted: Posted) -> str:
    match posted.edits:
        case 0:
            return "posted"
        case 1:
            return "edited once"
        case edits:
            return f"edited {edits} times"
