"""Which story an entry tells: the place of each entry, and the reasons for it.

An entry whose text repeats another's goes where that one is. Any other is compared, entry by entry,
with the open stories that it may tell. Where it is like one of their entries, those stories and the
new entry are grouped anew, so that the order in which they came does not decide: it joins a story,
opens one, makes one of two, or takes out of a story an entry that is more like itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from statistics import fmean
from typing import assert_never

from bot.model.entry import Entry, New, News, Revised
from bot.model.story import Because, Story, StoryChange, Telling, Turn
from bot.stories.copies import COPIED, fixed_words, overlap
from bot.stories.features import HEADLINE, STEM, as_said
from bot.stories.lifecycle import split, story_id
from bot.stories.likeness import (
    DAY,
    ONE_EVENT,
    Told,
    language,
    log_odds,
    probability,
    shared_terms,
    told,
    tolls,
    tolls_clash,
)
from bot.stories.regrouping import Match, regrouped
from bot.stories.weights import Weights
from bot.stories.window import Held, Window

FARTHEST = timedelta(hours=72)
"""Between an entry and a story that it can belong to."""
LATER = timedelta(hours=6)
"""After a story, what is like it but for the time is a later development."""
ANOTHER_EVENT = -3.0
"""Log-odds below which a revised entry no longer tells what the others of its story tell."""
SHOWN = 5
"""Words that are given as the reason."""
VERIFIED = 6
"""Entries with word runs in common whose texts are compared in full."""
COMPARED = 12
"""Entries of a story that are compared: the first half and the last half of them."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """A telling whose text an entry repeats."""

    story: Story
    telling: Telling
    share: float


def place(news: News, window: Window) -> tuple[StoryChange, ...]:
    """What `news` does to the open stories, in order; the entry's own place is the last of it.

    The window stays as it is: see `Window.advance`. An entry that is known already, and a revision
    of one whose story is no longer open, do nothing. A revision may take its entry out of its story.
    """
    match news:
        case New(entry):
            return () if window.story_of(entry.id) else _placed(entry, window)
        case Revised(entry):
            return _revised(entry, window)
        case _:
            assert_never(news)


def _placed(entry: Entry, window: Window) -> tuple[StoryChange, ...]:
    repeated, fixed = _repeated(entry, window)
    if repeated is not None:
        original = repeated.telling.entry
        because = Because(
            f"Repeats the text of {original.outlet}: “{original.title}”.", repeated.share
        )
        copy = Telling(entry, repeated.telling.copy_of or original.id)
        return (StoryChange(_with(repeated.story, copy), Turn.JOINED, because, entry),)
    weights = window.weights(entry)
    if fixed:
        weights = {t: w for t, w in weights.items() if t.removeprefix(HEADLINE) not in fixed}
    matches = sorted(_matches(entry, weights, window), key=lambda match: match.mean, reverse=True)
    if not any(match.most >= ONE_EVENT for match in matches):
        return (_opened(entry, weights, matches, window.learnt),)
    found = regrouped(entry, matches, window.learnt)
    if found.story is None:
        return (*found.moves, _opened(entry, weights, matches, window.learnt))
    return (*found.moves, _joined(entry, weights, found.story, found.like, window.learnt))


def _revised(entry: Entry, window: Window) -> tuple[StoryChange, ...]:
    story = window.story_of(entry.id)
    if story is None:
        return ()
    tellings = tuple(
        _retold(telling, entry, story) if telling.entry.id == entry.id else telling
        for telling in story.tellings
    )
    if tellings == story.tellings:
        return ()
    story = replace(story, tellings=tellings, changed_at=max(story.changed_at, entry.seen_at))
    if _changed_its_subject(entry, window):
        because = Because(f"“{entry.outlet}” tells of another event under the same link.")
        # It may have told of that event before, in a story that others have joined since.
        seed = f"{story.id} {entry.id} {entry.fingerprint} {entry.seen_at}"
        ids = (story_id(f"{seed} {n}") for n in count())
        new_id = next(each for each in ids if window.get(each) is None)
        return (replace(split(story, {entry.id}, because, new_id, with_copies=False), entry=entry),)
    because = Because(f"{entry.outlet} changed its words.")
    return (StoryChange(story, Turn.REVISED, because, entry),)


def _retold(telling: Telling, entry: Entry, story: Story) -> Telling:
    """Now in the words of `entry`: a copy as long as it repeats its original, or a copy of that."""
    if telling.copy_of is None:
        return Telling(entry)
    original = telling.copy_of
    alike = (t.entry for t in story.tellings if original in (t.entry.id, t.copy_of))
    repeats = any(each.id != entry.id and overlap(entry, each) >= COPIED for each in alike)
    return Telling(entry, original if repeats else None)


def _changed_its_subject(entry: Entry, window: Window) -> bool:
    """Whether the others of its story hardly tell what `entry` tells now, and it did not before."""
    held = window.held_of(entry.id)
    if held is None or held.story.settled or len(held.story.tellings) == 1:
        return False
    if any(overlap(entry, old) >= COPIED for old in held.story.entries if old.id == entry.id):
        return False
    weights = window.weights(entry)
    # Where all the others are copies of it, they tell what it told.
    others = _some(tuple(t for t in held.told if t.entry.id != entry.id) or held.told)
    now = told(entry, weights)
    return fmean(log_odds(weights, now, o, window.learnt) for o in others) < ANOTHER_EVENT


def _repeated(entry: Entry, window: Window) -> tuple[Repeated | None, frozenset[str]]:
    """The telling whose text `entry` repeats, and the terms that are only a site's fixed text."""
    fixed: frozenset[str] = frozenset()
    for entry_id in window.may_repeat(entry)[:VERIFIED]:
        held = window.held_of(entry_id)
        if held is None or _speak_apart(entry, held) or _apart(entry, held.story) > FARTHEST:
            continue
        story = held.story
        telling = next(t for t in story.tellings if t.entry.id == entry_id)
        share = overlap(entry, telling.entry)
        if share < COPIED or tolls_clash(entry, telling.entry):
            continue
        if not (in_common := fixed_words(entry, telling.entry)):
            return Repeated(story, telling, share), fixed
        fixed |= {word[:STEM] for word in in_common}
    return None, fixed


def _matches(entry: Entry, weights: Mapping[str, float], window: Window) -> Iterator[Match]:
    own = told(entry, weights)
    for held in window.near(weights):
        if _speak_apart(entry, held) or _apart(entry, held.story) > FARTHEST:
            continue
        if compared := _some(
            tuple(t for t in held.told if own.language in ("", t.language) or not t.language)
        ):
            odds = tuple(log_odds(weights, own, other, window.learnt) for other in compared)
            yield Match(held, compared, odds)


def _apart(entry: Entry, story: Story) -> timedelta:
    return max(story.opened_at - entry.told_at, entry.told_at - story.changed_at)


def _speak_apart(entry: Entry, held: Held) -> bool:
    """Whether both are known to be in languages, and in different ones."""
    spoken = language(entry)
    return bool(spoken and held.languages) and spoken not in held.languages


def _some(told: tuple[Told, ...]) -> tuple[Told, ...]:
    """How a story began and how it stands."""
    if len(told) <= COMPARED:
        return told
    return told[: COMPARED // 2] + told[-COMPARED // 2 :]


def _opened(
    entry: Entry, weights: Mapping[str, float], matches: Sequence[Match], learnt: Weights
) -> StoryChange:
    """`matches`: the story most like it first."""
    follows = next((m.held.story.id for m in matches if _goes_on(entry, m, learnt)), None)
    if matches:
        nearest = matches[0]
        because = Because(
            f"The open story most like it, “{nearest.held.story.entries[0].title}”, is not like it"
            f" enough{_clash(entry, nearest.compared)}.",
            probability(nearest.mean),
            as_said(entry, shared_terms(weights, nearest.compared, SHOWN)),
        )
    else:
        because = Because("No open story is like it.")
    told_at = entry.told_at
    story = Story(story_id(entry.id), (Telling(entry),), told_at, told_at, follows)
    return StoryChange(story, Turn.OPENED, because, entry)


def _joined(
    entry: Entry,
    weights: Mapping[str, float],
    story: Story,
    like: Sequence[Told],
    learnt: Weights,
) -> StoryChange:
    odds = [log_odds(weights, told(entry, weights), other, learnt) for other in like]
    shared = as_said(entry, shared_terms(weights, like, SHOWN))
    agreed = sorted({toll for other in like for toll in tolls(other.entry)} & {*tolls(entry)})
    figures = "".join(f", {n:,} {kind}" for kind, n in agreed)
    because = Because(
        f"Tells the same as “{story.entries[0].title}”: {', '.join(shared)}{figures}.",
        probability(fmean(odds)),
        shared,
    )
    return StoryChange(_with(story, Telling(entry)), Turn.JOINED, because, entry)


def _clash(entry: Entry, compared: Sequence[Told]) -> str:
    if not any(tolls_clash(entry, other.entry) for other in compared):
        return ""
    return f": its tolls clash ({', '.join(f'{n:,} {kind}' for kind, n in tolls(entry))})"


def _goes_on(entry: Entry, match: Match, learnt: Weights) -> bool:
    """Whether only the time between them makes `entry` another story than this earlier one."""
    if entry.told_at - match.held.story.changed_at < LATER:
        return False
    days = fmean(entry.told_at.timestamp() - other.at for other in match.compared) / DAY
    return match.mean - learnt.a_day_apart * days >= ONE_EVENT


def _with(story: Story, telling: Telling) -> Story:
    told_at = telling.entry.told_at
    return replace(
        story,
        tellings=(*story.tellings, telling),
        opened_at=min(story.opened_at, told_at),
        changed_at=max(story.changed_at, told_at),
    )
