"""The README's picture shows what the code draws today."""

from __future__ import annotations

import re
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest

from tests.pictures import draw, one_post

PICTURE = Path(__file__).parent.parent / "data" / "pictures" / "one_post.svg"


def words(svg: str) -> list[str]:
    return [unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]


def test_the_picture_is_up_to_date() -> None:
    if words(PICTURE.read_text("utf-8")) != words(draw()):
        pytest.fail(f"Draw it anew: python -m tests.pictures {PICTURE}")


def test_the_picture_needs_nothing_from_another_site() -> None:
    svg = PICTURE.read_text("utf-8")
    assert set(re.findall(r"url\(.", svg)) == {"url(#"}
    assert "@import" not in svg
    assert re.findall(r"https?://[^\s\"]+", svg.split(">", 1)[0]) == ["http://www.w3.org/2000/svg"]
    assert "http" not in svg.split(">", 1)[1]


def test_one_post_is_edited_three_times_and_never_loses_a_teller() -> None:
    posts = [posted for _, posted in one_post()]
    assert [posted.edits for posted in posts] == [0, 1, 2, 3]
    assert len({posted.bulletin.story_id for posted in posts}) == 1
    assert len({posted.bulletin.digest for posted in posts}) == 4
    tellers = [{mention.outlet for mention in posted.bulletin.mentions} for posted in posts]
    assert all(before <= after for before, after in pairwise(tellers))
