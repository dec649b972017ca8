"""How newsrooms and how far they were behind are put into words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.chat.tellers import credited, lag, told_by
from bot.model.delivery import Mention

NINE = datetime(2020, 11, 17, 9, tzinfo=UTC)


def told(outlet: str, publisher: str, *, copy: bool = False) -> Mention:
    return Mention(outlet, None, NINE, copy, publisher)


@pytest.mark.parametrize(
    ("behind", "words"),
    [
        (timedelta(seconds=59), "+0 min"),
        (timedelta(minutes=35), "+35 min"),
        (timedelta(minutes=85), "+1 h 25 min"),
        (timedelta(hours=2), "+2 h"),
        (timedelta(days=2, hours=3, minutes=4), "+2 d 3 h"),
        (timedelta(days=1), "+1 d"),
        (-timedelta(minutes=5), "+0 min"),
    ],
)
def test_a_lag_in_words(behind: timedelta, words: str) -> None:
    assert lag(behind) == words


@pytest.mark.parametrize(
    ("outlet", "publisher", "shown"),
    [
        ("Courier", "Courier", ""),
        ("BBC World", "BBC", ""),
        ("The Courier", "AFP", "AFP"),
        ("Map Weekly", "AP", "AP"),
        ("Courier", "", ""),
    ],
)
def test_a_newsroom_is_named_where_its_outlet_does_not(
    outlet: str, publisher: str, shown: str
) -> None:
    assert credited(told(outlet, publisher)) == shown


def test_an_outlet_is_named_once_and_as_what_it_adds() -> None:
    shown = told_by(
        [
            told("Courier", "Courier"),
            told("Herald", "Courier", copy=True),
            told("Post", "courier", copy=True),
            told("Herald", "Herald"),
            told("Post", "Courier"),
            told("Sun", "HERALD", copy=True),
        ]
    )
    assert [m.outlet for m in shown.firsts] == ["Courier", "Herald"]
    assert [m.outlet for m in shown.same_newsroom] == ["Post"]
    assert [m.outlet for m in shown.same_text] == ["Sun"]
