from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.story import Story
from bot.stories.summary import MOST_WORDS, summarise
from tests.stories.telling import of, story_of, told
from tests.stories.test_counts import FOUR, SEVEN


def summary(story: Story) -> str:
    return " ".join(line.text for line in summarise(story).lines)


def test_two_sentences_that_say_most_each_with_its_outlet() -> None:
    dockers = told(
        "Port of Antwerp closed by walkout",
        "Dockers closed the port of Antwerp on Monday in a walkout over their pensions. Some like it that"
        " way. Forty ships wait at sea.",
    )
    ships = told(
        "Forty ships wait off Antwerp",
        "Some forty ships wait at sea for the end of the walkout, the harbour authority said on Monday.",
        "Gazette",
        hours=1,
    )
    bulletin = summarise(of(dockers, ships))
    assert [(line.text, line.outlet) for line in bulletin.lines] == [
        (ships.summary, "Gazette"),
        (dockers.summary.partition(" Some")[0], "Courier"),
    ]
    assert bulletin.lines[0].link == "https://gazette.example/forty-ships-wait-off-antwerp"


@pytest.mark.parametrize(
    "debris",
    [
        "Story highlights the dam in the valley broke on Sunday after a week of rain and storm.",
        "Subscribe to our newsletter about the dam in the valley that broke on Sunday after rain.",
        "“The dam in the valley broke on Sunday after a week of rain, as we had feared it would.",
        "The dam in the valley broke on Sunday after a week of rain, and the…",
        "The dam in the valley broke on Sunday after a week of rain, and the",
    ],
)
def test_debris_and_torn_sentences_are_never_shown(debris: str) -> None:
    whole = "The dam in the valley broke."
    assert summary(of(told("Dam in valley breaks after rain", f"{debris}\n{whole}"))) == whole


def test_a_text_without_a_whole_sentence_is_shown_as_far_as_it_goes() -> None:
    assert (
        summary(of(told("Dam breaks", "Hundreds flee their homes"))) == "Hundreds flee their homes"
    )
    assert summary(of(told("Dam breaks", "word " * 200))).endswith("word…")
    assert summarise(of(told("Dam breaks"))).lines == ()


def test_a_sentence_with_a_figure_that_nobody_stands_by_gives_way() -> None:
    later = told(
        SEVEN.title,
        "Seven rockets were fired at the Green Zone of Baghdad on Tuesday, the army said.",
        hours=8,
    )
    bulletin = summarise(of(FOUR, later))
    assert not any("Four rockets" in line.text for line in bulletin.lines)
    assert bulletin.headline == later.title


def test_a_headline_that_agrees_with_what_is_counted_stands() -> None:
    least = told("At least four rockets hit Baghdad", FOUR.summary, "Gazette", hours=1)
    assert summarise(of(FOUR, least)).headline == FOUR.title


def test_the_headline_stays_while_others_are_no_clearly_better() -> None:
    first = told("Dockers close port of Antwerp", "Dockers closed the port of Antwerp on Monday.")
    others = [
        told(
            "Port of Antwerp closed by dockers",
            first.summary + f" {n} ships wait.",
            f"O{n}",
            hours=n,
        )
        for n in range(1, 6)
    ]
    headlines = {summarise(of(first, *others[:n])).headline for n in range(6)}
    assert headlines == {first.title}


def test_the_headline_gives_way_to_a_clearly_more_central_one() -> None:
    first = told("You will not believe this", "Dockers closed the port of Antwerp on Monday.")
    second = told(
        "Dockers close port of Antwerp", "The port of Antwerp is closed.", "Gazette", hours=1
    )
    assert summarise(of(first, second)).headline == second.title


def test_mentions_are_in_the_order_of_telling_and_say_who_copied() -> None:
    copy = told("Rockets hit zone", FOUR.summary, "Herald", hours=-1)
    bulletin = summarise(story_of(FOUR, copy, SEVEN))
    assert [(m.outlet, m.copy) for m in bulletin.mentions] == [
        ("Herald", True),
        ("Courier", False),
        ("Gazette", False),
    ]
    assert bulletin.publishers == 2


def test_news_and_times_are_passed_on() -> None:
    bulletin = summarise(story_of(FOUR, SEVEN), "rockets: 4 → 7 (Gazette)")
    assert bulletin.news == "rockets: 4 → 7 (Gazette)"
    assert (bulletin.opened_at, bulletin.changed_at) == (FOUR.told_at, SEVEN.told_at)


WORDS = st.sampled_from(
    [
        "rockets",
        "4",
        "7",
        "2,500",
        "killed",
        "five",
        "troops",
        "Baghdad.",
        "said.",
        "“quiet”",
        "the",
    ]
)
TEXTS = st.lists(WORDS, max_size=150).map(" ".join)


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_any_summary_is_short_and_takes_its_numbers_from_the_sources(texts: list[str]) -> None:
    entries = [
        replace(told("Title", text, outlet=f"O{n}", hours=n), id=str(n))
        for n, text in enumerate(texts)
    ]
    bulletin = summarise(of(*entries))
    assert len(bulletin.lines) <= 2
    assert sum(len(line.text.split()) for line in bulletin.lines) <= MOST_WORDS
    sources = " ".join(texts)
    for line in bulletin.lines:
        assert set(re.findall(r"[\d,]*\d", line.text)) <= set(re.findall(r"[\d,]*\d", sources))
        assert line.outlet in {
            entry.outlet for entry in entries if line.text.rstrip("…") in entry.text
        }
