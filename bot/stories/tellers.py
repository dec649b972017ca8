"""Who tells a story: its independent newsrooms, who was first, and how long after it each other was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from bot.model.entry import Entry
from bot.model.story import Story


@dataclass(frozen=True, slots=True)
class Teller:
    """One newsroom that tells a story, wherever its text is printed."""

    publisher: str
    outlets: tuple[str, ...]
    """Who printed it, first one first."""
    lag: timedelta
    """How long after the story's first newsroom it was first printed anywhere, be that in a copy."""


@dataclass(frozen=True, slots=True)
class Print:
    """One entry of a story, and the newsroom whose text it is."""

    entry: Entry
    publisher: str
    copy: bool


def tellers(story: Story) -> tuple[Teller, ...]:
    """The newsrooms that tell `story`, first one first: as many as `story.publishers` names."""
    found: dict[str, list[Print]] = {}
    for each in prints(story):
        found.setdefault(each.publisher, []).append(each)
    begun = next(prints(story)).entry.told_at
    return tuple(
        Teller(
            publisher=publisher,
            outlets=tuple(dict.fromkeys(each.entry.outlet for each in own)),
            lag=own[0].entry.told_at - begun,
        )
        for publisher, own in found.items()
    )


def prints(story: Story) -> Iterator[Print]:
    """The entries of `story` in the order of their times; a copy is of its original's newsroom.

    Newsrooms whose names differ only in their capitals are one, under the name of `story.publishers`.
    """
    names = {name.casefold(): name for name in story.publishers}
    own = {telling.entry.id: telling.entry.publisher for telling in story.tellings}
    for telling in sorted(story.tellings, key=lambda each: each.entry.told_at):
        publisher = own[telling.copy_of or telling.entry.id]
        yield Print(telling.entry, names[publisher.casefold()], telling.copy_of is not None)
