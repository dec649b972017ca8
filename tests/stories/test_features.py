from __future__ import annotations

from bot.stories.copies import LEAD
from bot.stories.features import features
from tests.stories.telling import told


def test_a_word_of_the_title_counts_twice() -> None:
    terms = features(told("Rockets hit embassy", "The embassy was hit by 7 rockets.")).terms
    assert terms["rockets"] == 3
    assert terms["hit"] == 3
    assert terms["7"] == 1


def test_only_the_lead_is_compared() -> None:
    text = "word " * LEAD + "afterthought"
    assert "afterthought" not in features(told("Title", text)).terms


def test_single_letters_tell_nothing() -> None:
    assert "a" not in features(told("A plan")).terms
