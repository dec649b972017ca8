from __future__ import annotations

from dataclasses import replace

from bot.model.entry import Entry, New, Revised
from bot.model.story import Because, StoryChange, Turn
from bot.stories.change import describe
from bot.stories.window import Window
from tests.stories.telling import changed, of, placed, told
from tests.stories.test_counts import FOUR, SEVEN


def said(news: New | Revised, *before: Entry) -> str | None:
    """What is said of `news` about the story that `before` made."""
    window = Window()
    placed(window, *before)
    change = changed(news, window)
    return describe(change, window.get(change.story.id))


def test_a_new_story_is_news_in_itself() -> None:
    assert said(New(FOUR)) is None


def test_another_newsroom_and_another_figure() -> None:
    words = "second newsroom tells it: Gazette; rockets: 4 → 7 (Gazette)"
    assert said(New(SEVEN), FOUR) == words


def test_another_text_of_a_newsroom_that_told_it_is_not_worth_telling() -> None:
    again = replace(SEVEN, id="again", outlet="Gazette Online", published=SEVEN.seen_at)
    again = replace(
        again,
        summary="The Green Zone of Baghdad, near the embassy of the United States,"
        " was under fire from seven rockets, the army said.",
    )
    assert said(New(again), FOUR, SEVEN) is None


def test_a_copy_is_not_worth_telling() -> None:
    assert said(New(told("Zone hit", FOUR.summary, "Herald", hours=1)), FOUR) is None


def test_at_least_four_after_four_is_no_news() -> None:
    again = told(
        "At least four rockets hit Green Zone in Baghdad", FOUR.summary[5:], "Courier", hours=8
    )
    assert said(New(again), FOUR) is None


def test_a_headline_that_changed() -> None:
    revised = replace(FOUR, title="Four rockets strike Green Zone")
    assert said(Revised(revised), FOUR) == (
        "Courier changed its headline from “Four rockets hit Green Zone in Baghdad” to “Four rockets"
        " strike Green Zone”"
    )


def test_a_correction() -> None:
    revised = replace(
        FOUR,
        summary=FOUR.summary.replace("Four", "Seven")
        + " Correction: an earlier version of this article named another number.",
        title=FOUR.title.replace("Four", "Seven"),
    )
    assert said(Revised(revised), FOUR) == (
        "rockets: 4 → 7 (Courier); correction by Courier; Courier changed its headline from “Four rockets"
        " hit Green Zone in Baghdad” to “Seven rockets hit Green Zone in Baghdad”"
    )


def test_an_article_that_was_corrected_before_is_not_corrected_by_every_edit() -> None:
    corrected = replace(FOUR, summary=f"{FOUR.summary} This article has been corrected.")
    revised = replace(corrected, summary=f"{corrected.summary} Sirens were heard.")
    assert said(Revised(revised), corrected) is None


def test_a_comma_is_not_worth_telling() -> None:
    assert (
        said(Revised(replace(FOUR, summary=FOUR.summary.replace("Tuesday,", "Tuesday"))), FOUR)
        is None
    )


LATER = told("Zone shelled again", "Nobody was hurt.", "Gazette", hours=1)


def test_two_stories_that_turned_out_to_be_one() -> None:
    change = StoryChange(of(FOUR, LATER), Turn.MERGED, Because(""), other=of(LATER))
    assert describe(change, of(FOUR)) == (
        "two stories turned out to be one: “Zone shelled again” is told here too now;"
        " second newsroom tells it: Gazette"
    )


def test_two_stories_of_one_headline_are_not_told_apart_by_it() -> None:
    again = replace(FOUR, id="again")
    change = StoryChange(of(FOUR, again), Turn.MERGED, Because(""), other=of(again))
    words = "two stories turned out to be one: both are told here now"
    assert describe(change, of(FOUR)) == words


def test_newsrooms_that_come_with_a_merged_story_are_counted() -> None:
    herald = replace(LATER, id="h", outlet="Herald", publisher="Herald")
    other = of(LATER, herald)
    words = describe(
        StoryChange(of(FOUR, LATER, herald), Turn.MERGED, Because(""), other=other), of(FOUR)
    )
    assert words is not None
    assert words.endswith("; 2 more newsrooms tell it: Gazette, Herald")


def test_a_story_that_turned_out_to_be_two() -> None:
    change = StoryChange(of(FOUR), Turn.SPLIT, Because(""), other=of(LATER))
    assert describe(change, of(FOUR, LATER)) == (
        "one story turned out to be two: “Zone shelled again” is told on its own now"
    )


def test_a_newsroom_in_other_capitals_is_none_that_is_new() -> None:
    shouted = replace(FOUR, id="again", outlet="COURIER", publisher="COURIER")
    change = StoryChange(of(FOUR, shouted), Turn.JOINED, Because(""), shouted)
    assert describe(change, of(FOUR)) is None
