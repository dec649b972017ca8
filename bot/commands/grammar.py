"""A line of words → a `Command`, for platforms whose commands have no typed options."""

from __future__ import annotations

import re

from bot.commands.vocabulary import (
    AddFeed,
    AddWatch,
    Command,
    EditFeed,
    ExportFeeds,
    FeedCommand,
    FeedStatus,
    FindFeeds,
    Help,
    ImportFeeds,
    ListFeeds,
    ListWatches,
    MergeStories,
    PauseFeed,
    RemoveFeed,
    RemoveWatch,
    ResumeFeed,
    ShowStory,
    SplitStory,
    StoryCommand,
    TryFeed,
    TryWatch,
    UndoStory,
    WatchCommand,
)
from bot.model.errors import Mistake

EXAMPLES = "Try: watch add drawdown · watch list · watch remove 7 · watch test rockets baghdad"
FEED_EXAMPLES = "Try: feed add https://example.org · feed list · feed status · feed remove NAME"
STORY_EXAMPLES = (
    "Try: story show ab23cd45ef · story split ab23cd45ef 3 5 · "
    "story merge ab23cd45ef mn67op23qr · story undo"
)

_VERBS = {"subscribe": "add", "unsubscribe": "remove", "delete": "remove"}
_WATCHES, _FEEDS, _STORIES = ("watch", "watches"), ("feed", "feeds"), ("story", "stories")
_ADDRESS = re.compile(r"<?(?:https?|feed):\S+$", re.IGNORECASE)
_CHANGE = re.compile(r"\s(url|outlet|every)=")
_MERGE, _SPLIT = "story merge ab23cd45ef mn67op23qr", "story split ab23cd45ef 3 5"
_DIGITS = 18
"""More than any number here will have."""


def read_words(text: str) -> Command:
    """Raises `Mistake` with an example where the words are no command."""
    noun, rest = _parted(text)
    if noun in _FEEDS:
        return _feed(*_parted(rest or "list"))
    if noun in _STORIES:
        return _story(*_parted(rest or "help"))
    verb, rest = _parted(rest or "list") if noun in _WATCHES else (noun, rest)
    if _VERBS.get(verb) and _ADDRESS.match(rest):
        return _feed(verb, rest)  # what people are used to say to the RSS apps
    return _watch(verb, rest)


def _watch(verb: str, rest: str) -> WatchCommand | Help:
    match _VERBS.get(verb, verb):
        case "" | "help":
            return Help()
        case "add":
            return AddWatch(_wanted(rest, "what to watch", "watch add drawdown"))
        case "list":
            return ListWatches()
        case "remove":
            return RemoveWatch(_number(_wanted(rest, "the watch's number", "watch remove 7")))
        case "test":
            return TryWatch(_wanted(rest, "what to test", "watch test rockets baghdad"))
        case _:
            raise Mistake(f"“{verb}” is no command.", EXAMPLES)


def _feed(verb: str, rest: str) -> FeedCommand | Help:
    verb = _VERBS.get(verb, verb)
    match verb:
        case "help":
            return Help()
        case "list":
            return ListFeeds()
        case "status":
            return FeedStatus(rest or None)
        case "export":
            return ExportFeeds()
        case "add":
            return _added(_wanted(rest, "the address", "feed add https://example.org"))
        case "find":
            return FindFeeds(_wanted(rest, "the address", "feed find https://example.org"))
        case "import":
            return ImportFeeds(
                _wanted(rest, "where the list is", "feed import https://example.org/feeds.opml")
            )
        case "edit":
            return _edited(_wanted(rest, "which feed and what", "feed edit Courier every=30m"))
        case "remove":
            return RemoveFeed(_wanted(rest, "which feed", "feed remove Courier"))
        case "test":
            return TryFeed(_wanted(rest, "which feed", "feed test Courier"))
        case "pause":
            return PauseFeed(_wanted(rest, "which feed", "feed pause Courier"))
        case "resume":
            return ResumeFeed(_wanted(rest, "which feed", "feed resume Courier"))
        case _:
            raise Mistake(f"“feed {verb}” is no command.", FEED_EXAMPLES)


def _story(verb: str, rest: str) -> StoryCommand | Help:
    match verb:
        case "help":
            return Help()
        case "show":
            return ShowStory(_wanted(rest, "which story", "story show ab23cd45ef"))
        case "merge":
            story, _, other = _wanted(rest, "which stories", _MERGE).partition(" ")
            return MergeStories(story, _wanted(other.strip(), "the other story", _MERGE))
        case "split":
            story, _, tellings = _wanted(rest, "which story and what", _SPLIT).partition(" ")
            return SplitStory(story, numbers(_wanted(tellings.strip(), "which tellings", _SPLIT)))
        case "undo":
            return UndoStory()
        case _:
            raise Mistake(f"“story {verb}” is no command.", STORY_EXAMPLES)


def numbers(text: str) -> tuple[int, ...]:
    """The tellings that are named, each once, as in ``3 5`` or ``3, 5``."""
    words = text.replace(",", " ").split()
    named = (_number(word, "telling's number", "story show shows the numbers.") for word in words)
    return tuple(dict.fromkeys(named))


def _added(words: str) -> AddFeed:
    """An address, and where its page names several feeds the number of one."""
    address, _, choice = words.partition(" ")
    if not choice:
        return AddFeed(address)
    return AddFeed(
        address, _number(choice.strip(), "feed's number", "feed find shows the numbers.")
    )


def _edited(words: str) -> EditFeed:
    feed, *changes = _CHANGE.split(words)
    named = {
        name: value.strip().strip('"') for name, value in zip(*[iter(changes)] * 2, strict=True)
    }
    return EditFeed(feed.strip(), named.get("url"), named.get("outlet"), named.get("every"))


def _parted(text: str) -> tuple[str, str]:
    """The first word in small letters, and the rest."""
    words = text.split(maxsplit=1)
    return (words[0].lower() if words else ""), (words[1].strip() if len(words) > 1 else "")


def _wanted(rest: str, what: str, example: str) -> str:
    if not rest:
        raise Mistake(f"Say {what} too.", f"For example: {example}")
    return rest


def _number(
    word: str, what: str = "watch's number", hint: str = "watch list shows the numbers."
) -> int:
    digits = word.removeprefix("#")
    if not digits.isdecimal() or len(digits) > _DIGITS:
        raise Mistake(f"“{word[:30]}” is no {what}.", hint)
    return int(digits)
