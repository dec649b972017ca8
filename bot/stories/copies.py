"""Texts that repeat another's: reprinted, cut, given another headline, lightly edited.

`sketches` finds those that may be copies; the true overlap of the two texts decides.
"""

from __future__ import annotations

from itertools import pairwise

from bot.model.entry import Entry
from bot.stories.features import compared, pairs
from bot.stories.words import words

COPIED = 0.46
"""Share of the shorter text's word pairs that a copy has in common with the other."""
FEWEST_PAIRS = 6
"""Fewer are common by chance."""
SPOKEN_OF = 0.3
"""Share of a headline's words that a copied text speaks of; a site's fixed text speaks of none."""
LONG_WORD = 4
"""Letters; shorter words say little of what a headline is about."""
FEWEST_NUMBERS = 3
"""In each of two texts; fewer may change while a report stays the same."""
SAME_REPORT = 0.5
"""Share of names and numbers above which two texts report the same; of two fillings of one form they
have fewer in common, of a copy and its original nearly all."""


def overlap(one: Entry, other: Entry) -> float:
    """Share of the shorter text that stands in the other, 0 to 1."""
    own, others = pairs(one), pairs(other)
    common = len(own & others)
    return common / min(len(own), len(others)) if common >= FEWEST_PAIRS else 0.0


def fixed_words(one: Entry, other: Entry) -> frozenset[str]:
    """The words that two texts share, if those are a site's fixed text or a form filled in twice, as
    for two matches or two closing prices; else none."""
    shared = frozenset(compared(one)) & frozenset(compared(other))
    about = max(_spoken_of(entry.title, shared) for entry in (one, other))
    return shared if about < SPOKEN_OF or _fill_a_form(one, other) else frozenset()


def _spoken_of(headline: str, shared: frozenset[str]) -> float:
    subject = [word for word in words(headline) if len(word) >= LONG_WORD]
    return sum(word in shared for word in subject) / len(subject) if subject else 1.0


def _fill_a_form(one: Entry, other: Entry) -> bool:
    own, others = _numbers(one), _numbers(other)
    if min(len(own), len(others)) < FEWEST_NUMBERS:
        return False
    return _in_common(own | _names(one), others | _names(other)) <= SAME_REPORT


def _in_common(some: frozenset[str], others: frozenset[str]) -> float:
    return len(some & others) / min(len(some), len(others))


def _numbers(entry: Entry) -> frozenset[str]:
    return frozenset(word for word in compared(entry) if word[0].isdecimal())


def _names(entry: Entry) -> frozenset[str]:
    """The words that are written with a capital within a sentence."""
    names = [
        word
        for before, word in pairwise(entry.summary.split())
        if word[0].isupper() and before[-1] not in ".!?:"
    ]
    return frozenset(words(" ".join(names))).intersection(compared(entry))
