"""What a bulletin looks like in Discord, and what it can never do there."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.discord import render
from bot.chat.discord.render import clean, escape, messages, safe_url
from bot.commands.vocabulary import Reply
from bot.model.delivery import Bulletin, Count, Earlier, Line, Mention, MovedTo
from bot.model.watch import Destination, Platform
from tests.doubles.discord_server import check_message, units

PAYLOADS = Path(__file__).resolve().parents[1] / "data/payloads"
NINE = datetime(2020, 11, 17, 9, tzinfo=UTC)
NONCE = "k7f3q9x2aaaabbbbcccc"
HERE = Destination(Platform.DISCORD, "11", "22")


def embed(bulletin: Bulletin, because: str, nonce: str) -> discord.Embed:
    return render.embed(bulletin, because, nonce, HERE)


def at(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


def site(outlet: str) -> str:
    return f"https://{outlet.lower()}.example/2020/11/17/rockets"


FIRST = Bulletin(
    story_id="s1",
    headline="Four rockets hit Baghdad's Green Zone",
    link=site("Courier"),
    lines=(Line("Four rockets fell near the embassy on Tuesday.", "Courier", site("Courier")),),
    counts=(Count("rockets", "4", ("Courier",), place="Baghdad", at=at(0)),),
    mentions=(Mention("Courier", site("Courier"), at(0), False, "Courier"),),
    publishers=1,
    opened_at=at(0),
    changed_at=at(0),
)
CONFIRMED = replace(
    FIRST,
    headline="Seven rockets hit Baghdad's Green Zone, a child killed",
    lines=(
        *FIRST.lines,
        Line("A child was killed outside the zone, the army said.", "Gazette", site("Gazette")),
    ),
    counts=(
        Count("rockets", "7", ("Gazette", "Courier"), place="Baghdad", at=at(40)),
        Count("rockets", "4", ("Herald",), place="Baghdad", at=at(10)),
        Count("killed", "1", ("Gazette",), at=at(40)),
        Count("wounded", "5", ("Gazette",), at=at(40)),
        Count("wounded", "6", ("Herald",), at=at(40)),
    ),
    mentions=(
        *FIRST.mentions,
        Mention("Herald", site("Herald"), at(10), False, "AFP"),
        Mention("Morning Post", None, at(12), True, "AFP"),
        Mention("Evening Sun", site("Sun"), at(15), True, "Courier"),
        Mention("Gazette", site("Gazette"), at(40), False, "Gazette"),
        Mention("Gazette Live", site("Gazette"), at(50), False, "Gazette"),
        Mention("Herald", site("Herald"), at(85), False, "Herald"),
    ),
    publishers=4,
    changed_at=at(40),
    news="four rockets became seven; a child was killed",
)
HOSTILE = replace(
    FIRST,
    headline="@everyone **Free** [nitro](https://evil.example) <@&123> discord.gg/abc \u202egnp.exe",
    link="javascript:alert(1)",
    lines=(
        Line(
            "# Look\n<@1> <t:0:R> </watch add:1> ||secret|| `code` https://evil.example/x_y_z",
            "Evil] (https://evil.example",
            "https://outlet.example/a)b[c](https://evil.example)",
        ),
    ),
    counts=(Count("kill*ed", "@here", ("<#1>",), place="_Bag\u200bhdad_", at=at(0)),),
    news="1. https://discord.com/invite/abc Z\u0335\u0336\u0337\u0338\u0339\u0340\u0341\u0342algo",
)

LATER = replace(
    FIRST,
    story_id="s2",
    headline="Army searches for those who fired",
    follows=Earlier(FIRST.headline, site("Courier"), at(-600)),
)
POINTER = replace(CONFIRMED, moved_to=MovedTo("Rockets hit *zone*", "33"))
NOTICE = replace(
    FIRST,
    story_id="feed:courier:20201117T090000Z",
    headline="Courier: the site does not let wirewatch in",
    link=None,
    lines=(
        Line("Since 17 Nov 2020, 04:00 UTC nothing could be read (403 Forbidden).", "", None),
        Line("wirewatch does not go around such walls.", "", None),
    ),
    counts=(),
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
        Line("Harbour fair opens", "Courier", site("Courier")),
        Line("Council *votes* on [rates](https://evil.example)", "Gazette", None),
    ),
)


@pytest.mark.parametrize(
    ("name", "bulletin", "because"),
    [
        ("first", FIRST, "matches the topic embassy-attack: rockets · embassy"),
        ("confirmed", CONFIRMED, "matches the topic embassy-attack: rockets · embassy"),
        ("hostile", HOSTILE, "@everyone matches [this](https://evil.example)"),
        ("follows", LATER, "matches the topic embassy-attack: army · rockets"),
        ("pointer", POINTER, "matches the topic embassy-attack: rockets · embassy"),
        ("notice", NOTICE, "This channel gets its news from this feed."),
        ("recap", RECAP, "More than 10 stories came for this channel within ten minutes."),
    ],
)
def test_a_bulletin_looks_as_it_did(name: str, bulletin: Bulletin, because: str) -> None:
    golden = json.loads((PAYLOADS / f"discord_{name}.json").read_text())
    assert embed(bulletin, because, NONCE).to_dict() == golden


# What Discord itself would make of a text: mentions are found in the raw text by the server; links
# and the rest by the client, which first takes a backslash and the mark behind it for plain text.

PING = re.compile(r"@(everyone|here)|<@[!&]?\d+>")
DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
MARKUP = re.compile(
    r"<(#|/|t:|a?:|id:)|https?://|\*\*|__|\b_\w|~~|\|\||`|\[[^\]]*\]\(|^(#|>|-#|[-*+] |\d+[.)] )"
    r"|discord\.gg/|dsc\.gg/|/invite/",
    re.MULTILINE | re.IGNORECASE,
)
OURS = re.compile(
    r"\[[^\[\]\n]*\]\(https://(gazette|herald|courier)\.example/[\w/]+\)"
    r"|^\*\*[^*\n]*\*\*|<t:\d{9,}:[tfR]>",
    re.MULTILINE,
)


def danger(text: str) -> list[str]:
    """Whatever in rendered text is not plain; our own links, bold labels and times excepted."""
    pings = [match[0] for match in PING.finditer(DIRECTION.sub("", text))]
    plain = OURS.sub("·", re.sub(r"\\[^0-9A-Za-z\s]", "·", text))
    return pings + [match[0] for match in MARKUP.finditer(plain)]


TITLES = [
    "@everyone", "@here", "@EVERYONE @Here", "@every\u200bone", "@\u202aeveryone", "<@123456789012345678>",
    "<@!123456789012345678>", "<@&123456789012345678>", "<@\u2066&1>", "\\@everyone", "\\<@1>", "<\\@1>",
    "<#123456789012345678>", "<id:customize>", "</watch add:123>", "<t:0:R>", "<:smile:1>", "<a:wave:2>",
    "[click](https://evil.example)", "[click](<https://evil.example>)", "\\[click](https://evil.example)",
    "[https://bank.example](https://evil.example)", "[a]\n(https://evil.example)", "[a\\](https://evil.example)",
    "https://evil.example", "HTTPS://EVIL.EXAMPLE", "<https://evil.example>", "see:https://evil.example/a_b_c",
    "http\\://evil.example", "discord.gg/abc", "https://discord.gg/abc", "discord.com/invite/abc",
    "ptb.discordapp.com/invite/abc", "DISCORD.GG/ABC", "disc\u200bord.gg/abc", "dsc.gg/abc",
    "# Breaking", "## Breaking", "-# small", "> quoted", ">>> quoted", "- item", "* item", "+ item", "1. item",
    "17) item", "**bold**", "__under__", "*it* _it_", "~~struck~~", "||spoiler||", "`code`", "```js\nx```",
    "\\**bold**", "\\", "\\\\@here", "\u202egpj.exe", "\u2067abc\u2069", "a\u0300\u0301\u0302\u0303\u0304\u0305\u0306",
    "\ufeff\u200b\u200d", "\U000e0041\U000e0042", "\ud800 lone", "раypal.com", "x" * 10_000, "😀" * 5_000, "",
    "   \n\t ", "\x00\x07\x1b[31m",
]  # fmt: skip


@pytest.mark.parametrize("title", TITLES, ids=lambda title: repr(title)[:40])
def test_hostile_text_is_plain_wherever_it_stands(title: str) -> None:
    bulletin = replace(
        CONFIRMED,
        headline=title,
        link=title,
        lines=(
            Line(title, title, site("Gazette")),
            Line(f"he said {title}", "Gazette", site("Gazette")),
            Line(title, "", None),
        ),
        counts=(Count(title, title, (title, "Gazette"), place=title, at=at(0)),),
        mentions=(
            Mention(title, site("Gazette"), at(0), False, title),
            Mention("Gazette", site("Gazette"), at(0), False, f"{title} x"),
            Mention(f"{title} 2", None, at(0), True, title),
        ),
        news=title,
        follows=Earlier(title, site("Courier"), at(0)),
    )
    payload = embed(bulletin, title, NONCE).to_dict()
    check_message({"embeds": [payload]})
    json.dumps(payload, ensure_ascii=False).encode()
    shown = [payload["title"], payload["description"], *(f["value"] for f in payload["fields"])]
    assert [danger(text) for text in shown] == [[]] * len(shown)
    assert not PING.search(payload["footer"]["text"])
    assert danger(messages(Reply(title, (title,)))[0]) == []
    moved = embed(replace(bulletin, moved_to=MovedTo(title, "33")), title, NONCE).to_dict()
    check_message({"embeds": [moved]})
    assert danger(moved["title"]) == []


@pytest.mark.parametrize(
    "text",
    [
        "@everyone",
        "@\u2066everyone",
        "\\<@&1>",
        "[a](https://evil.example)",
        "https://evil.example",
        "x **b**",
        "# x",
        "<t:0:R>",
    ],
)
def test_raw_text_is_seen_as_dangerous(text: str) -> None:
    assert danger(text)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://a.example/x?y=1#z", "https://a.example/x?y=1#z"),
        ("https://a.example/a)b(c", "https://a.example/a%29b%28c"),
        ("https://a.example/ü <x>", "https://a.example/%C3%BC%20%3Cx%3E"),
        ("https://раypal.example/", "https://xn--ypal-43d9g.example/"),
        ("https://user:pw@a.example/", None),
        ("javascript:alert(1)", None),
        ("ftp://a.example/", None),
        ("//a.example/", None),
        ("https://discord.gg/abc", None),
        ("https:///nowhere", None),
        ("https://[::1]/", None),
        ("https://a.example/" + "x" * 2000, None),
        ("", None),
        (None, None),
    ],
)
def test_only_web_addresses_are_linked(url: str | None, safe: str | None) -> None:
    assert safe_url(url) == safe


def test_a_long_text_ends_at_a_word() -> None:
    title = embed(replace(FIRST, headline="Rockets fall " * 50), "x", NONCE).title
    assert title is not None
    assert title.endswith(("Rockets…", "fall…"))
    assert 240 < len(title) <= 256


def test_a_long_sentence_is_cut_and_not_dropped() -> None:
    line = Line("Rockets fell on the zone " * 500, "Courier", site("Courier"))
    told = embed(replace(FIRST, lines=(line,)), "x", NONCE).description
    assert told is not None
    assert told.startswith("Rockets fell")
    assert told.endswith(f"… — [Courier]({site('Courier')})")


def test_ordinary_prose_stays_as_it_is() -> None:
    text = (
        "Iraq's army said 7 rockets fell; 40% missed - and (so far) one child, 12, died: “a crime”."
    )
    assert escape(clean(text)) == text


def test_a_cut_answer_says_how_much_is_missing() -> None:
    told = messages(Reply("Watches:", tuple(f"watch {n} " + "x" * 180 for n in range(100))))
    shown = sum(text.count("watch ") for text in told)
    assert told[-1].endswith(f"… and {100 - shown} more lines.")


# Any text: blocks that widen under escaping, heavy accents, astral letters, no spaces at all.
nasty = st.one_of(
    st.text(),
    st.text(alphabet="*_[]<>@# \\a😀", min_size=0, max_size=6000),
    st.integers(0, 3000).map(lambda n: "\U0001f600" * n),
    st.integers(0, 9000).map(lambda n: "*" * n),
    st.integers(0, 3000).map(lambda n: "word " * n),
    st.integers(0, 3000).map(lambda n: "e" + "\u0301" * n),
)
urls = st.one_of(st.none(), nasty, nasty.map(lambda text: f"https://a.example/{text}"))
times = st.integers(0, 2**32).map(lambda second: datetime.fromtimestamp(second, UTC))
bulletins = st.builds(
    Bulletin,
    story_id=st.just("s"),
    headline=nasty,
    link=urls,
    lines=st.lists(st.builds(Line, nasty, nasty, urls), max_size=8).map(tuple),
    counts=st.lists(
        st.builds(
            Count, nasty, nasty, st.lists(nasty, max_size=5).map(tuple), st.none() | nasty, times
        ),
        max_size=8,
    ).map(tuple),
    mentions=st.lists(
        st.builds(Mention, nasty, urls, times, st.booleans(), nasty), max_size=30
    ).map(tuple),
    publishers=st.integers(0, 10**6),
    opened_at=times,
    changed_at=times,
    news=st.none() | nasty,
    notice=st.booleans(),
    follows=st.none() | st.builds(Earlier, nasty, urls, times),
    moved_to=st.none() | st.builds(MovedTo, nasty, st.none() | st.just("33")),
)


@pytest.mark.parametrize("text", ["x" * 5000, "*" * 5000, "😀" * 3000, "word " * 1000])
def test_the_fullest_bulletin_is_within_the_limits(text: str) -> None:
    long = f"https://a.example/{'x' * 400}"
    full = Bulletin(
        story_id="s",
        headline=text,
        link=long,
        lines=(Line(text, text, long),) * 30,
        counts=tuple(Count(f"{n}{text}", text, (text,) * 30, text, at(n)) for n in range(30)),
        mentions=tuple(
            Mention(f"{n}{text}", long, at(n), n % 2 == 1, f"{text}{n % 40}") for n in range(120)
        ),
        publishers=10**6,
        opened_at=at(0),
        changed_at=at(60),
        news=text,
        follows=Earlier(text, long, at(0)),
    )
    check_message({"embeds": [embed(full, text, NONCE).to_dict()]})
    moved = replace(full, moved_to=MovedTo(text, "1" * 20))
    check_message({"embeds": [embed(moved, text, NONCE).to_dict()]})


@pytest.mark.parametrize("text", ["x" * 5000, "*" * 5000, "😀" * 3000, "word " * 1000])
def test_the_fullest_notice_is_within_the_limits_and_counts_what_it_leaves_out(text: str) -> None:
    full = replace(NOTICE, headline=text, lines=(Line(text, text, site("Courier")),) * 16)
    payload = embed(full, text, NONCE).to_dict()
    check_message({"embeds": [payload]})
    *shown, more = payload["description"].split("\n")
    assert more == f"… {16 - len(shown)} more"


def test_a_recap_of_ordinary_headlines_is_shown_whole() -> None:
    link = f"https://gazette.example/2020/11/17/{'x' * 60}"
    line = Line("Troops leave the northern province " * 2, "Gazette", link)
    shown = embed(replace(RECAP, lines=(line,) * 16), "x", NONCE).description
    assert shown is not None
    assert len(shown.splitlines()) == 16
    assert "more" not in shown


def outlets(bulletin: Bulletin) -> str:
    shown = embed(bulletin, "x", NONCE).fields[-1].value
    assert shown is not None
    return re.sub(r"\[(.*?)\]\(.*?\)", r"\1", shown)


def test_newsrooms_are_named_with_their_lag_and_then_who_adds_none() -> None:
    assert outlets(CONFIRMED).splitlines() == [
        f"First: Courier <t:{int(NINE.timestamp())}:t> · Herald (AFP) +10 min · Gazette +40 min"
        " · Herald +1 h 25 min",
        "Same text: Morning Post, Evening Sun",
        "Same newsroom: Gazette Live",
        f"Last change <t:{int(at(40).timestamp())}:R>",
    ]


def test_a_copy_that_came_first_is_its_newsrooms_first_print() -> None:
    copy = Mention("Paper", None, at(-5), True, "Courier")
    copied = replace(FIRST, mentions=(copy, *FIRST.mentions))
    assert outlets(copied) == (
        f"First: Paper (Courier) <t:{int(at(-5).timestamp())}:t>\nSame newsroom: Courier"
    )


def test_a_pointer_leads_to_the_living_post_in_the_same_channel() -> None:
    shown = embed(POINTER, "x", NONCE)
    assert shown.title == "Told on in another post: Rockets hit \\*zone\\*"
    assert shown.url == "https://discord.com/channels/11/22/33"
    assert not shown.fields
    waiting = replace(POINTER, moved_to=MovedTo("Rockets hit zone", None))
    assert embed(waiting, "x", NONCE).url is None


@given(bulletins, nasty)
def test_no_bulletin_exceeds_a_limit(bulletin: Bulletin, because: str) -> None:
    payload: Any = embed(bulletin, because, NONCE).to_dict()
    check_message({"embeds": [payload]})
    assert payload["footer"]["text"].endswith("ww·k7f3q9x2")


@given(nasty, st.lists(nasty, max_size=20))
def test_no_answer_exceeds_a_limit(text: str, lines: list[str]) -> None:
    told = messages(Reply(text, tuple(lines)))
    assert 1 <= len(told) <= 5
    for message in told:
        assert message.strip()
        assert units(message) <= 2000


@given(nasty)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)
