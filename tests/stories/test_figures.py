from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.stories.figures import (
    MOST_FIGURES,
    MOST_NUMBERS,
    MOST_SENTENCES,
    figures,
    label,
    stated,
)
from tests.stories.telling import told


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Nine people were killed and 173 wounded.", {"killed": 9, "wounded": 173}),
        (
            "A blast killed at least 12 people and injured dozens.",
            {"killed": 12, "wounded": "dozens"},
        ),
        ("The death toll rose to 1,204 on Friday.", {"killed": 1204}),
        ("A young girl was killed and five people were wounded.", {"killed": 1, "wounded": 5}),
        ("A gunman killed a guard at the gate.", {"killed": 1}),
        ("A plan was killed in parliament.", {}),
        ("Two miners are still missing.", {"missing": 2}),
        ("Seven rockets landed near the embassy.", {"weapons": 7}),
        (
            "The US will withdraw 2,000 troops from Afghanistan by 15 January.",
            {"troops_out": 2000, "deadline": "15 January"},
        ),
        (
            "It will cut its force from 5,200 to 3,000 troops.",
            {"troops_now": 5200, "troops_left": 3000},
        ),
        ("Washington will keep 200 soldiers in Syria.", {"troops_left": 200}),
        ("Britain is to send 600 more troops to Kabul.", {"troops_in": 600}),
        ("Poland will reduce its troops by 40 percent.", {"percent_cut": 40}),
        ("Nothing moves after January 15 as troops leave.", {}),
        ("The bus service cut its fares to 3 from 5.", {}),
        ("No one was hurt.", {}),
        ("The 34-year-old soldier was born in 1986.", {}),
        ("The attack of 2012 killed no one.", {}),
        ("Profits fell 12 percent to $300 million.", {}),
        ("A 10-day strike left trains at rest.", {}),
    ],
)
def test_figures_of_a_sentence(sentence: str, expected: dict[str, object]) -> None:
    found = {f.kind: f.value or f.low or f.high for f in figures(told("News", sentence))}
    assert found == expected


def test_at_least_and_up_to_are_kept_apart_from_the_number_itself() -> None:
    (least,) = figures(told("At least eight killed"))
    (most,) = figures(told("Up to 1,000 troops to stay"))
    assert (least.value, least.low, least.high) == (None, 8, None)
    assert (most.value, most.low, most.high) == (None, None, 1000)


def test_a_figure_names_its_sentence_and_what_it_counts() -> None:
    text = "Sirens were heard. Seven rockets were fired at the zone."
    (figure,) = figures(told("Attack on zone", text))
    assert figure.quote == "Seven rockets were fired at the zone."
    assert label(figure) == "rockets"


def test_troops_have_a_place() -> None:
    (figure,) = figures(told("US to keep 2,500 troops in Iraq"))
    assert (label(figure), figure.place) == ("troops to stay", "Iraq")


def test_of_numbers_without_end_the_first_count() -> None:
    in_one_sentence = " and ".join(f"killed {n}" for n in range(1, 200))
    assert [f.value for f in figures(told("News", in_one_sentence))] == [
        *range(1, MOST_NUMBERS + 1)
    ]
    in_many = " ".join(f"Bombs killed {n} and wounded {n}." for n in range(1, 200))
    assert len(figures(told("News", in_many))) == MOST_FIGURES
    assert not figures(told("News", "Nothing fell. " * MOST_SENTENCES + "Four died."))


@given(
    st.lists(st.sampled_from(["at least", "7", "1,200", "five", "of", "more", "the"]), max_size=8)
)
def test_a_number_found_stands_in_the_text(before: list[str]) -> None:
    sentence = f"{' '.join(before)} people were killed."
    for figure in figures(told("News", sentence)):
        assert figure.quote == sentence.strip()
        assert stated(figure) in (7, 1200, 5)
        assert {7: "7", 1200: "1,200", 5: "five"}[int(stated(figure) or 0)] in before
