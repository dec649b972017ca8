from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.stories.features import sample
from bot.stories.likeness import packed, probability, told, unpacked
from bot.stories.window import Window
from tests.stories import telling


@given(st.text(max_size=80), st.text(max_size=400), st.sampled_from([None, "en-GB", "es"]))
def test_what_is_packed_is_unpacked_to_the_last_bit(
    title: str, text: str, language: str | None
) -> None:
    entry = telling.told(title, text, language=language)
    kept = told(entry, Window().weights(entry))
    assert unpacked(entry, packed(kept, sample(entry))) == (kept, sample(entry))


def test_odds_of_any_size_are_a_probability() -> None:
    assert [probability(odds) for odds in (-1e6, 0.0, 1e6)] == [0.0, 0.5, 1.0]
    assert probability(-2.0) + probability(2.0) == 1.0
