"""A post as it reads in a terminal."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.panel import Panel

from bot.chat.console.render import Posted, as_line, as_panel, as_small_panel
from bot.chat.text import clean
from bot.model.delivery import Bulletin, Count, Earlier, Line, Mention, MovedTo
from bot.model.watch import Destination, Platform


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2020-11-17T{clock}:00+00:00")


BULLETIN = Bulletin(
    story_id="s1",
    headline="Seven rockets fired at US embassy in Baghdad",
    link="https://northern-wire.example/nw-rockets",
    lines=(Line("Seven rockets were fired, the military said.", "Northern Wire", None),),
    counts=(
        Count("rockets", "7", ("Northern Wire", "Levant Gazette"), None, at("20:34")),
        Count("killed", "1", ("Two Rivers Daily",)),
        Count("rockets", "4", ("Gulf Lantern",), None, at("20:03")),
    ),
    mentions=(
        Mention("Two Rivers Daily", None, at("19:12"), False, "Two Rivers"),
        Mention("Northern Wire", "https://northern-wire.example/a", at("19:26"), False, "AFP"),
        Mention("Harbour Courier", None, at("19:48"), True, "AFP"),
        Mention("Two Rivers Live", None, at("19:50"), False, "Two Rivers"),
    ),
    publishers=2,
    opened_at=at("19:12"),
    changed_at=at("20:34"),
    news="rockets 4 → 7",
)
POSTED = Posted(
    number=1,
    message_id="n1",
    destination=Destination(Platform.CONSOLE, "demo", "#newsroom"),
    bulletin=BULLETIN,
    because="topic embassy-attack",
    edits=2,
)


def seen(
    posted: Posted,
    width: int = 80,
    terminal: bool = False,
    panel: Callable[[Posted], Panel] = as_panel,
) -> str:
    console = Console(
        file=io.StringIO(), width=width, force_terminal=terminal, legacy_windows=False
    )
    console.print(panel(posted))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_panel_says_what_who_how_sure_and_why() -> None:
    assert seen(POSTED) == (
        "╭─ #newsroom ──────────────────────────────────────────────────────────────────╮\n"
        "│ Seven rockets fired at US embassy in Baghdad                                 │\n"
        "│ Seven rockets were fired, the military said. (Northern Wire)                 │\n"
        "│                                                                              │\n"
        "│ rockets 7 (Northern Wire, Levant Gazette, 20:34) ≠ 4 (Gulf Lantern, 20:03)   │\n"
        "│  killed 1 (Two Rivers Daily)                                                 │\n"
        "│                                                                              │\n"
        "│ 2 newsrooms · first: Two Rivers Daily 19:12 · Northern Wire (AFP) +14 min    │\n"
        "│ same text: Harbour Courier                                                   │\n"
        "│ same newsroom: Two Rivers Live                                               │\n"
        "│ New: rockets 4 → 7                                                           │\n"
        "│ Why: topic embassy-attack · story s1                                         │\n"
        "╰───────────────────────────────────────────────────────────── edited 2 times ─╯\n"
    )


def test_a_small_panel_leaves_out_sentences_and_sources() -> None:
    assert seen(POSTED, panel=as_small_panel) == (
        "╭─ #newsroom ──────────────────────────────────────────────────────────────────╮\n"
        "│ Seven rockets fired at US embassy in Baghdad                                 │\n"
        "│ 2 newsrooms; rockets 7 or 4; killed 1; new: rockets 4 → 7                    │\n"
        "╰───────────────────────────────────────────────────────────── edited 2 times ─╯\n"
    )


def test_a_line_says_the_same_in_short() -> None:
    assert as_line(POSTED) == (
        "#newsroom Seven rockets fired at US embassy in Baghdad "
        "(2 newsrooms; rockets 7 or 4; killed 1; new: rockets 4 → 7)"
    )


def test_a_notice_names_no_newsrooms() -> None:
    notice = replace(
        BULLETIN,
        headline="17 more stories came at the same time",
        link=None,
        lines=(Line("The newest 15:", "", None), Line("Harbour fair opens", "Courier", None)),
        counts=(),
        mentions=(),
        publishers=0,
        news=None,
        notice=True,
    )
    posted = replace(POSTED, bulletin=notice, because="Too many came.", edits=0)
    assert seen(posted) == (
        "╭─ #newsroom ──────────────────────────────────────────────────────────────────╮\n"
        "│ 17 more stories came at the same time                                        │\n"
        "│ The newest 15:                                                               │\n"
        "│ Harbour fair opens (Courier)                                                 │\n"
        "│ Why: Too many came.                                                          │\n"
        "╰───────────────────────────────────────────────────────────────────── posted ─╯\n"
    )
    assert as_line(posted) == "#newsroom 17 more stories came at the same time (The newest 15:)"
    assert "(notice)" in as_line(replace(posted, bulletin=replace(notice, lines=())))


def test_a_later_story_names_the_one_before() -> None:
    follows = Earlier("Embassy hit by rockets", "https://courier.example/1", at("08:00"))
    shown = seen(replace(POSTED, bulletin=replace(BULLETIN, follows=follows)))
    assert "│ Follows: Embassy hit by rockets 17 Nov 08:00" in shown


def test_a_pointer_says_only_where_its_story_is_told_on() -> None:
    moved = replace(BULLETIN, moved_to=MovedTo("Rockets hit zone", "n2"))
    posted = replace(POSTED, bulletin=moved)
    assert seen(posted) == (
        "╭─ #newsroom ──────────────────────────────────────────────────────────────────╮\n"
        "│ Seven rockets fired at US embassy in Baghdad                                 │\n"
        "│ told on in another post: Rockets hit zone                                    │\n"
        "╰───────────────────────────────────────────────────────────── edited 2 times ─╯\n"
    )
    assert as_line(posted).endswith("(told on in another post: Rockets hit zone)")


def test_figures_of_two_places_are_two_figures() -> None:
    counts = (
        Count("troops to stay", "2,500", ("A",), "Afghanistan"),
        Count("troops to stay", "2,500", ("A",), "Iraq"),
    )
    line = as_line(replace(POSTED, bulletin=replace(BULLETIN, counts=counts, news=None)))
    assert "troops to stay, Afghanistan 2,500; troops to stay, Iraq 2,500" in line


def test_many_outlets_behind_a_figure_are_counted() -> None:
    counts = (Count("killed", "1", ("A", "B", "C", "D", "E")),)
    shown = seen(replace(POSTED, bulletin=replace(BULLETIN, counts=counts)))
    assert "killed 1 (A, B, C and 2 more)" in shown


def test_only_web_addresses_become_links() -> None:
    shown = seen(POSTED, terminal=True)
    assert "https://northern-wire.example/nw-rockets" in shown
    unsafe = replace(BULLETIN, link="file:///etc/passwd", mentions=())
    assert "passwd" not in seen(replace(POSTED, bulletin=unsafe), terminal=True)


def test_neither_markup_nor_terminal_sequences_of_a_feed_have_any_effect() -> None:
    hostile = "[bold red]x[/] \x1b]0;title\x07 \x1b[2J \u202egnp.exe \x9b5n\r\nend"
    bulletin = replace(
        BULLETIN,
        headline=hostile,
        link=f"https://x.example/{hostile}",
        lines=(Line(hostile, hostile, hostile),),
        counts=(Count(hostile, hostile, (hostile,), hostile),),
        mentions=(Mention(hostile, hostile, at("19:00"), True, hostile[::-1]),),
        news=hostile,
        follows=Earlier(hostile, hostile, at("19:00")),
    )
    posted = replace(POSTED, bulletin=bulletin, because=hostile)
    shown = seen(posted, width=200)
    assert "[bold red]x[/] ]0;title [2J gnp.exe 5n end" in shown
    small = seen(posted, width=200, panel=as_small_panel)
    assert not set("\x1b\x07\x9b\r\u202e") & set(shown + small + as_line(posted))
    on_terminal = seen(posted, terminal=True)
    assert not any(sequence in on_terminal for sequence in ("\x1b]0", "\x1b[2J", "\x9b", "\x07"))


@given(st.text())
def test_cleaned_text_is_one_line_and_clean(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned.splitlines()) <= 1
    assert clean(cleaned) == cleaned
    cleaned.encode()
