"""How rare each word is in the news of late."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.stories.common_words import COMMON
from bot.stories.features import STEM

SUPPOSED = 200
"""Entries supposed to have been read before the first, or all the words of the first ones would be
rare. In English they say the words of `COMMON` as often as news does."""
SHORTEST = 0.8
"""Share of those in any other language that say a word of two letters …"""
LONGER = 0.4
"""… times this for each letter more. So it is, roughly, in any language with an alphabet."""
RAREST = 400
"""A word that one of so many entries says weighs 1, as do rarer ones."""
REMEMBERED = 10_000
"""Entries of stories let go after which what was learnt from the older ones counts half."""

_RAREST = math.log(RAREST)
_IN_ENGLISH = {term: SUPPOSED * share for term, share in COMMON.items()}
_BY_LENGTH = [SUPPOSED * min(1.0, SHORTEST * LONGER ** (n - 2)) for n in range(STEM + 1)]


@dataclass(frozen=True, slots=True)
class Past:
    """What was learnt from the entries of stories that are no longer open."""

    entries: int
    entries_with: Mapping[str, int]
    """How many of them say a term."""


NO_PAST = Past(0, {})


class Rarity:
    """Inverse document frequencies, learnt entry by entry."""

    def __init__(self, past: Past = NO_PAST) -> None:
        self._entries = self._gone = past.entries
        self._with = Counter(past.entries_with)
        self._gone_with = dict(past.entries_with)
        """What of it is of the past."""

    @property
    def past(self) -> Past:
        return Past(self._gone, self._gone_with)

    def learn(self, terms: Iterable[str]) -> None:
        """One more entry says these terms."""
        self._with.update(terms)
        self._entries += 1

    def unlearn(self, terms: Iterable[str]) -> None:
        """An entry that is still open says these terms no more."""
        self._entries -= 1
        self._take_off(dict.fromkeys(terms, 1))

    def let_go(self, terms: Iterable[str]) -> None:
        """An entry that said these terms is of the past now."""
        gone = self._gone_with
        for term in terms:
            gone[term] = gone.get(term, 0) + 1
        self._gone += 1
        if self._gone >= REMEMBERED:
            half = {term: n // 2 for term, n in gone.items() if n > 1}
            self._take_off({term: n - half.get(term, 0) for term, n in gone.items()})
            self._entries -= self._gone - self._gone // 2
            self._gone //= 2
            self._gone_with = half

    def _take_off(self, of_terms: Mapping[str, int]) -> None:
        with_term = self._with
        for term, n in of_terms.items():
            if left := with_term[term] - n:
                with_term[term] = left
            else:
                del with_term[term]

    def weigh(self, terms: Mapping[str, int], language: str) -> dict[str, float]:
        """The weight of each term, said so often, in a text of that language; at most 1 said once.

        A text of no known language is taken for English.
        """
        known, log = self._with.get, math.log
        english = language in ("", "en")
        entries = SUPPOSED + self._entries + 3
        weights = {}
        for term, said in terms.items():
            supposed = _IN_ENGLISH.get(term, 0.0) if english else _supposed(term)
            with_term = known(term, 0) + supposed + 2
            weight = min(1.0, log(entries / with_term) / _RAREST)
            weights[term] = weight if said == 1 else weight * (1 + log(said))
        return weights


def _supposed(term: str) -> float:
    """How many of the supposed entries say `term`."""
    return 0.0 if term[0].isdecimal() else _BY_LENGTH[len(term)]
