from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.entries.read import read
from bot.model.entry import Entry
from bot.model.feed import Feed, Item, Items

NOW = datetime(2020, 11, 17, 12, 0, tzinfo=UTC)
FEED = Feed("f", "https://a.example/f", outlet="Gazette", publisher="Gazette Group", language="en")
ITEM = Item("g1", "https://a.example/1?utm_source=rss", "Rockets fall", "<p>Four fell.</p>", NOW)


def entry_of(item: Item, feed: Feed = FEED) -> Entry:
    (entry,) = read(Items((item,)), feed, NOW)
    return entry


def test_an_entry_is_clean_and_keeps_its_identity() -> None:
    entry = entry_of(ITEM)
    assert (entry.title, entry.summary, entry.link) == (
        "Rockets fall",
        "Four fell.",
        "https://a.example/1",
    )
    assert (entry.outlet, entry.publisher, entry.language) == ("Gazette", "Gazette Group", "en")
    assert entry.keys[:2] == ("guid:g1", "link:a.example/1")
    assert entry.id == "8705d027659a9509"
    assert entry.id == entry_of(replace(ITEM, title="Seven rockets fall", link=None)).id
    assert entry.id != entry_of(ITEM, replace(FEED, id="other")).id


def test_other_words_give_another_fingerprint_and_other_markup_does_not() -> None:
    entry = entry_of(ITEM)
    assert entry_of(replace(ITEM, summary="Four <b>fell</b>.")).fingerprint == entry.fingerprint
    assert entry_of(replace(ITEM, summary="Seven fell.")).fingerprint != entry.fingerprint
    assert entry_of(replace(ITEM, title="Seven fall")).fingerprint != entry.fingerprint


def test_the_oldest_comes_first() -> None:
    items = tuple(
        Item(str(hours), None, f"At {hours}", "", NOW - timedelta(hours=hours))
        for hours in (2, 1, 3)
    )
    assert [entry.title for entry in read(Items(items), FEED, NOW)] == ["At 3", "At 2", "At 1"]


def test_a_wire_copy_is_the_agency_s() -> None:
    entry = entry_of(replace(ITEM, summary="BAGHDAD (Reuters) - Four fell."))
    assert (entry.outlet, entry.publisher, entry.summary) == ("Gazette", "Reuters", "Four fell.")


def test_an_aggregator_s_item_is_told_by_its_source() -> None:
    entry = entry_of(replace(ITEM, title="Rockets fall - Tigris Times", source="Tigris Times"))
    assert (entry.outlet, entry.publisher, entry.title) == (
        "Tigris Times",
        "Tigris Times",
        "Rockets fall",
    )


def test_a_feed_that_names_itself_as_source_keeps_its_publisher() -> None:
    assert entry_of(replace(ITEM, source="GAZETTE")).publisher == "Gazette Group"


def test_what_says_nothing_is_dropped() -> None:
    assert not read(Items((replace(ITEM, title=" ", summary="<p>(AFP)</p>"),)), FEED, NOW)


def test_a_text_without_title_lends_its_first_words() -> None:
    entry = entry_of(replace(ITEM, title="", summary="Four fell on Tuesday morning. None hurt."))
    assert (entry.title, entry.summary) == ("Four fell on Tuesday morning.", "None hurt.")


def test_a_title_is_not_repeated_by_the_summary() -> None:
    def summary(text: str) -> str:
        return entry_of(replace(ITEM, summary=text)).summary

    assert summary("Rockets fall") == ""
    assert summary("<h1>Rockets fall</h1><p>Four fell.</p>") == "Four fell."
    assert summary("Rockets fall: four in all") == "four in all"
    assert summary("Rockets fall on Baghdad") == "Rockets fall on Baghdad"


def test_a_guid_or_link_that_many_items_carry_is_no_identity() -> None:
    same_guid = (ITEM, replace(ITEM, title="Talks begin", link="https://a.example/2"))
    assert [e.keys[0] for e in read(Items(same_guid), FEED, NOW)] == [
        "link:a.example/2",
        "link:a.example/1",
    ]
    same_link = (replace(ITEM, guid=None), replace(ITEM, guid=None, title="Talks begin"))
    ids = {entry.id for entry in read(Items(same_link), FEED, NOW)}
    assert len(ids) == 2


def test_no_key_or_link_holds_what_a_database_refuses() -> None:
    entry = entry_of(
        replace(ITEM, guid=" a\x00\ud800b\x0b\uffff ", link="https://a.example/\x00\ud8001")
    )
    assert entry.keys[:2] == ("guid:ab", "link:a.example/1")
    assert entry.link == "https://a.example/1"
    assert entry_of(replace(ITEM, guid="\x00", link="\x00")).keys[0].startswith("title:")


def test_what_is_too_long_is_bounded_and_still_tells_apart() -> None:
    long = "x" * 1_000_000
    entries = [
        entry_of(replace(ITEM, guid=long + end, link=f"https://a.example/{long}{end}", title=long))
        for end in "ab"
    ]
    for entry in entries:
        assert max(map(len, entry.keys)) <= 300
        assert len(entry.title) <= 500
        assert entry.link is None
    assert set(entries[0].keys[:2]).isdisjoint(entries[1].keys[:2])


def test_only_the_web_is_linked_to() -> None:
    assert entry_of(replace(ITEM, link="javascript:alert(1)")).link is None


def test_a_language_is_one_or_none() -> None:
    items = Items((ITEM,), language="<b>English\x00</b>")
    assert [entry.language for entry in read(items, replace(FEED, language=None), NOW)] == [None]


def test_a_sealed_link_leads_the_reader_and_tells_nothing_apart() -> None:
    sealed = "https://news.google.com/rss/articles/CBMiAAAAAAAA?oc=5"
    entry = entry_of(
        replace(ITEM, link=sealed, title="Rockets fall - Tigris Times", source="Tigris Times")
    )
    assert (entry.link, entry.outlet, entry.summary) == (sealed, "Tigris Times", "")
    assert [key.partition(":")[0] for key in entry.keys] == ["guid", "told"]
