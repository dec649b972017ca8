"""What a story's outlets count: each figure as they last told it, and where they disagree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.model.delivery import Count
from bot.model.entry import Entry
from bot.model.story import Figure, Story
from bot.stories.figures import figures, label, stated

ORDER = [
    "killed",
    "wounded",
    "missing",
    "weapons",
    "troops_out",
    "troops_left",
    "troops_now",
    "troops_in",
    "percent_cut",
    "deadline",
]

Subject = tuple[str, str, str | None]
"""What is counted: kind, label, place."""


def counts(story: Story) -> tuple[Count, ...]:
    """The latest figures of each outlet; a `Count` for each value, the one said last first.

    Of several numbers for one subject an outlet's first one counts. A copy counts nothing.
    """
    found: dict[Subject, dict[int | str | None, Count]] = {}
    heard: set[tuple[str, Subject]] = set()
    for entry in _latest_first(story):
        for subject, figure in _first_of_each(entry).items():
            if (entry.outlet, subject) in heard:
                continue
            heard.add((entry.outlet, subject))
            values = found.setdefault(subject, {})
            value = _as_said_before(stated(figure), values)
            if value in values:
                said = values[value]
                values[value] = replace(said, outlets=(*said.outlets, entry.outlet))
            else:
                _, name, place = subject
                words = spoken(figure)
                values[value] = Count(name, words, (entry.outlet,), place, entry.told_at)
    subjects = sorted(found, key=lambda s: (ORDER.index(s[0]), s[1], s[2] or ""))
    return tuple(count for subject in subjects for count in found[subject].values())


def spoken(figure: Figure) -> str:
    """The value in words for people: ``at least 8``, ``2,500``, ``dozens``."""
    value = stated(figure)
    words = f"{value:,}" if isinstance(value, int) else str(value)
    if figure.value is not None:
        return words
    return f"at least {words}" if figure.low is not None else f"up to {words}"


def _as_said_before(value: int | str | None, known: Iterable[int | str | None]) -> int | str | None:
    """``15 January`` and ``15 January 2021`` are one date, as it was said first."""
    for each in known:
        if isinstance(value, str) and isinstance(each, str) and (value in each or each in value):
            return each
    return value


def _latest_first(story: Story) -> list[Entry]:
    own = [telling.entry for telling in story.tellings if telling.copy_of is None]
    return sorted(own, key=lambda entry: entry.told_at, reverse=True)


def _first_of_each(entry: Entry) -> dict[Subject, Figure]:
    first: dict[Subject, Figure] = {}
    for figure in figures(entry):
        first.setdefault((figure.kind, label(figure), figure.place), figure)
    return first
