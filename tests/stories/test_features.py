from __future__ import annotations

from bot.stories.features import as_said, compared, terms
from bot.stories.sketches import LEAD
from tests.stories.telling import told


def test_a_word_of_the_title_counts_twice() -> None:
    said = terms(told("Rockets hit embassy", "The embassy was hit by 7 rockets."))
    assert said["rocket"] == 3
    assert said["hit"] == 3
    assert said["7"] == 1


def test_words_are_alike_by_their_beginning_and_shown_whole() -> None:
    entry = told("Embassy attacked", "Attackers fled.")
    assert terms(entry)["attack"] == 3
    assert as_said(entry, ["embass", "attack"]) == ("embassy", "attacked")


def test_only_the_lead_is_compared() -> None:
    entry = told("Title", "word " * LEAD + "afterthought")
    assert "aftert" not in terms(entry)
    assert len(compared(entry)) == 1 + LEAD


def test_the_lead_of_long_words_is_as_many_words() -> None:
    entry = told("Title", "Donaudampfschifffahrtsgesellschaft " * 2 * LEAD)
    assert len(compared(entry)) == 1 + LEAD
    assert set(compared(entry)[1:]) == {"donaudampfschifffahrtsgesellschaft"}


def test_single_letters_tell_nothing() -> None:
    assert "a" not in terms(told("A plan"))
