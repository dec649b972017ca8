"""The open stories, held in memory so that an entry finds its like without a look at all of them."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush, nlargest
from itertools import islice
from operator import itemgetter

from bot.model.entry import Entry
from bot.model.story import Story, StoryChange, Turn
from bot.stories.features import sample, terms
from bot.stories.rarity import Rarity
from bot.stories.sketches import Sketches

INDEXED = 14
"""Heaviest words of an entry under which its story is found."""
LOOKED_AT = 300
"""Stories looked at, the heaviest word's first, before the nearest of them are taken."""
NEAREST = 6
"""Stories compared in full."""
SHORTNESS = 40.0
"""Rare words that each text is supposed to say besides its own: the fewer and commoner its own, the
less its likeness to another means."""


@dataclass(frozen=True, slots=True)
class Held:
    """An open story and what it is compared by."""

    story: Story
    terms: tuple[str, ...]
    """The words of its entries, copies left out."""
    sums: array[float]
    """The weights of each of `terms`, summed over the entries."""
    tellings: int
    """How many entries that sums up."""
    middle: float
    """Mean of the times at which they were told, in seconds since 1970."""
    languages: frozenset[str]
    """Those that are known of its entries, without their regions."""

    def likeness(self, weights: Mapping[str, float]) -> float:
        """Mean likeness of an entry of these weights to the entries of the story, 0 to 1."""
        shared = [
            weights[term] * total
            for term, total in zip(self.terms, self.sums, strict=True)
            if term in weights
        ]
        return sum(shared) / self.tellings

    def heaviest(self, weights: Mapping[str, float], most: int) -> tuple[str, ...]:
        """The words that make most of that likeness."""
        shared = {
            term: weights[term] * total
            for term, total in zip(self.terms, self.sums, strict=True)
            if term in weights
        }
        return tuple(nlargest(most, shared, key=lambda term: (shared[term], term)))


def language(entry: Entry) -> str:
    """``en`` for ``en-GB``; empty where it is not known."""
    return (entry.language or "").partition("-")[0].lower()


class Window:
    """The open stories, and how common words are in the news of late."""

    def __init__(self) -> None:
        self._rarity = Rarity()
        self._held: dict[str, Held] = {}
        self._story_of: dict[str, str] = {}
        self._found_under: dict[str, list[str]] = {}
        self._indexed_under: dict[str, list[str]] = {}
        self._sketches = Sketches()
        self._by_age: list[tuple[datetime, str]] = []
        self._weighed: tuple[str, dict[str, float]] = ("", {})

    @classmethod
    def restore(cls, stories: Iterable[Story]) -> Window:
        """A window of these stories, which also teach it how common words are."""
        window = cls()
        for story in sorted(stories, key=lambda story: (story.opened_at, story.id)):
            window._put(story)
        return window

    def advance(self, changes: Iterable[StoryChange]) -> None:
        """Take in what has happened."""
        for change in changes:
            if change.turn is Turn.CLOSED:
                self._drop(change.story.id)
            else:
                self._put(change.story)

    def forget(self, before: datetime) -> None:
        """Let go of the stories that have not changed since `before`."""
        while self._by_age and self._by_age[0][0] < before:
            changed_at, story_id = heappop(self._by_age)
            held = self._held.get(story_id)
            if held is not None and held.story.changed_at == changed_at:
                self._drop(story_id)

    def stories(self) -> Iterator[Story]:
        return (held.story for held in self._held.values())

    def get(self, story_id: str) -> Story | None:
        held = self.held(story_id)
        return held.story if held else None

    def held(self, story_id: str) -> Held | None:
        return self._held.get(story_id)

    def story_of(self, entry_id: str) -> Story | None:
        """The open story that tells this entry."""
        story_id = self._story_of.get(entry_id)
        return None if story_id is None else self.get(story_id)

    def weights(self, entry: Entry) -> dict[str, float]:
        """The words of `entry`, heaviest first: rare ones that are said often.

        An entry has the weights of the news before it, also when it has been placed.
        """
        entry_id, weights = self._weighed
        if entry_id != entry.id:
            weights = self._weigh(entry)
            self._weighed = entry.id, weights
        return weights

    def near(self, weights: Mapping[str, float]) -> list[Held]:
        """The stories that have most in common with an entry of these weights."""
        found: dict[str, float] = {}
        left = LOOKED_AT
        for term, weight in weights.items():
            stories = self._found_under.get(term, ())
            left -= len(stories)
            if left < 0:
                break
            for story_id in stories:
                found[story_id] = found.get(story_id, 0.0) + weight * weight
        nearest = nlargest(NEAREST, found.items(), key=itemgetter(1))
        return [self._held[story_id] for story_id, _ in nearest]

    def may_repeat(self, entry: Entry) -> list[str]:
        """The ids of the entries that have word runs in common with this one, most first."""
        alike = self._sketches.alike(sample(entry))
        alike.pop(entry.id, None)
        return [entry_id for entry_id, _ in alike.most_common()]

    def _weigh(self, entry: Entry) -> dict[str, float]:
        weights = self._rarity.weigh(terms(entry))
        length = math.sqrt(SHORTNESS + math.hypot(*weights.values()) ** 2)
        heaviest_first = sorted(weights.items(), key=itemgetter(1), reverse=True)
        return {term: weight / length for term, weight in heaviest_first}

    def _put(self, story: Story) -> None:
        earlier = self.held(story.id)
        told = earlier.story.tellings if earlier else ()
        if earlier and story.tellings[: len(told)] == told:
            sums = dict(zip(earlier.terms, earlier.sums, strict=True))
            count, middle, new = earlier.tellings, earlier.middle, story.tellings[len(told) :]
        else:
            self._drop(story.id)
            sums, count, middle, new = {}, 0, 0.0, story.tellings
        read_before = {telling.entry.id for telling in told}
        under = self._indexed_under.setdefault(story.id, [])
        for telling in new:
            entry = telling.entry
            self._story_of[entry.id] = story.id
            self._sketches.add(entry.id, sample(entry))
            weights = self.weights(entry)
            if entry.id not in read_before:
                self._rarity.learn(weights)
            if telling.copy_of is not None:
                continue
            for term, weight in weights.items():
                sums[term] = sums.get(term, 0.0) + weight
            for term in islice(weights, INDEXED):
                if term not in under:
                    self._found_under.setdefault(term, []).append(story.id)
                    under.append(term)
            count += 1
            middle += (entry.told_at.timestamp() - middle) / count
        languages = frozenset(language(t.entry) for t in story.tellings) - {""}
        self._held[story.id] = Held(
            story, tuple(sums), array("d", sums.values()), count, middle, languages
        )
        heappush(self._by_age, (story.changed_at, story.id))

    def _drop(self, story_id: str) -> None:
        held = self._held.pop(story_id, None)
        if held is None:
            return
        for term in self._indexed_under.pop(story_id):
            stories = self._found_under[term]
            stories.remove(story_id)
            if not stories:
                del self._found_under[term]
        for entry in held.story.entries:
            self._sketches.remove(entry.id, sample(entry))
            self._story_of.pop(entry.id, None)
