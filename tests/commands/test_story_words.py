"""How a story is named, and which of the stored reasons may be said to whom."""

from __future__ import annotations

from bot.commands.story_words import read_name, reason, unknown
from bot.model.story import Because, Turn
from bot.model.watch import Destination, Platform
from bot.storage.story_rows import PastChange
from tests.storage.nouns import NOON


def test_a_headline_that_quotes_another_is_one_that_is_seen() -> None:
    because = Because("Repeats the text of Star: “He said “no” again”.")
    past = PastChange(Turn.JOINED, because, "e1", NOON)
    assert reason(past, ["no", "He said “no” again"]) == because.words


def test_a_name_is_fit_for_any_database_and_any_terminal() -> None:
    for typed in ("\udcff", "a\0b"):
        assert str(read_name(typed)).isprintable()
        str(unknown(typed, Destination(Platform.CONSOLE, "", ""))).encode()
