from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.entries.links import canonical, page


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/x?utm_source=rss&id=7&utm_medium=feed", "https://a.example/x?id=7"),
        ("https://a.example/x?fbclid=1&gclid=2", "https://a.example/x"),
        (
            "https://www.bbc.example/news/1?at_medium=RSS&at_campaign=KARANGA",
            "https://www.bbc.example/news/1",
        ),
        ("https://dw.example/a-1?maca=en-rss-en-all-1573-rdf", "https://dw.example/a-1"),
        ("https://nyt.example/x.html?partner=rss&emc=rss", "https://nyt.example/x.html"),
        ("https://a.example/x?src=rss&src=paper", "https://a.example/x?src=paper"),
        ("https://a.example/x#comments", "https://a.example/x"),
        ("https://a.example/#!/story/7", "https://a.example/#!/story/7"),
        ("HTTPS://A.Example:443/X", "https://a.example/X"),
        ("http://a.example:80", "http://a.example/"),
        ("http://a.example:8080/x", "http://a.example:8080/x"),
        ("https://reader:secret@a.example/x", "https://a.example/x"),
        ("https://a.example/x?b=2&a=1", "https://a.example/x?b=2&a=1"),
        (" https://[2001:DB8::1]/x ", "https://[2001:db8::1]/x"),
        ("https://a.example/\x00x\ud800\n?id=\u200b7", "https://a.example/x?id=7"),
        (
            "https://www.google.com/url?rct=j&url=https://a.example/x%3Fid%3D7&ct=ga&usg=A",
            "https://a.example/x?id=7",
        ),
        (
            "http://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fa.example%2fx",
            "https://a.example/x",
        ),
        ("https://www.google.com/url?url=javascript:alert(1)",) * 2,
        ("mailto:desk@a.example", "mailto:desk@a.example"),
        ("https://[broken/x", "https://[broken/x"),
        ("", ""),
    ],
)
def test_tracking_goes_and_the_page_stays(url: str, expected: str) -> None:
    assert canonical(url) == expected


def test_a_page_is_known_again_after_a_move_to_https() -> None:
    before, after = canonical("http://www.a.example/x?utm_source=rss"), "https://a.example/x"
    assert page(before) == page(after)


def test_no_address_takes_long() -> None:
    started = time.process_time()
    for piece in ("https://www.google.com/url?url=", "?a&", "src=rss", "#", "@", "utm_"):
        canonical("https://www.google.com/url?url=" + piece * (1_000_000 // len(piece)))
        canonical("https://www.google.com/url?url=" + piece * (1_900 // len(piece)))
    assert time.process_time() - started < 2


parts = st.text(alphabet="aZ/?#&=!:@[]%.;é0 \t-_", max_size=30)
queries = st.lists(
    st.sampled_from(["utm_source=x", "id=7", "", "a", "src=rss", "=", "b=%26", "cmp=1"]), max_size=5
).map("&".join)


@given(
    st.one_of(
        parts,
        st.builds("http://{}".format, parts),
        st.builds("https://A.example{}".format, parts),
        st.builds("https://a.example/x?{}#{}".format, queries, parts),
    )
)
@example("https://A.example? #")
@example("https://A.example/x ?")
def test_a_canonical_link_is_canonical(url: str) -> None:
    assert canonical(canonical(url)) == canonical(url)
