"""Two stories that are one, and one that is two."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.model.errors import Mistake
from bot.model.story import Because, Story, Telling
from bot.stories.lifecycle import merged, split, story_id
from tests.stories.telling import of, told

WHY = Because("People said so.")
FIRST, SECOND, THIRD = (told(f"Article {n}", hours=n) for n in (1, 2, 3))


def copy_of(story: Story) -> dict[str, str | None]:
    return {telling.entry.title: telling.copy_of for telling in story.tellings}


def test_a_merge_has_all_tellings_in_the_order_in_which_they_came() -> None:
    into = replace(of(FIRST, THIRD), id="a", follows="b")
    other = replace(of(SECOND), id="b", follows="c")
    change = merged(into, other, WHY, settled=True)
    assert change.story.entries == (FIRST, SECOND, THIRD)
    assert (change.story.opened_at, change.story.changed_at) == (FIRST.told_at, THIRD.told_at)
    assert (change.story.follows, change.story.settled, change.other) == ("c", True, other)


def test_a_copy_goes_with_its_original_and_stands_alone_without() -> None:
    a = FIRST.id
    story = Story(
        "s", (Telling(FIRST), Telling(SECOND, a), Telling(THIRD, a)), FIRST.told_at, THIRD.told_at
    )
    with pytest.raises(Mistake, match="all the articles"):
        split(story, [a], WHY)
    change = split(story, [SECOND.id, THIRD.id], WHY)
    assert change.other is not None
    assert copy_of(change.other) == {"Article 2": None, "Article 3": SECOND.id}
    again = merged(change.story, change.other, WHY)
    assert copy_of(again.story)["Article 3"] == SECOND.id


def test_a_split_has_the_times_of_what_is_in_it_and_an_id_of_its_own() -> None:
    story = replace(of(FIRST, SECOND, THIRD), id=story_id(FIRST.id))
    change = split(story, [FIRST.id], WHY, settled=True)
    assert change.other is not None
    assert change.other.id != story.id
    assert change.other.changed_at == FIRST.told_at
    assert (change.story.opened_at, change.story.entries) == (SECOND.told_at, (SECOND, THIRD))
    assert change.story.settled and change.other.settled


@pytest.mark.parametrize("named", [[], ["nobody"], [FIRST.id, SECOND.id]])
def test_what_leaves_a_story_is_some_of_it(named: list[str]) -> None:
    with pytest.raises(Mistake):
        split(of(FIRST, SECOND), named, WHY)
