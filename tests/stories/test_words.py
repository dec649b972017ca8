from __future__ import annotations

import pytest

from bot.stories.words import sentences, words


def test_words_are_alike_however_they_are_written() -> None:
    assert words("The U.S. sent 2,500 TROOPS") == ["the", "us", "sent", "2,500", "troops"]
    assert words("l’ambassade États-Unis") == ["l", "ambassade", "états", "unis"]
    assert words("سفارة الولايات المتحدة") == ["سفارة", "الولايات", "المتحدة"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rockets fell. No one was hurt.", ["Rockets fell.", "No one was hurt."]),
        (
            "He left the U.S. The embassy closed.",
            ["He left the U.S.", "The embassy closed."],
        ),
        (
            "The U.S. Embassy in Baghdad was hit.",
            ["The U.S. Embassy in Baghdad was hit."],
        ),
        (
            "Gen. Smith said so on Sept. 11. He left.",
            ["Gen. Smith said so on Sept. 11.", "He left."],
        ),
        ("Prices rose 3 pct. on Monday.", ["Prices rose 3 pct. on Monday."]),
        ("“It is over.” She wept.", ["“It is over.”", "She wept."]),
        ("A headline\nAnd its text", ["A headline", "And its text"]),
        ("أصابت الصواريخ المنطقة. وقتلت طفلة.", ["أصابت الصواريخ المنطقة.", "وقتلت طفلة."]),
    ],
)
def test_sentences_end_where_they_end(text: str, expected: list[str]) -> None:
    assert list(sentences(text)) == expected
