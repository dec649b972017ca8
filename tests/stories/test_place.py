from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bot.model.entry import Entry, New, Revised
from bot.model.story import Because, Turn
from bot.stories.cluster import place
from bot.stories.common_words import COMMON
from bot.stories.lifecycle import merged
from bot.stories.rarity import Past
from bot.stories.window import LOOKED_AT, Window
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
SUMMIT = told(
    "Zelenskyy, Tokayev, Erdogan in Samarkand",
    "Volodymyr Zelenskyy, Kassym-Jomart Tokayev, Recep Erdogan, Shavkat Mirziyoyev and Antonio Guterres"
    " meet in Samarkand.",
    language="en",
)
CUMBRE = told(
    "Zelenskyy, Tokayev y Erdogan en Samarkand",
    "Recep Erdogan, Volodymyr Zelenskyy, Antonio Guterres, Kassym-Jomart Tokayev y Shavkat Mirziyoyev, hoy"
    " en Samarkand.",
    "Diario",
    hours=0.1,
    language="es",
)
NAMES = told(
    "Samarkand: Zelenskyy, Erdogan, Tokayev",
    "Shavkat Mirziyoyev, Antonio Guterres, Recep Erdogan, Kassym-Jomart Tokayev, Volodymyr Zelenskyy.",
    "Ticker",
    hours=0.2,
)
"""Like both, and of no known language."""
BANG = told(
    "Loud explosion shakes homes across Dubai",
    "A loud explosion shook windows across Dubai late on Wednesday. Residents of the Marina district felt"
    " walls tremble and saw an orange glow in the direction of Jebel Ali port.",
    language="en",
)
BANG_TOO = told(
    "Dubai residents report loud explosion, walls trembling",
    "People in several districts of Dubai told of an explosion that made walls tremble on Wednesday night"
    " and of an orange glow near Jebel Ali. There was no word of the cause.",
    "Star",
    hours=0.2,
    language="en",
)
ESTALLIDO = told(
    "Fuerte explosión sacude viviendas en Dubái",
    "Una fuerte explosión sacudió ventanas en Dubái el miércoles por la noche. Los vecinos de Marina vieron"
    " un resplandor naranja hacia el puerto de Jebel Ali.",
    "Diario",
    hours=0.1,
    language="es",
)
ESTALLIDO_TAMBIEN = told(
    "Vecinos de Dubái oyen una fuerte explosión",
    "En varios barrios de Dubái los vecinos contaron que una explosión sacudió sus viviendas el miércoles"
    " y que se veía un resplandor naranja sobre Jebel Ali.",
    "Prensa",
    hours=0.3,
    language="es",
)
VISA = (
    "Tennis champion loses appeal against deportation",
    "A court in Canberra dismissed the appeal of a tennis champion against the loss of his visa on"
    " Wednesday. He must leave before the tournament begins.",
)


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


def test_an_entry_of_no_known_language_makes_no_story_of_two_languages() -> None:
    window = Window()
    placed(window, SUMMIT, CUMBRE, NAMES)
    assert {s.entry_ids for s in window.stories()} == {
        frozenset({SUMMIT.id, NAMES.id}),
        frozenset({CUMBRE.id}),
    }


def test_a_copy_says_in_which_language_its_story_is_told() -> None:
    copy = replace(NAMES, id="copy", outlet="Courier", language="en")
    window = Window()
    placed(window, NAMES)
    assert changed(New(CUMBRE), window).turn is Turn.JOINED
    placed(window, copy)
    assert changed(New(CUMBRE), window).turn is Turn.OPENED


def test_a_story_that_people_made_of_two_languages_takes_reports_in_both() -> None:
    window = Window()
    english, spanish = placed(window, BANG, ESTALLIDO)
    window.advance([merged(english.story, spanish.story, Because("One."), settled=True)])
    far = told("Mayor of Dubai", "The mayor plants a tree.", "Echo", hours=2, language="en")
    for entry in (BANG_TOO, ESTALLIDO_TAMBIEN, far):
        changes = placed(window, entry)
        assert [change.turn for change in changes] == [Turn.OPENED if entry is far else Turn.JOINED]
    assert [len(story.entries) for story in window.stories()] == [4, 1]
    assert all(telling.copy_of is None for story in window.stories() for telling in story.tellings)


def test_a_word_of_many_stories_hides_none_that_rarer_words_find() -> None:
    chance = Random(1)

    def words(count: int) -> str:
        return " ".join("".join(chance.choices("bcdfghklmnprst", k=7)) for _ in range(count))

    others = [
        told(f"Ukraine: {words(2)}", f"{words(9)}.", f"O{n}", hours=n / 20)
        for n in range(LOOKED_AT + 20)
    ]
    mine = told(
        "Ukraine grain ship hits mine off Constanta",
        "Ukraine said a ship with Ukraine's grain hit a mine off Constanta in Romania; Ukraine blamed"
        " drifting mines, and Ukraine's navy said that Ukraine would sweep the corridor again.",
        hours=20,
    )
    mine_too = told(
        "Mine damages freighter from Ukraine near Constanta",
        "A freighter that carried grain from Ukraine struck a mine near Constanta, Romania, Ukraine said."
        " Ukraine's navy will sweep the corridor; Ukraine suspects drifting mines, as Ukraine has before.",
        "Gazette",
        hours=21,
    )
    read = 30_000
    window = Window(past=Past(read, {term: int(read * share) for term, share in COMMON.items()}))
    placed(window, *others, mine)
    assert changed(New(mine_too), window).story.entries == (mine, mine_too)


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


def test_a_page_that_changes_its_subject_leaves_its_copies_with_the_event() -> None:
    copies = [replace(ROCKETS, id=f"copy {n}", outlet=f"P{n}", publisher=f"P{n}") for n in range(3)]
    window = Window()
    placed(window, ROCKETS, *copies, ROCKETS_TOO)
    [change] = place(Revised(_retold(ROCKETS, *VISA)), window)
    assert change.turn is Turn.SPLIT
    assert change.other is not None
    assert change.other.entry_ids == {ROCKETS.id}
    assert [(t.entry.id, t.copy_of) for t in change.story.tellings] == [
        ("copy 0", None),
        ("copy 1", "copy 0"),
        ("copy 2", "copy 0"),
        (ROCKETS_TOO.id, None),
    ]
    assert change.story.publishers == ("P0", "Gazette")


def test_a_page_that_only_copies_stand_by_may_change_its_subject() -> None:
    window = Window()
    placed(window, ROCKETS, replace(ROCKETS, id="copy", outlet="Herald", publisher="Herald"))
    [change] = place(Revised(_retold(ROCKETS, *VISA)), window)
    assert change.turn is Turn.SPLIT
    assert change.story.publishers == ("Herald",)


def test_a_copy_rewritten_in_other_words_is_a_copy_no_more() -> None:
    copy, second = (replace(ROCKETS, id=n, outlet=n, publisher=n) for n in ("Herald", "Star"))
    window = Window()
    placed(window, ROCKETS, copy, second)
    mended = changed(Revised(_retold(copy, ROCKETS.title, f"{ROCKETS.summary} More soon.")), window)
    assert mended.story.publishers == ("Courier",)
    change = changed(Revised(_retold(copy, ROCKETS_TOO.title, ROCKETS_TOO.summary)), window)
    assert change.turn is Turn.REVISED
    assert change.story.publishers == ("Courier", "Herald")
    assert [telling.copy_of for telling in change.story.tellings] == [None, None, ROCKETS.id]


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


def _retold(entry: Entry, title: str, text: str) -> Entry:
    """The same page six hours later."""
    later = entry.seen_at + timedelta(hours=6)
    return replace(entry, title=title, summary=text, fingerprint=f"{title} {text}", seen_at=later)
