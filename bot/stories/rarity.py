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
    """Inverse document frequencies, learnt entry by entry."""

    def __init__(self) -> None:
        self._entries = 0
        self._entries_with: dict[str, float] = {}
        """Those supposed are counted in."""

    def learn(self, terms: Iterable[str]) -> None:
        """One more entry says these terms."""
        with_term = self._entries_with
        for term in terms:
            with_term[term] = (with_term.get(term) or _supposed(term)) + 1
        self._entries += 1
        if self._entries >= REMEMBERED:
            self._entries //= 2
            self._entries_with = {
                term: _supposed(term) + half
                for term, n in with_term.items()
                if (half := (n - _supposed(term)) // 2)
            }

    def weigh(self, terms: Mapping[str, int]) -> dict[str, float]:
        """The weight of each term, said so often; 1 for a new word said once."""
        with_term, log = self._entries_with.get, math.log
        rarest = log(SUPPOSED + self._entries + 3)
        return {
            term: (1 - log((with_term(term) or _supposed(term)) + 2) / rarest)
            * (1 if said == 1 else 1 + log(said))
            for term, said in terms.items()
        }


def _supposed(term: str) -> float:
    """How many of the supposed entries say `term`."""
    return 0.0 if term[0].isdecimal() else _SAID_BY_LENGTH[min(len(term), 39)]
