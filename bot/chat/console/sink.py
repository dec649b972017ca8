"""The terminal as a channel: posts appear, and are edited where they stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from bot.chat.console.render import Posted, as_line, as_panel, as_small_panel
from bot.chat.text import clean
from bot.model.delivery import Absent, Bulletin, Finding, Found, Outcome, Receipt, Refused, Sent
from bot.model.watch import Destination

_RECENT = 8
"""Posts on the screen at once; the others come back when they are edited, and at the end."""


class ConsoleSink:
    """Shows posts in a terminal while it is entered; elsewhere it prints a line for each change.

    It keeps what it shows in memory only: posts of another run are gone.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._posts: dict[str, Posted] = {}
        """By message id, which is the nonce; the one that changed last stands last."""
        self._live: Live | None = None
        self._status = ""

    @property
    def posts(self) -> tuple[Posted, ...]:
        """All posts of this run as they stand now, in the order of posting."""
        return tuple(sorted(self._posts.values(), key=lambda posted: posted.number))

    def __enter__(self) -> Self:
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._live = Live(
                get_renderable=self._screen,
                console=self._console,
                auto_refresh=False,
                transient=True,
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the whole channel behind, where scrolling back finds it."""
        if self._live:
            self._live.stop()
            self._live = None
            for posted in self.posts:
                self._console.print(as_panel(posted))

    async def post(
        self, destination: Destination, bulletin: Bulletin, because: str, nonce: str
    ) -> Outcome:
        if nonce not in self._posts:
            number = len(self._posts) + 1
            self._show("POST", Posted(number, nonce, destination, bulletin, because))
        return Sent(nonce)

    async def edit(self, receipt: Receipt, bulletin: Bulletin, because: str) -> Outcome:
        posted = self._posts.get(receipt.message_id or receipt.delivery_key)
        if posted is None:
            return Refused("This post was shown by an earlier run and is gone.", gone=True)
        if posted.bulletin.digest != bulletin.digest:
            edited = replace(posted, bulletin=bulletin, because=because, edits=posted.edits + 1)
            self._show("EDIT", edited)
        return Sent(posted.message_id)

    async def find(self, destination: Destination, nonce: str, since: datetime) -> Finding:
        return Found(nonce) if nonce in self._posts else Absent()

    def replays_until(self, first_attempt_at: datetime) -> datetime:
        """Not beyond the attempt itself: another run has forgotten it."""
        return first_attempt_at

    def show_status(self, words: str) -> None:
        """Put words under the posts, in place of those before; not printed where posts are lines."""
        self._status = words
        if self._live:
            self._live.refresh()

    def _show(self, verb: str, posted: Posted) -> None:
        self._posts.pop(posted.message_id, None)
        self._posts[posted.message_id] = posted
        if self._live:
            self._live.refresh()
        else:
            line = Text(f"{verb} {posted.number} {as_line(posted)}")
            self._console.print(line, soft_wrap=True)

    def _screen(self) -> RenderableType:
        """The posts that changed last, the latest at the bottom; each in the fullest form that fits."""
        status = [Text(clean(self._status), "dim", no_wrap=True)] if self._status else []
        # rich's last line break would scroll a full window.
        rows = self._console.height - 1 - len(status)
        latest_first = list(reversed(self._posts.values()))
        recent = latest_first[: max(1, min(_RECENT, rows - 1))]
        earlier = len(latest_first) - len(recent)
        spare = rows - len(recent) - bool(earlier)
        shown: list[RenderableType] = []
        for posted in recent:
            for panel in (as_panel(posted), as_small_panel(posted)):
                more = len(self._console.render_lines(panel)) - 1
                if more <= spare:
                    spare -= more
                    shown.append(panel)
                    break
            else:
                shown.append(Text(as_line(posted), no_wrap=True, overflow="ellipsis"))
        if earlier and rows > len(recent):
            shown.append(Text(f"… and {earlier} earlier", "dim"))
        return Group(*reversed(shown), *status)
