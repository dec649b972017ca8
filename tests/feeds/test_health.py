"""When people are told that a feed fails, and in which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.health import (
    CALM,
    STABLE,
    Condition,
    Notice,
    announce,
    is_in_trouble,
    is_our_fault,
    moved,
    worth_a_notice,
)
from bot.model.feed import Feed, Polling, Trouble

NOON = datetime(2020, 11, 17, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FEED = Feed("courier", "https://reader:pass@courier.example/rss?key=k", "Courier", "Courier")


def failing(trouble: Trouble, hours: float, failures: int) -> Polling:
    return Polling(
        "courier",
        due_at=NOON + 6 * HOUR,
        failures=failures,
        failing_since=NOON - hours * HOUR,
        trouble=trouble,
        succeeded_at=NOON - (hours + 1) * HOUR,
        error="403 Forbidden",
    )


@pytest.mark.parametrize(
    ("trouble", "hours", "failures", "worries"),
    [
        (Trouble.GONE, 0, 1, True),
        (Trouble.BLOCKED, 2.9, 9, False),
        (Trouble.BLOCKED, 3, 2, False),
        (Trouble.BLOCKED, 3, 3, True),
        (Trouble.NOT_A_FEED, 3, 3, True),
        (Trouble.UNREADABLE, 3, 3, True),
        (Trouble.HARMFUL, 3, 3, True),
        (Trouble.DOWN, 23, 12, False),
        (Trouble.DOWN, 24, 4, True),
        (Trouble.SLOW, 24, 4, True),
        (Trouble.BUSY, 24, 4, True),
        (Trouble.DOWN, 48, 3, False),  # it is asked once a day: nothing is known of it yet
        (Trouble.DOWN, 73, 4, True),
    ],
)
def test_each_kind_of_failure_is_given_its_time(
    trouble: Trouble, hours: float, failures: int, worries: bool
) -> None:
    polling = failing(trouble, hours, failures)
    assert is_in_trouble(polling, NOON) is worries
    assert (worth_a_notice(FEED, polling, NOON, None, None) is not None) is worries


def test_a_notice_says_what_since_when_what_follows_and_what_to_do() -> None:
    notice = worth_a_notice(FEED, failing(Trouble.BLOCKED, 5, 6), NOON, None, None)
    assert notice == Notice(
        "courier",
        True,
        "Courier: the site does not let wirewatch in",
        (
            "Since 17 Nov 2020, 07:00 UTC nothing could be read from https://courier.example/rss?…,"
            " 6 times in a row (403 Forbidden).",
            "wirewatch asks again at 17 Nov 2020, 18:00 UTC, goes on asking, and says here when it"
            " works.",
            "wirewatch does not go around such walls. Ask the outlet to let it in, give the address"
            " with its user and password where it needs them (feed edit), or take another feed.",
        ),
    )


@pytest.mark.parametrize("trouble", list(Trouble))
def test_every_kind_has_words_of_its_own_and_a_remedy(trouble: Trouble) -> None:
    notice = worth_a_notice(FEED, failing(trouble, 100, 100), NOON, None, None)
    assert notice is not None
    assert len(notice.lines) == 3
    assert "pass" not in "".join(notice.lines).replace("password", "")


def test_a_feed_that_waits_its_turn_is_asked_soon() -> None:
    polling = replace(failing(Trouble.GONE, 5, 6), due_at=NOON - HOUR)
    notice = worth_a_notice(FEED, polling, NOON, None, None)
    assert notice is not None
    assert notice.lines[1].startswith("wirewatch asks again soon,")


def test_a_failure_of_unknown_kind_counts_as_down() -> None:
    polling = replace(failing(Trouble.DOWN, 24, 4), trouble=None, error=None)
    notice = worth_a_notice(FEED, polling, NOON, None, None)
    assert notice is not None
    assert notice.headline == "Courier: nothing comes from its feed"


def test_what_was_told_is_not_told_again() -> None:
    polling = replace(failing(Trouble.GONE, 100, 100), noticed=True)
    assert worth_a_notice(FEED, polling, NOON, NOON - HOUR, None) is None


def test_a_paused_feed_worries_nobody() -> None:
    assert not is_in_trouble(replace(failing(Trouble.GONE, 100, 100), paused=True), NOON)


def test_that_it_works_is_told_once_it_has_worked_for_a_while() -> None:
    polling = Polling("courier", due_at=NOON, noticed=True, succeeded_at=NOON)
    since = NOON - STABLE
    assert worth_a_notice(FEED, polling, NOON, None, since + timedelta(seconds=1)) is None
    assert worth_a_notice(FEED, polling, NOON, None, since) == Notice(
        "courier",
        False,
        "Courier: the feed works again",
        ("wirewatch reads https://courier.example/rss?… again since 17 Nov 2020, 11:00 UTC.",),
    )


def test_a_feed_that_works_and_of_which_nothing_was_told_gives_no_notice() -> None:
    polling = Polling("courier", due_at=NOON, succeeded_at=NOON)
    assert worth_a_notice(FEED, polling, NOON, None, None) is None


def test_after_a_notice_there_is_calm_though_it_fails_anew() -> None:
    polling = failing(Trouble.BLOCKED, 5, 6)
    assert worth_a_notice(FEED, polling, NOON, NOON - CALM + HOUR, None) is None
    assert worth_a_notice(FEED, polling, NOON, NOON - CALM, None) is not None


@pytest.mark.parametrize(
    ("asked", "unreachable", "ours"),
    [(100, 51, True), (100, 50, False), (5, 3, True), (4, 4, False), (1, 1, False), (0, 0, False)],
)
def test_most_feeds_out_of_reach_at_once_is_our_own_network(
    asked: int, unreachable: int, ours: bool
) -> None:
    assert is_our_fault(Condition(asked, asked, unreachable, reached=0)) is ours


def test_feeds_that_lead_nowhere_are_no_failing_network_while_another_is_read() -> None:
    assert not is_our_fault(Condition(asked=150, failing=90, unreachable=90, reached=1))


def test_a_move_names_both_addresses_and_no_secret() -> None:
    assert moved(FEED, "https://u:p@new.example/feed?key=k") == Notice(
        "courier",
        False,
        "Courier: the feed has moved",
        (
            "It was at https://courier.example/rss?… and is now read from"
            " https://new.example/feed?….",
            "If that is not the same feed, change it back (feed edit).",
        ),
    )


def test_one_notice_is_a_message_of_its_own() -> None:
    told = announce([Notice("courier", True, "Courier: gone", ("Since noon.", "Asked."))], NOON)
    assert told.notice
    assert told.story_id == "feed:courier:20201117T120000Z"
    assert told.headline == "Courier: gone"
    assert [line.text for line in told.lines] == ["Since noon.", "Asked."]


@pytest.mark.parametrize(
    ("fails", "headline"),
    [
        ([True] * 3, "3 feeds fail"),
        ([False] * 2, "2 feeds changed"),
        ([True, False], "1 of 2 feeds fails"),
    ],
)
def test_several_notices_are_one_message_with_a_line_each(fails: list[bool], headline: str) -> None:
    notices = [
        Notice(f"f{n}", bad, f"F{n}: news", ("Since noon.", "Asked."))
        for n, bad in enumerate(fails)
    ]
    told = announce(notices, NOON)
    assert told.headline == headline
    assert [line.text for line in told.lines] == [
        f"F{n}: news. Since noon." for n in range(len(fails))
    ]


def test_very_many_notices_are_counted() -> None:
    notices = [Notice(f"f{n}", True, f"F{n}: gone", ("Since noon.",)) for n in range(400)]
    told = announce(notices, NOON)
    assert told.headline == "400 feeds fail"
    assert told.lines[0].text == "15 of them:"
    assert len(told.lines) == 16


@given(
    st.sampled_from(Trouble),
    st.lists(st.tuples(st.booleans(), st.integers(5, 2000)), max_size=60),
)
def test_a_feed_that_goes_back_and_forth_is_told_of_seldom(
    trouble: Trouble, spells: list[tuple[bool, int]]
) -> None:
    """A spell is whether the feed works, and for how many minutes; it is asked every five."""
    now, told_at, works_since, notices = NOON, None, None, []
    polling = Polling("courier", due_at=NOON)
    for works, minutes in spells:
        for _ in range(minutes // 5):
            now += timedelta(minutes=5)
            if works:
                polling = replace(
                    polling, failures=0, failing_since=None, trouble=None, succeeded_at=now
                )
                works_since = works_since or now
            else:
                since = polling.failing_since or now
                failures = polling.failures + 1
                polling = replace(polling, failures=failures, failing_since=since, trouble=trouble)
                works_since = None
            notice = worth_a_notice(FEED, polling, now, told_at, works_since)
            if notice is not None:
                notices.append((now, notice.fails))
                polling = replace(polling, noticed=notice.fails)
                told_at = now if notice.fails else told_at
    failures_told = [at for at, fails in notices if fails]
    assert all(b - a >= CALM for a, b in pairwise(failures_told))
    assert [fails for _, fails in notices] == [n % 2 == 0 for n in range(len(notices))]
