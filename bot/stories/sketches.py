"""Small samples of texts, and an index by which those that may be copies find each other.

Its cost does not grow with the texts it holds; `copies` proves what it finds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from zlib import crc32

LEAD = 120
"""Words of a text that are compared; news says first what it is about."""
SAMPLE = 16
"""Runs of three words kept of each text: those with the smallest hashes, so that texts alike keep
samples alike."""
MOST_HOLDERS = 32
"""Texts remembered under one run. What more share is fixed text, or so widely printed that the
first ones will do."""


def sketch(words: Sequence[str]) -> tuple[int, ...]:
    """The sample of a text by which its copies are found."""
    known = list(map(_number, words))
    # Python hashes numbers alike in every process, unlike words.
    runs = set(map(hash, zip(known, known[1:], known[2:], strict=False)))
    return tuple(sorted(runs)[:SAMPLE])


@lru_cache(maxsize=65_536)
def _number(word: str) -> int:
    return crc32(word.encode())


class Sketches:
    """The sketches of many texts, by the runs they hold."""

    def __init__(self) -> None:
        # Nearly every run has one holder, whose id stands here by itself: a collection of one would
        # double the room that the index takes.
        self._holders: dict[int, str | tuple[str, ...]] = {}

    def add(self, text_id: str, sketch: Iterable[int]) -> None:
        for run in sketch:
            holders = self._of(run)
            if not holders:
                self._holders[run] = text_id
            elif len(holders) < MOST_HOLDERS:
                self._holders[run] = (*holders, text_id)

    def remove(self, text_id: str, sketch: Iterable[int]) -> None:
        for run in sketch:
            left = tuple(holder for holder in self._of(run) if holder != text_id)
            self._holders.pop(run, None)
            if left:
                self._holders[run] = left

    def alike(self, sketch: Iterable[int]) -> Counter[str]:
        """The texts that share runs with this one, and how many."""
        return Counter(holder for run in sketch for holder in self._of(run))

    def _of(self, run: int) -> tuple[str, ...]:
        holders = self._holders.get(run, ())
        return (holders,) if isinstance(holders, str) else holders
