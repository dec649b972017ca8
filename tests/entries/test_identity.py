"""Polls of one feed in order, and which of their entries are news."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.entries.novelty import recognise
from bot.entries.read import read
from bot.model.entry import Entry, New, Seen
from bot.model.feed import Feed, Item, Items

CASES = sorted((Path(__file__).parents[1] / "data/identity").glob("*.yaml"))
FEED = Feed("f", "https://a.example/f", outlet="Outlet", publisher="Outlet")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_is_news(path: Path) -> None:
    memory = Memory()
    for poll in yaml.safe_load(path.read_text(encoding="utf-8"))["polls"]:
        partial = poll.get("unseen_only", False)
        items = Items(tuple(map(_item, poll["items"])), partial=partial)
        new, revised = memory.poll(read(items, FEED, _utc(poll["at"])))
        assert [entry.title for entry in new] == poll.get("new", [])
        assert [entry.title for entry in revised] == poll.get("revised", [])
        if "outlets" in poll:
            assert [entry.outlet for entry in new] == poll["outlets"]


class Memory:
    """Keeps what a database keeps: what it was told to remember."""

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}

    def poll(self, entries: tuple[Entry, ...]) -> tuple[list[Entry], list[Entry]]:
        """The entries that are new and those that are revised."""
        keys = {key for entry in entries for key in entry.keys}
        found = recognise(entries, [row for row in self._seen.values() if row.keys & keys])
        new = [news.entry for news in found.news if isinstance(news, New)]
        revised = [news.entry for news in found.news if not isinstance(news, New)]
        for entry in new + revised:
            self._remember(Seen(entry.id, frozenset(entry.keys), entry.fingerprint))
        for row in found.renamed:
            self._remember(row)
        return new, revised

    def _remember(self, row: Seen) -> None:
        before = self._seen.get(row.entry_id, row)
        self._seen[row.entry_id] = replace(row, keys=before.keys | row.keys)


def _item(given: dict[str, Any]) -> Item:
    date = given.get("date")
    return Item(
        given.get("guid"),
        given.get("link"),
        given["title"],
        given["text"],
        _utc(date) if date is not None else None,
        source=given.get("source"),
    )


def _utc(given: datetime | str) -> datetime:
    if isinstance(given, str):
        given = datetime.fromisoformat(given)
    return given.replace(tzinfo=UTC)
