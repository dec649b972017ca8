"""What holds for any news: laws of placing, tried on invented events.

An event is told in facts, each of which newsrooms word in their own way; a report says some of them
in an order of its own. So reports of one event are alike without being copies, and reports of two
events share places, days and small words at most. Round-ups tell of two events at once, so that
stories become one and come apart again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import Phase, assume, find, given, settings
from hypothesis import strategies as st

from bot.model.entry import Entry, New, Revised
from bot.model.feed import Feed
from bot.model.story import StoryChange, Turn
from bot.storage.unit import open_storage
from bot.stories.cluster import place
from bot.stories.likeness import language
from bot.stories.window import Window
from tests.doubles.databases import SqliteFiles
from tests.stories.telling import NOON, told

PLACES = ["Sarvand", "Tolmira", "Keshubad", "Orlenka", "Mbanduri", "Vallegrís", "Quorra", "Ystrand"]
OUTLETS = ["Courier", "Gazette", "Herald", "Star", "Tribune", "Echo", "Journal", "Monitor"]
LANGUAGES = [None, "en", "en-GB", "fr", "fr-CA", "es"]

CLOSE = 0.02
"""To the probability at which an entry joins a story."""

Fact = tuple[str, ...]
"""One thing that is known, as three newsrooms would word it."""

EVENTS: list[list[Fact]] = [
    [
        (
            "Gunmen stormed a brewery in {place}",
            "Armed men attacked the {place} brewery",
            "A brewery in {place} was raided by gunmen",
        ),
        ("killing {n} brewers", "{n} brewers were shot dead", "leaving {n} brewers dead"),
        (
            "before soldiers retook the cellars at dawn",
            "until troops cleared the cellars by morning",
            "and soldiers had to free the cellars",
        ),
        (
            "The Crimson Lantern group claimed the raid",
            "A group named Crimson Lantern said it was behind the attack",
            "Crimson Lantern boasted of the assault",
        ),
        (
            "Hops had been stolen there in May",
            "In May thieves had carried off its hops",
            "It was robbed of hops last May",
        ),
    ],
    [
        (
            "An earthquake of magnitude 6.{n} shook {place}",
            "{place} was hit by a 6.{n}-magnitude quake",
            "A magnitude 6.{n} tremor struck {place}",
        ),
        ("toppling a lighthouse", "the lighthouse fell", "and brought down its lighthouse"),
        (
            "Seismologists warned of aftershocks",
            "Aftershocks are likely, seismologists say",
            "seismologists expect aftershocks for weeks",
        ),
        (
            "schools stay shut on Friday",
            "pupils were told to stay at home on Friday",
            "no school will open on Friday",
        ),
        (
            "The epicentre lay beneath a salt lake",
            "Its epicentre was under the salt lake",
            "a salt lake lies above the epicentre",
        ),
    ],
    [
        (
            "The queen of {place} abdicated",
            "{place}'s queen gave up her throne",
            "In {place} the queen stepped down",
        ),
        (
            "after {n} years on the throne",
            "having reigned for {n} years",
            "ending a reign of {n} years",
        ),
        (
            "in favour of her niece, a botanist",
            "her niece, a botanist, succeeds her",
            "and a botanist, her niece, will be crowned",
        ),
        (
            "Parliament must pass an Act of Regency",
            "an Act of Regency goes to parliament",
            "lawmakers have to vote on a Regency Act",
        ),
        (
            "Bells rang in every village",
            "villages rang their bells",
            "Church bells were heard in the villages",
        ),
    ],
    [
        (
            "Ferry pilots in {place} began a strike",
            "A strike of ferry pilots halted {place}'s harbour",
            "Striking pilots stopped the ferries of {place}",
        ),
        (
            "over night pay",
            "they ask for more pay at night",
            "in a dispute about wages for night duty",
        ),
        (
            "stranding {n} thousand passengers",
            "{n} thousand passengers wait on the quays",
            "and {n} thousand travellers found no boat",
        ),
        (
            "Their union rejects arbitration",
            "the union will hear nothing of an arbitrator",
            "An arbitrator was turned down by the union",
        ),
        (
            "Islanders run short of flour",
            "flour is getting scarce on the islands",
            "the islands have flour for three days",
        ),
    ],
    [
        (
            "A court in {place} convicted a forger",
            "The forger was found guilty by {place}'s court",
            "Judges in {place} held the forger guilty",
        ),
        (
            "of selling {n} fake Vermeers",
            "he had sold {n} Vermeers that he painted himself",
            "for {n} counterfeit Vermeers",
        ),
        (
            "He must repay a shipping heiress",
            "a shipping heiress gets her money back",
            "and the heiress of a shipping line is to be repaid",
        ),
        (
            "An X-ray of the canvas gave him away",
            "the canvas had been X-rayed",
            "X-rays showed a younger canvas",
        ),
        (
            "His lawyer announced an appeal",
            "an appeal will follow, his lawyer said",
            "the defence appeals",
        ),
    ],
    [
        (
            "Locusts darkened the sky over {place}",
            "A swarm of locusts descended on {place}",
            "{place} was overrun by locusts",
        ),
        (
            "and ate the millet of {n} farms",
            "{n} farms lost their millet",
            "stripping millet fields on {n} farms",
        ),
        (
            "Aircraft will spray a fungus",
            "a fungus is to be sprayed from aircraft",
            "planes with a fungus were sent for",
        ),
        (
            "Herders drive their goats north",
            "goats are being driven north by herders",
            "the herders have left northwards with the goats",
        ),
        (
            "The last such plague was in 1958",
            "nothing like it was seen since 1958",
            "older people remember the plague of 1958",
        ),
    ],
]


@dataclass(frozen=True)
class Happening:
    """One of `EVENTS`, somewhere."""

    event: int
    place: str
    number: int


happenings = st.lists(
    st.builds(
        Happening,
        st.integers(0, len(EVENTS) - 1),
        st.sampled_from(PLACES),
        st.integers(2, 9),
    ),
    min_size=2,
    max_size=5,
    unique_by=(lambda happening: happening.event, lambda happening: happening.place),
)


@st.composite
def reports(draw: st.DrawFn, happening: Happening, spoken: str | None = None) -> Entry:
    """What one newsroom tells of it, within a day."""
    facts = EVENTS[happening.event]
    order = [0, *draw(st.permutations(range(1, len(facts))))]
    wording = draw(st.lists(st.integers(0, 2), min_size=len(facts), max_size=len(facts)))
    said = [
        _in(spoken, facts[fact][wording[fact]]).format(place=happening.place, n=happening.number)
        for fact in order[: draw(st.integers(4, 5))]
    ]
    title = _in(spoken, facts[0][draw(st.integers(0, 2))]).format(
        place=happening.place, n=happening.number
    )
    return told(
        title,
        ". ".join(said) + ".",
        draw(st.sampled_from(OUTLETS)),
        hours=draw(st.integers(0, 23)),
        id=draw(st.uuids()).hex,
        language=spoken,
    )


@st.composite
def bridges(draw: st.DrawFn, one: Happening, other: Happening, spoken: str | None = None) -> Entry:
    """What a newsroom tells of both in turn, as if they were one event."""
    said = [
        _in(spoken, draw(st.sampled_from(fact))).format(place=happening.place, n=happening.number)
        for facts in zip(EVENTS[one.event][:3], EVENTS[other.event][:3], strict=True)
        for happening, fact in zip((one, other), facts, strict=True)
    ]
    return told(
        f"{said[0]}; {said[1]}",
        ". ".join(said) + ".",
        draw(st.sampled_from(OUTLETS)),
        hours=draw(st.integers(0, 23)),
        id=draw(st.uuids()).hex,
        language=spoken,
    )


def _in(spoken: str | None, words: str) -> str:
    """The same names and figures in other words, where it is another language."""
    if spoken is None or spoken.startswith("en"):
        return words
    ending = spoken[:2]
    return " ".join(w if "{" in w or w.istitle() else f"{w[::-1]}{ending}" for w in words.split())


@st.composite
def days(
    draw: st.DrawFn, of: list[Happening] | None = None, in_languages: bool = False
) -> list[Entry]:
    """Reports of a few events, in the order in which they come in; some may tell of the first two."""
    spoken = st.sampled_from(LANGUAGES if in_languages else [None])
    told_of = of or draw(happenings)
    one, other, *_ = told_of
    entries = [
        draw(reports(happening, draw(spoken)))
        for happening in told_of
        for _ in range(draw(st.integers(1, 4)))
    ]
    for _ in range(draw(st.integers(0, 2))):
        entries.append(draw(bridges(one, other, draw(spoken))))
    return draw(st.permutations(entries))


def together(window: Window) -> set[frozenset[str]]:
    """Which entries the stories tell."""
    return {story.entry_ids for story in window.stories()}


def heard(window: Window, *entries: Entry) -> list[StoryChange]:
    """What came of each, one after the other."""
    changes: list[StoryChange] = []
    for entry in entries:
        some = place(New(entry), window)
        window.advance(some)
        changes += some
    return changes


@pytest.mark.parametrize("turn", [Turn.MERGED, Turn.SPLIT])
def test_such_days_make_one_story_of_two_and_two_of_one(turn: Turn) -> None:
    """Or the laws would hold of less than they seem to."""
    tried = settings(max_examples=500, phases=[Phase.generate], database=None)
    find(days(), lambda day: turn in [c.turn for c in heard(Window(), *day)], settings=tried)


@given(days())
def test_placing_the_same_entries_twice_adds_nothing(entries: list[Entry]) -> None:
    window = Window()
    heard(window, *entries)
    before = list(window.stories())
    assert heard(window, *entries) == []
    assert [place(Revised(entry), window) for entry in entries] == [()] * len(entries)
    assert list(window.stories()) == before


@given(happenings, st.data())
def test_unrelated_entries_commute(before: list[Happening], data: st.DataObject) -> None:
    background = data.draw(days(before))
    one, other = data.draw(happenings)[:2]
    told_as_one = {happening.event for happening in before[:2]}
    assume({one.event, other.event} != told_as_one)
    first, second = data.draw(reports(one)), data.draw(reports(other))
    there, back = Window(), Window()
    changes = heard(there, *background, first, second) + heard(back, *background, second, first)
    # One more entry makes each of its words a little less rare, which may decide a close call.
    own = [change for change in changes if change.entry in (first, second)]
    assume(all(abs(change.because.score - 0.5) > CLOSE for change in own))
    assert together(there) == together(back)


@given(days(), st.data())
def test_a_copy_never_changes_corroboration(entries: list[Entry], data: st.DataObject) -> None:
    window = Window()
    heard(window, *entries)
    original = data.draw(st.sampled_from(entries))
    title = data.draw(st.sampled_from([original.title, data.draw(st.sampled_from(entries)).title]))
    reprint = replace(original, id="reprint", title=title, outlet="Reprint", publisher="Reprint")
    before = {story.id: story.publishers for story in window.stories()}
    [change] = heard(window, reprint)
    assert change.turn is Turn.JOINED
    assert {story.id: story.publishers for story in window.stories()} == before


@given(days(), days())
def test_saving_and_restoring_changes_no_later_placement(
    earlier: list[Entry], later: list[Entry]
) -> None:
    window = Window()
    heard(window, *earlier)
    compared = {e.id: window.compared(e) for story in window.stories() for e in story.entries}
    restored = Window.restore(window.stories(), window.past, compared)
    assert_same_from_here(window, restored, later)


@settings(max_examples=8)
@given(days(), days())
def test_what_a_database_gives_back_places_the_same(
    sqlite: SqliteFiles, earlier: list[Entry], later: list[Entry]
) -> None:
    window = Window()
    changes = heard(window, *earlier)
    with sqlite.database() as url:
        assert_same_from_here(window, asyncio.run(_kept(url, changes, window)), later)


@given(days(in_languages=True))
def test_no_story_mixes_languages_that_are_known(entries: list[Entry]) -> None:
    window = Window()
    heard(window, *entries)
    for story in window.stories():
        assert len({language(entry) for entry in story.entries} - {""}) <= 1


@given(days(in_languages=True))
def test_every_placement_has_its_reason(entries: list[Entry]) -> None:
    window = Window()
    for entry in entries:
        changes = heard(window, entry)
        assert changes[-1].entry == entry
        for change in changes:
            assert change.because.words.endswith(".")
            assert 0 <= change.because.score <= 1


def assert_same_from_here(window: Window, restored: Window, later: Sequence[Entry]) -> None:
    for entry in later:
        changes, again = heard(window, entry), heard(restored, entry)
        assert [(c.turn, c.story) for c in changes] == [(c.turn, c.story) for c in again]


async def _kept(url: str, changes: Sequence[StoryChange], window: Window) -> Window:
    """The window after these changes, as a database gives it back."""
    storage = open_storage(url)
    feeds = {c.entry.feed_id: c.entry.outlet for c in changes if c.entry is not None}
    async with storage.begin() as unit:
        await unit.feeds.sync(
            [Feed(feed, f"https://{feed}.example/rss", name, name) for feed, name in feeds.items()],
            NOON,
        )
        await unit.stories.save_all(changes, NOON)
        told = [change.entry for change in changes if change.entry is not None]
        await unit.window.keep({entry.id: window.compared(entry) for entry in told})
    async with storage.read() as unit:
        restored = Window.restore(
            await unit.stories.open_stories(),
            await unit.window.past(),
            await unit.window.compared(),
        )
    await storage.dispose()
    return restored
