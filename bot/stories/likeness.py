"""How much two entries are of one event, and the evidence for it."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from heapq import nlargest
from itertools import repeat
from operator import mul
from sys import intern

from bot.model.entry import Entry
from bot.stories.features import HEADLINE
from bot.stories.figures import figures, stated
from bot.stories.weights import Weights

DAY = timedelta(days=1).total_seconds()
CLASH = 5
"""So many times over, tolls are hardly of one event, nor of one hour of it."""
A_FEW = 3
"""Added to the smaller toll, as first reports are of one or two."""
ONE_EVENT = 0.0
"""Log-odds from which entries are taken to tell one event."""
NEVER = -1e6
"""Log-odds of entries in two languages: what they share are names, and no story is told in both."""
DOUBTFUL = -2.0
"""Log-odds from which tolls may decide; below, they are not read."""

_MAKE = b"\x01"
"""Begins what is packed; another one where terms, weights or sketches are made in another way."""
_END = b"\n"
"""No term has a line's end in it."""

Toll = tuple[str, int]
"""Kind and number of a figure of people hurt."""


@dataclass(frozen=True, slots=True)
class Told:
    """An entry, and what others are compared with."""

    entry: Entry
    terms: tuple[str, ...]
    """Its words, the rarest and most said first; then those of its headline, once more."""
    weights: array[float]
    """Of each of `terms`; the length of the whole is less than 1."""
    at: float
    """When it was told, in seconds since 1970."""
    language: str
    """Without its region; empty where it is not known."""

    @property
    def words(self) -> tuple[str, ...]:
        """Those of `terms` before the headline's."""
        end = len(self.terms)
        while end and self.terms[end - 1][0] == HEADLINE:
            end -= 1
        return self.terms[:end]


def told(entry: Entry, weighed: Mapping[str, float]) -> Told:
    """`weighed`: its terms, heaviest first."""
    return Told(
        entry,
        tuple(weighed),
        array("f", weighed.values()),
        entry.told_at.timestamp(),
        language(entry),
    )


def packed(told: Told, sketch: Sequence[int]) -> bytes:
    """What an entry is compared by, and its sketch, for `unpacked`."""
    sample = array("q", sketch)
    terms = " ".join(told.terms).encode() + _END
    return _MAKE + bytes([len(sample)]) + sample.tobytes() + terms + told.weights.tobytes()


def unpacked(entry: Entry, kept: bytes) -> tuple[Told, tuple[int, ...]] | None:
    """What `packed` kept of `entry`, to the last bit; None where it was made in another way."""
    if not kept.startswith(_MAKE):
        return None
    begin = len(_MAKE) + 1
    terms_begin = begin + kept[begin - 1] * 8
    end = kept.index(_END, terms_begin)
    terms = tuple(map(intern, kept[terms_begin:end].decode().split()))
    weights = array("f", kept[end + len(_END) :])
    told = Told(entry, terms, weights, entry.told_at.timestamp(), language(entry))
    return told, tuple(array("q", kept[begin:terms_begin]))


def language(entry: Entry) -> str:
    """``en`` for ``en-GB``; empty where it is not known."""
    return (entry.language or "").partition("-")[0].lower()


def log_odds(one: Mapping[str, float], first: Told, second: Told, learnt: Weights) -> float:
    """That both tell one event; `one` are the weights of the first one's terms."""
    if first.language and second.language and first.language != second.language:
        return NEVER
    shared: float = sum(map(mul, map(one.get, second.terms, repeat(0.0)), second.weights))
    apart = abs(first.at - second.at)
    odds = learnt.unlike + learnt.alike * shared + learnt.a_day_apart * apart / DAY
    if odds >= DOUBTFUL:
        if tolls_clash(first.entry, second.entry):
            odds += learnt.tolls_clash
        elif tolls_agree(first.entry, second.entry):
            odds += learnt.tolls_agree
    return odds


def probability(odds: float) -> float:
    return (1 + math.tanh(odds / 2)) / 2


def shared_terms(one: Mapping[str, float], others: Iterable[Told], most: int) -> tuple[str, ...]:
    """The words that make most of the likeness to `others`."""
    shared: dict[str, float] = {}
    for other in others:
        for term, weight in zip(other.terms, other.weights, strict=True):
            if term in one and not term.startswith(HEADLINE):
                shared[term] = shared.get(term, 0.0) + one[term] * weight
    return tuple(nlargest(most, shared, key=lambda term: (shared[term], term)))


def tolls_clash(one: Entry, other: Entry) -> bool:
    """Whether they state tolls of one kind, and each is far from each of the other's."""
    if not (own := tolls(one)) or not (others := tolls(other)):
        return False
    pairs = [(n, m) for kind, n in own for other_kind, m in others if kind == other_kind]
    return bool(pairs) and all(max(pair) > CLASH * (min(pair) + A_FEW) for pair in pairs)


def tolls_agree(one: Entry, other: Entry) -> bool:
    """Whether they state one number of dead or of wounded."""
    return bool(own := tolls(one)) and not set(own).isdisjoint(tolls(other))


def tolls(entry: Entry) -> Sequence[Toll]:
    """The dead and wounded that it states in numbers."""
    return [
        (figure.kind, toll)
        for figure in figures(entry)
        if figure.kind in ("killed", "wounded") and isinstance(toll := stated(figure), int)
    ]
