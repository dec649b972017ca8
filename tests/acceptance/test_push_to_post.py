"""The whole program: a hub pushes, and readers have it on both platforms before two seconds pass."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.acceptance.program import Program, settings_for, until
from tests.doubles.discord_server import DiscordServer
from tests.doubles.feed_server import Article, FeedServer, Raw, rss
from tests.doubles.hub_server import HubServer
from tests.doubles.slack_server import SlackServer

PUSH_TO_POST = 2.0
"""Seconds, as promised."""
TOPIC = "https://courier.example/rss"
YESTERDAY = datetime.now(UTC) - timedelta(days=1)
OLD = Article("courier-old", "Harbour fair opens", "Old news.", None, YESTERDAY)
NEWS = Article(
    "courier-1",
    "Rockets strike near US embassy in Baghdad",
    "Four rockets landed in Baghdad's Green Zone on Tuesday evening near the United States "
    "embassy, the Iraqi military said. Sirens sounded inside the embassy compound.",
    "https://courier.example/1",
    datetime.now(UTC),
)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


async def test_a_push_is_posted_in_less_than_two_seconds(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    async with (
        FeedServer() as feeds,
        HubServer() as hub,
        DiscordServer() as discord,
        SlackServer() as slack,
    ):
        channel = discord.add_channel()
        listed = tmp_path / "feeds.yaml"
        listed.write_text(f"feeds:\n  - url: {feeds.url('/courier.xml')}\n    outlet: Courier\n")
        links = f'<{hub.url}>; rel="hub", <{TOPIC}>; rel="self"'
        feeds.fail("/courier.xml", Raw(rss("Courier", OLD), headers={"Link": links}))
        port = free_port()
        settings = settings_for(tmp_path, listed, discord, slack) | {
            # No poll brings it: the next is an hour away.
            "WIREWATCH_POLL_INTERVAL__FLOOR": "3600",
            "WIREWATCH_POLL_INTERVAL__CEILING": "3600",
            "WIREWATCH_WEB__PUBLIC_URL": f"http://127.0.0.1:{port}",
            "WIREWATCH_WEB__PORT": str(port),
            "WIREWATCH_SECRET_KEY": "0123456789abcdef" * 4,
        }
        async with Program(tmp_path, settings) as program:
            await discord.identified.wait()
            await slack.connected()
            await discord.slash(
                "1200000000000000001", channel, "42", "watch", "add", {"query": "embassy-attack"}
            )
            await slack.slash("T1", "C1", "U1", "/wirewatch", "watch add embassy-attack")
            await until(lambda: TOPIC in hub.subscribers, "the hub has verified us")

            pushed = time.monotonic()
            assert await hub.push(TOPIC, rss("Courier", NEWS, OLD)) == 202
            await until(
                lambda: discord.messages(channel) and slack.messages("C1"), "a post on both"
            )
            took = time.monotonic() - pushed
            assert len(feeds.requests["/courier.xml"]) == 1
            assert await program.stop() == 0
    record_property("recap", f"push to post in {took:.2f} s")
    assert took < PUSH_TO_POST
    assert "Rockets strike" in str(discord.messages(channel)[0].embeds)
    assert "Rockets strike" in slack.messages("C1")[0].text
