"""What an entry is compared by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from sys import intern

from bot.model.entry import Entry
from bot.stories.sketches import LEAD, sketch
from bot.stories.words import first_words, words

TITLE_COUNTS = 2
"""A word of the title counts like this many in the text."""
STEM = 6
"""Letters by which words are told apart, so that “attack” is “attacked” in any language that
inflects at the end."""
HEADLINE = "^"
"""Stands before a term that is of the headline alone."""

# An entry is looked at when it is placed, again when its story enters the window, and by the
# copies of it that come soon after.
_lately = lru_cache(maxsize=256)


@_lately
def terms(entry: Entry) -> Mapping[str, int]:
    """How often each word or number is said in its title and lead; of long words the beginning."""
    title = words(entry.title)
    said = Counter([word[:STEM] for word in compared(entry)[len(title) :]])
    for word in title:
        said[word[:STEM]] += TITLE_COUNTS
    return {intern(term): n for term, n in said.items() if _tells(term)}


@_lately
def headline(entry: Entry) -> tuple[str, ...]:
    """The words of its title, each once, of long ones the beginning."""
    return tuple(dict.fromkeys(word[:STEM] for word in words(entry.title) if _tells(word)))


def as_said(entry: Entry, of_terms: Iterable[str]) -> tuple[str, ...]:
    """The words of `entry` that these terms are the beginnings of."""
    said = {word[:STEM]: word for word in reversed(compared(entry))}
    return tuple(said[term] for term in of_terms)


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


def _tells(term: str) -> bool:
    return len(term) > 1 or term.isdecimal()
