"""Which of many queries a text answers, without asking each of them.

Every query is filed under terms (words, or two words side by side) that no match can lack: a
required one, or one of each alternative. Only what is filed under a term of the text is looked at.
This is the candidate selection of Luwak (Lucene Monitor) and of Elasticsearch's percolator.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import assert_never

from bot.matching.query import All, Either, Phrase, Query, Subject, Word
from bot.matching.words import Passage, pairs


def holds(query: Query, passage: Passage, subjects: Collection[str]) -> bool:
    """Whether the query matches this text, which is about these topics."""
    match query:
        case Word(text):
            return text in passage.terms
        case Phrase(words):
            return passage.has(words)
        case Subject(name):
            return name in subjects
        case All(parts, excluded):
            return all(holds(part, passage, subjects) for part in parts) and not any(
                holds(term, passage, subjects) for term in excluded
            )
        case Either(parts):
            return any(holds(part, passage, subjects) for part in parts)
        case _:
            assert_never(query)


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """One distinct query, and who asks it. Told apart by identity: comparing trees costs too much."""

    query: Query
    keys: tuple[str, ...]
    """The terms that it is filed under."""
    needs: frozenset[str]
    """Terms that no match can lack; a topic counts as the word ``topic:NAME``, which no text has."""
    sure: bool
    """One key and all that it needs is the whole of what it asks."""
    askers: dict[int, None] = field(default_factory=dict)
    """Their ids, first one first."""


class Index:
    """Each distinct query once, filed under as rare a term as it has."""

    def __init__(self) -> None:
        self._standing: dict[Query, Standing] = {}
        self._under: dict[str, list[Standing]] = {}

    def add(self, query: Query, asker: int) -> None:
        standing = self._standing.get(query)
        if standing is None:
            standing = Standing(query, self._keys(query), _needs(query), _is_sure(query))
            self._standing[query] = standing
            for key in standing.keys:
                self._under.setdefault(key, []).append(standing)
        standing.askers[asker] = None

    def remove(self, query: Query, asker: int) -> None:
        standing = self._standing[query]
        del standing.askers[asker]
        if standing.askers:
            return
        del self._standing[query]
        for key in standing.keys:
            beside = self._under[key]
            beside.remove(standing)
            if not beside:
                del self._under[key]

    def answered(self, passage: Passage, subjects: Collection[str]) -> list[Standing]:
        """The queries that match this text, which is about these topics; in no order."""
        found = passage.terms
        if subjects:
            found = found.union(f"topic:{name}" for name in subjects)
        hits: set[Standing] = set()  # a query with alternatives may be met more than once
        for key in self._under.keys() & found:
            for standing in self._under[key]:
                if standing.needs <= found and (
                    standing.sure or holds(standing.query, passage, subjects)
                ):
                    hits.add(standing)
        return list(hits)

    def _keys(self, query: Query) -> tuple[str, ...]:
        """Terms of which every match has at least one."""
        match query:
            case Word(text):
                return (text,)
            case Phrase(words):
                return (min(pairs(words) or words, key=self._cost),)
            case Subject():
                return (str(query),)
            case All(parts):
                return min(
                    (self._keys(part) for part in parts),
                    key=lambda keys: sum(self._cost(key) for key in keys),
                )
            case Either(parts):
                return tuple(dict.fromkeys(key for part in parts for key in self._keys(part)))
            case _:
                assert_never(query)

    def _cost(self, term: str) -> float:
        """How often this key will be looked at in vain, by guess: what many ask for is in the news,
        and short words are common ones."""
        return len(self._under.get(term, ())) + 8 / len(term)


def _needs(query: Query) -> frozenset[str]:
    match query:
        case Word(text):
            return frozenset((text,))
        case Phrase(words):
            return frozenset(pairs(words) or words)
        case Subject():
            return frozenset((str(query),))
        case All(parts):
            return frozenset().union(*(_needs(part) for part in parts))
        case Either():
            return frozenset()
        case _:
            assert_never(query)


def _is_sure(query: Query) -> bool:
    match query:
        case Word() | Subject():
            return True
        case Phrase(words):
            return len(words) <= 2
        case All(parts, excluded):
            return not excluded and all(_is_sure(p) and not isinstance(p, Either) for p in parts)
        case Either(parts):
            return all(_is_sure(p) and not isinstance(p, All) for p in parts)
        case _:
            assert_never(query)
