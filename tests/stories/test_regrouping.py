"""What a report makes of two stories that it tells of both."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.model.entry import Entry
from bot.model.story import StoryChange, Turn
from bot.stories.window import Window
from tests.stories.telling import placed, told

BANG = told(
    "Loud explosion shakes homes across Dubai",
    "A loud explosion made walls tremble across Dubai late on Wednesday. Residents saw an orange glow in"
    " the direction of Jebel Ali port. The civil defence gave no cause.",
)
SHIP = told(
    "Container ship catches fire at berth, crew evacuated",
    "Firefighters were battling a blaze aboard a container vessel flagged in Comoros that was preparing to"
    " berth on Wednesday. The 14 sailors left in time, the operator DP World said.",
    "Gazette",
)
BOTH = told(
    "Container vessel's explosion at Jebel Ali port felt across Dubai",
    "The loud explosion that made walls tremble across Dubai on Wednesday night came from a container"
    " vessel at Jebel Ali port, the civil defence said. Firefighters put out the blaze on the"
    " Comoros-flagged ship, and its 14 sailors were evacuated, DP World said.",
    "Herald",
    hours=3,
)


def at(entry: Entry, hours: float) -> Entry:
    again = told(entry.title, entry.summary, entry.outlet, hours=hours)
    assert again.id == entry.id
    return again


def settle(window: Window, *opened: StoryChange) -> None:
    """People said what belongs to these stories."""
    window.advance(
        StoryChange(replace(c.story, settled=True), Turn.REVISED, c.because) for c in opened
    )


@pytest.mark.parametrize(("first", "second"), [(BANG, SHIP), (SHIP, BANG)])
@pytest.mark.parametrize("late", [False, True])
def test_of_two_stories_that_are_one_the_older_lives_on(
    first: Entry, second: Entry, late: bool
) -> None:
    """Older is the one that was told first, though it was heard of last."""
    window = Window()
    heard = [at(first, 1), at(second, 2)]
    opened = placed(window, *(reversed(heard) if late else heard))
    older = min((change.story for change in opened), key=lambda story: story.opened_at)
    merger, joins = placed(window, BOTH)
    assert merger.turn is Turn.MERGED
    assert merger.because.words == f"“{BOTH.title}” tells the same as both."
    assert [story.id for story in window.stories()] == [merger.story.id] == [older.id]
    assert joins.story.entry_ids == {BANG.id, SHIP.id, BOTH.id}
    assert joins.story.opened_at == heard[0].told_at


@pytest.mark.parametrize("settled", [(0,), (1,), (0, 1)])
def test_what_people_settled_is_not_merged_by_a_report_that_tells_of_both(
    settled: tuple[int, ...],
) -> None:
    window = Window()
    opened = placed(window, at(BANG, 1), at(SHIP, 2))
    settle(window, *(opened[number] for number in settled))
    [change] = placed(window, BOTH)
    assert change.turn is Turn.JOINED
    assert sorted(len(story.entries) for story in window.stories()) == [1, 2]
