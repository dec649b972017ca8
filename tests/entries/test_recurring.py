"""A site's own lines are learnt and taken off; what is news stays."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from bot.entries.read import read
from bot.entries.recurring import LINES_LIMIT, TITLES, Debris, take_off
from bot.model.entry import Entry
from bot.model.feed import Feed, Item, Items

NOW = datetime(2020, 11, 17, 12, 0, tzinfo=UTC)
FEED = Feed("f", "https://a.example/f", outlet="Gazette", publisher="Gazette")
HEADLINES = (
    "Rockets fall on the Green Zone",
    "Minister resigns over port contract",
    "Heavy rain closes northern roads",
    "Court frees two reporters",
    "Bank lifts interest rates again",
    "Champions lose at home",
)
PLEA = "The Gazette lives on what its readers give: join our circle of friends."


def told(titles: Iterable[str], frame: str = "{}", now: datetime = NOW) -> tuple[Entry, ...]:
    items = (
        Item(title, None, title, frame.format(f"<p>{title}, officials said.</p>"), now)
        for title in titles
    )
    return read(Items(tuple(items)), FEED, now)


def summaries(entries: Iterable[Entry]) -> list[str]:
    return [entry.summary for entry in entries]


@pytest.mark.parametrize(
    "frame",
    [
        f"{{}}<p>{PLEA}</p>",
        f"<p>{PLEA}</p>{{}}",
        f"{{}}<p>{PLEA}</p><p>© Gazette</p>",
        f"<p>From our newsroom.</p>{{}}<p>{PLEA}</p>",
    ],
    ids=["outro", "intro", "two outros", "both"],
)
def test_lines_that_recur_under_other_titles_are_taken_off_at_once(frame: str) -> None:
    cleaned, _ = take_off(told(HEADLINES, frame), Debris())
    assert summaries(cleaned) == summaries(told(HEADLINES))


def test_they_are_learnt_from_one_new_article_at_a_time() -> None:
    kept = b""
    last: list[str] = []
    for day, title in enumerate(HEADLINES):
        entries = told([title], f"{{}}<p>{PLEA}</p>", NOW + timedelta(days=day))
        cleaned, debris = take_off(entries, Debris.unpacked(kept))
        kept, last = debris.packed(), summaries(cleaned)
    assert last == summaries(told(HEADLINES[-1:]))


def test_a_line_of_one_live_story_stays() -> None:
    updates = [
        "Rockets fall on Green Zone",
        "Rockets fall on Green Zone: child dies",
        "Green Zone rockets: seven hurt",
        "Child dies as rockets hit Green Zone",
        "Green Zone rockets: minister speaks",
    ]
    entries = told(updates, "{}<p>Seven rockets were launched from a lorry.</p>")
    assert take_off(entries, Debris())[0] == entries


def test_a_line_under_few_titles_stays() -> None:
    entries = told(HEADLINES[: TITLES - 1], f"{{}}<p>{PLEA}</p>")
    assert take_off(entries, Debris())[0] == entries


def test_what_recurs_in_the_middle_or_is_long_stays() -> None:
    middle = told(HEADLINES, f"{{0}}{{0}}<p>{PLEA}</p>{{0}}{{0}}{{0}}")
    assert take_off(middle, Debris())[0] == middle
    background = told(HEADLINES, f"{{}}<p>{'The talks began in spring. ' * 12}</p>")
    assert take_off(background, Debris())[0] == background


def test_an_article_read_again_and_again_teaches_nothing() -> None:
    debris = Debris()
    entries = told(HEADLINES[:2], f"{{}}<p>{PLEA}</p>")
    for _ in range(10):
        cleaned, debris = take_off(entries, debris)
        assert cleaned == entries


def test_what_recurs_stays_where_nothing_else_is_told() -> None:
    entries = read(
        Items(tuple(Item(t, None, t, "This incident has been resolved.") for t in HEADLINES)),
        FEED,
        NOW,
    )
    assert take_off(entries, Debris())[0] == entries


def test_what_is_learnt_later_makes_no_article_a_revised_one() -> None:
    entries = told(HEADLINES, f"{{}}<p>{PLEA}</p>")
    cleaned, _ = take_off(entries, Debris())
    assert [entry.fingerprint for entry in cleaned] == [entry.fingerprint for entry in entries]


def test_titles_in_a_script_without_blanks_are_told_apart() -> None:
    titles = ["火箭弹落在绿区", "部长因合同辞职", "大雨封闭北部道路", "法院释放两名记者"]
    cleaned, _ = take_off(told(titles, "{}<p>欢迎订阅本报</p>"), Debris())
    assert summaries(cleaned) == summaries(told(titles))
    updates = [
        "绿区遭火箭弹袭击",
        "绿区遭火箭弹袭击七人受伤",
        "火箭弹袭击绿区一名儿童死亡",
        "绿区火箭弹袭击:部长讲话",
    ]
    entries = told(updates, "{}<p>火箭弹从一辆卡车上发射。</p>")
    assert take_off(entries, Debris())[0] == entries


def test_what_is_remembered_is_small_and_comes_back_as_it_was() -> None:
    titles = [f"{number} {number * 7} {number * 13}" for number in range(500)]
    _, debris = take_off(told(titles, f"{{}}<p>{PLEA}</p>"), Debris())
    assert len(debris.lines) == LINES_LIMIT
    assert len(debris.packed()) < 4_000
    assert Debris.unpacked(debris.packed()) == debris
    assert Debris.unpacked(b"") == Debris()


def test_what_is_learnt_outlives_a_crowd_of_other_lines_and_is_forgotten_when_it_stops() -> None:
    _, debris = take_off(told(HEADLINES, f"{{}}<p>{PLEA}</p>"), Debris())
    crowd = [f"{number} {number * 7} {number * 13}" for number in range(500)]
    _, debris = take_off(told(crowd), debris)
    late = told(["Embassy reopens on Sunday"], f"{{}}<p>{PLEA}</p>")
    assert summaries(take_off(late, debris)[0]) == ["Embassy reopens on Sunday, officials said."]
    _, debris = take_off(told(["All clear"], now=NOW + timedelta(days=61)), debris)
    assert take_off(late, debris)[0] == late
