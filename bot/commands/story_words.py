"""What people call a story, and what they are told of one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.feeds.why import in_words
from bot.model.errors import Mistake
from bot.model.story import Story, Turn
from bot.model.watch import Destination, Platform
from bot.storage.story_rows import PastChange
from bot.stories.summary import headline
from bot.stories.tellers import Teller, tellers

LONGEST_NAME = 60
_DISCORD = re.compile(r"https?://(?:\w+\.)?discord(?:app)?\.com/channels/\d+/(\d+)/(\d+)/?", re.I)
_SLACK = re.compile(r"https?://[\w.-]+\.slack\.com/archives/(\w+)/p(\d+)(\d{6})(?:\?\S*)?", re.I)


@dataclass(frozen=True, slots=True)
class PostLink:
    """The post that a link leads to."""

    platform: Platform
    channel: str
    message_id: str


def read_name(typed: str) -> str | PostLink:
    """A story's id, or a link as Discord (*Copy Message Link*) and Slack (*Copy link*) give it."""
    # No database takes a NUL or half a character; no name holds one.
    typed = typed.encode(errors="replace").decode().replace("\0", "?")
    name = typed.strip().strip("<>").partition("|")[0]
    if link := _DISCORD.fullmatch(name):
        return PostLink(Platform.DISCORD, link[1], link[2])
    if link := _SLACK.fullmatch(name):
        return PostLink(Platform.SLACK, link[1], f"{link[2]}.{link[3]}")
    return name.casefold().removeprefix("story").strip().removeprefix("#")


def unknown(typed: str, place: Destination) -> Mistake:
    """For a story that is not there, or that no post here tells: both sound the same."""
    shown = typed.encode(errors="replace").decode().strip()[:LONGEST_NAME]
    what = f"There is no story “{shown}”"
    if place.platform is Platform.CONSOLE:
        return Mistake(f"{what}.", "The foot of each post shows its story's id.")
    return Mistake(
        f"{what} here.", "The foot of each post shows its story's id; a post's link will do too."
    )


def named(story: Story) -> str:
    """By its id alone where nothing of it may be seen."""
    if not story.tellings:
        return f"Story {story.id}"
    return f"“{headline(story)}” (story {story.id})"


def whom(story: Story) -> str:
    """The newsrooms that tell it, first one first."""
    first, *others = tellers(story)
    later = "".join(f"; {_teller(each)}, {in_words(each.lag)} later" for each in others)
    return f"First told by {_teller(first)}{later}."


def numbered(story: Story, why: Mapping[str, str]) -> Iterator[str]:
    """A line for each telling, by the number that `chosen` takes."""
    numbers = {entry.id: number for number, entry in enumerate(story.entries, start=1)}
    for number, telling in enumerate(story.tellings, start=1):
        entry = telling.entry
        printed = f", copy of {numbers[telling.copy_of]}" if telling.copy_of in numbers else ""
        yield f"{number} · {entry.outlet}{printed}: {entry.title} — {why[entry.id]}"


def chosen(story: Story, numbers: Sequence[int]) -> tuple[str, ...]:
    """The ids of the entries that are told under these numbers. Raises `Mistake`."""
    for number in numbers:
        if not 1 <= number <= len(story.tellings):
            raise Mistake(
                f"This story has {len(story.tellings)} tellings, and no telling {number}.",
                "story show shows their numbers.",
            )
    if len(set(numbers)) == len(story.tellings):
        raise Mistake("These are all the tellings of the story.", "Leave it at least one.")
    return tuple(story.tellings[number - 1].entry.id for number in numbers)


def placements(past: Iterable[Iterable[PastChange]]) -> dict[str, PastChange]:
    """For each entry, by its id, the change that put it where it stands.

    `past` has the changes of each story that is told in it, those of the story itself last. What
    came back to where it was first placed stands there for the first reason.
    """
    found: dict[str, PastChange] = {}
    for changes in past:
        for change in sorted(changes, key=lambda change: change.turn is not Turn.SPLIT):
            if change.entry_id and change.turn in (Turn.SPLIT, Turn.OPENED, Turn.JOINED):
                found[change.entry_id] = change
    return found


def reason(past: PastChange, titles: Collection[str] | None) -> str:
    """Why an entry stands where it does, or why two stories are one.

    The stored words quote headlines, which may be of a feed that the person does not see. They are
    given as they are only where they quote none but these `titles`; None: all may be seen.
    """
    words = unquoted = past.because.words
    for title in sorted(titles or (), key=len, reverse=True):
        unquoted = unquoted.replace(f"“{title}”", "")
    if titles is None or "“" not in unquoted:
        return words
    match past.turn:
        case Turn.OPENED:
            return "No open story was like it enough."
        case Turn.SPLIT:
            return "Tells another event than the story that it was in."
        case Turn.MERGED:
            return "Both tell the same event."
        case _ if past.because.shared:
            return f"Has these words in common: {', '.join(past.because.shared)}."
        case _:
            return "Repeats another text."


def _teller(teller: Teller) -> str:
    printed = ", ".join(outlet for outlet in teller.outlets if outlet != teller.publisher)
    return f"{teller.publisher} (in {printed})" if printed else teller.publisher
