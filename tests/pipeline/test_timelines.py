"""Busy days as they came in: the stories, posts and edits that a careful reader would make of them.

Each file of ``tests/data/timelines`` has an ``about`` (and why, where it could be doubted) and

``watch``    what the channel asked for; by default it is told of everything
``entries``  in the order in which we saw them:
             ``id``; the same once more is a revision;
             ``at``, when we saw it; a time alone is of the same day as the entry before;
             ``dated``, when its outlet says it was told, where that is another time;
             ``outlet``, ``title``, ``text``, ``language``;
             ``publisher``, the newsroom behind the outlet, where it is not the outlet itself
``stories``  each a list of entries, or what is to be said of it besides:
             ``tells``, its entries;
             ``follows``, the first entry of the story that it goes on from; by default ``none``;
             where readers would differ, a list of what is right;
             ``copies``, each with the entry that it repeats; by default none;
             ``posts``, by default one; ``edits``; ``said``, the news that each edit told;
             ``publishers``; ``headline``, as it stands in the end
``pointers`` posts that only lead to another, by default none
``wrong``    why it comes out otherwise so far; then the test fails when it comes out right
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import ndiff
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.entries.read import read
from bot.matching.topics import read_topics
from bot.matching.words import words
from bot.model.feed import Feed, Item, Items
from bot.model.story import Story
from bot.model.watch import Destination, Platform
from bot.pipeline.dispatch import Dispatch
from bot.pipeline.placing import Placing
from bot.storage.unit import Storage
from tests.doubles.recording_sink import RecordingSink, Shown

TESTS = Path(__file__).resolve().parents[1]
TIMELINES = sorted((TESTS / "data/timelines").glob("*.yaml"))
SHIPPED = TESTS.parent / "config/topics"
TOPICS, _ = read_topics({str(p): p.read_text() for p in SHIPPED.glob("*.yaml")})
CHANNEL = Destination(Platform.DISCORD, "guild", "desk")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

Row = dict[str, Any]
"""What a file says of one entry or one story."""


@dataclass
class Desk:
    """A channel on a database, and the time there."""

    storage: Storage
    sink: RecordingSink = field(default_factory=RecordingSink)
    clock: datetime = LONG_AGO
    names: dict[str, str] = field(default_factory=dict)
    """What the file calls the entries, by their ids."""
    first_told: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.placing = Placing(self.storage, TOPICS, self.now, "test")
        self.dispatch = Dispatch(self.storage, {Platform.DISCORD: self.sink}, self.now, "test")

    def now(self) -> datetime:
        return self.clock

    async def open(self, feeds: Sequence[Feed], queries: Iterable[str]) -> None:
        """Everybody's feeds, and what the channel asks for."""
        async with self.storage.begin() as unit:
            await unit.feeds.sync(feeds, self.clock)
            for query in queries:
                await unit.watches.add(CHANNEL, query, "u1", self.clock)

    async def hear(self, row: Row) -> None:
        """One feed tells one entry, and what was planned of it is sent."""
        self.clock = _time(row["at"], self.clock)
        await self.placing.close_stale()
        told_at = _time(row["dated"], self.clock) if "dated" in row else self.clock
        told_at = self.first_told.setdefault(row["id"], told_at)
        item = Item(row["id"], None, row["title"], row.get("text", ""), told_at)
        feed = _feed(row)
        entries = read(Items((item,)), feed, self.clock)
        self.names |= {entry.id: row["id"] for entry in entries}
        await self.placing.take(feed, entries, self.clock, announce=True)
        await self.dispatch.drain()

    async def stories(self) -> list[Story]:
        """Open or closed, in the order in which their first entries came."""
        async with self.storage.read() as unit:
            found = [story for story in await unit.stories.recent(LONG_AGO) if story.tellings]
        came = list(self.names)
        return sorted(found, key=lambda s: min(came.index(entry.id) for entry in s.entries))

    def posts(self, story: Story) -> list[Shown]:
        """Those that tell the story now."""
        return [
            shown
            for shown in self.sink.channels[CHANNEL]
            if shown.wordings[-1].story_id == story.id and shown.wordings[-1].moved_to is None
        ]

    def pointers(self) -> int:
        shown = self.sink.channels[CHANNEL]
        return sum(each.wordings[-1].moved_to is not None for each in shown)

    def told(self, story: Story, stories: Sequence[Story]) -> Row:
        """What a file may say of `story`, one of `stories`."""
        posts = self.posts(story)
        wordings = posts[0].wordings if posts else []
        earlier = [each for each in stories if each.id == story.follows]
        return {
            "tells": self._named(story.entry_ids),
            "follows": self._named(earlier[0].entry_ids)[0]
            if earlier
            else str(story.follows).lower(),
            "copies": {
                self.names[telling.entry.id]: self.names[telling.copy_of]
                for telling in story.tellings
                if telling.copy_of is not None
            },
            "posts": len(posts),
            "edits": len(wordings[1:]),
            "said": [wording.news for wording in wordings[1:] if wording.news is not None],
            "publishers": list(story.publishers),
            "headline": wordings[-1].headline if wordings else None,
        }

    def _named(self, entry_ids: Collection[str]) -> list[str]:
        """In the order in which they came."""
        return [name for entry_id, name in self.names.items() if entry_id in entry_ids]

    async def why(self) -> str:
        """The reason for each placement."""
        async with self.storage.read() as unit:
            stories = await unit.stories.recent(LONG_AGO)
            changes = [change for s in stories for change in await unit.stories.changes(s.id)]
        return "\n".join(
            f"{change.at:%d %H:%M} {self.names.get(change.entry_id or '')} {change.turn}:"
            f" {change.because.words} ({change.because.score:.3f})"
            for change in sorted(changes, key=lambda change: change.at)
        )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", TIMELINES, ids=lambda path: path.stem)
async def test_timeline(path: Path, storage: Storage) -> None:
    timeline = _read(path)
    rows = timeline["entries"]
    desk = Desk(storage)
    queries = [timeline["watch"]] if "watch" in timeline else map(_headline, rows)
    await desk.open([*{row["outlet"]: _feed(row) for row in rows}.values()], queries)
    for row in rows:
        await desk.hear(row)

    wanted = [_with_defaults(story) for story in timeline["stories"]]
    stated = {story["tells"][0]: story for story in wanted}
    stories = await desk.stories()
    told = [desk.told(story, stories) for story in stories]
    found = [_as_far_as_stated(row, stated.get(row["tells"][0], DEFAULTS)) for row in told]
    pointers = int(timeline.get("pointers", 0))
    if (found, desk.pointers()) != (wanted, pointers):
        if "wrong" in timeline:
            pytest.xfail(timeline["wrong"])
        difference = ndiff(_lines(wanted, pointers), _lines(found, desk.pointers()))
        text = "\n".join((timeline["about"], "", *difference, "", await desk.why()))
        pytest.fail(text, pytrace=False)
    assert "wrong" not in timeline, "It comes out right now."


DEFAULTS: Row = {"follows": "none", "copies": {}, "posts": 1}
"""What is expected where a file does not say otherwise."""


def _read(path: Path) -> Row:
    # Every scalar is a text to this loader, so that times need no quotes.
    timeline: Row = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    return timeline


def _feed(row: Row) -> Feed:
    outlet = row["outlet"]
    return Feed(
        id=outlet,
        url=f"https://{outlet.replace(' ', '-')}.example/rss",
        outlet=outlet,
        publisher=row.get("publisher") or outlet,
        language=row.get("language"),
    )


def _with_defaults(story: list[str] | Row) -> Row:
    row: Row = {"tells": story} if isinstance(story, list) else story
    return DEFAULTS | row | {name: int(row[name]) for name in ("posts", "edits") if name in row}


def _as_far_as_stated(told: Row, wanted: Row) -> Row:
    shown = {name: told[name] for name in told if name == "tells" or name in wanted}
    if isinstance(right := wanted["follows"], list) and told["follows"] in right:
        shown["follows"] = right
    return shown


def _lines(stories: Sequence[Row], pointers: int) -> list[str]:
    told = [*stories, {"pointers": pointers}]
    return [
        line for row in told for line in ("", *(f"{name}: {row[name]}" for name in sorted(row)))
    ]


def _headline(row: Row) -> str:
    """A query that this entry answers."""
    return f'"{" ".join(words(row["title"])[:4])}"'


def _time(text: str, before: datetime) -> datetime:
    day = text if " " in text else f"{before:%Y-%m-%d} {text}"
    return datetime.strptime(day, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
