"""What an entry is compared by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from sys import intern

from bot.model.entry import Entry
from bot.stories.copies import LEAD, sketch
from bot.stories.words import words

TITLE_COUNTS = 2
"""A word of the title counts like this many in the text."""


@dataclass(frozen=True, slots=True)
class Features:
    """An entry, reduced to what tells it from others."""

    terms: Mapping[str, int]
    """How often each word or number is said in title and lead."""
    sketch: tuple[int, ...]
    """A sample of its runs of words, by which copies find each other."""


# An entry is looked at when it is placed, and again when its story enters the window.
@lru_cache(maxsize=1024)
def features(entry: Entry) -> Features:
    """Title and lead of `entry`, counted and sampled."""
    title, lead = words(entry.title), words(entry.summary)[:LEAD]
    said = Counter(lead)
    for word in title:
        said[word] += TITLE_COUNTS
    terms = {intern(word): n for word, n in said.items() if len(word) > 1 or word.isdecimal()}
    return Features(terms, sketch(title + lead))
