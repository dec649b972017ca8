from __future__ import annotations

import pytest

from bot.stories.copies import COPIED, fixed_words, overlap
from bot.stories.sketches import Sketches, sketch
from bot.stories.words import words
from tests.stories.telling import told

WIRE = (
    "The acting head of the Pentagon said on Tuesday that the United States would cut its forces in"
    " Afghanistan and in Iraq to 2,500 soldiers each by 15 January. About 2,000 soldiers will leave"
    " Afghanistan, he told reporters in Washington, and 500 will leave Iraq."
)
ORIGINAL = told("Pentagon announces troop cuts", WIRE)


@pytest.mark.parametrize(
    "copy",
    [
        told("Pentagon announces troop cuts", WIRE, "Gazette"),
        told("Soldiers to come home by January", WIRE, "Gazette"),
        told("Pentagon announces troop cuts", WIRE.partition(". About")[0] + ".", "Gazette"),
        told("Pentagon cuts", WIRE.replace("said on Tuesday", "said Tuesday"), "Gazette"),
        told("Pentagon cuts", "WASHINGTON – " + WIRE + " Allies had been told.", "Gazette"),
    ],
    ids=["reprinted", "another headline", "cut", "edited", "dateline and more"],
)
def test_a_copy_is_found_and_known(copy: object) -> None:
    assert isinstance(copy, type(ORIGINAL))
    index = Sketches()
    index.add("original", sketch(words(ORIGINAL.text)))
    assert index.alike(sketch(words(copy.text)))["original"] >= 1
    assert overlap(ORIGINAL, copy) >= COPIED
    assert not fixed_words(ORIGINAL, copy)


def test_the_same_event_in_other_words_is_no_copy() -> None:
    other = told(
        "US to halve its force in Afghanistan",
        "Washington will nearly halve its force in Afghanistan and take 500 soldiers out of Iraq before"
        " the middle of January, leaving 2,500 troops in each country.",
        "Gazette",
    )
    assert overlap(ORIGINAL, other) < COPIED


def test_a_few_words_in_common_are_chance() -> None:
    assert (
        overlap(told("Markets close higher"), told("Markets close higher", outlet="Gazette")) == 0
    )


def test_what_no_headline_speaks_of_is_fixed_text() -> None:
    fixed = "You are reading the free edition of this page. Support our reporters with a donation."
    shared = fixed_words(told("Wheat harvest begins", fixed), told("Striker leaves club", fixed))
    assert {"donation", "reporters"} <= shared


def test_a_text_taken_out_is_found_no_more() -> None:
    index = Sketches()
    run = sketch(words(WIRE))
    index.add("a", run)
    index.remove("a", run)
    assert not index.alike(run)
