"""What an entry makes of the open stories that it is like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from bot.model.entry import Entry
from bot.model.story import Because, Story, StoryChange
from bot.stories.grouping import Group, grouped
from bot.stories.lifecycle import merged, split, story_id
from bot.stories.likeness import NEVER, ONE_EVENT, Told, log_odds
from bot.stories.weights import Weights
from bot.stories.window import Held

GROUPED = 8
"""Entries of a story that are still grouped anew; a larger one stays whole, and so does one that
people have settled."""
IN_PLAY = 24
"""Entries that are grouped anew at one time."""
BRIDGED = 3.0
"""Log-odds that an entry tells the event of each of two stories, from which these are one, however
little they are like each other."""


@dataclass(frozen=True, slots=True)
class Match:
    """A story that an entry may tell."""

    held: Held
    compared: tuple[Told, ...]
    odds: tuple[float, ...]
    """The log-odds that the entry tells the same event as each of those compared."""

    @property
    def mean(self) -> float:
        return fmean(self.odds)

    @property
    def most(self) -> float:
        return max(self.odds)


@dataclass(frozen=True, slots=True)
class Regrouped:
    """The stories as they are without the new entry, and the one that it belongs to."""

    moves: tuple[StoryChange, ...]
    """Splits, then merges."""
    story: Story | None
    """None where the entry is still by itself."""
    like: tuple[Told, ...]
    """What the entry is like in that story."""


@dataclass(frozen=True, slots=True)
class _Part:
    """Entries of one story that stay together; those of them that are compared."""

    story: Story
    told: tuple[Told, ...]
    odds: tuple[float, ...]
    """Towards the new entry."""


def regrouped(entry: Entry, matches: Sequence[Match], learnt: Weights) -> Regrouped:
    """Group `entry` and the entries of the stories that it is like, as if all had come at once."""
    parts = [part for match in _in_play(matches) for part in _parts(match, learnt)]
    groups = _bridged(_grouped(parts, learnt, with_entry=True), parts)
    with_entry = next(group for group in groups if len(parts) in group)
    moves: list[StoryChange] = []
    stands: dict[Group, list[Story]] = {group: [] for group in groups}
    for story, home, leaves in _homes(parts, groups):
        left = story
        for group, told in leaves:
            ids = {each.entry.id for each in told}
            first = told[0].entry
            because = _why_split(first, entry, group is with_entry)
            # The first entry's own story may be open, or have been merged away.
            change = split(left, ids, because, story_id(f"{left.id} {first.id} {entry.id}"))
            assert change.other is not None
            left = change.story
            moves.append(change)
            stands[group].append(change.other)
        stands[home].insert(0, left)
    joined = None
    for group, found in stands.items():
        for other in found[1:]:
            change = merged(found[0], other, _why_merged(entry, group is with_entry))
            found[0] = change.story
            moves.append(change)
        if group is with_entry and found:
            joined = found[0]
    like = tuple(t for n in with_entry if n < len(parts) for t in parts[n].told)
    return Regrouped(tuple(moves), joined, like)


def _grouped(parts: Sequence[_Part], learnt: Weights, *, with_entry: bool = False) -> list[Group]:
    """The numbers of the parts in groups; the next number is the new entry."""
    weights = [[dict(zip(t.terms, t.weights, strict=True)) for t in part.told] for part in parts]

    def alike(a: int, b: int) -> float:
        if b == len(parts):
            return fmean(parts[a].odds)
        if parts[a].story is not parts[b].story and (
            parts[a].story.settled or parts[b].story.settled
        ):
            return NEVER
        odds = [
            log_odds(weight, one, other, learnt)
            for one, weight in zip(parts[a].told, weights[a], strict=True)
            for other in parts[b].told
        ]
        return fmean(odds)

    sizes = [len(part.told) for part in parts]
    return grouped([*sizes, 1] if with_entry else sizes, alike, ONE_EVENT)


def _bridged(groups: Sequence[Group], parts: Sequence[_Part]) -> list[Group]:
    """With the groups made one that the new entry, the last number, tells all of."""

    joined = next(group for group in groups if len(parts) in group)
    one, others = joined, []
    for group in groups:
        if group is joined:
            continue
        odds = [odds for number in group for odds in parts[number].odds]
        if fmean(odds) >= BRIDGED and _may_be_one(
            [parts[n] for n in (*one, *group) if n < len(parts)]
        ):
            one += group
        else:
            others.append(group)
    return [one, *others]


def _may_be_one(parts: Sequence[_Part]) -> bool:
    """People have not said otherwise, and no two are known to be in different languages."""
    settled = any(part.story.settled for part in parts)
    spoken = {told.language for part in parts for told in part.told} - {""}
    return len(spoken) < 2 and not (settled and len({part.story.id for part in parts}) > 1)


def _in_play(matches: Sequence[Match]) -> Iterator[Match]:
    """The stories that the entry is like, the most like first."""
    left = IN_PLAY
    for match in sorted(matches, key=lambda match: match.most, reverse=True):
        left -= len(match.compared)
        if match.most < ONE_EVENT or left < 0:
            return
        yield match


def _parts(match: Match, learnt: Weights) -> list[_Part]:
    """A story's entries one by one, or all in one where they are not to be parted.

    So are those that hold together only by one that told of the event of others as well.
    """
    story, told = match.held.story, match.held.told
    singles = [
        _Part(story, (each,), (odds,))
        for each, odds in zip(match.compared, match.odds, strict=True)
    ]
    if len(told) == 1 or not (
        story.settled or len(told) > GROUPED or len(_grouped(singles, learnt)) > 1
    ):
        return singles
    return [_Part(story, match.compared, match.odds)]


def _homes(
    parts: Sequence[_Part], groups: Sequence[Group]
) -> Iterator[tuple[Story, Group, list[tuple[Group, list[Told]]]]]:
    """For each story, youngest first: the group that goes on as it, and what of it leaves for which.

    It goes on where most of its entries are, its first one where two have as many.
    """
    of = {number: group for group in groups for number in group}
    by_story: dict[str, list[int]] = {}
    for number, part in enumerate(parts):
        by_story.setdefault(part.story.id, []).append(number)
    stories = [(parts[numbers[0]].story, numbers) for numbers in by_story.values()]
    for story, numbers in sorted(
        stories, key=lambda each: (each[0].opened_at, each[0].id), reverse=True
    ):
        where: dict[Group, list[Told]] = {}
        for number in numbers:
            where.setdefault(of[number], []).extend(parts[number].told)
        home = max(where, key=lambda group: len(where[group]))
        yield story, home, [(group, told) for group, told in where.items() if group is not home]


def _why_split(leaving: Entry, entry: Entry, to_entry: bool) -> Because:
    if to_entry:
        return Because(f"“{leaving.title}” is more like “{entry.title}”.")
    return Because(f"“{leaving.title}” is of another event, as “{entry.title}” shows.")


def _why_merged(entry: Entry, with_entry: bool) -> Because:
    if with_entry:
        return Because(f"“{entry.title}” tells the same as both.")
    return Because(f"Both tell the same, as “{entry.title}” shows.")
