"""The demo's day as a reader of its feeds would see it."""

from __future__ import annotations

from datetime import datetime, timedelta
from xml.etree import ElementTree

import aiohttp
import pytest

from bot.feeds.parse import parse
from bot.model.feed import Item, Items
from bot.wiring.demo.clock import DayClock
from bot.wiring.demo.script import Article, Body, Fault, Outlet, load_newsday
from bot.wiring.demo.server import serving

DAY = load_newsday()


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2020-11-17T{clock}:00+00:00")


def text(path: str, moment: datetime) -> bytes:
    answer = DAY.feeds_at(moment)[path]
    assert isinstance(answer, Body)
    return answer.text


def items(path: str, moment: datetime) -> dict[str, Item]:
    """What the feed gives at that moment, by the article's id."""
    reading = parse(text(path, moment), f"http://127.0.0.1{path}", None)
    assert isinstance(reading, Items)
    return {str(item.link).rsplit("/", 1)[1]: item for item in reading.items}


def article(id_: str) -> Article:
    return next(article for article in DAY.articles if article.id == id_)


def test_twelve_outlets_of_eleven_newsrooms_tell_some_forty_articles() -> None:
    feeds = DAY.feeds("http://127.0.0.1:9")
    assert len({feed.url for feed in feeds}) == len({feed.outlet for feed in feeds}) == 12
    assert len({feed.publisher for feed in feeds}) == 11
    assert 40 <= sum(article.published > DAY.begin for article in DAY.articles) <= 50


def test_every_article_is_an_outlets_and_falls_on_the_day() -> None:
    outlets = {outlet.id for outlet in DAY.outlets}
    ids = [article.id for article in DAY.articles]
    assert len(set(ids)) == len(ids)
    for article in DAY.articles:
        assert article.outlet in outlets
        times = [wording.at for wording in article.wordings]
        assert times == sorted(set(times))
        assert times[-1] < DAY.end
        assert all(time.utcoffset() == timedelta(0) for time in times)


def test_each_feed_holds_something_old_when_the_day_begins() -> None:
    for outlet in DAY.outlets:
        first = items(outlet.path, DAY.begin)
        assert first
        assert first.keys() < items(outlet.path, DAY.end).keys()


@pytest.mark.parametrize("outlet", DAY.outlets, ids=lambda outlet: outlet.id)
def test_the_parser_reads_every_article_with_its_words_and_time(outlet: Outlet) -> None:
    told = {article.id: article for article in DAY.articles if article.outlet == outlet.id}
    given = items(outlet.path, DAY.end)
    assert given.keys() == told.keys()
    for id_, item in given.items():
        last = told[id_].wordings[-1]
        assert (item.title, item.published) == (last.title, told[id_].published)
        assert item.summary.count("<p>") == len(last.paragraphs)


def test_a_headline_is_edited_under_the_same_guid() -> None:
    before, after = (items("/larkspur-ledger.xml", at(t))["ll-cut"] for t in ("19:30", "19:31"))
    assert before.guid == after.guid
    assert before.title == "Pentagon chief confirms troop cuts in Afghanistan and Iraq"
    assert after.title.startswith("Pentagon confirms cut to 2,500 troops each")


def test_the_rockets_are_four_then_seven_and_at_last_somebody_died() -> None:
    titles = [
        items("/northern-wire.xml", at(t))["nw-rockets"].title for t in ("19:30", "20:30", "21:30")
    ]
    assert [title.split()[0] for title in titles] == ["Four", "Seven", "Girl"]


def test_a_wrong_figure_is_corrected_in_the_text() -> None:
    assert b"About 1,000 troops are to leave Iraq" in text("/gulf-lantern.xml", at("19:30"))
    corrected = text("/gulf-lantern.xml", at("20:08"))
    assert b"About 500 troops are to leave Iraq" in corrected
    assert b"1,000" not in corrected


def test_a_copy_repeats_the_agencys_words_and_credits_it() -> None:
    copies = [article for article in DAY.articles if article.copy_of]
    assert len(copies) >= 6
    for copy in copies:
        source = article(copy.copy_of or "")
        credit, lead = copy.wordings[0].paragraphs[0].split(" – ", 1)
        place, agency = credit.split(" ", 1)
        assert place.isupper()
        assert agency == "(Northern Wire)"
        assert lead in {wording.paragraphs[0] for wording in source.wordings}
        assert copy.event == source.event
        assert copy.published > source.published


def test_one_feed_is_no_xml() -> None:
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(text("/copperfield-mail.xml", DAY.end))


def test_one_server_is_down_for_a_while() -> None:
    down = {
        moment: isinstance(DAY.feeds_at(at(moment))["/radio-halcyon.xml"], Fault)
        for moment in ("18:29", "18:30", "20:14", "20:15")
    }
    assert down == {"18:29": False, "18:30": True, "20:14": True, "20:15": False}


async def test_the_server_answers_as_the_day_goes_on() -> None:
    now = at("18:00")
    async with (
        serving(DAY, lambda: now) as url,
        aiohttp.ClientSession() as session,
    ):
        feed = url + "/larkspur-ledger.xml"
        async with session.get(feed) as first:
            assert first.status == 200
            assert first.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
            assert await first.read() == text("/larkspur-ledger.xml", now)
            known = {"If-None-Match": first.headers["ETag"]}
        async with session.get(feed, headers=known) as same:
            assert (same.status, await same.read()) == (304, b"")

        now = at("18:40")
        async with session.get(feed, headers=known) as changed:
            assert changed.status == 200
            assert b"Pentagon chief confirms" in await changed.read()
        async with session.get(url + "/radio-halcyon.xml") as broken:
            assert broken.status == 500
        async with session.get(url + "/") as nothing:
            assert nothing.status == 404


def test_the_clock_stands_until_started_then_passes_the_day_in_the_time_given() -> None:
    seconds = 100.0
    clock = DayClock(DAY.begin, DAY.end, seconds=48, ticks=lambda: seconds)
    seconds = 200.0
    assert clock() == DAY.begin
    clock.start()
    seconds = 224.0
    assert clock() == at("18:00")
    seconds = 250.0
    assert clock() > DAY.end
