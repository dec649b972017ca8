from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.matching.versions import Workspace, version_at, versions
from bot.model.story import Story, Telling
from bot.model.watch import Destination, Platform
from tests.stories.telling import of, told

OURS: Workspace = (Platform.DISCORD, "1")
THEIRS: Workspace = (Platform.SLACK, "T2")
OTHERS: Workspace = (Platform.DISCORD, "3")
OPEN = told("Rockets hit Green Zone", "Seven rockets.", "Courier")
PRIVATE = told("Rockets in Baghdad", "Nine rockets.", "Desk", hours=1)


def seen(story: Story, workspace: Workspace, readers: dict[str, frozenset[Workspace]]) -> list[str]:
    """The outlets of the story as the workspace sees it."""
    place = Destination(*workspace, "c")
    mine = [version for version in versions(story, readers) if version.is_for(place)]
    assert len(mine) <= 1
    assert version_at(story, readers, place) == (mine[0] if mine else None)
    return [entry.outlet for version in mine for entry in version.story.entries]


def test_what_everybody_may_read_is_one_version() -> None:
    (version,) = versions(of(OPEN, PRIVATE), {})
    assert version.story == of(OPEN, PRIVATE)


def test_a_feed_that_a_workspace_brought_is_seen_by_that_one_alone() -> None:
    readers = {"desk": frozenset({OURS})}
    story = of(OPEN, PRIVATE)
    assert seen(story, OURS, readers) == ["Courier", "Desk"]
    assert seen(story, THEIRS, readers) == ["Courier"]


def test_who_sees_all_of_a_story_sees_when_it_was_revised_last() -> None:
    story = replace(of(OPEN, PRIVATE), changed_at=PRIVATE.told_at + timedelta(hours=1))
    version = version_at(story, {"desk": frozenset({OURS})}, Destination(*OURS, "c"))
    assert version is not None
    assert version.story == story


def test_a_story_of_private_feeds_alone_does_not_exist_for_others() -> None:
    readers = {"desk": frozenset({OURS})}
    assert seen(of(PRIVATE), OURS, readers) == ["Desk"]
    assert seen(of(PRIVATE), THEIRS, readers) == []


def test_whoever_runs_wirewatch_sees_all_of_it() -> None:
    readers = {"desk": frozenset({OURS})}
    version = version_at(of(OPEN, PRIVATE), readers, Destination(Platform.CONSOLE, "", ""))
    assert version is not None
    assert (version.story, version.hidden) == (of(OPEN, PRIVATE), frozenset())


def test_a_copy_of_what_is_hidden_stands_for_itself_and_at_its_own_time() -> None:
    first = replace(PRIVATE, published=OPEN.told_at.replace(hour=8))
    story = Story(
        "s", (Telling(first), Telling(OPEN, copy_of=first.id)), first.told_at, OPEN.told_at
    )
    shown = next(v for v in versions(story, {"desk": frozenset({OURS})}) if v.only is None)
    assert shown.story.publishers == ("Courier",)
    assert shown.story.opened_at == OPEN.told_at
    assert shown.of(of(PRIVATE)) is None


def test_two_copies_of_what_is_hidden_are_one_report() -> None:
    copies = [told("Rockets hit Green Zone", "Seven.", outlet) for outlet in ("Courier", "Gazette")]
    own = told("Sirens over Baghdad", "Nine.", "Wire")
    story = Story(
        "s",
        (
            Telling(PRIVATE),
            *(Telling(each, copy_of=PRIVATE.id) for each in copies),
            Telling(own),
            Telling(replace(own, id="again", outlet="Herald"), copy_of=own.id),
        ),
        PRIVATE.told_at,
        PRIVATE.told_at,
    )
    shown = next(v for v in versions(story, {"desk": frozenset({OURS})}) if v.only is None)
    first, second = copies
    assert [(t.entry.outlet, t.copy_of) for t in shown.story.tellings] == [
        (first.outlet, None),
        (second.outlet, first.id),
        ("Wire", None),
        ("Herald", own.id),
    ]


FEEDS = ["courier", "desk", "gazette", "wire"]


@given(
    st.lists(st.sampled_from(FEEDS), min_size=1, max_size=6),
    st.dictionaries(
        st.sampled_from(FEEDS), st.frozensets(st.sampled_from([OURS, THEIRS]), min_size=1)
    ),
)
def test_each_sees_all_of_what_it_may_and_nothing_else(
    feeds: list[str], readers: dict[str, frozenset[Workspace]]
) -> None:
    story = of(*(told(f"T{n}", outlet=feed.title()) for n, feed in enumerate(feeds)))
    for workspace in (OURS, THEIRS, OTHERS):
        may_see = [feed.title() for feed in feeds if workspace in readers.get(feed, {workspace})]
        assert seen(story, workspace, readers) == may_see
