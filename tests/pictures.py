"""The README's picture: one post living through three edits, drawn by the code that posts it.

``python -m tests.pictures tests/data/pictures/one_post.svg`` draws it anew.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from bot.chat.console.render import Posted, as_panel
from bot.entries.novelty import recognise
from bot.entries.read import read
from bot.feeds.parse import parse
from bot.matching.match import subjects_of
from bot.matching.topics import read_topics
from bot.model.entry import News, Seen
from bot.model.feed import Items
from bot.model.story import Story, StoryChange
from bot.model.watch import Destination, Platform
from bot.stories.change import describe
from bot.stories.cluster import place
from bot.stories.summary import summarise
from bot.stories.window import Window
from bot.wiring.demo.script import Body, load_newsday

LOOKS = tuple(
    datetime(2020, 11, 17, *clock, tzinfo=UTC) for clock in ((19, 13), (19, 40), (20, 35), (21, 4))
)
"""When the picture's poller asks: the post, and its three edits."""
STORY = "trd-rockets"
TOPICS = Path(__file__).parent.parent / "config" / "topics"
TOPIC = "embassy-attack"
CHANNEL = Destination(Platform.CONSOLE, "demo", "#security-desk")

_WIDTH = 68
_FRAME = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
  <style>
    .{unique_id}-matrix {{
      font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
      font-size: {char_height}px;
      line-height: {line_height}px;
    }}
    .{unique_id}-title {{
      font: bold 18px sans-serif;
    }}
    {styles}
  </style>
  <defs>
    <clipPath id="{unique_id}-clip-terminal">
      <rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
    </clipPath>
    {lines}
  </defs>
  {chrome}
  <g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
    {backgrounds}
    <g class="{unique_id}-matrix">
    {matrix}
    </g>
  </g>
</svg>
"""
"""As rich's own, without its fonts from another site."""


class Newsroom:
    """The middle of wirewatch, polling the demo's feeds at given moments of the day."""

    def __init__(self) -> None:
        self._day = load_newsday()
        self._window = Window()
        self._seen: dict[str, dict[str, Seen]] = {}

    def poll(self, moment: datetime) -> tuple[StoryChange, ...]:
        """Read every feed as it stands at that moment; what has changed since the last poll."""
        changes: list[StoryChange] = []
        answers = self._day.feeds_at(moment)
        for outlet, feed in zip(
            self._day.outlets, self._day.feeds("http://127.0.0.1"), strict=True
        ):
            match answers[outlet.path]:
                case Body(content_type, text):
                    reading = parse(text, feed.url, content_type)
                    assert isinstance(reading, Items)
                    seen = self._seen.setdefault(feed.id, {})
                    news = recognise(read(reading, feed, moment), seen.values()).news
                    seen.update((item.entry.id, _remembered(item)) for item in news)
                    for item in news:
                        made = place(item, self._window)
                        self._window.advance(made)
                        changes += made
                case _:
                    continue
        return tuple(changes)


def _remembered(item: News) -> Seen:
    entry = item.entry
    return Seen(entry.id, frozenset(entry.keys), entry.fingerprint)


def one_post() -> Iterator[tuple[datetime, Posted]]:
    """The post on the rockets as it stands after each look."""
    topics, mistakes = read_topics(
        {str(path): path.read_text("utf-8") for path in TOPICS.glob("*.yaml")}
    )
    assert not mistakes
    newsroom = Newsroom()
    before: Story | None = None
    for edits, moment in enumerate(LOOKS):
        change = [c for c in newsroom.poll(moment) if _is_the_story(c.story)][-1]
        bulletin = summarise(change.story, describe(change, before))
        because = f"{TOPIC}: {subjects_of(change.story, topics)[TOPIC]}"
        yield moment, Posted(1, "1", CHANNEL, bulletin, because, edits)
        before = change.story


def _is_the_story(story: Story) -> bool:
    return any(str(entry.link).endswith(f"/{STORY}") for entry in story.entries)


def draw() -> str:
    """The picture, as SVG."""
    console = Console(
        record=True, width=2 * _WIDTH + 2, file=io.StringIO(), force_terminal=True, _environ={}
    )
    sheet = Table.grid(padding=(0, 2, 1, 0))
    cells = [
        Group(Text(f"{moment:%H:%M}", "bold"), as_panel(posted)) for moment, posted in one_post()
    ]
    sheet.add_column(width=_WIDTH)
    sheet.add_column(width=_WIDTH)
    for left, right in zip(cells[::2], cells[1::2], strict=True):
        sheet.add_row(left, right)
    console.print(sheet)
    return console.export_svg(title="one post, three edits", code_format=_FRAME, unique_id="post")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(draw(), encoding="utf-8")
