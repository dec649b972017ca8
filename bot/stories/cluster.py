"""Which story an entry tells: the place of each entry, and the reasons for it.

An entry whose text repeats another's goes where that one is. Any other joins the open story that it
is most like, if it is like enough: the likeness of the words, rare ones first, less what speaks
against it, which is the time between them, the same outlet once more, and tolls that clash.
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.model.entry import Entry, New, News, Revised
from bot.model.story import Because, Story, StoryChange, Telling, Turn
from bot.stories.copies import COPIED, fixed_words, overlap
from bot.stories.figures import figures, stated
from bot.stories.window import Held, Window, language

ENOUGH = 0.048
"""Likeness at which an entry tells the story."""
A_DAY_APART = 0.045
"""Off the likeness for each day between the entry and the middle of the story."""
SAME_OUTLET = 0.01
"""Off the likeness where the outlet told the story within `SOON` already."""
TOLLS_CLASH = 0.15
"""Off the likeness where the dead or wounded of one are many times those of the other."""
SOON = timedelta(hours=6)
FARTHEST = timedelta(hours=72)
"""Between an entry and a story that it can belong to."""
SHOWN = 5
"""Words that are given as the reason."""
VERIFIED = 6
"""Entries with word runs in common whose texts are compared in full."""
CLASH = 5
"""So many times over, tolls are hardly of one event, nor of one hour of it."""
A_FEW = 3
"""Added to the smaller toll, as first reports are of one or two."""


@dataclass(frozen=True, slots=True)
class Match:
    """A story that an entry may tell."""

    held: Held
    score: float


@dataclass(frozen=True, slots=True)
class Repeated:
    """A telling whose text an entry repeats."""

    story: Story
    telling: Telling
    share: float


def place(news: News, window: Window) -> StoryChange | None:
    """What `news` does to the open stories. The window stays as it is: see `Window.advance`.

    An entry that is known already, and a revision of one whose story is no longer open, do nothing.
    """
    match news:
        case New(entry):
            return None if window.story_of(entry.id) else _placed(entry, window)
        case Revised(entry):
            return _revised(entry, window)
        case _:
            assert_never(news)


def _placed(entry: Entry, window: Window) -> StoryChange:
    repeated, fixed = _repeated(entry, window)
    if repeated is not None:
        original = repeated.telling.entry
        return StoryChange(
            _told(repeated.story, Telling(entry, repeated.telling.copy_of or original.id)),
            Turn.JOINED,
            Because(f"Repeats the text of {original.outlet}: “{original.title}”.", repeated.share),
            entry,
        )
    weights = {term: w for term, w in window.weights(entry).items() if term not in fixed}
    best = max(_matches(entry, weights, window), key=lambda match: match.score, default=None)
    if best is None:
        return StoryChange(_opened(entry), Turn.OPENED, Because("No open story is like it."), entry)
    story, shared = best.held.story, best.held.heaviest(weights, SHOWN)
    first = f"“{story.entries[0].title}”"
    if best.score < ENOUGH:
        words = f"The open story most like it, {first}, is not like it enough."
        because = Because(words, max(0.0, best.score), shared)
        return StoryChange(_opened(entry), Turn.OPENED, because, entry)
    because = Because(f"Tells the same as {first}: {', '.join(shared)}.", best.score, shared)
    return StoryChange(_told(story, Telling(entry)), Turn.JOINED, because, entry)


def _revised(entry: Entry, window: Window) -> StoryChange | None:
    story = window.story_of(entry.id)
    if story is None:
        return None
    tellings = tuple(
        replace(telling, entry=entry) if telling.entry.id == entry.id else telling
        for telling in story.tellings
    )
    if tellings == story.tellings:
        return None
    return StoryChange(
        replace(story, tellings=tellings, changed_at=max(story.changed_at, entry.seen_at)),
        Turn.REVISED,
        Because(f"{entry.outlet} changed its words."),
        entry,
    )


def _repeated(entry: Entry, window: Window) -> tuple[Repeated | None, frozenset[str]]:
    """The telling whose text `entry` repeats, and the words that are only a site's fixed text."""
    fixed: frozenset[str] = frozenset()
    for entry_id in window.may_repeat(entry)[:VERIFIED]:
        story = window.story_of(entry_id)
        if story is None or _apart(entry.told_at, story) > FARTHEST:
            continue
        telling = next(t for t in story.tellings if t.entry.id == entry_id)
        share = overlap(entry, telling.entry)
        if share < COPIED or _tolls_clash(entry, (telling.entry,)):
            continue
        if not (in_common := fixed_words(entry, telling.entry)):
            return Repeated(story, telling, share), fixed
        fixed |= in_common
    return None, fixed


def _matches(entry: Entry, weights: Mapping[str, float], window: Window) -> Iterator[Match]:
    told_at, spoken = entry.told_at, language(entry)
    told = told_at.timestamp()
    for held in window.near(weights):
        if spoken and held.languages and spoken not in held.languages:
            continue
        if _apart(told_at, held.story) > FARTHEST:
            continue
        score = held.likeness(weights) - A_DAY_APART * abs(told - held.middle) / 86_400
        if score < ENOUGH / 2:
            continue
        if entry.outlet and _told_by(entry.outlet, held.story, told_at):
            score -= SAME_OUTLET
        if score >= ENOUGH and _tolls_clash(entry, held.story.entries):
            score -= TOLLS_CLASH
        yield Match(held, score)


def _apart(told_at: datetime, story: Story) -> timedelta:
    return max(story.opened_at - told_at, told_at - story.changed_at)


def _told_by(outlet: str, story: Story, told_at: datetime) -> bool:
    return any(
        telling.entry.outlet == outlet and abs(telling.entry.told_at - told_at) < SOON
        for telling in story.tellings
    )


def _tolls_clash(entry: Entry, others: Sequence[Entry]) -> bool:
    """Whether every toll that `entry` states is far from each of its kind that the others state."""
    if not (own := _tolls(entry)):
        return False
    pairs = [
        (toll, other_toll)
        for other in others
        for other_kind, other_toll in _tolls(other)
        for kind, toll in own
        if kind == other_kind
    ]
    return bool(pairs) and all(max(pair) > CLASH * (min(pair) + A_FEW) for pair in pairs)


def _tolls(entry: Entry) -> list[tuple[str, int]]:
    return [
        (figure.kind, toll)
        for figure in figures(entry)
        if figure.kind in ("killed", "wounded") and isinstance(toll := stated(figure), int)
    ]


def _opened(entry: Entry) -> Story:
    digest = hashlib.blake2b(entry.id.encode(), digest_size=10).digest()
    story_id = b32encode(digest).decode().lower()[:10]
    return Story(story_id, (Telling(entry),), opened_at=entry.told_at, changed_at=entry.told_at)


def _told(story: Story, telling: Telling) -> Story:
    told_at = telling.entry.told_at
    return Story(
        story.id,
        (*story.tellings, telling),
        opened_at=min(story.opened_at, told_at),
        changed_at=max(story.changed_at, told_at),
    )
