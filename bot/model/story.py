"""The entries that tell one event, and what has just happened to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.model.entry import Entry


@dataclass(frozen=True, slots=True)
class Figure:
    """A number a story rests on, with where it comes from."""

    kind: str
    """killed, wounded, missing, weapons, troops_out, troops_left, troops_now, troops_in,
    percent_cut or deadline."""
    value: int | str | None
    """The number, or the words of a date; None where only a range was told."""
    quote: str
    """The sentence it stands in."""
    low: int | None = None
    high: int | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """One entry as a story holds it."""

    entry: Entry
    copy_of: str | None = None
    """The id of the entry whose text this one repeats."""


@dataclass(frozen=True, slots=True)
class Story:
    """The entries that tell one event, in the order in which they came."""

    id: str
    tellings: tuple[Telling, ...]
    opened_at: datetime
    """When its first entry was told."""
    changed_at: datetime
    """When its last entry was told or revised."""
    follows: str | None = None
    """The id of the earlier story that this one is a later development of."""
    settled: bool = False
    """People have said what belongs to it: reports and copies still join, but no story is merged with
    it and nothing is taken out of it but by people."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(telling.entry for telling in self.tellings)

    @property
    def entry_ids(self) -> frozenset[str]:
        return frozenset(telling.entry.id for telling in self.tellings)

    @property
    def publishers(self) -> tuple[str, ...]:
        """The independent newsrooms that tell it, in the order in which they came; a copy adds none.

        Names that differ only in their capitals are one.
        """
        found: dict[str, str] = {}
        for telling in self.tellings:
            if telling.copy_of is None:
                publisher = telling.entry.publisher
                found.setdefault(publisher.casefold(), publisher)
        return tuple(found.values())

    def with_only(self, tellings: Iterable[Telling]) -> Story:
        """The story as these alone tell it: its times are theirs, and its copies copy one of them.

        Of those that copy what is not among them, the first stands for it. The times of a story that
        nobody tells, and of one that is told as it was, stay.
        """
        told = tuple(tellings)
        if not told or told == self.tellings:
            return replace(self, tellings=told)
        told_at = [telling.entry.told_at for telling in told]
        return replace(
            self,
            tellings=_with_originals(told),
            opened_at=min(told_at),
            changed_at=max(told_at),
        )


def _with_originals(tellings: tuple[Telling, ...]) -> tuple[Telling, ...]:
    """Each copy is one of an original among them; the first copy of any other stands for it."""
    copied = {telling.entry.id: telling.copy_of for telling in tellings}
    stands: dict[str, str] = {}
    found = []
    for telling in tellings:
        original = telling.copy_of
        while original is not None and (of_it := copied.get(original)) is not None:
            original = of_it
        if original is not None and original not in copied:
            first = stands.setdefault(original, telling.entry.id)
            original = None if first == telling.entry.id else first
        found.append(replace(telling, copy_of=original))
    return tuple(found)


class Turn(StrEnum):
    """What happened to a story."""

    OPENED = "opened"
    JOINED = "joined"
    REVISED = "revised"
    MERGED = "merged"
    SPLIT = "split"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Because:
    """The evidence for a placement."""

    words: str
    """One sentence for people."""
    score: float = 0.0
    """Likeness to the story it joined, or to the nearest that it did not join; 0 to 1."""
    shared: tuple[str, ...] = ()
    """The terms that weighed most."""


@dataclass(frozen=True, slots=True)
class StoryChange:
    """A story as it is now, what happened, and why we think so."""

    story: Story
    turn: Turn
    because: Because
    entry: Entry | None = None
    """The entry that brought the change about."""
    other: Story | None = None
    """Of a merge: the story that was taken in, as it was. Of a split: the one taken out."""
