"""What is new in a story, in words that a reader cares about."""

from __future__ import annotations

import re

from bot.model.delivery import Count
from bot.model.entry import Entry
from bot.model.story import Story, StoryChange, Turn
from bot.stories.counts import agree, counts

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
    if before is None or change.turn not in (Turn.JOINED, Turn.REVISED):
        return None
    news = [*_new_teller(change.story, before), *_new_figures(change.story, before)]
    if change.turn is Turn.REVISED and change.entry is not None:
        news += _new_words(change.entry, before)
    return "; ".join(news) or None


def _new_teller(story: Story, before: Story) -> list[str]:
    new = [each for each in story.publishers if each not in before.publishers]
    if not new:
        return []
    place = len(story.publishers)
    ordinal = _ORDINALS[place - 1] if place <= len(_ORDINALS) else f"{place}th"
    return [f"{ordinal} newsroom tells it: {', '.join(new)}"]


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
