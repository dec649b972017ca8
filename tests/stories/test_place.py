from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.model.entry import Entry, New, Revised
from bot.model.story import Turn
from bot.stories.cluster import place
from bot.stories.window import Window
from tests.stories.telling import changed, placed, told

ROCKETS = told(
    "Rockets hit Green Zone in Baghdad",
    "Seven rockets landed in the Green Zone of Baghdad near the embassy of the United States on Tuesday"
    " evening, security officials said.",
)
ROCKETS_TOO = told(
    "Baghdad's Green Zone under rocket fire",
    "Rockets struck the Green Zone of the Iraqi capital Baghdad, close to the embassy of the United"
    " States, late on Tuesday, officials said.",
    "Gazette",
    hours=1,
)
HARVEST = told(
    "Wheat harvest falls to ten-year low",
    "Farmers in Kansas brought in a third less wheat than a year ago after a dry spring, the department"
    " of agriculture reported.",
    "Herald",
    hours=2,
)
FINAL = told(
    "Home side wins cup after penalties",
    "A save in the ninth penalty gave the home side the cup in front of forty thousand spectators in"
    " Lyon on Saturday night.",
    "Journal",
    hours=3,
)
STRIKE = told(
    "Dockers' walkout closes port of Antwerp",
    "Ships queued off Antwerp as dockers stayed away over pensions; talks with the harbour authority"
    " resume on Monday.",
    "Courier",
    hours=4,
)
UNRELATED = [ROCKETS, HARVEST, FINAL, STRIKE]


def test_first_report_opens_a_story() -> None:
    window = Window()
    change = changed(New(ROCKETS), window)
    assert list(window.stories()) == []  # until it is told to advance
    assert change.turn is Turn.OPENED
    assert change.story.entries == (ROCKETS,)
    assert change.story.opened_at == change.story.changed_at == ROCKETS.told_at
    assert len(change.story.id) == 10
    assert change.story.id.islower() or change.story.id.isdigit()


def test_another_report_of_it_joins_and_says_why() -> None:
    window = Window()
    _, change = placed(window, ROCKETS, ROCKETS_TOO)
    assert change.turn is Turn.JOINED
    assert change.story.entries == (ROCKETS, ROCKETS_TOO)
    assert change.story.publishers == ("Courier", "Gazette")
    assert {"zone", "baghdad"} <= set(change.because.shared)
    assert ROCKETS.title in change.because.words
    assert 0 < change.because.score < 1


def test_like_goes_to_like() -> None:
    window = Window()
    changes = placed(window, ROCKETS, HARVEST, ROCKETS_TOO)
    assert [change.turn for change in changes] == [Turn.OPENED, Turn.OPENED, Turn.JOINED]
    assert {s.entries for s in window.stories()} == {(ROCKETS, ROCKETS_TOO), (HARVEST,)}


def test_a_copy_joins_as_a_copy_and_adds_no_publisher() -> None:
    copy = told("Green Zone hit by rockets", ROCKETS.summary, "Gazette", hours=5, publisher="AFP")
    copy_of_copy = told("Zone hit", ROCKETS.summary, "Herald", hours=6)
    _, second, third = placed(Window(), ROCKETS, copy, copy_of_copy)
    assert second.story.tellings[1].copy_of == ROCKETS.id
    assert third.story.tellings[2].copy_of == ROCKETS.id
    assert third.story.publishers == ("Courier",)
    assert second.because.words == f"Repeats the text of Courier: “{ROCKETS.title}”."


def test_a_story_three_days_old_is_no_candidate() -> None:
    text = " ".join(f"word{chr(97 + n) * 9}" for n in range(26))
    again = told("Alphabet of words", text, "Gazette", hours=73)
    first, second = placed(Window(), told("Alphabet of words", text), again)
    assert second.turn is Turn.OPENED
    assert second.story.id != first.story.id


def test_another_language_is_not_mixed_in() -> None:
    english, german = replace(ROCKETS, language="en-GB"), replace(ROCKETS_TOO, language="de")
    assert placed(Window(), english, german)[1].turn is Turn.OPENED
    assert placed(Window(), english, replace(german, language="en"))[1].turn is Turn.JOINED


def test_what_is_known_of_two_languages_is_not_joined_by_an_entry_of_none() -> None:
    english, german = replace(ROCKETS, language="en"), replace(ROCKETS_TOO, language="de")
    third = replace(ROCKETS_TOO, id="third", outlet="Herald")
    window = Window()
    placed(window, english, german, third)
    assert sorted(len(story.entries) for story in window.stories()) == [1, 2]


def test_a_late_report_of_what_is_told_already_joins() -> None:
    earlier = replace(ROCKETS_TOO, published=ROCKETS.told_at.replace(hour=9))
    _, change = placed(Window(), ROCKETS, earlier)
    assert change.turn is Turn.JOINED
    assert change.story.opened_at == earlier.told_at
    assert change.story.changed_at == ROCKETS.told_at


def test_a_revision_takes_the_place_of_what_it_revises() -> None:
    window = Window()
    placed(window, ROCKETS, ROCKETS_TOO)
    revised = replace(ROCKETS, title="Nine rockets hit Green Zone", seen_at=ROCKETS_TOO.seen_at)
    change = changed(Revised(revised), window)
    assert change.turn is Turn.REVISED
    assert change.story.entries == (revised, ROCKETS_TOO)
    window.advance([change])
    assert [story.entries for story in window.stories()] == [(revised, ROCKETS_TOO)]
    assert place(Revised(revised), window) == ()


def test_a_revision_of_what_is_no_longer_open_changes_nothing() -> None:
    assert place(Revised(ROCKETS), Window()) == ()


def test_many_entries_under_one_fixed_text_are_as_many_stories() -> None:
    fixed = (
        "You are reading the free edition of this page. Support our forty reporters with a gift."
    )
    titles = ["Wheat harvest begins", "Striker leaves club", "Bridge closed", "Museum finds coin"]
    changes = placed(Window(), *(told(title, fixed) for title in titles))
    assert [change.turn for change in changes] == [Turn.OPENED] * len(titles)


@given(st.permutations(UNRELATED))
def test_the_order_of_unrelated_entries_does_not_matter(order: list[Entry]) -> None:
    window = Window()
    placed(window, *order)
    assert {story.entries for story in window.stories()} == {(entry,) for entry in UNRELATED}


@given(st.lists(st.sampled_from([*UNRELATED, ROCKETS_TOO]), min_size=1, max_size=8))
def test_the_same_entries_twice_add_nothing(entries: list[Entry]) -> None:
    window = Window()
    placed(window, *entries)
    before = set(window.stories())
    assert placed(window, *entries) == []
    assert set(window.stories()) == before
    assert sum(len(story.entries) for story in before) == len(set(entries))
