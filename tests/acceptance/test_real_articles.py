"""Three months of real articles from many outlets, each outlet as one RSS feed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.program import ROOT, Program, settings_for, until
from tests.doubles.discord_server import DiscordServer
from tests.doubles.feed_server import Article, FeedServer
from tests.doubles.slack_server import SlackServer

STREAM = ROOT / "../shared/eval/stream.jsonl"
AT_A_TIME = 20
GUILD = "1200000000000000001"


@pytest.mark.skipif(not STREAM.is_file(), reason="the folder of real news is not here")
async def test_no_article_is_lost_and_each_story_has_one_message(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    articles = [json.loads(line) for line in STREAM.read_text(encoding="utf-8").splitlines()]
    outlets = sorted({article["source"] for article in articles})
    paths = {outlet: f"/{number}.xml" for number, outlet in enumerate(outlets)}
    async with FeedServer() as feeds, DiscordServer() as discord, SlackServer(second=0.1) as slack:
        for path in paths.values():
            feeds.publish(path, Article("first", "Welcome to this feed", "It begins here."))
        listed = tmp_path / "feeds.yaml"
        listed.write_text(json.dumps({"feeds": [_listed(feeds, o, paths[o]) for o in outlets]}))
        channel = discord.add_channel()
        environment = settings_for(tmp_path, listed, discord, slack)
        async with Program(tmp_path, environment) as program:
            await discord.identified.wait()
            await slack.connected()
            await _everybody_is_asked(feeds, paths.values())
            query = {"query": "drawdown"}
            await discord.slash(GUILD, channel, "42", "watch", "add", query)
            await slack.slash("T1", "C1", "U1", "/wirewatch", "watch add drawdown")
            for start in range(0, len(articles), AT_A_TIME):
                some = articles[start : start + AT_A_TIME]
                for article in some:
                    feeds.publish(paths[article["source"]], _article(article))
                await _everybody_is_asked(feeds, {paths[article["source"]] for article in some})
            database = tmp_path / "wirewatch.db"
            everything = len(articles) + len(outlets)
            await until(
                lambda: _ask(database, "SELECT count(*) FROM entries") == [(everything,)],
                f"{everything} entries stored",
            )
            await until(lambda: _ask(database, UNSENT) == [(0,)], "an empty outbox", within=60)
            assert await program.stop() == 0
        stored = {title for (title,) in _ask(database, "SELECT title FROM entries")}
        posted = {
            "discord": {str(m.id): m.edits for m in discord.messages(channel)},
            "slack": {m.ts: m.edits for m in slack.messages("C1")},
        }
    assert len(stored) >= len({article["title"] for article in articles})
    stories = {platform: dict(_ask(database, RECEIPTS, platform)) for platform in posted}
    for platform, messages in posted.items():
        assert sorted(stories[platform].values()) == sorted(messages)
    assert stories["discord"].keys() == stories["slack"].keys() != set()
    record_property(
        "recap",
        f"{len(articles)} articles of {len(outlets)} outlets, "
        f"{_ask(database, 'SELECT count(*) FROM stories')[0][0]} stories; on drawdowns: "
        + ", ".join(
            f"{len(messages)} messages edited {sum(messages.values())} times on {platform}"
            for platform, messages in posted.items()
        ),
    )


UNSENT = "SELECT count(*) FROM outbox WHERE state != 'sent'"
RECEIPTS = "SELECT story_id, message_id FROM receipts WHERE platform = ?"


def _ask(database: Path, question: str, *values: str) -> list[Any]:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        answer = connection.execute(question, values).fetchall()
    connection.close()
    return answer


def _listed(feeds: FeedServer, outlet: str, path: str) -> dict[str, str]:
    return {"url": feeds.url(path), "outlet": outlet}


def _article(raw: dict[str, Any]) -> Article:
    published = datetime.fromisoformat(raw["published"])
    return Article(raw["id"], raw["title"], raw["text"], raw.get("url") or None, published)


async def _everybody_is_asked(feeds: FeedServer, paths: Collection[str]) -> None:
    before = {path: len(feeds.requests[path]) for path in paths}
    await until(
        lambda: all(len(feeds.requests[path]) > n + 1 for path, n in before.items()),
        "these feeds are polled",
    )
