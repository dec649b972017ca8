"""Two stories that are one, and one that is two."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.model.errors import Mistake
from bot.model.story import Because, Story, Telling
from bot.stories.lifecycle import OPEN_FOR, merged, split, stale
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
        split(story, [a], WHY, "new")
    change = split(story, [SECOND.id, THIRD.id], WHY, "new")
    assert change.other is not None
    assert copy_of(change.other) == {"Article 2": None, "Article 3": SECOND.id}
    again = merged(change.story, change.other, WHY)
    assert copy_of(again.story)["Article 3"] == SECOND.id


def test_what_copies_a_copy_is_a_copy_of_the_original() -> None:
    taken_back = replace(
        of(SECOND), tellings=(Telling(SECOND, FIRST.id), Telling(THIRD, SECOND.id))
    )
    assert copy_of(merged(of(FIRST), taken_back, WHY).story) == {
        "Article 1": None,
        "Article 2": FIRST.id,
        "Article 3": FIRST.id,
    }


def test_both_parts_of_a_split_begin_with_their_first_telling_and_close_with_the_whole() -> None:
    revised_at = THIRD.told_at + OPEN_FOR
    story = replace(of(FIRST, SECOND, THIRD), changed_at=revised_at, follows="earlier")
    change = split(story, [SECOND.id], WHY, "new", settled=True)
    rest, other = change.story, change.other
    assert other is not None
    assert (rest.id, rest.entries, rest.opened_at) == (story.id, (FIRST, THIRD), FIRST.told_at)
    assert (other.id, other.entries, other.opened_at) == ("new", (SECOND,), SECOND.told_at)
    assert (rest.follows, other.follows) == ("earlier", None)
    assert rest.settled and other.settled
    assert stale([rest, other], revised_at + OPEN_FOR) == ()


def test_a_merge_that_is_split_again_has_lost_no_time() -> None:
    one, two = replace(of(FIRST), id="one"), replace(of(SECOND), id="two", changed_at=THIRD.told_at)
    again = split(merged(one, two, WHY).story, [SECOND.id], WHY, "two")
    assert again.story.changed_at >= one.changed_at
    assert again.other is not None
    assert again.other.changed_at >= two.changed_at


@pytest.mark.parametrize("named", [[], ["nobody"], [FIRST.id, SECOND.id]])
def test_what_leaves_a_story_is_some_of_it(named: list[str]) -> None:
    with pytest.raises(Mistake):
        split(of(FIRST, SECOND), named, WHY, "new")
