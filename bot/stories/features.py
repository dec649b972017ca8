"""What an entry is compared by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from sys import intern

from bot.model.entry import Entry
from bot.stories.sketches import LEAD, sketch
from bot.stories.words import first_words, words

TITLE_COUNTS = 2
"""A word of the title counts like this many in the text."""

# An entry is looked at when it is placed, again when its story enters the window, and by the
# copies of it that come soon after.
_lately = lru_cache(maxsize=256)


@_lately
def terms(entry: Entry) -> Mapping[str, int]:
    """How often each word or number is said in its title and lead."""
    title = words(entry.title)
    said = Counter(compared(entry)[len(title) :])
    for word in title:
        said[word] += TITLE_COUNTS
    return {intern(word): n for word, n in said.items() if len(word) > 1 or word.isdecimal()}


@_lately
def sample(entry: Entry) -> tuple[int, ...]:
    """The sketch of its title and lead, by which copies find each other."""
    return sketch(compared(entry))


@_lately
def compared(entry: Entry) -> tuple[str, ...]:
    """The words of its title and lead, in order."""
    return (*words(entry.title), *first_words(entry.summary, LEAD))


@_lately
def pairs(entry: Entry) -> frozenset[tuple[str, str]]:
    """The neighbours among those words, by which a copy is proved."""
    return frozenset(pairwise(compared(entry)))
