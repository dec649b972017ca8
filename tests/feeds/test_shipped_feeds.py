"""The `feeds.yaml` that is shipped."""

from __future__ import annotations

from pathlib import Path

from bot.feeds.catalogue import read_catalogue

TEXT = (Path(__file__).resolve().parents[2] / "feeds.yaml").read_text(encoding="utf-8")
FEEDS, MISTAKES = read_catalogue(TEXT, "feeds.yaml")


def test_has_no_mistakes() -> None:
    assert [str(mistake) for mistake in MISTAKES] == []


def test_polls_many_outlets_in_several_languages() -> None:
    assert len(FEEDS) >= 25
    assert {feed.language for feed in FEEDS} >= {"en", "fr", "ar", "fa"}


def test_asks_no_address_and_shows_no_outlet_twice() -> None:
    assert len({feed.url for feed in FEEDS}) == len(FEEDS)
    assert len({feed.outlet for feed in FEEDS}) == len(FEEDS)


def test_the_services_of_one_broadcaster_are_one_publisher() -> None:
    broadcasters = {
        feed.publisher
        for feed in FEEDS
        if "bbci.co.uk" in feed.url or feed.outlet.startswith("BBC")
    }
    assert broadcasters == {"BBC"}
