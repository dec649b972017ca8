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
    PauseFeed,
    RemoveFeed,
    RemoveWatch,
    ResumeFeed,
    TryFeed,
    TryWatch,
    WatchCommand,
)
from bot.model.errors import Mistake

EXAMPLES = "Try: watch add drawdown · watch list · watch remove 7 · watch test rockets baghdad"
FEED_EXAMPLES = "Try: feed add https://example.org · feed list · feed status · feed remove NAME"

_VERBS = {"subscribe": "add", "unsubscribe": "remove", "delete": "remove"}
_WATCHES, _FEEDS = ("watch", "watches"), ("feed", "feeds")
_ADDRESS = re.compile(r"<?(?:https?|feed):\S+$", re.IGNORECASE)
_CHANGE = re.compile(r"\s(url|outlet|every)=")
_DIGITS = 18
"""More than any watch's number will have."""


def read_words(text: str) -> Command:
    """Raises `Mistake` with an example where the words are no command."""
    noun, rest = _parted(text)
    if noun in _FEEDS:
        return _feed(*_parted(rest or "list"))
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
