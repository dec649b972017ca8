"""What Slack is given for a bulletin, and what no feed can make of it."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.slack.render import escape, fit, render, render_reply
from bot.chat.text import clean, size
from bot.commands.vocabulary import Reply
from bot.model.delivery import Bulletin, Count, Earlier, Line, Mention, MovedTo
from tests.doubles.slack_server import pings, problems, read

PAYLOADS = Path(__file__).resolve().parents[1] / "data/payloads"
NINE = datetime(2020, 11, 17, 9, 0, tzinfo=UTC)

FIRST_REPORT = Bulletin(
    story_id="s1",
    headline="Washington to cut troops in Afghanistan and Iraq",
    link="https://courier.example/cut",
    lines=(
        Line(
            "The Pentagon will halve its force in Afghanistan by 15 January.",
            "Courier",
            "https://courier.example/cut",
        ),
    ),
    counts=(),
    mentions=(Mention("Courier", "https://courier.example/cut", NINE, copy=False),),
    publishers=1,
    opened_at=NINE,
    changed_at=NINE,
)
DISPUTED_FIGURES = Bulletin(
    story_id="s2",
    headline="Rockets hit Baghdad's Green Zone",
    link="https://courier.example/rockets",
    lines=(
        Line("Rockets landed near the U.S. embassy.", "Courier", "https://courier.example/rockets"),
        Line("A child was killed, the army said.", "Gazette", "https://gazette.example/zone"),
    ),
    counts=(
        Count("rockets", "7", ("Gazette",), "Baghdad", NINE + timedelta(minutes=40)),
        Count("rockets", "4", ("Herald", "Courier"), "Baghdad", NINE),
        Count("killed", "1", ("Gazette",)),
    ),
    mentions=(
        Mention("Courier", "https://courier.example/rockets", NINE, False, "Courier"),
        Mention(
            "Gazette", "https://gazette.example/zone", NINE + timedelta(minutes=4), False, "AFP"
        ),
        Mention(
            "Evening Post", "https://post.example/afp", NINE + timedelta(minutes=9), True, "AFP"
        ),
        Mention("Courier Live", None, NINE + timedelta(minutes=11), False, "Courier"),
        Mention("Herald", None, NINE + timedelta(minutes=85), False, "Herald"),
        Mention("Gazette", None, NINE + timedelta(hours=2), False, "Gazette"),
    ),
    publishers=4,
    opened_at=NINE,
    changed_at=NINE + timedelta(minutes=40),
    news="Seven rockets, not four, says Gazette.",
)
HOSTILE = replace(
    DISPUTED_FIGURES,
    story_id="s3",
    headline="<!channel> *Win* & <https://evil.example|click> `now`\u202e\u200b",
    lines=(Line("_<@U123>_ ~said~ :smile: @here", "A*B", "https://evil.example/|<x>"),),
    counts=(Count("<!here>", "*7*", ("_A_",), "`B`"),),
    mentions=(Mention("<#C1|x>", "javascript:alert(1)", NINE, copy=False),),
    news="<!subteam^S1> & more",
)

LATER = replace(
    FIRST_REPORT,
    story_id="s4",
    headline="Senate debates cut of troops",
    follows=Earlier(FIRST_REPORT.headline, FIRST_REPORT.link, NINE - timedelta(days=1)),
)
POINTER = replace(
    FIRST_REPORT, mentions=(), lines=(), moved_to=MovedTo("Washington halves force", "17.0001")
)
NOTICE = replace(
    FIRST_REPORT,
    story_id="feed:courier:20201117T090000Z",
    headline="Courier: the site does not let wirewatch in",
    link=None,
    lines=(
        Line("Since 17 Nov 2020, 04:00 UTC nothing could be read (403 Forbidden).", "", None),
        Line("wirewatch does not go around such walls.", "", None),
    ),
    mentions=(),
    publishers=0,
    notice=True,
)
RECAP = replace(
    NOTICE,
    story_id="recap:20201117T090000Z",
    headline="17 more stories came at the same time",
    lines=(
        Line("The newest 15:", "", None),
        Line("Harbour fair opens", "Courier", "https://courier.example/fair"),
        Line("Council *votes* on <!channel>", "Gazette", None),
    ),
)


@pytest.mark.parametrize(
    ("name", "bulletin"),
    [
        ("slack_first_report", FIRST_REPORT),
        ("slack_disputed_figures", DISPUTED_FIGURES),
        ("slack_hostile", HOSTILE),
        ("slack_follows", LATER),
        ("slack_pointer", POINTER),
        ("slack_notice", NOTICE),
        ("slack_recap", RECAP),
    ],
)
def test_a_bulletin_becomes_exactly_these_blocks(name: str, bulletin: Bulletin) -> None:
    blocks, text = render(bulletin, "drawdown: cut, troops", "k3y")
    wanted = json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
    assert {"blocks": blocks, "text": text} == wanted


def test_a_reader_sees_the_whole_story() -> None:
    blocks, _ = render(DISPUTED_FIGURES, "embassy-attack: rockets, embassy", "k3y")
    assert read(blocks).splitlines() == [
        "Rockets hit Baghdad's Green Zone",
        "Update, 2020-11-17 09:40 UTC: Seven rockets, not four, says Gazette.",
        "• Rockets landed near the U.S. embassy. — Courier",
        "• A child was killed, the army said. — Gazette",
        "• rockets: 7 (Baghdad) — Gazette, 2020-11-17 09:40 UTC",
        "• rockets: 4 (Baghdad) — Herald, Courier, 2020-11-17 09:00 UTC",
        "• killed: 1 — Gazette",
        "4 newsrooms · 5 outlets",
        "First: Courier, 2020-11-17 09:00 UTC · Gazette (AFP) +4 min · Herald +1 h 25 min"
        " · Gazette +2 h",
        "Same text: Evening Post",
        "Same newsroom: Courier Live",
        "Why here: embassy-attack: rockets, embassy  story s2",
    ]


def test_a_reader_is_told_which_story_it_goes_on_from() -> None:
    blocks, _ = render(LATER, "", "k3y")
    row = "Follows: Washington to cut troops in Afghanistan and Iraq — first report"
    assert f"{row}, 2020-11-16 09:00 UTC" in read(blocks)
    assert '"url": "https://courier.example/cut", "text": "first report"' in json.dumps(blocks)


def test_a_post_whose_story_is_told_in_another_is_only_a_pointer() -> None:
    blocks, text = render(replace(DISPUTED_FIGURES, moved_to=POINTER.moved_to), "", "k3y")
    assert read(blocks).splitlines() == [
        "Told on in another post",
        "Washington halves force",
        "The two turned out to be one story.",
        "Why here:   story s2",
    ]
    assert text.splitlines()[0] == "Told on in another post: Washington halves force"
    assert blocks[0]["block_id"] == "k3y"


def test_a_reader_sees_a_notice_without_outlets_that_there_are_none_of() -> None:
    blocks, text = render(RECAP, "More than 10 stories came.", "k3y")
    assert read(blocks).splitlines() == [
        "17 more stories came at the same time",
        "The newest 15:",
        "• Harbour fair opens — Courier",
        "• Council *votes* on <!channel> — Gazette",
        "Why here: More than 10 stories came.",
    ]
    assert text.splitlines()[1:3] == ["The newest 15:", "Harbour fair opens (Courier)"]


def test_a_notice_too_big_for_slack_counts_what_it_leaves_out() -> None:
    line = Line("x" * 600, "y" * 75, f"https://courier.example/{'z' * 900}")
    blocks, _ = render(replace(RECAP, lines=(line,) * 16), "", "k3y")
    assert read(blocks).splitlines()[-2] == "… and 12 more"


def test_the_key_is_the_first_blocks_id() -> None:
    blocks, _ = render(FIRST_REPORT, "", "k3y")
    assert [block.get("block_id") for block in blocks] == ["k3y", None, None, None]


def test_the_notification_tells_the_story_to_a_screen_reader() -> None:
    _, text = render(DISPUTED_FIGURES, "", "k3y")
    assert text.splitlines() == [
        "Rockets hit Baghdad's Green Zone",
        "Seven rockets, not four, says Gazette.",
        "Rockets landed near the U.S. embassy. (Courier)",
        "A child was killed, the army said. (Gazette)",
    ]


TITLES = [
    "<!channel> read this",
    "<!here>",
    "<!everyone|all>",
    "<@U012345> resigns",
    "<@W012345|minister>",
    "<#C012345|general>",
    "<!subteam^S012345|@staff>",
    "&lt;!channel&gt;",
    "&amp;lt;!channel&amp;gt;",
    "<!date^1^{date}^https://evil.example|Monday>",
    "<https://evil.example|Reuters>",
    "<mailto:a@evil.example|write>",
    "<javascript:alert(1)|x>",
    "<",
    ">",
    "&",
    "<<!channel>>",
    "a < b && c > d",
    "*bold* claim",
    "_under_ pressure",
    "~struck~ deal",
    "`code` and ```block```",
    "> quoted",
    "&gt; quoted",
    "• bullet",
    "1. first",
    "*_~`nested`~_*",
    ":fire: :rotating_light:",
    "@channel @here @everyone",
    "#general",
    "[click](https://evil.example)",
    "https://evil.example/auto",
    "evil.example",
    "tel:+15551234",
    "\\*not escaped\\*",
    '"quoted" \\ back',
    "{date_short_pretty} {time}",
    "الجيش الأمريكي",
    "日本語の見出し",
    "Ω≈ç√∫ 🚀🚀",
]


@pytest.mark.parametrize("title", TITLES)
def test_what_a_feed_writes_is_shown_as_written_and_does_nothing(title: str) -> None:
    bulletin = replace(
        DISPUTED_FIGURES,
        headline=title,
        news=title,
        lines=(Line(title, title, None),),
        counts=(Count(title, title, (title,), title),),
        mentions=(Mention(title, None, NINE, False, "AFP"),),
        follows=Earlier(title, title, NINE),
    )
    blocks, text = render(bulletin, title, "k3y")
    payload = {"blocks": blocks, "text": text}
    assert list(problems(payload)) == []
    assert pings(payload) == []
    assert "mrkdwn" not in json.dumps(blocks)
    assert read(blocks).splitlines() == [
        title,
        f"Update, 2020-11-17 09:40 UTC: {title}",
        f"• {title} — {title}",
        f"Follows: {title} — first report, 2020-11-17 09:00 UTC",
        f"• {title}: {title} ({title}) — {title}",
        "4 newsrooms · 1 outlet",
        f"First: {title} (AFP), 2020-11-17 09:00 UTC",
        f"Why here: {title}  story s2",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u202eEVIL\u202c", "EVIL"),
        ("@\u200beveryone", "@everyone"),
        ("a\u2066b\u2069c\ufeff", "abc"),
        ("tag\U000e0041\U000e007fs", "tags"),
        ("nul\x00 bell\x07 esc\x1b[31m", "nul bell esc[31m"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("soft\u00adhyphen", "softhyphen"),
        ("two\nlines\tand\u2028more", "two lines and more"),
        ("z" + "\u0337" * 40, "z" + "\u0337" * 4),
        ("cafe\u0301", "café"),
        ("  \u200b ", ""),
    ],
)
def test_what_is_not_seen_is_not_sent(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://files.example/a",
        "https://",
        "//no.scheme/a",
        "https://a.example/<b>",
        "https://a.example/a|b",
        "https://a.example/a b",
        "https://reuters.example@evil.example/",
        "https://a.example/\u202efdp",
        "https://[bad/",
        "https://a.example/" + "x" * 3000,
    ],
)
def test_a_link_that_could_mislead_leaves_the_bare_name(link: str) -> None:
    bulletin = replace(FIRST_REPORT, lines=(Line("So it is.", "Courier", link),), mentions=())
    blocks, _ = render(bulletin, "", "k3y")
    assert "link" not in json.dumps(blocks)
    assert "• So it is. — Courier" in read(blocks)


def test_a_long_title_is_cut_at_a_word() -> None:
    blocks, _ = render(replace(FIRST_REPORT, headline="Troops & tanks " * 40), "", "k3y")
    title = read(blocks[:1])
    assert title.endswith(("Troops…", "&…", "tanks…"))
    assert 140 <= size(blocks[0]["text"]["text"]) <= 150


def test_many_outlets_are_counted_and_not_all_named() -> None:
    told = tuple(
        Mention(
            outlet=f"Outlet {number}",
            link=f"https://o{number}.example/",
            told_at=NINE,
            copy=number > 20,
            publisher=f"Outlet {min(number, 20)}",
        )
        for number in range(40)
    )
    blocks, _ = render(replace(FIRST_REPORT, mentions=told, publishers=21), "", "k3y")
    assert "21 newsrooms · 40 outlets\nFirst: Outlet 0" in read(blocks)
    assert "Outlet 12 +0 min and 8 more" in read(blocks)
    assert "Outlet 32 and 7 more" in read(blocks)


def test_a_message_too_big_for_slack_names_fewer_outlets() -> None:
    told = tuple(
        Mention(f"Outlet {number}", f"https://o.example/{'x' * 900}{number}", NINE, copy=False)
        for number in range(20)
    )
    lines = tuple(Line("word " * 100, mention.outlet, mention.link) for mention in told)
    big = replace(FIRST_REPORT, lines=lines, mentions=told, publishers=20)
    blocks, text = render(big, "", "k3y")
    assert list(problems({"blocks": blocks, "text": text})) == []
    assert "20 newsrooms · 20 outlets" in read(blocks)
    assert "Outlet 3 +0 min and 16 more" in read(blocks)


def test_an_outlet_that_printed_a_copy_and_wrote_its_own_is_named_once() -> None:
    told = (
        Mention("Courier", None, NINE, False, "Courier"),
        Mention("Herald", None, NINE, True, "Courier"),
        Mention("Herald", None, NINE, False, "Herald"),
    )
    blocks, _ = render(replace(FIRST_REPORT, mentions=told, publishers=2), "", "k3y")
    assert "2 newsrooms · 2 outlets" in read(blocks)
    assert "· Herald +0 min" in read(blocks)
    assert "Same text" not in read(blocks)


def test_an_answer_keeps_its_rows_and_holds_no_markup() -> None:
    blocks, text = render_reply(Reply("Two <here>:", ("1 · *a*", "2 · b & c")))
    assert read(blocks) == "Two <here>:\n1 · *a*\n2 · b & c"
    assert text == "Two &lt;here&gt;:\n1 · *a*\n2 · b &amp; c"
    assert list(problems({"blocks": blocks, "text": text})) == []


ANY = st.text(st.characters(exclude_categories=()), max_size=8)
WORDS = ANY | st.text(' &<>*|@🚀\u0337\u202e\\"', min_size=1, max_size=8)
LINKS = st.none() | WORDS | WORDS.map("https://a.example/{}".format)
TIMES = st.datetimes(timezones=st.just(UTC))


def _few(each: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(each, max_size=2).map(tuple)


BULLETINS = st.builds(
    Bulletin,
    story_id=st.just("s"),
    headline=WORDS,
    link=LINKS,
    lines=_few(st.builds(Line, WORDS, WORDS, LINKS)),
    counts=_few(st.builds(Count, WORDS, WORDS, _few(WORDS), st.none() | WORDS, TIMES)),
    mentions=_few(st.builds(Mention, WORDS, LINKS, TIMES, st.booleans(), WORDS)),
    publishers=st.integers(0, 99),
    opened_at=TIMES,
    changed_at=TIMES,
    news=st.none() | WORDS,
    notice=st.booleans(),
    follows=st.none() | st.builds(Earlier, WORDS, LINKS, TIMES),
    moved_to=st.none() | st.builds(MovedTo, WORDS, st.none() | WORDS),
)


def swollen(noun: Any, text: int, rows: int) -> Any:
    """The same with every text and every row repeated so often."""
    match noun:
        case str():
            return noun * text
        case tuple():
            return tuple(swollen(each, text, rows) for each in noun) * rows
        case Bulletin() | Line() | Count() | Mention() | Earlier() | MovedTo():
            parts = (getattr(noun, field.name) for field in fields(noun))
            return type(noun)(*(swollen(part, text, rows) for part in parts))
        case _:
            return noun


@settings(deadline=None)
@given(BULLETINS, WORDS, st.integers(1, 150), st.integers(1, 10))
def test_no_text_breaks_a_limit_or_notifies_anybody(
    bulletin: Bulletin, because: str, text: int, rows: int
) -> None:
    blocks, notification = render(swollen(bulletin, text, rows), because * text, "k3y")
    payload = {"blocks": blocks, "text": notification}
    assert list(problems(payload)) == []
    assert pings(payload) == []


def test_long_lines_of_quotes_are_sent_within_the_limit_of_all_blocks() -> None:
    """Each quote takes the room of two."""
    blocks, shown = render_reply(Reply('"' * 2_900, ('"' * 2_900,) * 2))
    assert list(problems({"blocks": blocks, "text": shown})) == []


@given(WORDS, _few(WORDS), st.integers(1, 600))
def test_no_answer_breaks_a_limit(text: str, rows: tuple[str, ...], times: int) -> None:
    blocks, shown = render_reply(Reply(text * times, swollen(rows, times, 3)))
    assert list(problems({"blocks": blocks, "text": shown})) == []


@given(st.text().map(clean), st.integers(1, 50))
def test_cut_text_is_a_beginning_of_the_text(text: str, limit: int) -> None:
    cut = fit(text, limit)
    assert size(escape(cut)) <= limit
    assert text.startswith(cut.removesuffix("…"))
