"""Entries made to cost much: none takes long from its item to what is said of it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.entries.read import read
from bot.matching.match import topics_of
from bot.matching.topics import read_topics
from bot.model.entry import New
from bot.model.feed import Feed, Item, Items
from bot.stories.change import describe
from bot.stories.summary import summarise
from bot.stories.window import Window
from tests.stories.telling import changed

NOW = datetime(2020, 11, 17, 12, tzinfo=UTC)
TOPICS, _ = read_topics(
    {
        file.name: file.read_text(encoding="utf-8")
        for file in (Path(__file__).resolve().parents[2] / "config/topics").glob("*.yaml")
    }
)
LENGTH = 4000
OUTLETS = 5
SECONDS = 1.0
"""Of the processor, for one text told by so many outlets; they take a tenth of it."""


@pytest.mark.parametrize("begun", ["", "killed troops deadline unless cut "], ids=["bare", "begun"])
@pytest.mark.parametrize(
    "piece",
    [
        "1 ",
        "1, ",
        "1. ",
        "1",
        "19 ",
        "one ",
        "a man ",
        "a b c man ",
        "1 - a ",
        "1 were ",
        "1 troops ",
        "troops 1 ",
        "killed 1 ",
        "killed a, and 1 ",
        "toll 1 at ",
        "cut 1 to ",
        "from 1 to ",
        "cut half of its ",
        "by 2021 ",
        "1 people were killed. Killed 1 and 1 troops. ",
        "pull out ",
        "A ",
        "Aa Bb ",
        "U.S. ",
        "A (",
        '"',
        "“",
        "...",
        ".) ",
        "- ",
        "(",
        "[",
        "\N{NO-BREAK SPACE}",
        "x" * LENGTH,
        "a\u0301\u0316",
        "ا\N{ZERO WIDTH NON-JOINER}",
        "<p>-</p>",
        "<p>1 killed</p>",
        "<p>(AFP)</p>",
    ],
    ids=lambda piece: ascii(piece[:16]),
)
def test_no_text_takes_long(piece: str, begun: str) -> None:
    text = begun + piece * (LENGTH // len(piece.strip("<p>").removesuffix("</")))
    title = piece * (500 // len(piece)) + " killed"
    window = Window()
    started = time.process_time()
    for number in range(OUTLETS):
        outlet = f"Outlet {number}"
        feed = Feed(f"f{number}", "https://a.example/f", outlet=outlet, publisher=outlet)
        # No text is the same as the last, or what was found in that one would be remembered.
        item = Item("g", None, title, f"{text} {number}.", NOW)
        for entry in read(Items((item,)), feed, NOW):
            change = changed(New(entry), window)
            before = window.get(change.story.id)
            window.advance((change,))
            summarise(change.story, describe(change, before))
            topics_of(entry, TOPICS)
    assert time.process_time() - started < SECONDS
