from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.freshness import fresh_for, retry_after
from bot.feeds.link_header import hub_and_topic

DATE = "Tue, 17 Nov 2020 12:00:00 GMT"
IN_AN_HOUR = "Tue, 17 Nov 2020 13:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Cache-Control": "public, max-age=600"}, timedelta(minutes=10)),
        ({"Cache-Control": "max-age=600", "Age": "240"}, timedelta(minutes=6)),
        ({"Cache-Control": "max-age=600", "Age": "900"}, None),
        ({"Cache-Control": "s-maxage=600"}, None),
        ({"Cache-Control": "max-age=0"}, None),
        ({"Cache-Control": "no-cache, max-age=600"}, None),
        ({"Expires": IN_AN_HOUR, "Date": DATE}, timedelta(hours=1)),
        ({"Expires": DATE, "Date": IN_AN_HOUR}, None),
        ({"Expires": IN_AN_HOUR}, None),
        ({"Expires": "0", "Date": DATE}, None),
        (
            {"Cache-Control": "max-age=60", "Expires": IN_AN_HOUR, "Date": DATE},
            timedelta(minutes=1),
        ),
    ],
)
def test_freshness_is_read(headers: dict[str, str], expected: timedelta | None) -> None:
    assert fresh_for(headers) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "120"}, timedelta(minutes=2)),
        ({"Retry-After": "9" * 5000}, timedelta(seconds=999_999_999)),
        ({"Retry-After": IN_AN_HOUR, "Date": DATE}, timedelta(hours=1)),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read(headers: dict[str, str], expected: timedelta | None) -> None:
    assert retry_after(headers) == expected


@given(
    headers=st.dictionaries(
        st.sampled_from(["Cache-Control", "Expires", "Date", "Age", "Retry-After"]),
        st.text()
        | st.sampled_from([DATE, "Tue, 17 Nov 2020 12:00:00 +99999999999", "max-age=99999999999"])
        | st.from_regex(
            r"[A-Z][a-z]{2}, [0-9]{1,3} (Jan|Feb) [0-9]{1,5} [0-9]{2}:[0-9]{2} [+-]?[0-9A-Z]{1,9}"
        ),
    )
)
def test_no_header_is_an_error(headers: dict[str, str]) -> None:
    for span in (fresh_for(headers), retry_after(headers)):
        assert span is None or span >= timedelta(0)


FEED = "https://a.example/feeds/f.xml"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            ['<https://hub.example/>; rel="hub", <https://a.example/f>; rel="self"'],
            ("https://hub.example/", "https://a.example/f"),
        ),
        (["</hub>; rel=hub", "<f.xml>; rel=self"], ("https://a.example/hub", FEED)),
        (
            ['<https://1.example/>; rel="hub"', '<https://2.example/>; rel="hub"'],
            ("https://1.example/", None),
        ),
        (['<https://a.example/x>; title="y"; REL="SELF HUB"'], ("https://a.example/x",) * 2),
        (["<https://a.example/x>; rel=alternate"], (None, None)),
        (["<https://a.example/x>"], (None, None)),
        (["<http://[::1>; rel=hub"], (None, None)),
        (["<<<;;; rel=hub"], (None, None)),
        ([], (None, None)),
    ],
)
def test_hub_and_topic_are_read_from_link_headers(
    headers: list[str], expected: tuple[str | None, str | None]
) -> None:
    assert hub_and_topic(headers, FEED) == expected


@given(st.lists(st.text("<>;,=\"' rel=hubself/:[]\\")))
def test_no_link_header_is_an_error(headers: list[str]) -> None:
    hub_and_topic(headers, FEED)
