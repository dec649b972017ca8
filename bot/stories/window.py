"""The open stories, held in memory so that an entry finds its like without a look at all of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush, nlargest
from operator import itemgetter
from sys import intern

from bot.model.entry import Entry
from bot.model.story import Story, StoryChange, Telling, Turn
from bot.stories.features import HEADLINE, headline, sample, terms
from bot.stories.likeness import Told, language, packed, told, unpacked
from bot.stories.rarity import NO_PAST, Past, Rarity
from bot.stories.sketches import Sketches
from bot.stories.weights import LEARNT, Weights

INDEXED = 14
"""Heaviest words of an entry under which its story is found."""
MOST_INDEXED = 100
"""Words under which a story of many entries is found."""
LOOKED_AT = 300
"""Stories looked at, the heaviest word's first, before the nearest of them are taken."""
NEAREST = 4
"""Stories compared in full."""
SHORTNESS = 120.0
"""Rare words that each text is supposed to say besides its own: the fewer and commoner its own, the
less its likeness to another means."""
SHORT_HEADLINE = 12.0
"""The same of each headline."""


@dataclass(frozen=True, slots=True)
class Held:
    """An open story and what entries are compared with."""

    story: Story
    told: tuple[Told, ...]
    """Its entries but the copies."""
    languages: frozenset[str]
    """Those that are known of its entries, without their regions."""


class Window:
    """The open stories, and how common words are in the news of late."""

    def __init__(self, learnt: Weights = LEARNT, past: Past = NO_PAST) -> None:
        self.learnt = learnt
        self._rarity = Rarity(past)
        self._held: dict[str, Held] = {}
        self._told: dict[str, Told] = {}
        self._story_of: dict[str, str] = {}
        self._found_under: dict[str, list[str]] = {}
        self._indexed_under: dict[str, list[str]] = {}
        self._sketches = Sketches()
        self._by_age: list[tuple[datetime, str]] = []
        self._weighed: tuple[Entry | None, dict[str, float]] = (None, {})

    @classmethod
    def restore(
        cls,
        stories: Iterable[Story],
        past: Past = NO_PAST,
        compared: Mapping[str, bytes] | None = None,
    ) -> Window:
        """A window of these stories, which also teach it how common words are.

        With the `past` and all that `compared` gave of an earlier one it places as that one would.
        What of an entry was not kept is made of its text.
        """
        window = cls(past=past)
        # A run of words is found under the texts that said it first: those seen first.
        for story in sorted(stories, key=lambda story: story.tellings[0].entry.seen_at):
            window._put(story, compared)
        return window

    def compared(self, entry: Entry) -> bytes:
        """What is to be kept of an entry that is held, for `restore`."""
        return packed(self._told[entry.id], sample(entry))

    def advance(self, changes: Iterable[StoryChange]) -> None:
        """Take in what has happened."""
        for change in changes:
            match change.turn:
                case Turn.CLOSED:
                    self._drop(change.story.id)
                case Turn.MERGED if change.other is not None:
                    self._unlist(change.other.id)
                    self._put(change.story)
                case Turn.SPLIT if change.other is not None:
                    self._put(change.story)
                    self._put(change.other)
                case _:
                    self._put(change.story)

    def forget(self, before: datetime) -> None:
        """Let go of the stories that have not changed since `before`."""
        while self._by_age and self._by_age[0][0] < before:
            changed_at, story_id = heappop(self._by_age)
            held = self._held.get(story_id)
            if held is not None and held.story.changed_at == changed_at:
                self._drop(story_id)

    @property
    def past(self) -> Past:
        """What it knows of the words of the stories that it let go."""
        return self._rarity.past

    def stories(self) -> Iterator[Story]:
        return (held.story for held in self._held.values())

    def get(self, story_id: str) -> Story | None:
        held = self._held.get(story_id)
        return held.story if held else None

    def story_of(self, entry_id: str) -> Story | None:
        """The open story that tells this entry."""
        held = self.held_of(entry_id)
        return held.story if held else None

    def held_of(self, entry_id: str) -> Held | None:
        return self._held.get(self._story_of.get(entry_id, ""))

    def weights(self, entry: Entry) -> dict[str, float]:
        """The words of `entry`, heaviest first: rare ones that are said often.

        An entry has the weights of the news before it, also when it has been placed.
        """
        last, weights = self._weighed
        if last is not entry:
            weights = self._weigh(entry)
            self._weighed = entry, weights
        return weights

    def near(self, weights: Mapping[str, float]) -> list[Held]:
        """The stories that have most in common with an entry of these weights."""
        under = [
            (self._found_under[term], weight)
            for term, weight in weights.items()
            if term in self._found_under
        ]
        found: dict[str, float] = {}
        left = LOOKED_AT
        for stories, weight in sorted(under, key=lambda each: len(each[0])):
            left -= len(stories)
            if left < 0:
                break
            for story_id in stories:
                found[story_id] = found.get(story_id, 0.0) + weight * weight
        nearest = nlargest(NEAREST, found.items(), key=itemgetter(1, 0))
        return [self._held[story_id] for story_id, _ in nearest]

    def may_repeat(self, entry: Entry) -> list[str]:
        """The ids of the entries that have word runs in common with this one, most first."""
        alike = self._sketches.alike(sample(entry))
        alike.pop(entry.id, None)
        return sorted(alike, key=lambda entry_id: (-alike[entry_id], entry_id))

    def _weigh(self, entry: Entry) -> dict[str, float]:
        weights = self._rarity.weigh(terms(entry), language(entry))
        length = math.sqrt(SHORTNESS + math.hypot(*weights.values()) ** 2)
        heaviest_first = sorted(weights.items(), key=itemgetter(1), reverse=True)
        weighed = {term: weight / length for term, weight in heaviest_first}
        rare = self._rarity.weigh(dict.fromkeys(headline(entry), 1), language(entry))
        length = math.sqrt(SHORT_HEADLINE + math.hypot(*rare.values()) ** 2)
        length *= math.sqrt(self.learnt.alike / self.learnt.headlines_alike)
        for term, weight in rare.items():
            weighed[intern(HEADLINE + term)] = weight / length
        return weighed

    def _put(self, story: Story, compared: Mapping[str, bytes] | None = None) -> None:
        held = self._held.get(story.id)
        before = held.story.tellings if held else ()
        is_reworded = False
        if held and story.tellings[: len(before)] == before:
            own, new, languages = list(held.told), story.tellings[len(before) :], held.languages
        elif held and list(map(_place, before)) == list(map(_place, story.tellings)):
            is_reworded = True
            new = tuple(
                now
                for was, now in zip(before, story.tellings, strict=True)
                if was.entry is not now.entry
            )
            again = {telling.entry.id for telling in new}
            for entry in held.story.entries:
                if entry.id in again:
                    self._sketches.remove(entry.id, sample(entry))
            own = [told for told in held.told if told.entry.id not in again]
            languages = held.languages
        else:
            self._unlist(story.id)
            own, new, languages = [], story.tellings, frozenset()
        under = self._indexed_under.setdefault(story.id, [])
        for telling in new:
            entry = telling.entry
            self._story_of[entry.id] = story.id
            told = self._take_in(entry, (compared or {}).get(entry.id))
            if telling.copy_of is not None:
                continue
            own.append(told)
            for term in told.terms[:INDEXED]:
                if term not in under and len(under) < MOST_INDEXED:
                    self._found_under.setdefault(term, []).append(story.id)
                    under.append(term)
        if is_reworded:
            order = {telling.entry.id: n for n, telling in enumerate(story.tellings)}
            own.sort(key=lambda told: order[told.entry.id])
        languages |= {language(telling.entry) for telling in new} - {""}
        self._held[story.id] = Held(story, tuple(own), languages)
        heappush(self._by_age, (story.changed_at, story.id))

    def _take_in(self, entry: Entry, kept: bytes | None) -> Told:
        known = self._told.get(entry.id)
        if known is not None and known.entry == entry:
            self._sketches.add(entry.id, sample(entry))
            return known
        restored = None if kept is None else unpacked(entry, kept)
        found, sketch = restored or (told(entry, self.weights(entry)), sample(entry))
        if known is not None:  # it was revised
            self._rarity.unlearn(known.words)
        self._told[entry.id] = found
        self._rarity.learn(found.words)
        self._sketches.add(entry.id, sketch)
        return found

    def _drop(self, story_id: str) -> None:
        held = self._unlist(story_id)
        for entry in held.story.entries if held else ():
            self._rarity.let_go(self._told.pop(entry.id).words)

    def _unlist(self, story_id: str) -> Held | None:
        """Let nobody find the story, but remember what its entries are compared by."""
        held = self._held.pop(story_id, None)
        if held is None:
            return None
        for term in self._indexed_under.pop(story_id):
            stories = self._found_under[term]
            stories.remove(story_id)
            if not stories:
                del self._found_under[term]
        for entry in held.story.entries:
            self._sketches.remove(entry.id, sample(entry))
            self._story_of.pop(entry.id, None)
        return held


def _place(telling: Telling) -> tuple[str, str | None]:
    return telling.entry.id, telling.copy_of
