"""The same article is told once; another article is never swallowed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.entries.novelty import recognise
from bot.entries.read import read
from bot.model.entry import Entry, New, News, Revised, Seen
from bot.model.feed import Feed, Item, Items

NOW = datetime(2020, 11, 17, 12, 0, tzinfo=UTC)
FEED = Feed("f", "https://a.example/f", outlet="Gazette", publisher="Gazette")
ITEM = Item("g1", "https://a.example/1", "Rockets fall", "Four fell.", NOW)


def news_of(entries: Sequence[Entry], seen: Iterable[Seen]) -> tuple[News, ...]:
    return recognise(entries, seen).news


def entries(*items: Item, now: datetime = NOW) -> tuple[Entry, ...]:
    return read(Items(items), FEED, now)


def seen(*items: Item) -> list[Seen]:
    return [Seen(e.id, frozenset(e.keys), e.fingerprint) for e in entries(*items)]


def test_what_was_never_seen_is_new() -> None:
    (entry,) = entries(ITEM)
    assert news_of((entry,), []) == (New(entry),)


def test_what_was_seen_is_no_news() -> None:
    assert news_of(entries(ITEM), seen(ITEM)) == ()


@pytest.mark.parametrize(
    "churned",
    [
        replace(ITEM, guid="g2"),
        replace(ITEM, guid=None),
        replace(ITEM, link="https://a.example/1-moved"),
        replace(ITEM, link="http://www.a.example/1?utm_source=rss#top"),
        replace(ITEM, published=NOW - timedelta(days=9)),
        replace(ITEM, published=None),
        replace(ITEM, guid="g2", published=NOW + timedelta(days=1)),
        replace(ITEM, guid="g2", link="https://a.example/2"),
    ],
    ids=[
        "guid",
        "no guid",
        "link",
        "tracking",
        "date",
        "no date",
        "guid and date",
        "guid and link",
    ],
)
def test_an_article_whose_identity_churns_is_not_told_again(churned: Item) -> None:
    assert news_of(entries(churned), seen(ITEM)) == ()


@pytest.mark.parametrize(
    "edited",
    [
        replace(ITEM, summary="Seven fell."),
        replace(ITEM, title="Seven rockets fall"),
        replace(ITEM, guid=None, title="Seven rockets fall"),
        replace(ITEM, guid="g2", summary="Seven fell."),
        replace(ITEM, title="Seven rockets fall", link="https://a.example/seven"),
    ],
    ids=["text", "title", "title, no guid", "text and guid", "title and link"],
)
def test_an_edited_article_is_a_revision_under_the_id_it_has(edited: Item) -> None:
    (known,) = entries(ITEM)
    (news,) = news_of(entries(edited), seen(ITEM))
    assert isinstance(news, Revised)
    assert news.entry.id == known.id
    assert (news.entry.title, news.entry.summary) == (edited.title, edited.summary)


@pytest.mark.parametrize(
    "other",
    [
        replace(ITEM, guid="g2", title="All clear", summary="Sirens stop."),
        replace(ITEM, guid="g2", link="https://a.example/2", summary="Another four fell."),
    ],
    ids=["one link", "one title"],
)
def test_another_article_is_not_swallowed(other: Item) -> None:
    (entry,) = entries(other)
    assert news_of((entry,), seen(ITEM)) == (New(entry),)


def test_one_article_twice_in_a_feed_counts_once() -> None:
    twice = entries(ITEM, replace(ITEM, summary="Four fell, officials say."))
    assert [type(each) for each in news_of(twice, [])] == [New]
    assert news_of(entries(ITEM, ITEM), seen(ITEM)) == ()


def test_two_wordings_in_one_feed_do_not_take_turns() -> None:
    both = entries(ITEM, replace(ITEM, guid="g2", summary="Four fell, officials say."))
    assert news_of(both, seen(replace(ITEM, guid="g2", summary="Four fell, officials say."))) == ()


items = st.lists(
    st.builds(
        Item,
        guid=st.none() | st.sampled_from(["g1", "g2", "g3"]),
        link=st.none() | st.sampled_from(["https://a.example/1", "https://a.example/2"]),
        title=st.sampled_from(["", "Rockets fall", "Talks begin", "All clear"]),
        summary=st.sampled_from(["", "Four fell.", "Seven fell."]),
        published=st.none() | st.just(NOW),
    ),
    max_size=6,
)


@given(items)
def test_a_feed_read_twice_is_no_news(given_items: list[Item]) -> None:
    first = entries(*given_items)
    rows = [
        Seen(n.entry.id, frozenset(n.entry.keys), n.entry.fingerprint) for n in news_of(first, [])
    ]
    assert not [each for each in news_of(first, rows) if isinstance(each, New)]
    assert len({row.entry_id for row in rows}) == len(rows)
