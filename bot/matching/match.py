"""Whom a story concerns, and why.

A query is answered by a single entry: words from two outlets' reports do not add up. A copy says
nothing of its own and is not asked. A story is about a topic when at least a third of the entries
that are no copies are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import assert_never

from bot.matching.index import Index, holds
from bot.matching.query import All, Either, Phrase, Query, Subject, Word, parse_query
from bot.matching.topics import Topic
from bot.matching.words import Passage
from bot.model.entry import Entry
from bot.model.errors import Mistake
from bot.model.story import Story
from bot.model.watch import Concern, Watch

VOTES_NEEDED = 1 / 3


def topics_of(entry: Entry, topics: Iterable[Topic]) -> dict[str, str]:
    """The topics that one entry is about: name and reason."""
    reasons = ((topic.name, _because(topic, entry.text)) for topic in topics)
    return {name: reason for name, reason in reasons if reason is not None}


def subjects_of(story: Story, topics: Iterable[Topic]) -> dict[str, str]:
    """The topics that a story is about, by vote: name, and the first entry's reason."""
    own = _own_entries(story)
    votes: dict[str, list[str]] = {}
    for entry in own:
        for name, reason in topics_of(entry, topics).items():
            votes.setdefault(name, []).append(f"{reason} ({entry.outlet})")
    return {
        name: reasons[0]
        for name, reasons in votes.items()
        if len(reasons) >= VOTES_NEEDED * len(own)
    }


def matches(query: Query, topics: Sequence[Topic], story: Story) -> str | None:
    """Why a story answers a query, for people; None: it does not."""
    subjects = subjects_of(story, topics)
    reasons = (explain(query, entry, subjects) for entry in _own_entries(story))
    return next((reason for reason in reasons if reason is not None), None)


def explain(query: Query, entry: Entry, subjects: Mapping[str, str]) -> str | None:
    """Why an entry of a story about these topics answers the query; None: it does not."""
    return _reason(query, entry, subjects) if holds(query, _split(entry.text), subjects) else None


def _reason(query: Query, entry: Entry, subjects: Mapping[str, str]) -> str:
    terms = list(dict.fromkeys(_evidence(query, _split(entry.text), subjects)))
    named = [f"{t.name}: {subjects[t.name]}" for t in terms if isinstance(t, Subject)]
    quoted = [f"«{_bare(t)}»" for t in terms if not isinstance(t, Subject)]
    if quoted:
        *most, last = quoted
        listed = f"{', '.join(most)} and {last}" if most else last
        named.append(f"matched {listed} in the report of {entry.outlet}")
    return "; ".join(named)


def _evidence(
    query: Query, passage: Passage, subjects: Mapping[str, str]
) -> Iterator[Word | Phrase | Subject]:
    """The terms that are there, of a query that holds."""
    match query:
        case Word() | Phrase() | Subject():
            yield query
        case All(parts):
            for part in parts:
                yield from _evidence(part, passage, subjects)
        case Either(parts):
            for part in parts:
                if holds(part, passage, subjects):
                    yield from _evidence(part, passage, subjects)
        case _:
            assert_never(query)


def _bare(term: Word | Phrase) -> str:
    return term.text if isinstance(term, Word) else " ".join(term.words)


def _own_entries(story: Story) -> list[Entry]:
    return [telling.entry for telling in story.tellings if telling.copy_of is None]


# A story is asked again whenever it grows; what was found in its older entries still holds.
@lru_cache(maxsize=4096)
def _because(topic: Topic, text: str) -> str | None:
    return topic.because_in(_split(text))


@lru_cache(maxsize=256)
def _split(text: str) -> Passage:
    return Passage(text)


class Watches:
    """The in-memory picture of all watches."""

    def __init__(self, watches: Iterable[Watch], topics: Sequence[Topic]) -> None:
        self._topics = tuple(topics)
        self._names = frozenset(topic.name for topic in topics)
        self.replace(watches)

    def replace(self, watches: Iterable[Watch]) -> None:
        """Forget every watch and begin with these."""
        self._index = Index()
        self._watches: dict[int, tuple[Watch, Query]] = {}
        self._broken: dict[int, tuple[Watch, Mistake]] = {}
        for watch in watches:
            self.add(watch)

    def add(self, watch: Watch) -> None:
        """Heed this watch from the next story on, in place of one with the same id."""
        self.remove(watch.id)
        try:
            query = parse_query(watch.query, self._names)
        except Mistake as mistake:
            self._broken[watch.id] = (watch, mistake)
            return
        self._watches[watch.id] = (watch, query)
        self._index.add(query, watch.id)

    def remove(self, watch_id: int) -> None:
        """Forget this watch; one that is not there is no mistake."""
        self._broken.pop(watch_id, None)
        if watch_id in self._watches:
            _, query = self._watches.pop(watch_id)
            self._index.remove(query, watch_id)

    @property
    def broken(self) -> tuple[tuple[Watch, Mistake], ...]:
        """Watches whose query can no longer be read, as when a topic's file is gone."""
        return tuple(self._broken.values())

    def topics_of(self, entry: Entry) -> Mapping[str, str]:
        """The topics that one entry is about: name and reason."""
        return topics_of(entry, self._topics)

    def subjects_of(self, story: Story) -> Mapping[str, str]:
        """The topics that a story is about, by vote: name and reason."""
        return subjects_of(story, self._topics)

    def concerned(self, story: Story) -> tuple[Concern, ...]:
        """Every watch that the story answers, with the reason; in order of the watches' ids."""
        subjects = self.subjects_of(story)
        concerns: dict[int, Concern] = {}
        for entry in _own_entries(story):
            for standing in self._index.answered(_split(entry.text), subjects):
                new = standing.askers.keys() - concerns.keys()
                because = _reason(standing.query, entry, subjects) if new else ""
                concerns |= {asker: Concern(self._watches[asker][0], because) for asker in new}
        return tuple(concern for _, concern in sorted(concerns.items()))
