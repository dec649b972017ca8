"""Texts that repeat another's: reprinted, cut, given another headline, lightly edited.

An index of sampled runs of words finds those that may be copies, at a cost that does not grow; the
true overlap of the two texts decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from heapq import nsmallest
from itertools import pairwise
from zlib import crc32

from bot.model.entry import Entry
from bot.stories.words import words

LEAD = 120
"""Words of a text that are compared; news says first what it is about."""
SAMPLE = 16
"""Runs of three words kept of each text: those with the smallest hashes, so that texts alike keep
samples alike."""
MOST_HOLDERS = 32
"""Texts remembered under one run. What more share is fixed text, or so widely printed that the
first ones will do."""
COPIED = 0.46
"""Share of the shorter text's word pairs that a copy has in common with the other."""
FEWEST_PAIRS = 6
"""Fewer are common by chance."""
SPOKEN_OF = 0.3
"""Share of a headline's words that a copied text speaks of; a site's fixed text speaks of none."""
LONG_WORD = 4
"""Letters; shorter words say little of what a headline is about."""


def sketch(words: Sequence[str]) -> tuple[int, ...]:
    """The sample of a text by which its copies are found."""
    runs = {crc32(" ".join(run).encode()) for run in zip(words, words[1:], words[2:], strict=False)}
    return tuple(nsmallest(SAMPLE, runs))


class Sketches:
    """The sketches of many texts, by the runs they hold."""

    def __init__(self) -> None:
        self._holders: dict[int, list[str]] = {}

    def add(self, text_id: str, sketch: Iterable[int]) -> None:
        for run in sketch:
            holders = self._holders.setdefault(run, [])
            if len(holders) < MOST_HOLDERS:
                holders.append(text_id)

    def remove(self, text_id: str, sketch: Iterable[int]) -> None:
        for run in sketch:
            holders = self._holders.get(run, [])
            if text_id in holders:
                holders.remove(text_id)
            if not holders:
                self._holders.pop(run, None)

    def alike(self, sketch: Iterable[int]) -> Counter[str]:
        """The texts that share runs with this one, and how many."""
        return Counter(holder for run in sketch for holder in self._holders.get(run, ()))


def overlap(one: Entry, other: Entry) -> float:
    """Share of the shorter text that stands in the other, 0 to 1."""
    pairs, other_pairs = (set(pairwise(_compared(entry))) for entry in (one, other))
    common = len(pairs & other_pairs)
    return common / min(len(pairs), len(other_pairs)) if common >= FEWEST_PAIRS else 0.0


def fixed_words(one: Entry, other: Entry) -> frozenset[str]:
    """The words that two texts share, if those are a site's fixed text; else none."""
    shared = frozenset(_compared(one)) & frozenset(_compared(other))
    about = max(_spoken_of(entry.title, shared) for entry in (one, other))
    return shared if about < SPOKEN_OF else frozenset()


def _compared(entry: Entry) -> list[str]:
    return words(entry.title) + words(entry.summary)[:LEAD]


def _spoken_of(headline: str, shared: frozenset[str]) -> float:
    subject = [word for word in words(headline) if len(word) >= LONG_WORD]
    return sum(word in shared for word in subject) / len(subject) if subject else 1.0
