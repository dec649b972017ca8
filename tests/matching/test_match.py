"""Whom a story concerns, and why."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching.index import Index, holds
from bot.matching.match import Watches, matches, subjects_of
from bot.matching.query import parse_query
from bot.matching.topics import read_topics
from bot.matching.words import Passage
from bot.model.entry import Entry
from bot.model.errors import Mistake
from bot.model.story import Story, Telling
from bot.model.watch import Destination, Platform, Watch

NOON = datetime(2020, 11, 17, 12, tzinfo=UTC)

[STORMS], _ = read_topics(
    {
        "storms.yaml": """
            title: Storms
            words: {storm: [storm*], harm: [dead, kill*]}
            when:
              - together: [storm, harm]
        """
    }
)
NAMES = {STORMS.name}


def article(outlet: str, title: str, summary: str = "") -> Entry:
    return Entry(
        id=f"{outlet}: {title}",
        feed_id=outlet,
        keys=(title,),
        outlet=outlet,
        publisher=outlet,
        title=title,
        link=None,
        summary=summary,
        published=None,
        seen_at=NOON,
        fingerprint=title + summary,
    )


def story(*entries: Entry, copies: tuple[Entry, ...] = ()) -> Story:
    tellings = [Telling(entry) for entry in entries]
    tellings += [Telling(entry, copy_of=entries[0].id) for entry in copies]
    return Story("s1", tuple(tellings), NOON, NOON)


def watch(watch_id: int, query: str, channel: str = "C1") -> Watch:
    place = Destination(Platform.DISCORD, "G1", channel)
    return Watch(watch_id, place, query, created_by="U1", created_at=NOON)


def told(watches: Watches, of: Story) -> dict[int, str]:
    return {concern.watch.id: concern.because for concern in watches.concerned(of)}


ROCKETS = article("Courier", "Rockets hit Baghdad", "Seven fell near the Green Zone.")
STORM = article("Gazette", "Storm kills four in Norway")


def test_a_story_concerns_the_watches_that_it_answers_each_with_its_reason() -> None:
    watches = Watches(
        [
            watch(4, 'baghdad "green zone"'),
            watch(1, "rockets"),
            watch(2, "storms OR norway"),
            watch(3, "topic:storms"),
            watch(5, "norway topic:storms -sweden"),
        ],
        [STORMS],
    )
    assert told(watches, story(ROCKETS)) == {
        1: "matched «rockets» in the report of Courier",
        4: "matched «green zone» and «baghdad» in the report of Courier",
    }
    reason = "storms: “storm” + “kills” in: «Storm kills four in Norway» (Gazette)"
    assert told(watches, story(STORM)) == {
        2: "matched «norway» in the report of Gazette",
        3: reason,
        5: f"{reason}; matched «norway» in the report of Gazette",
    }
    assert told(watches, story(article("Herald", "Elections in Peru"))) == {}


def test_the_same_query_of_many_channels_concerns_each_of_them() -> None:
    watches = Watches([watch(n, "rockets", f"C{n}") for n in range(1, 4)], [])
    concerns = watches.concerned(story(ROCKETS))
    assert [concern.watch.destination.channel for concern in concerns] == ["C1", "C2", "C3"]


def test_words_of_two_reports_do_not_add_up() -> None:
    watches = Watches([watch(1, "rockets norway"), watch(2, "rockets"), watch(3, "norway")], [])
    assert set(told(watches, story(ROCKETS, STORM))) == {2, 3}


def test_the_first_report_that_answers_is_named() -> None:
    watches = Watches([watch(1, "rockets OR norway")], [])
    because = told(watches, story(ROCKETS, STORM))[1]
    assert because == "matched «rockets» in the report of Courier"


def test_a_copy_is_not_asked() -> None:
    copy = article("Herald", "Rockets hit Baghdad (agency)", "Storm kills four.")
    told_with_copy = story(ROCKETS, copies=(copy,))
    watches = Watches([watch(1, "agency"), watch(2, "storms"), watch(3, "rockets")], [STORMS])
    assert set(told(watches, told_with_copy)) == {3}
    assert subjects_of(told_with_copy, [STORMS]) == {}


@pytest.mark.parametrize(
    ("saying_so", "others", "about"), [(1, 0, True), (1, 2, True), (1, 3, False), (2, 4, True)]
)
def test_a_third_of_the_reports_makes_a_topic(saying_so: int, others: int, about: bool) -> None:
    entries = [article(f"A{n}", "Storm kills four") for n in range(saying_so)]
    entries += [article(f"B{n}", "Gales ashore") for n in range(others)]
    watches = Watches([watch(1, "storms")], [STORMS])
    assert (1 in told(watches, story(*entries))) is about


def test_a_query_that_nobody_watches_can_be_tried() -> None:
    query = parse_query("rockets -norway", NAMES)
    assert matches(query, [STORMS], story(STORM, ROCKETS)) == (
        "matched «rockets» in the report of Courier"
    )
    assert matches(query, [STORMS], story(STORM)) is None
    assert matches(parse_query("storms", NAMES), [STORMS], story(STORM)) == (
        "storms: “storm” + “kills” in: «Storm kills four in Norway» (Gazette)"
    )


def test_what_one_entry_is_about() -> None:
    watches = Watches([], [STORMS])
    assert watches.topics_of(STORM) == {
        "storms": "“storm” + “kills” in: «Storm kills four in Norway»"
    }
    assert watches.topics_of(ROCKETS) == {}


def test_adding_and_removing_count_from_the_next_story_on() -> None:
    watches = Watches([watch(1, "rockets")], [])
    watches.add(watch(2, "rockets"))
    watches.add(watch(3, "baghdad"))
    watches.remove(1)
    watches.remove(77)
    assert set(told(watches, story(ROCKETS))) == {2, 3}
    watches.remove(2)
    assert set(told(watches, story(ROCKETS))) == {3}
    watches.add(watch(3, "norway"))
    assert told(watches, story(ROCKETS)) == {}
    watches.replace([watch(9, "rockets")])
    assert set(told(watches, story(ROCKETS))) == {9}


def test_a_watch_that_can_no_longer_be_read_is_left_out_and_listed() -> None:
    broken = watch(1, "topic:floods")
    watches = Watches([broken, watch(2, "rockets")], [STORMS])
    assert set(told(watches, story(ROCKETS))) == {2}
    [(left_out, mistake)] = watches.broken
    assert left_out == broken
    assert "There is no topic “floods”" in mistake.message
    watches.add(watch(1, "rockets"))
    assert watches.broken == ()
    watches.add(broken)
    watches.remove(1)
    assert watches.broken == ()


LETTERS = st.sampled_from("abcd")
TERM = st.one_of(
    LETTERS, st.lists(LETTERS, min_size=2, max_size=3).map(lambda w: f'"{" ".join(w)}"')
)
QUERY = st.recursive(
    st.one_of(TERM, st.just("topic:storms")),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' OR '.join(parts)})"),
        st.tuples(inner, TERM).map(lambda pair: f"({pair[0]} -{pair[1]})"),
    ),
    max_leaves=5,
)


@given(
    st.lists(QUERY, max_size=8),
    st.lists(QUERY, max_size=4),
    st.text(alphabet="abcd .", max_size=20),
    st.booleans(),
)
def test_the_index_answers_as_asking_every_query_would(
    kept: list[str], removed: list[str], text: str, stormy: bool
) -> None:
    subjects = {"storms"} if stormy else set()
    index = Index()
    queries = []
    for number, written in enumerate([*kept, *removed]):
        try:
            query = parse_query(written, NAMES)
        except Mistake:
            continue
        index.add(query, number)
        queries.append((number, query))
    for number, query in queries:
        if number >= len(kept):
            index.remove(query, number)
    passage = Passage(text)
    answered = {number for found in index.answered(passage, subjects) for number in found.askers}
    assert answered == {
        number
        for number, query in queries
        if number < len(kept) and holds(query, passage, subjects)
    }
