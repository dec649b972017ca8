"""Who may see which part of a story: a feed that a workspace brought is told to that one alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.model.story import Story, Telling
from bot.model.watch import Destination, Platform

Workspace = tuple[Platform, str]


@dataclass(frozen=True, slots=True)
class Version:
    """A story as some workspaces see it."""

    story: Story
    only: frozenset[Workspace] | None
    """Whose it is; None: everybody's but theirs who have one of their own."""
    never: frozenset[Workspace] = frozenset()
    hidden: frozenset[str] = frozenset()
    """The feeds that they do not see."""

    def is_for(self, destination: Destination) -> bool:
        workspace = (destination.platform, destination.workspace)
        return workspace not in self.never if self.only is None else workspace in self.only

    def of(self, story: Story | None) -> Story | None:
        """What they see of it at another time, or of one beside it; None where that is nothing."""
        seen = story and _without(story, self.hidden)
        return seen if seen and seen.tellings else None


def versions(
    story: Story, readers: Mapping[str, frozenset[Workspace]], beside: Iterable[Story] = ()
) -> tuple[Version, ...]:
    """The versions of `story` that have something to tell; together they are for nobody twice.

    `readers` has, for each feed that is not everybody's, the workspaces that brought it. Of the
    stories `beside` it, too, those who share a version see the same.
    """
    told_by = (entry.feed_id for each in (story, *beside) for entry in each.entries)
    brought = frozenset(told_by) & readers.keys()
    if not brought:
        return (Version(story, None),)
    sees: defaultdict[Workspace, set[str]] = defaultdict(set)
    for feed_id in brought:
        for workspace in readers[feed_id]:
            sees[workspace].add(feed_id)
    alike: defaultdict[frozenset[str], set[Workspace]] = defaultdict(set)
    for workspace, feed_ids in sees.items():
        alike[frozenset(feed_ids)].add(workspace)
    found = [Version(_without(story, brought), None, frozenset(sees), brought)]
    found += [
        Version(_without(story, brought - seen), frozenset(whose), hidden=brought - seen)
        for seen, whose in alike.items()
    ]
    return tuple(version for version in found if version.story.tellings)


def _without(story: Story, feed_ids: frozenset[str]) -> Story:
    """The story as told by the other feeds; its times are theirs, its copies copy what is left."""
    tellings = tuple(t for t in story.tellings if t.entry.feed_id not in feed_ids)
    if len(tellings) == len(story.tellings) or not tellings:
        return replace(story, tellings=tellings)
    told_at = [telling.entry.told_at for telling in tellings]
    return replace(
        story,
        tellings=_with_originals(tellings),
        opened_at=min(told_at),
        changed_at=max(told_at),
    )


def _with_originals(tellings: tuple[Telling, ...]) -> tuple[Telling, ...]:
    """The first copy of an entry that is not among them stands for it, and the others copy that."""
    stands = {telling.entry.id: telling.entry.id for telling in tellings}
    found = []
    for telling in tellings:
        if telling.copy_of is None:
            found.append(telling)
            continue
        first = stands.setdefault(telling.copy_of, telling.entry.id)
        found.append(replace(telling, copy_of=None if first == telling.entry.id else first))
    return tuple(found)
