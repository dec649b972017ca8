"""How fast recorded entries are replayed in one process, start-up left out.

    python -m tests.bench.replay_rate FOLDER --entries 20000

replays the news of FOLDER's ``*.jsonl`` files again and again, each time with later dates and other
rare words, so that none repeats another. It prints the CPU seconds (user and system) in which the
first and the last thousand entries were read and placed, and how many entries a second it did in all.
With ``--open 100000``, so many entries are told in the time for which a story stays open, and as many
are replayed before those that are measured.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.matching.match import Watches
from bot.matching.topics import read_topics
from bot.model.entry import Entry
from bot.pipeline.replay import write_replay
from bot.stories.lifecycle import OPEN_FOR
from bot.wiring.memory import settle

Row = dict[str, Any]

TOPICS = Path(__file__).parents[2] / "config/topics"
START = datetime(2021, 1, 1, tzinfo=UTC)
EVERY = timedelta(minutes=20)
"""Between two entries of which no time is known."""
PAUSE = timedelta(days=60)
"""Between one repetition and the next: no story is open for so long."""
COMMON = 2_000
"""Words that stay as they are, the most frequent ones. Figures and topics are told in them."""
THOUSAND = 1_000

_WORD = re.compile(r"[^\W\d_]{3,}")


def recorded(folder: Path) -> list[tuple[timedelta, Row]]:
    """The labelled news in order of time, counted from the first of its file."""
    timed: list[tuple[timedelta, Row]] = []
    for path in sorted(folder.glob("*.jsonl")):
        rows = [row for line in path.read_text("utf-8").splitlines() for row in _news(line)]
        times = [_time(row, n) for n, row in enumerate(rows)]
        timed += ((told - min(times), row) for told, row in zip(times, rows, strict=True))
    return sorted(timed, key=lambda pair: pair[0])


def _news(line: str) -> list[Row]:
    match json.loads(line):
        case {"a": one, "b": other}:
            return [one, other]
        case {"articles": articles}:
            return list(articles)
        case row:
            return [row]


def _time(row: Row, number: int) -> datetime:
    if "published" in row:
        return datetime.fromisoformat(row["published"])
    return START + number * EVERY


def repeated(news: Sequence[tuple[timedelta, Row]], open_at_once: int | None) -> Iterator[str]:
    """The lines of a recording without an end."""
    said = Counter(word.lower() for _, row in news for word in _WORD.findall(_text(row)))
    rare = sorted(word for word, _ in said.most_common()[COMMON:])
    lasts = news[-1][0] + PAUSE
    numbers = count()
    for repetition in count():
        other = dict(zip(rare, random.Random(repetition).sample(rare, len(rare)), strict=True))
        for after, row in news:
            number = next(numbers)
            told = (
                START + repetition * lasts + after
                if open_at_once is None
                else START + number * OPEN_FOR / open_at_once
            )
            line = {
                "id": str(number),
                "title": _in_other_words(row["title"], other),
                "text": _in_other_words(row["text"], other),
                "published": told.isoformat(),
                "outlet": row.get("source") or f"Outlet {number % 50}",
                "link": f"https://news.example/{number}",
            }
            yield json.dumps(line, ensure_ascii=False)


def _text(row: Row) -> str:
    return f"{row['title']} {row['text']}"


def _in_other_words(text: str, other: Mapping[str, str]) -> str:
    def exchanged(found: re.Match[str]) -> str:
        word = found[0]
        new = other.get(word.lower(), word.lower())
        if word.isupper():
            return new.upper()
        return new.capitalize() if word[0].isupper() else new

    return _WORD.sub(exchanged, text)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--entries", type=int, default=20_000)
    asked.add_argument("--open", type=int)
    given = asked.parse_args()

    files = {str(path): path.read_text("utf-8") for path in TOPICS.glob("*.yaml")}
    watches = Watches((), read_topics(files)[0])
    before = given.open or 0
    number = before + given.entries
    placed_at: list[float] = []

    def topics_of(entry: Entry) -> Mapping[str, str]:
        topics = watches.topics_of(entry)
        placed_at.append(time.process_time())
        return topics

    with TemporaryDirectory() as made:
        source, entries, stories = (Path(made) / name for name in ("in", "entries", "stories"))
        lines = islice(repeated(recorded(given.folder), given.open), number)
        source.write_text("\n".join(lines), "utf-8")
        begun = time.process_time()
        settle()  # as the command does
        write_replay(source, entries, stories, topics_of)
        ended = time.process_time()

    times = [begun, *placed_at]
    placing = times[-1] - times[before]
    told = (ended - times[-1]) * given.entries / number
    first, last = times[before + THOUSAND] - times[before], times[-1] - times[-1 - THOUSAND]
    print(f"placing: {first:.2f} s for the first thousand, {last:.2f} s for the last")  # noqa: T201
    print(f"all: {given.entries / (placing + told):,.0f} entries a second")  # noqa: T201


if __name__ == "__main__":
    main()
