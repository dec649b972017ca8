"""A channel is told the weightiest of too many stories, and the others in one recap."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.catch_up import Held, fold, recaps
from bot.model.delivery import Bulletin, Edit, Post, Receipt
from bot.model.watch import Destination, Platform

NOON = datetime(2020, 11, 17, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HERE = Destination(Platform.DISCORD, "guild", "desk")
THERE = Destination(Platform.SLACK, "team", "desk")


def post(
    story_id: str,
    minute: int = 0,
    publishers: int = 1,
    to: Destination = HERE,
    notice: bool = False,
) -> Post:
    bulletin = Bulletin(
        story_id=story_id,
        headline=f"Story {story_id}",
        link=None,
        lines=(),
        counts=(),
        mentions=(),
        publishers=publishers,
        opened_at=NOON + minute * MINUTE,
        changed_at=NOON + minute * MINUTE,
        notice=notice,
    )
    return Post(to, bulletin, "asked")


def ids(posts: object) -> list[str]:
    assert isinstance(posts, tuple)
    return [each.bulletin.story_id for each in posts]


def held(minutes_ago: float, story_id: str = "s", to: Destination = HERE) -> Held:
    link = f"https://courier.example/{story_id}"
    return Held(to, story_id, f"Story {story_id}", link, "Courier", NOON - minutes_ago * MINUTE)


def test_few_stories_are_all_told_oldest_first() -> None:
    told, kept = fold([post("b", 2), post("a", 1), post("c", 3)], {}, 3)
    assert (ids(told), kept) == (["a", "b", "c"], ())


def test_of_too_many_those_of_most_newsrooms_go_and_then_the_newest() -> None:
    posts = [post("old", 1), post("big", 2, publishers=3), post("new", 9), post("mid", 5)]
    told, kept = fold(posts, {}, 3)
    assert ids(told) == ["big", "mid", "new"]
    assert ids(kept) == ["old"]


def test_what_was_posted_lately_counts_and_each_channel_for_itself() -> None:
    posts = [post("a", 1), post("b", 2), post("a", 1, to=THERE), post("b", 2, to=THERE)]
    told, kept = fold(posts, {HERE: 9, THERE: 30}, 10)
    assert [
        (each.destination, each.bulletin.story_id) for each in told if isinstance(each, Post)
    ] == [(HERE, "b")]
    assert Counter(each.destination for each in kept) == {HERE: 1, THERE: 2}


def test_edits_and_notices_are_never_held_back() -> None:
    edit = Edit(Receipt("s", HERE, "digest", "key"), post("s").bulletin)
    notice = post("feed:a:1", notice=True)
    assert fold([edit, notice, post("a")], {HERE: 99}, 10) == ((edit, notice), (post("a"),))


@given(
    st.lists(
        st.builds(
            post,
            st.uuids().map(str),
            st.integers(0, 99),
            st.integers(0, 9),
            st.sampled_from([HERE, THERE]),
            st.booleans(),
        ),
        max_size=40,
    ),
    st.dictionaries(st.sampled_from([HERE, THERE]), st.integers(0, 20)),
)
def test_nothing_is_lost_and_no_channel_is_given_more_than_it_can_take(
    posts: list[Post], lately: dict[Destination, int]
) -> None:
    told, kept = fold(posts, lately, 10)
    assert Counter([*told, *kept]) == Counter(posts)
    given = Counter(p.destination for p in told if isinstance(p, Post) and not p.bulletin.notice)
    assert all(number <= max(0, 10 - lately.get(to, 0)) for to, number in given.items())


def test_a_recap_is_made_once_it_is_quiet() -> None:
    assert recaps([held(9.9), held(12)], NOON) == []
    assert len(recaps([held(10), held(12)], NOON)) == 1


def test_a_recap_does_not_wait_for_quiet_for_ever() -> None:
    assert recaps([held(0), held(29)], NOON) == []
    assert len(recaps([held(0), held(30)], NOON)) == 1


def test_each_channel_has_its_own_recap() -> None:
    stories = [held(11, "a"), held(12, "b"), held(11, "a", to=THERE), held(1, "c", to=THERE)]
    [(recap, of)] = recaps(stories, NOON)
    assert recap.destination == HERE
    assert {story.story_id for story in of} == {"a", "b"}


def test_a_recap_names_the_newest_and_counts_the_others() -> None:
    [(recap, of)] = recaps([held(10 + n, f"s{n:02}") for n in range(20)], NOON)
    bulletin = recap.bulletin
    assert bulletin.notice
    assert bulletin.headline == "20 more stories came at the same time"
    assert [line.text for line in bulletin.lines] == [
        "The newest 15:",
        *(f"Story s{n:02}" for n in range(15)),
    ]
    assert (bulletin.lines[1].outlet, bulletin.lines[1].link) == (
        "Courier",
        "https://courier.example/s00",
    )
    assert len(of) == 20


def test_a_recap_of_one_story_speaks_of_one() -> None:
    [(recap, _)] = recaps([replace(held(10), link=None)], NOON)
    assert recap.bulletin.headline == "1 more story came at the same time"
    assert [line.text for line in recap.bulletin.lines] == ["Story s"]
