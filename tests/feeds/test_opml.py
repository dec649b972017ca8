"""Lists of other readers come in, ours goes out, and neither does harm."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.addresses import feed_id
from bot.feeds.opml import Wanted, read_opml, write_opml
from bot.model.feed import Feed

NOON = datetime(2020, 11, 17, 12, 0, tzinfo=UTC)


def opml(inside: str) -> bytes:
    return f'<?xml version="1.0"?><opml version="2.0"><body>{inside}</body></opml>'.encode()


def feed(url: str, outlet: str, *tags: str) -> Feed:
    return Feed(feed_id(url, b"k"), url, outlet, outlet, tags=frozenset(tags))


def said(body: bytes) -> str:
    wanted, [mistake] = read_opml(body)
    assert not wanted and mistake.hint
    return mistake.message


def test_a_list_of_another_reader_is_read() -> None:
    wanted, mistakes = read_opml(
        opml(
            '<outline text="World"><outline text="Iraq">'
            '<outline type="rss" text="Gazette" xmlUrl="https://a.example/f?a=1&amp;b=2"/>'
            "</outline></outline>"
            '<outline title="Courrier" text="x" xmlurl=" https://b.example/f "/>'
            '<outline XMLURL="https://c.example/f"/>'
            '<outline text="Ports"><outline text="again" xmlUrl="https://b.example/f"/></outline>'
        )
    )
    assert not mistakes
    assert wanted == (
        Wanted("https://a.example/f?a=1&b=2", "Gazette", frozenset({"World", "Iraq"})),
        Wanted("https://b.example/f", "Courrier", frozenset({"Ports"})),
        Wanted("https://c.example/f", "c.example"),
    )


def test_what_cannot_be_asked_is_named_and_the_rest_is_kept() -> None:
    wanted, mistakes = read_opml(
        opml(
            '<outline text="Passwords" xmlUrl="file:///etc/passwd"/>'
            '<outline text="Old" xmlUrl="ftp://a.example/f"/>'
            '<outline text="Good" xmlUrl="https://a.example/f"/>'
        )
    )
    assert [each.name for each in wanted] == ["Good"]
    assert [mistake.at for mistake in mistakes] == ["Passwords", "Old"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not OPML"),
        (b"\xff\xfe\x00", "not OPML"),
        (b"<opml><body>", "not OPML"),
        (b"<html/>", "not OPML"),
        (b'<?xml version="1.0" encoding="zip"?><opml/>', "not OPML"),
        (b'<?xml version="1.0" encoding="utf-7"?><opml/>', "not OPML"),
        (b"<opml>" + b"<a>" * 100_000, "not OPML"),
        (b"<opml/>", "no feeds"),
        (b"<!DOCTYPE opml><opml/>", "document type"),
        (b'<!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/passwd">]><opml>&a;</opml>', "entities"),
        (b'<!DOCTYPE opml [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><opml>&b;</opml>', "entities"),
        (opml("<outline>" * 11 + "</outline>" * 11), "more than 10 deep"),
        (opml("<outline/>" * 5_001), "more than 5,000 outlines"),
        (opml(" " * 1_000_000), "larger than 1 MB"),
    ],
)
def test_what_is_past_a_limit_or_no_list_is_refused_whole(body: bytes, message: str) -> None:
    assert message in said(body)


def test_a_list_at_its_limits_is_read() -> None:
    deep = "<outline>" * 9 + '<outline xmlUrl="https://a.example/f"/>' + "</outline>" * 9
    wanted, mistakes = read_opml(opml(deep + "<outline/>" * 4_990))
    assert len(wanted) == 1 and not mistakes


names = st.text(min_size=1, max_size=200).filter(lambda name: "://" not in name)
clean = st.builds(lambda word, rest: f"{word}{rest}".strip(), st.sampled_from("aб\"'<&>]"), st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=100
)).filter(lambda name: "://" not in name)  # fmt: skip
addresses = st.integers(0, 50).map(lambda n: f"https://a.example/{n}?a=<&b=\"'")


@given(st.dictionaries(addresses, st.tuples(clean, st.frozensets(clean, max_size=3)), min_size=1))
def test_what_was_exported_comes_back_as_it_was(
    listed: dict[str, tuple[str, frozenset[str]]],
) -> None:
    feeds = [feed(url, name, *tags) for url, (name, tags) in listed.items()]
    wanted, mistakes = read_opml(write_opml(feeds, "Mine", NOON))
    assert not mistakes
    assert set(wanted) == {Wanted(url, name, tags) for url, (name, tags) in listed.items()}


@given(names, names)
def test_no_name_breaks_a_list_or_changes_once_it_was_read(name: str, tag: str) -> None:
    [once], _ = read_opml(write_opml([feed("https://a.example/f", name, tag)], name, NOON))
    [twice], _ = read_opml(write_opml([feed(once.url, once.name, *once.tags)], "", NOON))
    assert once == twice
    assert once.name and not set(once.name) & set("\n\t\x00\u202e")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    read_opml(b"<opml>" + body + b"</opml>")


def test_a_long_name_is_cut() -> None:
    [wanted], _ = read_opml(write_opml([feed("https://a.example/f", "x" * 300)], "", NOON))
    assert wanted.name == "x" * 200


def test_an_export_holds_no_secret() -> None:
    feeds = [
        feed("https://ann:s3cret@a.example/f", "A"),
        feed("https://b.example/f?token=s3cret", "B"),
        feed("https://c.example/f", "C"),
    ]
    exported = write_opml(feeds, "Mine", NOON)
    assert b"s3cret" not in exported and b"c.example" in exported


def test_an_address_written_as_a_name_is_not_repeated() -> None:
    written = '<outline text="{0}" xmlUrl="{0}"/>'
    wanted, [mistake] = read_opml(
        opml(written.format("https://ann:s3cret@a.example/f") + written.format("ftp://s3cret@b/"))
    )
    assert wanted[0].name == "a.example" and "s3cret" not in str(mistake)
