"""The terminal as a channel: what stands on the screen after each post and edit."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.console import Console

from bot.chat.console.sink import ConsoleSink
from bot.model.delivery import Absent, Bulletin, Found, Line, Mention, Receipt, Refused, Sent
from bot.model.watch import Destination, Platform

NOW = datetime(2020, 11, 17, 19, 30, tzinfo=UTC)
CHANNEL = Destination(Platform.CONSOLE, "demo", "#security-desk")


def bulletin(story_id: str, headline: str) -> Bulletin:
    return Bulletin(
        story_id=story_id,
        headline=headline,
        link=None,
        lines=(Line(f"More on {story_id}.", "Courier", None),),
        counts=(),
        mentions=(Mention("Courier", None, NOW, False, "Courier"),),
        publishers=1,
        opened_at=NOW,
        changed_at=NOW,
    )


def receipt(story_id: str) -> Receipt:
    return Receipt(story_id, CHANNEL, "", f"nonce-{story_id}", f"nonce-{story_id}")


async def post(sink: ConsoleSink, story_id: str, headline: str) -> None:
    nonce = f"nonce-{story_id}"
    outcome = await sink.post(CHANNEL, bulletin(story_id, headline), "topic x", nonce)
    assert outcome == Sent(nonce)


async def edit(sink: ConsoleSink, story_id: str, headline: str) -> None:
    outcome = await sink.edit(receipt(story_id), bulletin(story_id, headline), "topic x")
    assert outcome == Sent(f"nonce-{story_id}")


class Screen:
    """A terminal of a few rows, as far as rich's live display uses one."""

    def __init__(self, rows: int, columns: int = 60) -> None:
        self._written = io.StringIO()
        self._rows = rows
        self.console = Console(
            file=self._written,
            force_terminal=True,
            color_system=None,
            legacy_windows=False,
            width=columns,
            height=rows,
            _environ={},
        )

    @property
    def lines(self) -> list[str]:
        """Everything that stands there now, with what was scrolled away above."""
        lines, row = [""], 0
        for token in re.findall(
            r"\x1b\[[?\d;]*[A-Za-z]|\n|\r|[^\x1b\n\r]+", self._written.getvalue()
        ):
            match token:
                case "\n":
                    row += 1
                    if row == len(lines):
                        lines.append("")
                case "\x1b[1A":
                    row -= 1
                    assert row > len(lines) - self._rows - 1, "went above the window"
                case "\x1b[2K":
                    lines[row] = ""
                case "\r" | "\x1b[?25l" | "\x1b[?25h":
                    pass
                case _:
                    assert not token.startswith("\x1b"), token
                    lines[row] += token
        return [line.rstrip() for line in lines]

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip("\n")


async def test_in_a_terminal_a_post_is_edited_where_it_stands() -> None:
    screen = Screen(rows=24)
    with ConsoleSink(screen.console) as sink:
        await post(sink, "a", "Four rockets")
        await edit(sink, "a", "Seven rockets")
        assert "Four" not in screen.text
        assert screen.text.count("Seven rockets") == 1
        assert "edited once" in screen.text


async def test_what_changed_last_stands_last() -> None:
    screen = Screen(rows=24)
    with ConsoleSink(screen.console) as sink:
        await post(sink, "a", "First")
        await post(sink, "b", "Second")
        assert screen.text.index("First") < screen.text.index("Second")
        await edit(sink, "a", "First, again")
        assert screen.text.index("Second") < screen.text.index("First, again")


@pytest.mark.parametrize("rows", range(2, 30))
async def test_a_small_window_is_never_overrun_and_shows_the_latest(rows: int) -> None:
    screen = Screen(rows)
    with ConsoleSink(screen.console) as sink:
        for n in range(12):
            await post(sink, f"s{n}", f"Headline {n}.")
            assert f"Headline {n}." in screen.text
            assert len(screen.text.splitlines()) <= rows
    for n in range(12):
        assert screen.text.count(f"Headline {n}.") == 1, "the whole channel is left behind"


async def test_a_post_is_shown_in_the_fullest_form_that_fits() -> None:
    forms = []
    for rows in (5, 7, 9, 12, 15):
        screen = Screen(rows)
        with ConsoleSink(screen.console) as sink:
            await post(sink, "a", "First.")
            await post(sink, "b", "Second.")
            forms.append((screen.text.count("╭"), screen.text.count("More on")))
    assert forms == [(0, 0), (1, 0), (1, 1), (2, 1), (2, 2)]


async def test_a_status_stands_under_the_posts_and_goes_with_the_window() -> None:
    screen = Screen(rows=12)
    with ConsoleSink(screen.console) as sink:
        sink.show_status("12:00")
        assert screen.text == "12:00"
        for n in range(4):
            await post(sink, f"s{n}", f"Headline {n}.")
            sink.show_status(f"19:0{n}")
            assert screen.text.endswith(f"\n19:0{n}")
            assert len(screen.text.splitlines()) < 12
    assert "19:0" not in screen.text


async def test_elsewhere_each_change_is_a_line() -> None:
    written = io.StringIO()
    with ConsoleSink(Console(file=written, width=40)) as sink:
        sink.show_status("12:00")
        await post(sink, "a", "Four [b]rockets[/b] fired at an embassy")
        await post(sink, "b", "Troops to leave")
        await edit(sink, "a", "Seven rockets fired at an embassy")
    assert written.getvalue().splitlines() == [
        "POST 1 #security-desk Four [b]rockets[/b] fired at an embassy (1 newsroom)",
        "POST 2 #security-desk Troops to leave (1 newsroom)",
        "EDIT 1 #security-desk Seven rockets fired at an embassy (1 newsroom)",
    ]


@pytest.fixture
def sink() -> ConsoleSink:
    return ConsoleSink(Console(file=io.StringIO()))


async def test_a_repeated_post_or_edit_changes_nothing(sink: ConsoleSink) -> None:
    await post(sink, "a", "Four rockets")
    await edit(sink, "a", "Seven rockets")
    await edit(sink, "a", "Seven rockets")
    await post(sink, "a", "Four rockets")
    assert [(p.bulletin.headline, p.edits) for p in sink.posts] == [("Seven rockets", 1)]


async def test_posts_are_recounted_in_the_order_of_posting(sink: ConsoleSink) -> None:
    for story in "abc":
        await post(sink, story, story)
    await edit(sink, "a", "a2")
    assert [(p.number, p.bulletin.headline, p.edits) for p in sink.posts] == [
        (1, "a2", 1),
        (2, "b", 0),
        (3, "c", 0),
    ]


async def test_posts_of_another_run_are_gone(sink: ConsoleSink) -> None:
    await post(sink, "a", "Four rockets")
    assert await sink.find(CHANNEL, "nonce-a", NOW) == Found("nonce-a")
    assert await sink.find(CHANNEL, "nonce-old", NOW) == Absent()
    outcome = await sink.edit(replace(receipt("old")), bulletin("old", "x"), "topic x")
    assert isinstance(outcome, Refused)
    assert outcome.gone
    assert sink.replays_until(NOW) == NOW
