"""What a story's outlets count: each figure as they last told it, and where they disagree."""

from __future__ import annotations

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
    found: dict[Subject, list[Count]] = {}
    heard: set[tuple[str, Subject]] = set()
    for entry in _latest_first(story):
        for subject, figure in _first_of_each(entry).items():
            if (entry.outlet, subject) not in heard:
                heard.add((entry.outlet, subject))
                _, name, place = subject
                said = Count(name, spoken(figure), (entry.outlet,), place, entry.told_at)
                _add(said, found.setdefault(subject, []))
    subjects = sorted(found, key=lambda s: (ORDER.index(s[0]), s[1], s[2] or ""))
    return tuple(count for subject in subjects for count in found[subject])


def spoken(figure: Figure) -> str:
    """The value in words for people: ``at least 8``, ``2,500``, ``dozens``."""
    value = stated(figure)
    words = f"{value:,}" if isinstance(value, int) else str(value)
    if figure.value is not None:
        return words
    return f"at least {words}" if figure.low is not None else f"up to {words}"


def agree(one: str, other: str) -> bool:
    """“At least 4” agrees with “4”, and “15 January” with “15 January 2021”."""
    one, other = (v.removeprefix("at least ").removeprefix("up to ") for v in (one, other))
    if one.replace(",", "").isdecimal() or other.replace(",", "").isdecimal():
        return one == other
    return one in other or other in one


def _add(said: Count, counted: list[Count]) -> None:
    for n, count in enumerate(counted):
        if agree(count.value, said.value):
            counted[n] = replace(count, outlets=(*count.outlets, *said.outlets))
            return
    counted.append(said)


def _latest_first(story: Story) -> list[Entry]:
    own = [telling.entry for telling in story.tellings if telling.copy_of is None]
    return sorted(own, key=lambda entry: entry.told_at, reverse=True)


def _first_of_each(entry: Entry) -> dict[Subject, Figure]:
    first: dict[Subject, Figure] = {}
    for figure in figures(entry):
        first.setdefault((figure.kind, label(figure), figure.place), figure)
    return first
