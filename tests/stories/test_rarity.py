from __future__ import annotations

import pytest

from bot.stories.rarity import REMEMBERED, SUPPOSED, Past, Rarity

RARE, OFTEN = "abdicat", "quark"


def weight(rarity: Rarity, term: str) -> float:
    return rarity.weigh({term: 1}, "en")[term]


def test_a_word_weighs_less_the_more_entries_say_it_and_more_if_said_again() -> None:
    rarity = Rarity()
    assert weight(rarity, RARE) == weight(rarity, OFTEN)
    for _ in range(9):
        rarity.learn([OFTEN])
    assert weight(rarity, OFTEN) < weight(rarity, RARE) <= 1
    assert rarity.weigh({RARE: 3}, "en")[RARE] > weight(rarity, RARE)


def test_in_english_common_words_weigh_little_from_the_first_entry_on() -> None:
    rarity = Rarity()
    assert weight(rarity, "the") < weight(rarity, "said") < weight(rarity, RARE)
    assert rarity.weigh({"said": 1}, "") == rarity.weigh({"said": 1}, "en")
    assert rarity.weigh({"said": 1}, "es")["said"] > weight(rarity, "said")
    assert rarity.weigh({"la": 1}, "es")["la"] < rarity.weigh({"sacudi": 1}, "es")["sacudi"]


def test_what_is_unlearnt_was_never_said() -> None:
    rarity, without = Rarity(), Rarity()
    for each in (rarity, without):
        each.learn([OFTEN])
    rarity.learn([OFTEN, RARE])
    rarity.unlearn([OFTEN, RARE])
    for term in (OFTEN, RARE):
        assert weight(rarity, term) == weight(without, term)


def test_what_is_let_go_counts_on_and_is_all_that_is_to_be_kept() -> None:
    rarity = Rarity()
    for _ in range(3):
        rarity.learn([OFTEN])
    before = weight(rarity, OFTEN)
    for _ in range(3):
        rarity.let_go([OFTEN])
    assert rarity.past == Past(3, {OFTEN: 3})
    assert weight(rarity, OFTEN) == weight(Rarity(rarity.past), OFTEN) == before


def test_what_is_long_past_counts_half_and_what_is_open_in_full() -> None:
    past = Past(REMEMBERED - 1, {OFTEN: 999, RARE: 1})
    rarity = Rarity(past)
    for _ in range(2):
        rarity.learn([OFTEN])
    rarity.let_go([OFTEN])
    assert rarity.past == Past(REMEMBERED // 2, {OFTEN: 500})
    reread = Rarity(rarity.past)
    reread.learn([OFTEN])
    for term in (OFTEN, RARE):
        assert weight(rarity, term) == weight(reread, term)
    assert weight(rarity, OFTEN) == pytest.approx(weight(Rarity(past), OFTEN), abs=0.01)


def test_a_word_of_the_past_does_not_die_out_by_being_halved() -> None:
    """As long as it is said as often as ever, it weighs what it weighed."""
    rarity = Rarity()
    weights = []
    for number in range(4 * REMEMBERED):
        said = [OFTEN] if number % 50 == 0 else []
        rarity.learn(said)
        rarity.let_go(said)
        if number > 10 * SUPPOSED:
            weights.append(weight(rarity, OFTEN))
    assert max(weights) - min(weights) < 0.05
