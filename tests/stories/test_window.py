from __future__ import annotations

from datetime import timedelta

from bot.model.story import Because, StoryChange, Turn
from bot.stories.lifecycle import OPEN_FOR, stale
from bot.stories.window import Window
from tests.stories.telling import NOON, placed, told
from tests.stories.test_place import HARVEST, ROCKETS, ROCKETS_TOO


def test_a_restored_window_places_as_the_one_it_was_made_from() -> None:
    window = Window()
    placed(window, ROCKETS, HARVEST)
    restored = Window.restore(window.stories())
    assert set(restored.stories()) == set(window.stories())
    (change,) = placed(restored, ROCKETS_TOO)
    assert change == placed(window, ROCKETS_TOO)[0]


def test_what_is_forgotten_is_found_no_more() -> None:
    window = Window()
    first, _ = placed(window, ROCKETS, HARVEST)
    window.forget(before=ROCKETS.told_at + timedelta(minutes=1))
    assert window.get(first.story.id) is None
    assert [story.entries for story in window.stories()] == [(HARVEST,)]
    assert window.may_repeat(told("Copy", ROCKETS.summary)) == []
    (change,) = placed(window, ROCKETS_TOO)
    assert change.turn is Turn.OPENED


def test_a_story_that_grew_is_not_forgotten_by_its_first_hour() -> None:
    window = Window()
    placed(window, ROCKETS, ROCKETS_TOO)
    window.forget(before=ROCKETS.told_at + timedelta(minutes=1))
    assert [story.entries for story in window.stories()] == [(ROCKETS, ROCKETS_TOO)]


def test_a_closed_story_is_let_go() -> None:
    window = Window()
    (opened,) = placed(window, ROCKETS)
    window.advance([StoryChange(opened.story, Turn.CLOSED, Because("Over."))])
    assert list(window.stories()) == []


def test_stories_without_news_for_three_days_are_stale() -> None:
    window = Window()
    placed(window, ROCKETS, told("Later news of another kind", "A bridge was opened.", hours=5))
    assert stale(window.stories(), NOON + OPEN_FOR) == ()
    (change,) = stale(window.stories(), NOON + OPEN_FOR + timedelta(hours=1))
    assert change.turn is Turn.CLOSED
    assert change.story.entries == (ROCKETS,)
    assert change.because.words == "Nothing new for 72 hours."
