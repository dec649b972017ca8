from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.entries.dateline import credit
from bot.entries.text import MARKUP_LIMIT, TEXT_LIMIT, one_line, opening, plain


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
        ("<figure><img src='x'><figcaption>A photo.</figcaption></figure><p>One.</p>", "One."),
        (
            "<table><tr><th>Place</th><th>Dead</th></tr><tr><td>Baghdad</td><td>4</td></tr></table>",
            "Place | Dead\nBaghdad | 4",
        ),
        ("<table><tr><td><p>One.</p><p>Two.</p></td><td> </td></tr></table>", "One.\nTwo."),
        ("&lt;p&gt;One &amp;amp; two.&lt;/p&gt;&lt;p&gt;Three.&lt;/p&gt;", "One & two.\nThree."),
        ("a\x0b\x1fb\ufffec", "a bc"),
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


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("四枚火箭弹落下。无人受伤。总理发表讲话，谴责这次袭击。", "四枚火箭弹落下。无人受伤。"),
        ("彼は「行こう。」と言った！そして彼らは出発したのだった", "彼は「行こう。」と言った！"),
        ("四枚火箭弹落在绿区没有人受伤总理发表讲话谴责这次袭击", "四枚火箭弹落在绿区没有人受伤总…"),
        ("ไม่มีผู้ใดได้รับบาดเจ็บ นายกรัฐมนตรี", "ไม่มีผู้ใดได้รั…"),
        ("Four dead of 3.14159265", "Four dead of…"),
        ("They gained 345.5 per cent", "They gained…"),
        ("चार रॉकेट गिरे। कोई घायल नहीं", "चार रॉकेट गिरे।"),
    ],
    ids=[
        "Chinese",
        "Japanese",
        "no stop",
        "Thai",
        "a point in a number",
        "a point at the limit",
        "Hindi",
    ],
)
def test_each_script_is_cut_at_its_own_ends(text: str, cut: str) -> None:
    assert plain(text, limit=16) == cut


@given(st.text(alphabet="字かกำิ่\u0301e👍🏽 ", max_size=40), st.integers(2, 12))
def test_no_cut_parts_a_letter_from_its_marks(text: str, limit: int) -> None:
    whole, cut = plain(text), plain(text, limit)
    assert len(cut) <= limit
    if len(whole) > limit:
        after = whole[len(cut.removesuffix("…")) :][:1]
        assert unicodedata.category(after)[0] != "M" or cut == "…"
        assert after != "🏽" or cut == "…"


def test_a_title_is_one_line() -> None:
    assert (
        one_line("<h1>Rockets\n hit</h1> the<br>Green <b>Zone</b>") == "Rockets hit the Green Zone"
    )


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("Smith &amp;amp; Sons", "Smith & Sons"),
        ("&amp;quot;Never&amp;quot;, he says", '"Never", he says'),
        ("&lt;b&gt;Rockets&lt;/b&gt; fall", "Rockets fall"),
        ("Profit &lt; loss", "Profit < loss"),
        ("AT&T and R&D", "AT&T and R&D"),
    ],
)
def test_a_title_that_was_escaped_twice_is_read(html: str, title: str) -> None:
    assert one_line(html) == title


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


PIECES = [
    "<a ",
    "<a b='",
    '<a b="',
    "<",
    "<!--",
    "<!-- -->",
    "<script>",
    "<figcaption></p>",
    "</",
    "<div>",
    "<ul><li>",
    "<b><p></b>",
    "<table><tr><td>",
    "<td>x",
    "<i a>",
    "&#",
    "&lt;b ",
    "&lt;p&gt;",
    "\n\n ",
    "(",
    " (read more",
    ". The post ",
    ". The post appeared first on ",
    "é\u0301",
    "\u0301\u0316",
    "\u0f73",
    "\u200c",
    "。",
    "By Ann ",
    "A (",
]


@pytest.mark.parametrize("piece", PIECES)
def test_no_markup_takes_long(piece: str) -> None:
    started = time.process_time()
    credit(plain(piece * (15_000_000 // len(piece))))
    assert time.process_time() - started < 0.5


def test_no_tag_takes_long_for_its_attributes() -> None:
    names = " ".join(f"a{number}" for number in range(100_000))
    started = time.process_time()
    assert plain(f"One.<a {names}>Two.") == "One."
    assert plain(f"One.<a {names[: MARKUP_LIMIT - 100]}>Two.") == "One.Two."
    assert time.process_time() - started < 0.5
