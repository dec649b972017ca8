from __future__ import annotations

import time

import pytest

from bot.feeds.fields import MOST_ITEMS
from bot.feeds.prescan import (
    DEEPEST,
    MOST_ATTRIBUTES,
    first_items,
    prolog,
    refusal,
    too_deep,
    without_bad_references,
)
from bot.model.feed import Trouble


@pytest.mark.parametrize(
    ("body", "before_root"),
    [
        (b"<rss/>", b""),
        (b"\n<?xml version='1.0'?><!-- <a> --><rss/>", b"\n<?xml version='1.0'?><!-- <a> -->"),
        (b"<!DOCTYPE r [<!ENTITY a '>'>]><r/>", b"<!DOCTYPE r [<!ENTITY a '>'>]>"),
        (b"<!DOCTYPE r [<!-- ]><a> --><!ENTITY a ''>]><r/>", b"<!DOCTYPE r [<!-- ]>"),
        (b"words <a>", b"words "),
        (b"words", b"words"),
    ],
)
def test_the_prolog_ends_where_the_first_element_starts(body: bytes, before_root: bytes) -> None:
    assert prolog(body) == before_root


@pytest.mark.parametrize("quote", [b"'", b'"', b""])
def test_attributes_are_counted(quote: bytes) -> None:
    def tag(attributes: int) -> bytes:
        return b"<a %b>" % b" ".join(
            b"a%d=%b%b%b" % (n, quote, b"x" * 9, quote) for n in range(attributes)
        )

    assert refusal(tag(MOST_ATTRIBUTES)) is None
    unreadable = refusal(tag(MOST_ATTRIBUTES + 1))
    assert unreadable is not None
    assert unreadable.trouble is Trouble.HARMFUL


def test_long_text_after_a_tag_is_no_attributes() -> None:
    assert refusal(b"<p>" + b"a='b' " * 5_000) is None


def test_depth_is_counted() -> None:
    assert too_deep(b"<a>" * DEEPEST + b"<b/><br><!-- <a> --><![CDATA[<a>]]>") is None
    assert too_deep(b"<a><b x='>'/></a>" * 2 * DEEPEST) is None
    assert too_deep(b"<a>" * (DEEPEST + 1)) is not None
    assert too_deep(b"<a x='/>'>" * (DEEPEST + 1)) is not None


@pytest.mark.parametrize(
    "reference",
    [b"&#0;", b"&#x0;", b"&#8;", b"&#xD800;", b"&#xdfff;", b"&#57343", b"&#xFFFE;", b"&#x110000;"],
)
def test_a_reference_to_no_character_is_dropped(reference: bytes) -> None:
    assert without_bad_references(b"a%bb" % reference) == b"ab"


@pytest.mark.parametrize(
    "reference",
    [b"&#9;", b"&#x20;", b"&#150;", b"&#xE000;", b"&#x1F600;", b"&#", b"&#x;", b"&amp;"],
)
def test_other_references_stay(reference: bytes) -> None:
    assert without_bad_references(b"a%bb" % reference) == b"a%bb" % reference


def test_the_first_items_and_the_end_of_the_feed_are_kept() -> None:
    items = [b"<item>%d</item>" % number for number in range(MOST_ITEMS + 7)]
    body = b"<rss>" + b"".join(items) + b"</rss>"
    assert first_items(body) == b"<rss>" + b"".join(items[:MOST_ITEMS]) + b"</rss>"
    assert first_items(b"<rss>" + items[0] + b"</rss>") == b"<rss><item>0</item></rss>"


@pytest.mark.parametrize(
    "piece",
    [b"<", b"<a ", b"<a '", b'<a "', b"<a='", b"<!--", b"<?", b"<!DOCTYPE [", b"<![CDATA[", b"&#",
     b"&#0", b" ", b"a", b"</item", b"<br ", b"a=", b"'\"", b"<a '>\""],
)  # fmt: skip
def test_twice_the_bytes_take_about_twice_the_time(piece: bytes) -> None:
    def seconds(times: int) -> float:
        best = 9.0
        body = b"<r " + piece * times
        for _ in range(3):
            started = time.process_time()
            refusal(body)
            too_deep(body)
            first_items(body)
            without_bad_references(body)
            best = min(best, time.process_time() - started)
        return best

    assert seconds(80_000) < 5 * seconds(20_000) + 0.05
