"""Learns the table of `bot/stories/weights.py` from labelled news, and shows how well that holds.

    python -m tests.judgement.learn FOLDER              prints the table
    python -m tests.judgement.learn FOLDER --validate   what is learnt from earlier news, on later news,
                                                        and with each kind of evidence left out

FOLDER holds ``stream.jsonl`` and ``agnews_events.jsonl``: entries in order of time, each with the name
of its event. The weights are those of a logistic regression over all pairs told within three days;
how likely two entries must be to be put together is what gives the best groups of the same news.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from statistics import fmean

from bot.entries.read import read
from bot.model.entry import Entry, New
from bot.model.feed import Feed, Item, Items
from bot.model.story import Story, Turn
from bot.stories.cluster import FARTHEST, place
from bot.stories.features import HEADLINE
from bot.stories.lifecycle import OPEN_FOR
from bot.stories.likeness import DAY, Told, told, tolls_agree, tolls_clash
from bot.stories.weights import LEARNT, Weights
from bot.stories.window import Window

Row = tuple[float, ...]
"""Of a pair, the evidence in the order of `EVIDENCE`."""

EVIDENCE = ("unlike", "alike", "headlines_alike", "a_day_apart", "tolls_clash", "tolls_agree")
EVEN = replace(LEARNT, alike=1.0, headlines_alike=1.0)
"""Under these both likenesses are on their own scale."""
NOTHING = 1e-9
"""Stands for no weight where something is divided by it."""
SMALLEST = 0.003
"""Likeness; pairs less alike are of two events, and too many to learn from."""
RIDGE = 0.1
"""Holds weights down of which the news has few cases; each on the scale of its own spread."""
OFFSETS = [step / 8 for step in range(-8, 25)]
"""Added to what the regression says of any two entries, to find which gives the best groups."""
AS_GOOD = 0.002
"""Less than the best mean score, and as good: of such the one that joins most is taken, as one event
told as two stories is what readers mind most."""
AG_BEGAN = datetime(2004, 8, 1, tzinfo=UTC)
AG_A_DAY = 60
"""Rows of that file that are a day."""


@dataclass(frozen=True, slots=True)
class News:
    """Entries in order, and the event of each."""

    entries: tuple[Entry, ...]
    events: tuple[str, ...]

    def part(self, begin: float, end: float) -> News:
        """From and up to these shares of it, 0 to 1."""
        span = slice(round(begin * len(self.entries)), round(end * len(self.entries)))
        return News(self.entries[span], self.events[span])


@dataclass(frozen=True, slots=True)
class Score:
    """F1 of the groups found: by entry, and by pair of entries."""

    bcubed: float
    pairwise: float


def load(folder: Path) -> Mapping[str, News]:
    stream = [json.loads(line) for line in (folder / "stream.jsonl").open(encoding="utf-8")]
    ag = [json.loads(line) for line in (folder / "agnews_events.jsonl").open(encoding="utf-8")]
    return {
        "stream": _news(
            (row, row["source"], datetime.fromisoformat(row["published"]), row["story"])
            for row in stream
        ),
        "agnews": _news(
            (row, "", AG_BEGAN + timedelta(days=row["order"] / AG_A_DAY), row["event"])
            for row in ag
        ),
    }


def _news(rows: Iterator[tuple[Mapping[str, str], str, datetime, str]]) -> News:
    entries, events = [], []
    for row, outlet, at, event in rows:
        feed = Feed("labelled", "https://labelled.example/", outlet=outlet, publisher=outlet)
        item = Item(row["id"], None, row["title"], row["text"], at)
        (entry,) = read(Items((item,)), feed, at)
        entries.append(entry)
        events.append(event)
    return News(tuple(entries), tuple(events))


def pairs(news: News) -> Iterator[tuple[Row, bool]]:
    """The evidence of each pair that a window would compare, and whether it tells one event."""
    window = Window(EVEN)
    before: list[tuple[Told, str]] = []
    for entry, event in zip(news.entries, news.events, strict=True):
        weighed = window.weights(entry)
        own = told(entry, weighed)
        for other, other_event in before:
            if own.at - other.at > FARTHEST.total_seconds():
                continue
            if (row := _evidence(weighed, own, other))[1] > SMALLEST:
                yield row, event == other_event
        before.append((own, event))
        window.advance(place(New(entry), window))


def _evidence(weighed: Mapping[str, float], one: Told, other: Told) -> Row:
    alike = headlines = 0.0
    for term, weight in zip(other.terms, other.weights, strict=True):
        if term.startswith(HEADLINE):
            headlines += weighed.get(term, 0.0) * weight
        else:
            alike += weighed.get(term, 0.0) * weight
    clash = tolls_clash(one.entry, other.entry)
    return (
        1.0,
        alike,
        headlines,
        abs(one.at - other.at) / DAY,
        float(clash),
        float(not clash and tolls_agree(one.entry, other.entry)),
    )


def learn(news: Mapping[str, News], without: str | None = None) -> Weights:
    """The weights, all but `without` one kind of evidence."""
    rows = list(chain.from_iterable(map(pairs, news.values())))
    used = [n for n, name in enumerate(EVIDENCE) if name != without]
    found = _regression([[row[n] for n in used] for row, _ in rows], [is_one for _, is_one in rows])
    weights = dict.fromkeys(EVIDENCE, 0.0) | {
        EVIDENCE[n]: weight for n, weight in zip(used, found, strict=True)
    }
    for name in ("alike", "headlines_alike"):
        weights[name] = max(weights[name], NOTHING)
    learnt = Weights(**weights)
    tried = [replace(learnt, unlike=learnt.unlike + offset) for offset in OFFSETS]
    means = [_mean(scores(news, one)) for one in tried]
    return next(
        one
        for one, mean in zip(reversed(tried), reversed(means), strict=True)
        if mean >= max(means) - AS_GOOD
    )


def _regression(rows: Sequence[Sequence[float]], is_one: Sequence[bool]) -> list[float]:
    """Logistic, by Newton's method; the first column is the constant."""
    width = len(rows[0])
    spread = [1.0] + [
        math.sqrt(fmean(row[n] ** 2 for row in rows) - fmean(row[n] for row in rows) ** 2) or 1.0
        for n in range(1, width)
    ]
    scaled = [[value / spread[n] for n, value in enumerate(row)] for row in rows]
    weights = [0.0] * width
    for _ in range(25):
        slope = [0.0 if n == 0 else RIDGE * w for n, w in enumerate(weights)]
        bend = [[RIDGE if n == m and n else 0.0 for m in range(width)] for n in range(width)]
        for row, true in zip(scaled, is_one, strict=True):
            likely = 1 / (1 + math.exp(-sum(w * x for w, x in zip(weights, row, strict=True))))
            doubt = likely * (1 - likely)
            for n, x in enumerate(row):
                if x:
                    slope[n] += (likely - true) * x
                    for m, y in enumerate(row[: n + 1]):
                        bend[n][m] += doubt * x * y
        for n in range(width):
            for m in range(n):
                bend[m][n] = bend[n][m]
        step = _solved(bend, slope)
        weights = [w - s for w, s in zip(weights, step, strict=True)]
        if max(map(abs, step)) < 1e-6:
            break
    return [w / s for w, s in zip(weights, spread, strict=True)]


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """By elimination; `matrix` is positive definite, so that no pivot is 0."""
    size = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for n in range(size):
        for below in rows[n + 1 :]:
            share = below[n] / rows[n][n]
            for m in range(n, size + 1):
                below[m] -= share * rows[n][m]
    found = [0.0] * size
    for n in reversed(range(size)):
        known = sum(rows[n][m] * found[m] for m in range(n + 1, size))
        found[n] = (rows[n][size] - known) / rows[n][n]
    return found


def scores(news: Mapping[str, News], learnt: Weights) -> Mapping[str, Score]:
    return {name: _score(each, grouped(each, learnt)) for name, each in news.items()}


def grouped(news: News, learnt: Weights) -> list[str]:
    """The story of each entry when all have come."""
    window = Window(learnt)
    stories: dict[str, Story] = {}
    for entry in news.entries:
        window.forget(entry.seen_at - OPEN_FOR)
        changes = place(New(entry), window)
        window.advance(changes)
        for change in changes:
            stories[change.story.id] = change.story
            if change.other is not None:
                if change.turn is Turn.MERGED:
                    del stories[change.other.id]
                else:
                    stories[change.other.id] = change.other
    of = {each.id: story.id for story in stories.values() for each in story.entries}
    return [of[entry.id] for entry in news.entries]


def _score(news: News, found: Sequence[str]) -> Score:
    both = Counter(zip(news.events, found, strict=True))
    true, said = Counter(news.events), Counter(found)
    precision = sum(n * n / said[name] for (_, name), n in both.items()) / len(found)
    recall = sum(n * n / true[event] for (event, _), n in both.items()) / len(found)
    right, all_said, all_true = (
        sum(math.comb(n, 2) for n in counts.values()) for counts in (both, said, true)
    )
    return Score(
        bcubed=2 * precision * recall / (precision + recall),
        pairwise=2 * right / (all_said + all_true) if all_said + all_true else 1.0,
    )


def _mean(found: Mapping[str, Score]) -> float:
    return fmean(value for score in found.values() for value in (score.bcubed, score.pairwise))


def _validate(news: Mapping[str, News]) -> None:
    say("| learnt from | tested on | stream BCubed / pairwise | AG BCubed / pairwise |")
    say("|---|---|---|---|")
    splits = [((0, 0.5), (0.5, 1)), ((0, 0.75), (0.75, 1)), ((0.5, 1), (0, 0.5))]
    for (begin, end), (first, last) in splits:
        earlier = {name: each.part(begin, end) for name, each in news.items()}
        later = {name: each.part(first, last) for name, each in news.items()}
        _print(f"{begin:.0%} to {end:.0%} | {first:.0%} to {last:.0%}", later, learn(earlier))
    _print("all | all", news, LEARNT)
    say("")
    say("| left out, first half | tested on | stream BCubed / pairwise | AG BCubed / pairwise |")
    say("|---|---|---|---|")
    earlier = {name: each.part(0, 0.5) for name, each in news.items()}
    later = {name: each.part(0.5, 1) for name, each in news.items()}
    for left_out in EVIDENCE[1:]:
        _print(f"{left_out} | second half", later, learn(earlier, left_out))


def _print(label: str, news: Mapping[str, News], learnt: Weights) -> None:
    found = scores(news, learnt)
    columns = (f"{s.bcubed:.3f} / {s.pairwise:.3f}" for s in found.values())
    say(f"| {label} | {' | '.join(columns)} |")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="of the labelled news")
    parser.add_argument(
        "--validate", action="store_true", help="learn from a part, test on another"
    )
    asked = parser.parse_args()
    news = load(asked.folder)
    if asked.validate:
        _validate(news)
        return
    learnt = learn(news)
    for name, weight in asdict(learnt).items():
        say(f"    {name}={weight:.4g},")
    _print("all | all", news, learnt)


if __name__ == "__main__":
    main()
