"""What is new in a story, in words that a reader cares about."""

from __future__ import annotations

import re

from bot.model.delivery import Count
from bot.model.entry import Entry
from bot.model.story import Story, StoryChange, Turn
from bot.stories.counts import agree, counts
from bot.stories.summary import headline

_ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
]
_CORRECTS = re.compile(
    r"^(?:correction|corrected|clarification|erratum|rectificatif)\b"
    r"|\b(?:has been|was) (?:corrected|amended)\b|\b(?:earlier|previous) version of this\b|\bretract(?:s|ed|ion)\b",
    re.IGNORECASE | re.MULTILINE,
)


def describe(change: StoryChange, before: Story | None) -> str | None:
    """What `change` adds to the story as it was `before`; None where it is not worth telling."""
    if before is None or change.turn in (Turn.OPENED, Turn.CLOSED):
        return None
    news = _new_bounds(change)
    if change.turn is not Turn.SPLIT:  # what is left when others go is not new
        news += [*_new_tellers(change.story, before), *_new_figures(change.story, before)]
    if change.turn is Turn.REVISED and change.entry is not None:
        news += _new_words(change.entry, before)
    return "; ".join(news) or None


def _new_bounds(change: StoryChange) -> list[str]:
    """Which other story it turned out to be one with, or not to be."""
    if change.other is None:
        return []
    other = headline(change.other)
    if change.turn is Turn.SPLIT:
        return [f"one story turned out to be two: “{other}” is told on its own now"]
    if other == headline(change.story):
        return ["two stories turned out to be one: both are told here now"]
    return [f"two stories turned out to be one: “{other}” is told here too now"]


def _new_tellers(story: Story, before: Story) -> list[str]:
    known = {name.casefold() for name in before.publishers}
    new = [name for name in story.publishers if name.casefold() not in known]
    if not new:
        return []
    if len(new) > 1:
        return [f"{len(new)} more newsrooms tell it: {', '.join(new)}"]
    place = len(story.publishers)
    ordinal = _ORDINALS[place - 1] if place <= len(_ORDINALS) else f"{place}th"
    return [f"{ordinal} newsroom tells it: {new[0]}"]


def _new_figures(story: Story, before: Story) -> list[str]:
    """A value that none of the outlets stood by until now."""
    news = []
    known = counts(before)
    for count in counts(story):
        earlier = [old for old in known if (old.label, old.place) == (count.label, count.place)]
        if any(agree(old.value, count.value) for old in earlier):
            continue
        value = f"{earlier[0].value} → {count.value}" if earlier else count.value
        news.append(f"{_subject(count)}: {value} ({count.outlets[0]})")
    return news


def _subject(count: Count) -> str:
    return f"{count.label} in {count.place}" if count.place else count.label


def _new_words(entry: Entry, before: Story) -> list[str]:
    old = next((each for each in before.entries if each.id == entry.id), None)
    if old is None:
        return []
    news = []
    if _CORRECTS.search(entry.text) and not _CORRECTS.search(old.text):
        news.append(f"correction by {entry.outlet}")
    if entry.title != old.title:
        news.append(f"{entry.outlet} changed its headline from “{old.title}” to “{entry.title}”")
    return news
