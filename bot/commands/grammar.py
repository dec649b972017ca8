"""A line of words → a `Command`, for platforms whose commands have no typed options."""

from __future__ import annotations

from bot.commands.vocabulary import AddWatch, Command, Help, ListWatches, RemoveWatch, TryWatch
from bot.model.errors import Mistake

EXAMPLES = "Try: watch add drawdown · watch list · watch remove 7 · watch test rockets baghdad"

_VERBS = {
    "add": "add",
    "subscribe": "add",
    "list": "list",
    "remove": "remove",
    "delete": "remove",
    "unsubscribe": "remove",
    "test": "test",
}


def read_words(text: str) -> Command:
    """Raises `Mistake` with an example where the words are no command."""
    words = text.split(maxsplit=1)
    if words and words[0].lower() in ("watch", "watches"):
        words = words[1].split(maxsplit=1) if len(words) > 1 else ["list"]
    if not words or words[0].lower() == "help":
        return Help()
    verb = _VERBS.get(words[0].lower())
    rest = words[1].strip() if len(words) > 1 else ""
    match verb:
        case "add":
            return AddWatch(_wanted(rest, "what to watch", "watch add drawdown"))
        case "list":
            return ListWatches()
        case "remove":
            return RemoveWatch(_number(_wanted(rest, "the watch's number", "watch remove 7")))
        case "test":
            return TryWatch(_wanted(rest, "what to test", "watch test rockets baghdad"))
        case _:
            raise Mistake(f"“{words[0]}” is no command.", EXAMPLES)


def _wanted(rest: str, what: str, example: str) -> str:
    if not rest:
        raise Mistake(f"Say {what} too.", f"For example: {example}")
    return rest


def _number(word: str) -> int:
    if not word.removeprefix("#").isdecimal():
        raise Mistake(f"“{word}” is no watch's number.", "watch list shows the numbers.")
    return int(word.removeprefix("#"))
