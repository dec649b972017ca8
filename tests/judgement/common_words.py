"""Makes the table of `bot/stories/common_words.py`: how common words are in English news at large.

    python -m tests.judgement.common_words FOLDER

FOLDER holds ``summaries.jsonl``. Texts that also stand in ``stream.jsonl`` or
``agnews_events.jsonl`` are left out, as the weights are learnt and tested on those; so are names, which
are of their year.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from bot.entries.read import read
from bot.model.feed import Feed, Item, Items
from bot.stories.features import STEM, terms
from tests.judgement.learn import AG_BEGAN

FEWEST = 8
"""Of a thousand entries; what fewer say is learnt soon enough."""
_WITHIN = re.compile(r"(?<=[^\W\d_] )[^\W\d_]+")
"""A word that does not begin its sentence: a capital there is a name's."""
WIDTH = 100
FEED = Feed("labelled", "https://labelled.example/", outlet="", publisher="")


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Title and text of each article, once."""
    known = {row["title"] for name in ("stream", "agnews_events") for row in rows(folder, name)}
    articles = chain.from_iterable(row["articles"] for row in rows(folder, "summaries"))
    for row in articles:
        if row["title"] not in known:
            known.add(row["title"])
            yield row["title"], row["text"]


def rows(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def main() -> None:
    said: Counter[str] = Counter()
    small: Counter[str] = Counter()
    number = 0
    for title, text in texts(Path(sys.argv[1])):
        for word in _WITHIN.findall(text):
            small[word.casefold()[:STEM]] += 1 if word.islower() else -1
        for entry in read(Items((Item("id", None, title, text, AG_BEGAN),)), FEED, AG_BEGAN):
            said.update(terms(entry).keys())
            number += 1
    found = [(term, round(1000 * n / number)) for term, n in said.items() if small[term] > 0]
    common = sorted((-n, term) for term, n in found if n >= FEWEST)
    line = ""
    for n, term in common:
        if len(line) + len(term) + 8 > WIDTH:
            sys.stdout.write(f"{line}\n")
            line = ""
        line += f"{' ' if line else ''}{term} {-n}"
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
