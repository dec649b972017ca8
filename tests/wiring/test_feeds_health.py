"""How the command line tells how feeds do."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.model.feed import Polling, Trouble
from bot.storage.unit import Storage, open_storage
from bot.wiring.build import read_sources
from bot.wiring.cli import app
from bot.wiring.clock import now
from bot.wiring.settings import load_settings
from tests.storage.nouns import opened

HOUR = timedelta(hours=1)
FEEDS = """\
feeds:
  - {id: courier, url: "https://courier.example/rss", outlet: Courier}
  - {id: gazette, url: "https://gazette.example/rss", outlet: Gazette}
"""


@dataclass
class Desk:
    folder: Path

    def run(self, *words: str) -> Result:
        return CliRunner(env={"COLUMNS": "200"}).invoke(app, words)

    def health(self) -> tuple[int, list[dict[str, Any]]]:
        done = self.run("feeds", "health", "--json")
        return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()]

    def keep(self, *pollings: Polling) -> None:
        async def save(storage: Storage) -> None:
            settings, _ = load_settings(None)
            assert settings is not None
            await storage.upgrade()
            async with storage.begin() as unit:
                await unit.feeds.sync(read_sources(settings).feeds, now())
                for polling in pollings:
                    await unit.feeds.save(polling)
                for story_id, ago in (("first", 60 * HOUR), ("second", HOUR)):
                    at = now() - ago
                    told = opened(story_id, feed_id="courier", published=at - HOUR / 4)
                    await unit.stories.save_all([told], at)

        async def whole() -> None:
            storage = open_storage(f"sqlite:///{self.folder}/wirewatch.db")
            try:
                await save(storage)
            finally:
                await storage.dispose()

        asyncio.run(whole())


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    (tmp_path / "feeds.yaml").write_text(FEEDS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WIREWATCH_FEEDS__FILE", "feeds.yaml")
    return Desk(tmp_path)


def failing(trouble: Trouble, hours: int) -> Polling:
    since = now() - hours * HOUR
    return Polling(
        "gazette", now() + HOUR, failures=9, failing_since=since, trouble=trouble, error="503 Busy"
    )


def test_a_feed_that_was_never_asked_is_there(desk: Desk) -> None:
    code, rows = desk.health()
    assert code == 0
    assert [(row["id"], row["read"], row["lag"]) for row in rows] == [
        ("courier", None, None),
        ("gazette", None, None),
    ]


def test_what_is_known_of_a_feed_is_told(desk: Desk) -> None:
    read = now()
    desk.keep(Polling("courier", read + HOUR, succeeded_at=read), failing(Trouble.BUSY, 3))
    code, [gazette, courier] = desk.health()  # what fails stands first
    assert code == 0  # a few busy hours are no trouble yet
    assert (gazette["trouble"], gazette["error"]) == ("busy", "503 Busy")
    assert gazette["why"] == "its server is busy: 9 in a row"
    assert courier["read"] == read.isoformat(timespec="seconds")
    assert courier["next"] == (read + HOUR).isoformat(timespec="seconds")
    assert (courier["lag"], courier["churn"], courier["per_day"]) == (900.0, 0.0, 0.4)


def test_a_feed_in_trouble_is_a_problem_that_was_found(desk: Desk) -> None:
    desk.keep(failing(Trouble.BUSY, 30))
    assert desk.health()[0] == 1
    shown = desk.run("feeds", "health")
    assert shown.exit_code == 1
    assert "busy since" in shown.stdout
    assert "15 min" in shown.stdout


def test_the_health_of_the_service_counts_the_feeds_that_fail(desk: Desk) -> None:
    desk.keep(failing(Trouble.BUSY, 30))

    async def beat() -> None:
        storage = open_storage(f"sqlite:///{desk.folder}/wirewatch.db")
        async with storage.begin() as unit:
            await unit.kept.beat("service", now(), "wirewatch")
        await storage.dispose()

    asyncio.run(beat())
    assert desk.run("health").stdout.endswith(" 1 of 2 feeds fail: wirewatch feeds health\n")
