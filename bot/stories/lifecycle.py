"""When a story ends, and what becomes of two that are one and of one that is two."""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from heapq import merge

from bot.model.errors import Mistake
from bot.model.story import Because, Story, StoryChange, Telling, Turn

OPEN_FOR = timedelta(hours=72)
"""How long a story that nobody adds to stays open."""


def stale(stories: Iterable[Story], now: datetime) -> tuple[StoryChange, ...]:
    """Those of the open stories that nobody added to for `OPEN_FOR`, closed."""
    because = Because(f"Nothing new for {OPEN_FOR // timedelta(hours=1)} hours.")
    return tuple(
        StoryChange(story, Turn.CLOSED, because)
        for story in stories
        if now - story.changed_at > OPEN_FOR
    )


def merged(into: Story, other: Story, because: Because, *, settled: bool = False) -> StoryChange:
    """`into` with all that `other` tells; `settled` where people say so."""
    tellings = merge(into.tellings, other.tellings, key=_came)
    both = (into.id, other.id)
    follows = [f for f in (into.follows, other.follows) if f is not None and f not in both]
    story = replace(
        into.with_only(tellings),
        opened_at=min(into.opened_at, other.opened_at),
        changed_at=max(into.changed_at, other.changed_at),
        follows=next(iter(follows), None),
        settled=settled or into.settled or other.settled,
    )
    return StoryChange(story, Turn.MERGED, because, other=other)


def split(
    story: Story,
    entry_ids: Collection[str],
    because: Because,
    new_id: str,
    *,
    settled: bool = False,
    with_copies: bool = True,
) -> StoryChange:
    """What is left of `story` without these entries, and the story that they are now.

    A copy goes with its original; one that is named goes without it, and is a copy no more. Both
    stay open for as long as `story` would have: what changed it last may have been a revision, of
    which nothing tells whose it was. Raises `Mistake` where `story` has no such entry, or where one
    of the two would be empty. `settled` where people say so.
    """
    if not entry_ids:
        raise Mistake("No article was named.", "Say which ones are another story.")
    if unknown := sorted(set(entry_ids) - story.entry_ids):
        raise Mistake(f"Story {story.id} has no article {', '.join(unknown)}.")
    taken: list[Telling] = []
    left: list[Telling] = []
    for telling in story.tellings:
        goes = telling.entry.id in entry_ids or (with_copies and telling.copy_of in entry_ids)
        (taken if goes else left).append(telling)
    if not left:
        raise Mistake(f"These are all the articles of story {story.id}.", "Leave it at least one.")
    whole = replace(story, settled=settled or story.settled)
    rest = replace(whole.with_only(left), changed_at=whole.changed_at)
    other = replace(whole.with_only(taken), id=new_id, changed_at=whole.changed_at, follows=None)
    return StoryChange(rest, Turn.SPLIT, because, other=other)


def story_id(seed: str) -> str:
    """Ten letters and digits; the same for the same seed."""
    digest = hashlib.blake2b(seed.encode(), digest_size=10).digest()
    return b32encode(digest).decode().lower()[:10]


def _came(telling: Telling) -> tuple[datetime, datetime]:
    return telling.entry.seen_at, telling.entry.told_at
