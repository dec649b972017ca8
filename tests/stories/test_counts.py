from __future__ import annotations

from dataclasses import replace

from bot.model.entry import Revised
from bot.model.story import Story
from bot.stories.counts import counts
from bot.stories.window import Window
from tests.stories.telling import changed, of, placed, story_of, told

FOUR = told(
    "Four rockets hit Green Zone in Baghdad",
    "Four rockets landed near the embassy of the United States in Baghdad on Tuesday, officials said.",
)
SEVEN = told(
    "Seven rockets hit Baghdad's Green Zone",
    "Seven rockets were fired at the Green Zone of Baghdad near the embassy of the United States on"
    " Tuesday, the army said.",
    "Gazette",
    hours=1,
)


def shown(story: Story) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(count.label, count.value, count.outlets) for count in counts(story)]


def test_outlets_that_disagree_are_both_shown_the_latest_first() -> None:
    assert shown(story_of(FOUR, SEVEN)) == [
        ("rockets", "7", ("Gazette",)),
        ("rockets", "4", ("Courier",)),
    ]
    assert counts(story_of(FOUR, SEVEN))[0].at == SEVEN.told_at


def test_a_correction_ends_the_disagreement() -> None:
    window = Window()
    placed(window, FOUR, SEVEN)
    corrected = replace(
        FOUR,
        title="Seven rockets hit Green Zone in Baghdad",
        summary=FOUR.summary.replace("Four", "Seven"),
    )
    window.advance([changed(Revised(corrected), window)])
    (story,) = window.stories()
    assert shown(story) == [("rockets", "7", ("Gazette", "Courier"))]


def test_only_the_latest_word_of_an_outlet_counts() -> None:
    later = told(SEVEN.title, SEVEN.summary + " Sirens were heard.", "Courier", hours=8)
    assert shown(story_of(FOUR, later)) == [("rockets", "7", ("Courier",))]


def test_a_date_said_in_full_is_the_same_date() -> None:
    short = told(
        "US troops to leave by 15 January", "Soldiers leave Iraq by 15 January, it was said."
    )
    full = told(
        "US troops leave", "Troops leave Iraq by 15 January 2021, it was said.", "Gazette", hours=1
    )
    assert shown(of(short, full)) == [("deadline", "15 January 2021", ("Gazette", "Courier"))]


def test_at_least_four_agrees_with_four() -> None:
    least = told("At least four rockets hit Baghdad", "It was late.", "Gazette", hours=1)
    assert shown(of(FOUR, least)) == [("rockets", "at least 4", ("Gazette", "Courier"))]


def test_of_several_numbers_for_one_thing_the_first_is_the_event_s() -> None:
    text = "Nine people died on Monday; 3,000 people have died in the war since."
    assert shown(story_of(told("Bomb in market", text))) == [("killed", "9", ("Courier",))]


def test_a_copy_counts_nothing() -> None:
    copy = told("Rockets hit zone", FOUR.summary, "Herald", hours=2)
    assert shown(story_of(FOUR, copy)) == [("rockets", "4", ("Courier",))]


def test_values_are_written_for_people() -> None:
    story = story_of(
        told(
            "US to cut force in Iraq to 2,500 troops",
            "At least 500 soldiers will leave by 15 January. Dozens were wounded in an attack.",
        )
    )
    assert [(count.label, count.value, count.place) for count in counts(story)] == [
        ("wounded", "dozens", None),
        ("troops to leave", "at least 500", None),
        ("troops to stay", "2,500", None),
        ("deadline", "15 January", None),
    ]
