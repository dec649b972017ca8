"""Which of the stored reasons may be said to whom."""

from __future__ import annotations

from bot.commands.story_words import reason
from bot.model.story import Because, Turn
from bot.storage.story_rows import PastChange
from tests.storage.nouns import NOON


def test_a_headline_that_quotes_another_is_one_that_is_seen() -> None:
    because = Because("Repeats the text of Star: “He said “no” again”.")
    past = PastChange(Turn.JOINED, because, "e1", NOON)
    assert reason(past, ["no", "He said “no” again"]) == because.words
