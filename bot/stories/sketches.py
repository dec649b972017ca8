"""Small samples of texts, and an index by which those that may be copies find each other.

Its cost does not grow with the texts it holds; `copies` proves what it finds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from zlib import crc32

LEAD = 120
"""Words of a text that are compared; news says first what it is about."""
FRONT = 40
"""Runs that are sampled twice as closely as the others, as what is cut is cut from the end."""
OF_FRONT, OF_ALL = 6, 6
"""Runs of three words kept: of those in front and of all the others, the ones with the smallest
hashes, so that texts alike keep samples alike."""
MOST_HOLDERS = 32
"""Texts remembered under one run. What more share is fixed text, or so widely printed that the
first ones will do."""


def sketch(words: Sequence[str]) -> tuple[int, ...]:
    """The sample of a text by which its copies are found, the same in every process."""
    # Python salts its hashes of words, but not those of numbers.
    numbers = list(map(crc32, " ".join(words).encode().split()))
    runs = list(map(hash, zip(numbers, numbers[1:], numbers[2:], strict=False)))
    front = sorted(set(runs[:FRONT]))[:OF_FRONT]
    return (*front, *sorted(set(runs).difference(front))[:OF_ALL])


class Sketches:
    """The sketches of many texts, by the runs they hold."""

    def __init__(self) -> None:
        # Nearly every run has one holder, whose id stands here by itself: a collection of one would
        # double the room that the index takes.
        self._holders: dict[int, str | tuple[str, ...]] = {}

    def add(self, text_id: str, sketch: Iterable[int]) -> None:
        for run in sketch:
            first = self._holders.setdefault(run, text_id)
            if first != text_id and len(holders := self._of(run)) < MOST_HOLDERS:
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
