from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.entries.text import TEXT_LIMIT, one_line, opening, plain


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain words", "plain words"),
        ("<p>One.</p>\n<p>Two\n  lines.</p>", "One.\nTwo lines."),
        ("<ul><li>a</li><li>b</li></ul>after", "a\nb\nafter"),
        ("one<br>two<BR/>three", "one\ntwo\nthree"),
        ("wrapped\nby hand\n\nnew paragraph", "wrapped by hand\nnew paragraph"),
        ("so <b>ve</b>ry <a href='x>y'>li</a>nked", "so very linked"),
        ("AT&amp;T &#8211; caf&eacute; &lt;3", "AT&T – café <3"),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("a<script>if (a<b) c()</script>b<style>p{}</style><!-- no -->c", "a b c"),
        ("a<script>never closed", "a"),
        ('<img alt="a > b" src="x">seen', "seen"),
        ("non\u00adbreaking\u00a0space\u200b\ufeff", "nonbreaking space"),
        ("\u202eright\u202c \x00\x1b[31mred \ud800", "right [31mred"),
        ("cafe\u0301", "café"),
        ("Z" + "\u0335" * 40 + "algo", "Z" + "\u0335" * 4 + "algo"),
        ("می\u200cشود", "می شود"),
        ("", ""),
    ],
)
def test_html_becomes_words(html: str, text: str) -> None:
    assert plain(html) == text


@pytest.mark.parametrize(
    "debris",
    [
        "Read also: Markets fall after the vote",
        "READ MORE",
        "Read more »",
        "Read more: Who is who in the talks",
        "Read the full story here.",
        "Continue reading…",
        "Continue reading Rockets hit the Green Zone →",
        "Also read | The timeline",
        "Subscribe to our newsletter for daily updates.",
        "Subscribe now",
        "Sign up for our morning briefing",
        "For subscribers only",
        "This article is for subscribers only.",
        "Leave a comment",
        "Leave a reply on this post",
        "12 comments",
        "The post Rockets hit the Green Zone appeared first on Tigris Times.",
        "À lire aussi : Les marchés reculent",
        "Lire aussi Les marchés reculent",
        "Lire la suite",
        "Article réservé à nos abonnés",
        "Abonnez-vous",
        "Laisser un commentaire",
        "L’article Grève au port est apparu en premier sur Le Courrier.",
        "Click here to read the whole report",
        "Advertisement",
        "بیشتر بخوانید: پیشینهٔ نشست",
    ],
)
def test_site_debris_goes_when_it_stands_alone(debris: str) -> None:
    assert plain(f"<p>Four rockets fell.</p><p>{debris}</p><p>No one was hurt.</p>") == (
        "Four rockets fell.\nNo one was hurt."
    )


@pytest.mark.parametrize(
    "news",
    [
        "Subscribers of three operators lost their connection on Tuesday.",
        "Read by millions, the paper closes after 90 years.",
        "Share prices fell on Tuesday.",
        "Related charges against the driver were dropped.",
        "Sign up sheets were found in the office, police said.",
        "The ministry said: read more books.",
        "Register to vote before Tuesday, officials urge.",
        "Comments by the minister drew anger.",
    ],
)
def test_news_that_begins_like_debris_stays(news: str) -> None:
    assert plain(f"<p>{news}</p>") == news


@pytest.mark.parametrize(
    "tail",
    [" Read more…", " [Read more]", " Continue reading →", " (Read more)", " Lire la suite »"],
)
def test_debris_at_the_end_of_a_paragraph_goes(tail: str) -> None:
    assert plain(f"<p>Four rockets fell.{tail}</p>") == "Four rockets fell."


def test_long_text_is_cut_at_a_sentence() -> None:
    text = plain("A sentence of six short words. " * 500)
    assert TEXT_LIMIT - 40 < len(text) <= TEXT_LIMIT
    assert text.endswith("words.")
    assert plain("word " * 2000, limit=20) == "word word word…"


def test_a_title_is_one_line() -> None:
    assert (
        one_line("<h1>Rockets\n hit</h1> the<br>Green <b>Zone</b>") == "Rockets hit the Green Zone"
    )


def test_the_first_words_stand_for_a_title() -> None:
    assert (
        opening("Four rockets fell on Tuesday. No one was hurt.") == "Four rockets fell on Tuesday."
    )
    assert opening("No end in sight\nsays the minister") == "No end in sight"
    long = opening("word " * 100)
    assert len(long) <= 120
    assert long.endswith("word…")


@given(st.text(max_size=300) | st.from_regex(r"(<[a-z]{1,3}>|&[a-z#0-9]{1,6};|[\w\s.]){0,60}"))
def test_nothing_invisible_comes_through(html: str) -> None:
    for line in plain(html).split("\n"):
        assert line == " ".join(line.split())
        assert not re.search(
            "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", line
        )
        assert unicodedata.is_normalized("NFC", line)
        line.encode()


@pytest.mark.parametrize(
    "piece",
    [
        "<a ",
        "<a b='",
        '<a b="',
        "<",
        "<!--",
        "<script>",
        "</",
        "&#",
        "\n\n ",
        "(",
        ". The post ",
        "é\u0301",
        "\u0301\u0316",
        "\u0f73",
    ],
)
def test_no_markup_takes_long(piece: str) -> None:
    started = time.process_time()
    plain(piece * (15_000_000 // len(piece)))
    assert time.process_time() - started < 0.5
