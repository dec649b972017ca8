"""What is said of a story: its headline, two sentences with their sources, its counts and tellers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from bot.model.delivery import Bulletin, Count, Earlier, Line, Mention
from bot.model.entry import Entry
from bot.model.story import Story
from bot.stories.counts import agree, counts, spoken
from bot.stories.figures import figures_in, label
from bot.stories.tellers import prints
from bot.stories.words import sentences, words

MOST_WORDS = 61
"""Of a summary."""
FEWEST_WORDS = 5
"""Of a sentence that says something."""
CONSIDERED = 12
"""The most central sentences, of which every pair is tried."""
LONG_WORD = 4
"""Letters; shorter words say little of what a story is about."""
TITLE_COUNTS = 0.5
"""A word of the title says this much of what one of the text says of the story."""
LATER = 0.12
"""What a sentence loses for each one before it in its entry, at most `LATEST` times."""
LATEST = 5
BREVITY = 0.25
"""Power of its length by which a summary's worth is divided."""
OUTDATED = 0.3
"""What is left of the worth of a sentence with figures that nobody stands by any more."""
CLEARLY = 1.5
"""How many times as central a newer headline must be to replace the one that stands."""

_CLOSERS = """"'”’»)]"""
_ENDS = (".", "!", "?", "؟", "۔", "。")
_DEBRIS = re.compile(
    r"\b(?:story highlights|image (?:copyright|caption|source)|(?:media|toggle) caption|getty images"
    r"|click here|sign up|subscribe|subscribers|newsletter|read (?:also|more)|all rights reserved"
    r"|follow us|advertisement|this (?:story|article) (?:has been|was) (?:updated|corrected))\b"
)
"""Looked for in folded text."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    entry: Entry
    length: int
    terms: frozenset[str]
    weight: float
    """1 for a lead whose figures are up to date."""
    says: float
    """How much its terms are of the story."""


def summarise(story: Story, news: str | None = None, earlier: Story | None = None) -> Bulletin:
    """What is to be said of `story` now.

    `news` is what the last change was, if worth telling; `earlier` the story that it goes on from.
    """
    told = counts(story)
    own = _own(story)
    stands = _headline(own, told)
    return Bulletin(
        story_id=story.id,
        headline=stands.title,
        link=stands.link,
        lines=_lines(own, told),
        counts=told,
        mentions=_mentions(story),
        publishers=len(story.publishers),
        opened_at=story.opened_at,
        changed_at=story.changed_at,
        news=news,
        follows=_earlier(earlier) if earlier is not None else None,
    )


def headline(story: Story) -> str:
    """What its post is titled."""
    return _headline(_own(story), counts(story)).title


def _own(story: Story) -> tuple[Entry, ...]:
    return tuple(telling.entry for telling in story.tellings if telling.copy_of is None)


def _earlier(story: Story) -> Earlier:
    return Earlier(headline(story), story.entries[0].link, story.opened_at)


def _headline(own: Sequence[Entry], told: Sequence[Count]) -> Entry:
    """The first entry's, until a clearly more central one comes or its figures are out of date.

    It is found by going through the entries as they came, so that it does not go back and forth.
    """
    said: Counter[str] = Counter()
    stands = own[0]
    for entry in own:
        said.update(_long(words(entry.text)))
        if _mean(said, entry.title) > CLEARLY * _mean(said, stands.title):
            stands = entry
    up_to_date = (e for e in (stands, *own) if not _outdated(e.title, told))
    return next(up_to_date, stands)


def _mean(said: Mapping[str, int], title: str) -> float:
    long_words = _long(words(title))
    return sum(said[word] for word in long_words) / len(long_words) if long_words else 0.0


def _lines(own: Sequence[Entry], told: Sequence[Count]) -> tuple[Line, ...]:
    """At most two sentences, which together say most of what the entries say; the fuller one first."""
    central = _central(own)
    found = sorted(
        _sentences(own, told, central),
        key=lambda sentence: _worth((sentence,), central),
        reverse=True,
    )[:CONSIDERED]
    if not found:
        return _beginning(own)
    pairs = [pair for pair in combinations(found, 2) if sum(s.length for s in pair) <= MOST_WORDS]
    chosen = max(((found[0],), *pairs), key=lambda each: _worth(each, central))
    return tuple(Line(s.text, s.entry.outlet, s.entry.link) for s in chosen)


def _central(own: Sequence[Entry]) -> Mapping[str, float]:
    """How much each word and pair of words is of the story: in how many entries it is said."""
    said: dict[str, float] = {}
    for entry in own:
        for text, counts_for in ((entry.summary, 1.0), (entry.title, TITLE_COUNTS)):
            for term in _terms(text):
                said[term] = said.get(term, 0.0) + counts_for
    return {term: much * much for term, much in said.items()}


def _worth(chosen: Sequence[_Sentence], central: Mapping[str, float]) -> float:
    """What is said at all counts once, so that two sentences do not say the same."""
    said = sum(sentence.says for sentence in chosen)
    for one, other in combinations(chosen, 2):
        said -= sum(central[term] for term in one.terms & other.terms)
    weight = sum(sentence.weight for sentence in chosen) / len(chosen)
    length = sum(sentence.length for sentence in chosen)
    return float(weight * said / length**BREVITY)


def _sentences(
    own: Sequence[Entry], told: Sequence[Count], central: Mapping[str, float]
) -> Iterable[_Sentence]:
    """The sentences that can stand alone, each once."""
    found: dict[str, _Sentence] = {}
    for entry in own:
        for place, text in enumerate(sentences(entry.summary)):
            length = len(text.split())
            if text in found or not FEWEST_WORDS <= length <= MOST_WORDS or not _is_whole(text):
                continue
            weight = 1 - LATER * min(place, LATEST)
            if _outdated(text, told):
                weight *= OUTDATED
            terms = _terms(text)
            says = sum(map(central.__getitem__, terms))
            found[text] = _Sentence(text, entry, length, terms, weight, says)
    return found.values()


def _is_whole(sentence: str) -> bool:
    """It ends, its quotes are closed, and it is no debris of the page."""
    quotes_closed = sentence.count("“") == sentence.count("”") and sentence.count('"') % 2 == 0
    end = sentence.rstrip(_CLOSERS)
    is_finished = end.endswith(_ENDS) and not end[:-1].endswith((".", "…"))
    return quotes_closed and is_finished and not _DEBRIS.search(sentence.casefold())


def _beginning(own: Sequence[Entry]) -> tuple[Line, ...]:
    """Where no sentence is whole: the first words that there are."""
    entry = next((entry for entry in own if entry.summary), None)
    if entry is None:
        return ()
    begun = entry.summary.split()
    text = " ".join(begun[:MOST_WORDS]) + ("…" if len(begun) > MOST_WORDS else "")
    return (Line(text, entry.outlet, entry.link),)


def _outdated(text: str, told: Sequence[Count]) -> bool:
    """Whether `text` states, of something that is counted, no value that an outlet stands by."""
    if not told:
        return False
    said = [(label(f), spoken(f)) for sentence in sentences(text) for f in figures_in(sentence)]
    counted = {name for name, _ in said} & {count.label for count in told}
    standing = {
        count.label
        for count in told
        for name, value in said
        if name == count.label and agree(value, count.value)
    }
    return not counted <= standing


def _terms(text: str) -> frozenset[str]:
    """The long words of `text`, and the pairs of words with a long one."""
    said = words(text)
    pairs = {
        f"{one} {other}"
        for one, other in pairwise(said)
        if len(one) >= LONG_WORD or len(other) >= LONG_WORD
    }
    return frozenset(pairs.union(_long(said)))


def _long(said: Iterable[str]) -> set[str]:
    return {word for word in said if len(word) >= LONG_WORD or word.isdecimal()}


def _mentions(story: Story) -> tuple[Mention, ...]:
    """Each outlet once for each newsroom whose text it prints, by its first print of it."""
    first: dict[tuple[str, str], Mention] = {}
    own = {(each.entry.outlet, each.publisher) for each in prints(story) if not each.copy}
    for each in prints(story):
        told = (each.entry.outlet, each.publisher)
        first.setdefault(
            told,
            Mention(
                outlet=each.entry.outlet,
                link=each.entry.link,
                told_at=each.entry.told_at,
                copy=told not in own,
                publisher=each.publisher,
            ),
        )
    return tuple(first.values())
