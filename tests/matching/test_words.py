import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching.words import Passage, fold, sentences, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rockets hit Baghdad’s Green Zone", "rockets hit baghdad green zone"),
        ("Iraq's car-bomb toll", "iraq car bomb toll"),
        ("U.S. troops, U.N. envoys", "us troops un envoys"),
        ("Élysée: l’armée française", "elysee l armee francaise"),
        ("Straße, ÉTÉ, İstanbul", "strasse ete istanbul"),
        ("2,500 soldiers_left", "2 500 soldiers left"),
        ("أَفْغانِسْتان", "افغانستان"),
        ("موشک‌های ايران", "موشک های ایران"),
        ("हिन्दी समाचार।", "हिनदी समाचार"),
        ("Кабул, посольство", "кабул, посольство".replace(",", "")),
        ("…!?", ""),
    ],
)
def test_words_are_folded_and_split_the_same_in_every_script(text: str, expected: str) -> None:
    assert " ".join(words(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One", "Two", "Three", "Four"]),
        ("A headline\nA text", ["A headline", "A text"]),
        ("Gen. Smith met Mr. Karim. He left.", ["Gen. Smith met Mr. Karim", "He left."]),
        ("U.S. troops left. Others stay", ["U.S. troops left", "Others stay"]),
        ("“It is over.” He left", ["“It is over", "He left"]),
        ("Worth 2.5 million", ["Worth 2.5 million"]),
        ("انسحبت القوات؟ نعم", ["انسحبت القوات", "نعم"]),
    ],
)
def test_sentences_end_at_stops_and_lines_but_not_after_titles(
    text: str, expected: list[str]
) -> None:
    assert sentences(text) == expected


def test_no_phrase_reaches_over_the_end_of_a_sentence_or_line() -> None:
    passage = Passage("Talks on oil stocks\nGreen growth. Zone offense wins")
    assert passage.has(("oil", "stocks"))
    assert not passage.has(("stocks", "green"))
    assert not passage.has(("growth", "zone"))
    assert not passage.has(("on", "oil", "stocks", "green"))
    assert passage.has(("talks", "on", "oil", "stocks"))


def test_a_phrase_needs_its_pairs_in_one_row() -> None:
    assert not Passage("new york city. york city hall").has(("new", "york", "city", "hall"))


@given(st.text())
def test_folding_again_changes_no_word(text: str) -> None:
    once = words(text)
    assert words(" ".join(once)) == once
    assert words(fold(text)) == once
