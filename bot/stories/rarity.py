"""How rare each word is in the news of late."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

SUPPOSED = 30
"""Entries supposed to have been read before the first, or all the words of the first ones would be
rare."""
SHORTEST = 0.8
"""Share of the supposed entries that say a word of two letters …"""
LONGER = 0.6
"""… times this for each letter more. So it is, roughly, in any language with an alphabet."""
REMEMBERED = 50_000
"""Entries after which what was learnt from the older ones counts half."""

_SAID_BY_LENGTH = [SUPPOSED * min(1.0, SHORTEST * LONGER ** (n - 2)) for n in range(40)]


class Rarity:
    """Inverse document frequencies, learnt entry by entry, on top of what `beneath` has learnt."""

    def __init__(self, beneath: Rarity | None = None) -> None:
        self._beneath = beneath
        self._entries = 0
        self._entries_with: dict[str, int] = {}

    def learn(self, terms: Iterable[str]) -> None:
        """One more entry says these terms."""
        for term in terms:
            self._entries_with[term] = self._entries_with.get(term, 0) + 1
        self._entries += 1
        if self._entries >= REMEMBERED:
            self._entries //= 2
            self._entries_with = {t: n // 2 for t, n in self._entries_with.items() if n > 1}

    def weigh(self, terms: Mapping[str, int]) -> dict[str, float]:
        """The weight of each term, said so often; 1 for a new word said once."""
        own, below = self._entries_with, self._beneath._entries_with if self._beneath else {}
        entries = SUPPOSED + self._entries + (self._beneath._entries if self._beneath else 0) + 2
        rarest = math.log(entries)
        return {
            term: (1 + math.log(said))
            * (1 - math.log(own.get(term, 0) + below.get(term, 0) + 1 + _supposed(term)) / rarest)
            for term, said in terms.items()
        }


def _supposed(term: str) -> float:
    """How many of the supposed entries say `term`."""
    return 0.0 if term[0].isdecimal() else _SAID_BY_LENGTH[min(len(term), 39)]
