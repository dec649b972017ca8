"""The whole middle over recorded entries: no network, no database, the same output every time.

In, UTF-8, one JSON object a line in order of arrival: ``id``, ``title``, ``text``; optional ``published``
(ISO 8601), ``outlet``, ``link``, ``lang``. Out, one object for each entry and one for each story.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from bot.entries.read import read
from bot.matching.match import VOTES_NEEDED
from bot.model.entry import Entry, New
from bot.model.errors import Mistake
from bot.model.feed import Feed, Item, Items
from bot.model.story import Figure, Story, Turn
from bot.stories.cluster import place
from bot.stories.figures import figures
from bot.stories.lifecycle import OPEN_FOR
from bot.stories.summary import summarise
from bot.stories.window import Window

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""The time of the first entries where they have none."""

LONGEST_LINE = 1 << 20
"""Bytes."""
YEARS = range(1900, 3000)
"""Outside of them no news was published, and times cannot be reckoned with."""

TopicsOf = Callable[[Entry], Mapping[str, str]]
"""The topics that an entry is about: name and reason."""
Row = dict[str, Any]
"""One object of the output, as `json` writes it."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the recorded entries came to."""

    entries: tuple[Row, ...]
    """In order of arrival: id, story, copy_of, topics, why, figures."""
    stories: tuple[Row, ...]
    """In the order in which they opened: story, entries, headline, summary, publishers, topics,
    figures."""


def replay(lines: Iterable[str], topics_of: TopicsOf, source: str = "replay") -> Replayed:
    """Place each recorded entry as if it came in when it was published.

    An entry without a time comes in with the one before it. Raises `Mistake` for a line that cannot
    be read, naming it as a line of `source`.
    """
    window = Window()
    topics: dict[str, Mapping[str, str]] = {}
    stories: dict[str, Story] = {}
    for entry in _recorded(lines, source):
        window.forget(before=entry.seen_at - OPEN_FOR)
        changes = place(New(entry), window)
        window.advance(changes)
        for change in changes:
            stories[change.story.id] = change.story
            match change.turn, change.other:
                case Turn.MERGED, Story(id=gone):
                    del stories[gone]
                case Turn.SPLIT, Story() as other:
                    stories[other.id] = other
        topics[entry.id] = topics_of(entry)
    entry_rows: dict[str, Row] = {}
    story_rows: list[Row] = []
    for story in stories.values():  # each once through: what was read in its entries is remembered
        entry_rows |= {row["id"]: row for row in _entry_rows(story, topics)}
        story_rows.append(_story_row(story, topics))
    return Replayed(
        entries=tuple(entry_rows[entry_id] for entry_id in topics),
        stories=tuple(story_rows),
    )


def write_replay(source: Path, entries: Path, stories: Path, topics_of: TopicsOf) -> None:
    """Replay the file `source` into the files `entries` and `stories`.

    Raises `Mistake` for a line that cannot be read, and for a file.
    """
    try:
        with source.open("rb") as raw:
            replayed = replay(_lines(raw, source.name), topics_of, source.name)
    except OSError as error:
        raise Mistake(
            f"This file cannot be read ({error.strerror}).", "Name a readable file.", str(source)
        ) from error
    _write(entries, replayed.entries)
    _write(stories, replayed.stories)


def _lines(raw: BinaryIO, source: str) -> Iterator[str]:
    for number in count(1):
        line = raw.readline(LONGEST_LINE + 1)
        if not line:
            return
        at = f"{source}:{number}"
        if len(line) > LONGEST_LINE:
            raise Mistake("This line is longer than 1 MiB.", "Each line must be one entry.", at)
        try:
            yield line.decode()
        except UnicodeDecodeError as error:
            raise Mistake("This line is no UTF-8.", "Save the file as UTF-8.", at) from error


def _recorded(lines: Iterable[str], source: str) -> Iterator[Entry]:
    now = BEGINNING
    met: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        at = f"{source}:{number}"
        row = _object(line, at)
        published = _time(row, at)
        now = published or now
        entry = _entry(row, published, now, at)
        if entry.id in met:
            raise Mistake(
                f"The id {entry.id} stands here a second time.", "Each needs its own.", at
            )
        met.add(entry.id)
        yield entry


def _object(line: str, at: str) -> Row:
    try:
        row = _JSON.decode(line)
        if "\\u" in line:  # by which alone half a character can come in
            json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Mistake("Half of a character stands here.", "Write it whole.", at) from error
    except (ValueError, RecursionError) as error:
        raise Mistake(f"This is no JSON ({error}).", "Each line must be one object.", at) from error
    if not isinstance(row, dict):
        raise Mistake("This is no JSON object.", "Each line must be one object.", at)
    for name in ("id", "title", "text"):
        if not isinstance(row.get(name), str):
            raise Mistake(f"“{name}” is missing or no text.", "Every entry needs it.", at)
    for name in ("outlet", "link", "lang", "published"):
        if not isinstance(row.get(name), str | None):
            raise Mistake(f"“{name}” is no text.", "Leave it out where there is none.", at)
    return row


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


_JSON = json.JSONDecoder(parse_constant=_no_number)


def _time(row: Row, at: str) -> datetime | None:
    said = row.get("published")
    if said is None:
        return None
    try:
        time = datetime.fromisoformat(said)
    except ValueError as error:
        hint = "Write it as 2026-01-31T09:00:00Z."
        raise Mistake(f"“published” is no ISO 8601 time: {said}.", hint, at) from error
    if time.year not in YEARS:
        hint = f"Years from {YEARS[0]} to {YEARS[-1]} can be read."
        raise Mistake(f"“published” is no likely time: {said}.", hint, at)
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _entry(row: Row, published: datetime | None, now: datetime, at: str) -> Entry:
    outlet = row.get("outlet") or ""
    feed = Feed(f"replay:{outlet}", "", outlet, outlet, language=row.get("lang"))
    item = Item(row["id"], row.get("link"), row["title"], row["text"], published)
    read_as = read(Items((item,)), feed, now)
    if not read_as:
        raise Mistake("This entry says nothing.", "It needs a title or a text.", at)
    return replace(read_as[0], id=row["id"])


def _entry_rows(story: Story, topics: Mapping[str, Mapping[str, str]]) -> Iterator[Row]:
    for telling in story.tellings:
        why = topics[telling.entry.id]
        yield {
            "id": telling.entry.id,
            "story": story.id,
            "copy_of": telling.copy_of,
            "topics": sorted(why),
            "why": dict(why),
            "figures": [_figure(figure) for figure in figures(telling.entry)],
        }


def _story_row(story: Story, topics: Mapping[str, Mapping[str, str]]) -> Row:
    bulletin = summarise(story)
    own = [telling.entry for telling in story.tellings if telling.copy_of is None]
    return {
        "story": story.id,
        "entries": [entry.id for entry in story.entries],
        "headline": bulletin.headline,
        "summary": " ".join(line.text for line in bulletin.lines),
        "publishers": bulletin.publishers,
        "topics": _voted([topics[entry.id] for entry in own]),
        "figures": [
            {
                "kind": count.label,
                "value": count.value,
                "place": count.place,
                "outlets": count.outlets,
            }
            for count in bulletin.counts
        ],
    }


def _voted(ballots: Sequence[Mapping[str, str]]) -> list[str]:
    votes = Counter(name for ballot in ballots for name in ballot)
    return sorted(name for name, n in votes.items() if n >= VOTES_NEEDED * len(ballots))


def _figure(figure: Figure) -> Row:
    return {
        "kind": figure.kind,
        "value": figure.value,
        "low": figure.low,
        "high": figure.high,
        "place": figure.place,
        "quote": figure.quote,
    }


def _write(path: Path, rows: Iterable[Row]) -> None:
    try:
        with path.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    except OSError as error:
        raise Mistake(
            f"This file cannot be written ({error.strerror}).",
            "Name a file in a folder that can be written to.",
            str(path),
        ) from error
