"""Which addresses hold a secret, which can be asked, and what a feed is called by."""

from __future__ import annotations

import pytest

from bot.feeds.addresses import feed_id, holds_secret, host_of
from bot.model.errors import Mistake
from bot.model.feed import without_secrets


@pytest.mark.parametrize(
    "tail",
    [
        "?token=s3cret",
        "?user=ann&key=s3cret",
        "?access_token=s3cret",
        "?apiKey=s3cret",
        "?api-key=s3cret",
        "?auth=s3cret",
        "?sig=s3cret",
        "?signature=s3cret",
        "?password=s3cret",
        "?passwd=s3cret",
        "?pass=s3cret",
        "?code=s3cret",
        "?a=1;secret=s3cret",
        "?key[]=s3cret",
        "?to%6ben=s3cret",
        "?token",
        "?3f9a8b7c6d5e4f3a2b1c",
        ";token=s3cret",
        ";token=s3cret/rss",
    ],
)
def test_a_parameter_that_is_a_key_is_a_secret(tail: str) -> None:
    url = f"https://a.example/feed{tail}"
    assert holds_secret(url)
    assert "s3cret" not in without_secrets(url) and "3f9a" not in without_secrets(url)


@pytest.mark.parametrize("login", ["ann:s3cret@", "s3cret@", ":@"])
def test_a_login_is_a_secret(login: str) -> None:
    url = f"https://{login}a.example/feed"
    assert holds_secret(url)
    assert "s3cret" not in without_secrets(url)


@pytest.mark.parametrize(
    "tail",
    [
        "",
        "?feed=rss2",
        "?rss",
        "?keyword=war",
        "?author=ann",
        "?design=1&passage=2",
        "?postcode=1000",
        "#token=x",
        "@ann/feed",
        "?q=a%20token",
    ],
)
def test_other_parameters_are_none(tail: str) -> None:
    assert not holds_secret(f"https://a.example/{tail}")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "https://",
        "https://[s3cret/",
        "https://a.example:s3cret/f",
        "https://a.example/\ud800s3cret",
        "https://a.example/s3cret\n",
        "https://a.exa\tmple/s3cret",
        "https://a.example/\x00s3cret",
        "https://a.example/s3cret" + "x" * 2_000,
        "ftp://ann:s3cret@a.example/",
        "file:///s3cret",
        "javascript:s3cret",
    ],
)
def test_what_cannot_be_asked_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(Mistake) as raised:
        host_of(url)
    assert "s3cret" not in str(raised.value) and raised.value.hint


def test_an_id_is_the_same_everywhere_and_differs_by_address() -> None:
    assert feed_id("https://a.example/f") == "427c4444251c"
    assert feed_id("https://a.example/f", b"any key") == "427c4444251c"
    assert feed_id("https://a.example/g") != feed_id("https://a.example/f")


def test_the_id_of_a_secret_address_tells_nothing_to_who_has_no_key() -> None:
    one, other = "https://ann:1@a.example/f", "https://ann:2@a.example/f"
    assert len({feed_id(one, b"k"), feed_id(other, b"k"), feed_id(one, b"another")}) == 3
    with pytest.raises(Mistake) as raised:
        feed_id(one)
    assert "WIREWATCH_SECRET_KEY" in raised.value.hint
