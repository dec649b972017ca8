"""Texts that repeat another's: reprinted, cut, given another headline, lightly edited.

`sketches` finds those that may be copies; the true overlap of the two texts decides.
"""

from __future__ import annotations

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


def overlap(one: Entry, other: Entry) -> float:
    """Share of the shorter text that stands in the other, 0 to 1."""
    own, others = pairs(one), pairs(other)
    common = len(own & others)
    return common / min(len(own), len(others)) if common >= FEWEST_PAIRS else 0.0


def fixed_words(one: Entry, other: Entry) -> frozenset[str]:
    """The words that two texts share, if those are a site's fixed text; else none."""
    shared = frozenset(compared(one)) & frozenset(compared(other))
    about = max(_spoken_of(entry.title, shared) for entry in (one, other))
    return shared if about < SPOKEN_OF else frozenset()


def _spoken_of(headline: str, shared: frozenset[str]) -> float:
    subject = [word for word in words(headline) if len(word) >= LONG_WORD]
    return sum(word in shared for word in subject) / len(subject) if subject else 1.0
