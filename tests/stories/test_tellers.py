"""Who tells a story, who was first, and how far behind each other was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.model.entry import Entry
from bot.model.story import Story, Telling
from bot.stories.summary import summarise
from bot.stories.tellers import tellers
from tests.stories.telling import of, told

COURIER = told("Dam breaks", "The dam in the valley broke.", "Courier")
GAZETTE = told("Valley flooded", "Water is in the streets.", "Gazette", hours=0.5)
AGENCY = told("Dam breaks in valley", "The dam gave way.", "Herald", hours=1, publisher="Reuters")


def with_copies(*tellings: tuple[Entry, Entry | None]) -> Story:
    """A story of entries, each with the one whose text it repeats."""
    story = of(*(entry for entry, _ in tellings))
    copies = (Telling(entry, original.id if original else None) for entry, original in tellings)
    return replace(story, tellings=tuple(copies))


def test_the_first_one_first_and_each_others_lag() -> None:
    first, second, third = tellers(of(AGENCY, GAZETTE, COURIER))
    assert [t.publisher for t in (first, second, third)] == ["Courier", "Gazette", "Reuters"]
    assert (first.lag, second.lag) == (timedelta(0), timedelta(minutes=30))
    assert (third.lag, third.outlets) == (timedelta(hours=1), ("Herald",))


def test_a_copy_is_another_outlet_of_its_originals_newsroom() -> None:
    copy = told("Flood", COURIER.summary, "Post", hours=2)
    (teller,) = tellers(with_copies((COURIER, None), (copy, COURIER)))
    assert (teller.publisher, teller.outlets) == ("Courier", ("Courier", "Post"))


def test_a_copy_that_was_printed_before_its_original_is_its_newsrooms_first_print() -> None:
    copy = told("Flood", AGENCY.summary, "Post", hours=-1)
    first, second = tellers(with_copies((COURIER, None), (AGENCY, None), (copy, AGENCY)))
    assert (first.publisher, first.outlets) == ("Reuters", ("Post", "Herald"))
    assert (second.publisher, second.lag) == ("Courier", timedelta(hours=1))


def test_two_edits_of_one_agencys_text_are_one_newsroom() -> None:
    other = told("Dam fails", "A dam gave way on Sunday.", "Post", hours=3, publisher="REUTERS")
    (teller,) = tellers(of(AGENCY, other))
    assert (teller.publisher, teller.outlets) == ("Reuters", ("Herald", "Post"))


def test_the_bulletin_names_each_outlet_once_for_each_newsroom_whose_text_it_prints() -> None:
    copy = told("Flood", COURIER.summary, "Gazette", hours=0.25)
    bulletin = summarise(with_copies((COURIER, None), (copy, COURIER), (GAZETTE, None)))
    assert [(m.outlet, m.publisher, m.copy) for m in bulletin.mentions] == [
        ("Courier", "Courier", False),
        ("Gazette", "Courier", True),
        ("Gazette", "Gazette", False),
    ]


def test_the_bulletin_names_the_story_that_it_goes_on_from() -> None:
    follows = summarise(of(GAZETTE), earlier=of(COURIER)).follows
    assert follows is not None
    assert (follows.headline, follows.link) == (COURIER.title, COURIER.link)
    assert follows.told_at == COURIER.told_at
    assert summarise(of(GAZETTE)).follows is None


names = st.sampled_from(["Courier", "COURIER", "Gazette", "Reuters", "reuters"])


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Entries in any order of time, some of them copies of others."""
    tellings: list[tuple[Entry, Entry | None]] = []
    for number in range(draw(st.integers(1, 8))):
        hours = draw(st.integers(-5, 5))
        entry = told(f"{number}", "", draw(names), hours=hours, publisher=draw(names))
        originals = [original for original, of_whom in tellings if of_whom is None]
        copied = draw(st.sampled_from([None, *originals]))
        tellings.append((entry, copied))
    return with_copies(*tellings)


@given(stories())
def test_there_are_as_many_tellers_as_publishers_and_copies_add_none(story: Story) -> None:
    told_by = tellers(story)
    assert sorted(t.publisher for t in told_by) == sorted(story.publishers)
    own = replace(story, tellings=tuple(t for t in story.tellings if t.copy_of is None))
    assert own.publishers == story.publishers
    assert [t.lag for t in told_by] == sorted(t.lag for t in told_by)
    assert told_by[0].lag == timedelta(0)
    first_prints = dict.fromkeys(m.publisher for m in summarise(story).mentions)
    assert list(first_prints) == [t.publisher for t in told_by]
