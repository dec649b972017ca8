"""Finding the words of many groups in one walk over a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bot.matching.words import words

GAP = "..."
_WIDEST_GAP = 3
_MOST_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class Hit:
    """A group's word or phrase in a sentence: the words from `start` up to `end`."""

    group: str
    start: int
    end: int


class _Pattern(NamedTuple):
    """What must follow the first word of a pattern."""

    group: str
    rest: tuple[str, ...]


class Lexicon:
    """Finds the words of all groups in one walk over a sentence.

    A pattern is words in a row; ``withdraw*`` is any word that so begins, and ``...`` up to three
    words of any kind.
    """

    def __init__(self, groups: Mapping[str, Iterable[str]]) -> None:
        self._whole: dict[str, list[_Pattern]] = {}
        self._begun: dict[str, list[_Pattern]] = {}
        self._idle: set[str] = set()
        """Words that begin no pattern, which are nearly all."""
        for group, patterns in groups.items():
            for pattern in patterns:
                first, *rest = pattern_words(pattern)
                heads = self._begun if first.endswith("*") else self._whole
                heads.setdefault(first.rstrip("*"), []).append(_Pattern(group, tuple(rest)))
        self._lengths = sorted({len(beginning) for beginning in self._begun})

    def hits(self, sentence: tuple[str, ...]) -> Iterator[Hit]:
        for start, word in enumerate(sentence):
            if word in self._idle:
                continue
            for pattern in self._beginning(word):
                end = _end(sentence, start + 1, pattern.rest)
                if end is not None:
                    yield Hit(pattern.group, start, end)

    def _beginning(self, word: str) -> list[_Pattern]:
        """The patterns that this word may begin. A word that begins none is remembered."""
        found = list(self._whole.get(word, ()))
        for length in self._lengths:
            found += self._begun.get(word[:length], ())
        if not found:
            if len(self._idle) >= _MOST_REMEMBERED:
                self._idle.clear()
            self._idle.add(word)
        return found


def pattern_words(pattern: str) -> list[str]:
    """``"Pull* ... out"`` → ``["pull*", "...", "out"]``, folded as text is; empty if a piece is no word."""
    steps: list[str] = []
    for piece in pattern.split():
        found = list(words(piece)) if piece != GAP else [GAP]
        if not found:
            return []
        steps += found
        if piece.endswith("*"):
            steps[-1] += "*"
    return steps


def _end(sentence: tuple[str, ...], at: int, steps: tuple[str, ...]) -> int | None:
    """Where a pattern that has come as far as `at` ends, if the sentence goes on as it does."""
    for number, step in enumerate(steps):
        if step == GAP:
            for skipped in range(_WIDEST_GAP + 1):
                end = _end(sentence, at + skipped, steps[number + 1 :])
                if end is not None:
                    return end
            return None
        if at >= len(sentence):
            return None
        word = sentence[at]
        if not (word.startswith(step[:-1]) if step.endswith("*") else word == step):
            return None
        at += 1
    return at
