"""Who may see which part of a story: a feed that a workspace brought is told to that one alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.model.story import Story
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


def version_at(
    story: Story, readers: Mapping[str, frozenset[Workspace]], here: Destination
) -> Version | None:
    """The version that people in this place may see; None where they may see nothing of it.

    Whoever runs wirewatch comes by the console, and sees all. `readers` is as for `versions`.
    """
    if here.platform is Platform.CONSOLE:
        return Version(story, None)
    return next((each for each in versions(story, readers) if each.is_for(here)), None)


def _without(story: Story, feed_ids: frozenset[str]) -> Story:
    """The story as told by the other feeds."""
    return story.with_only(t for t in story.tellings if t.entry.feed_id not in feed_ids)
