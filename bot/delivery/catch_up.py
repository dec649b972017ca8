"""How many stories a channel is told one by one, and the recap of those that were too many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model.delivery import Action, Bulletin, Line, Post
from bot.model.watch import Destination

MOST = 10
"""Stories that a channel is told one by one within `LATELY`."""
LATELY = timedelta(minutes=10)
QUIET = timedelta(minutes=10)
"""A recap is made when nothing more has been held back for so long,"""
PATIENCE = timedelta(minutes=30)
"""or when the first has waited for so long."""
NAMED = 15
"""Stories that a recap names; it counts the others."""


@dataclass(frozen=True, slots=True)
class Held:
    """A story that a channel was not told by a post of its own."""

    destination: Destination
    story_id: str
    headline: str
    link: str | None
    outlet: str
    at: datetime
    """When it was held back."""


def fold(
    actions: Sequence[Action], posted_lately: Mapping[Destination, int], most: int = MOST
) -> tuple[tuple[Action, ...], tuple[Post, ...]]:
    """What is said now, and the posts to hold back where a channel would get more than `most`.

    `posted_lately` counts the stories that each channel was given within `LATELY`. Where not all
    can be told, those go first that most newsrooms tell, and of these the newest. What goes is
    said oldest first. Edits and notices are never held.
    """
    waiting: defaultdict[Destination, list[Post]] = defaultdict(list)
    others: list[Action] = []
    for action in actions:
        if isinstance(action, Post) and not action.bulletin.notice:
            waiting[action.destination].append(action)
        else:
            others.append(action)
    told: list[Post] = []
    held: list[Post] = []
    for destination, posts in waiting.items():
        room = max(0, most - posted_lately.get(destination, 0))
        posts.sort(key=_weight, reverse=True)
        told += posts[:room]
        held += posts[room:]
    told.sort(key=lambda post: post.bulletin.opened_at)
    return (*others, *told), tuple(held)


def recaps(held: Iterable[Held], now: datetime) -> list[tuple[Post, tuple[Held, ...]]]:
    """The recaps whose time has come, each with all the stories that it stands for."""
    waiting: defaultdict[Destination, list[Held]] = defaultdict(list)
    for story in held:
        waiting[story.destination].append(story)
    made = []
    for destination, stories in waiting.items():
        stories.sort(key=lambda story: story.at, reverse=True)
        if now - stories[0].at >= QUIET or now - stories[-1].at >= PATIENCE:
            because = f"More than {MOST} stories came for this channel within ten minutes."
            made.append((Post(destination, _recap(stories, now), because), tuple(stories)))
    return made


def _weight(post: Post) -> tuple[int, datetime]:
    return post.bulletin.publishers, post.bulletin.opened_at


def _recap(stories: Sequence[Held], now: datetime) -> Bulletin:
    """`stories`: newest first."""
    number = len(stories)
    lines = tuple(Line(story.headline, story.outlet, story.link) for story in stories[:NAMED])
    if number > NAMED:
        lines = (Line(f"The newest {NAMED}:", "", None), *lines)
    return Bulletin(
        story_id=f"recap:{now:%Y%m%dT%H%M%SZ}",
        headline=f"{number} more {'story' if number == 1 else 'stories'} came at the same time",
        link=None,
        lines=lines,
        counts=(),
        mentions=(),
        publishers=0,
        opened_at=stories[-1].at,
        changed_at=now,
        notice=True,
    )
